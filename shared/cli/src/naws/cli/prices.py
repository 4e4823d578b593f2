"""Prices in one region, each with where it stands and the date that the source gives. What was not found has none."""

from dataclasses import dataclass

REGION = "us-east-1"
LOOKED_UP = "2026-11-27"
"""When the sources were read."""
HOURS = 730
"""Of a month, as AWS's pages count it."""
_BURN, _WRING, _MINDS = "https://cloudburn.io/blog", "https://www.wring.co/blog", "https://www.factualminds.com/blog"


@dataclass(frozen=True)
class Price:
    """One row.

    Attributes:
        what: Of what.
        usd: US dollars; None: it was not found.
        per: Of which unit.
        source: A page; empty when nothing was found.
        dated: The date of the page; empty when it has none.
    """

    what: str
    usd: float | None
    per: str
    source: str = ""
    dated: str = ""


PRICES = {
    "fargate-cpu-X86_64": Price(
        "Fargate, vCPU, Linux x86", 0.04048, "hour", f"{_MINDS}/amazon-fargate-ecs-task-pricing-2026.md", "2026-06-17"
    ),
    "fargate-memory-X86_64": Price(
        "Fargate, GB, Linux x86", 0.004445, "hour", f"{_MINDS}/amazon-fargate-ecs-task-pricing-2026.md", "2026-06-17"
    ),
    "fargate-cpu-ARM64": Price(
        "Fargate, vCPU, Linux ARM", 0.03238, "hour", "https://www.vantage.sh/blog/fargate-pricing", "2021-04-22"
    ),
    "fargate-memory-ARM64": Price(
        "Fargate, GB, Linux ARM", 0.00356, "hour", "https://www.vantage.sh/blog/fargate-pricing", "2021-04-22"
    ),
    "fargate-spot": Price("Fargate Spot", None, "hour"),
    "nat": Price("NAT gateway", 0.045, "hour", f"{_BURN}/aws-nat-gateway-pricing", "2026-02-24"),
    "ipv4": Price("public IPv4 address", 0.005, "hour", f"{_BURN}/aws-nat-gateway-pricing", "2026-02-24"),
    "alb": Price(
        "application load balancer", 0.0225, "hour", "https://cloud-horizons.com/blog/alb-the-line-item-nobody-watches/",
        "2026-05-08",
    ),
    "key": Price("KMS key", 1.0, "month", "https://aws.amazon.com/kms/pricing/"),
    "alarm": Price(
        "CloudWatch alarm, for each of its metrics", 0.10, "month",
        "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm",
    ),
    "composite": Price(
        "CloudWatch composite alarm", 0.50, "month", "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm"
    ),
    "dashboard": Price(
        "CloudWatch dashboard", 3.0, "month",
        f"{_MINDS}/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards.md", "2026-06-13",
    ),
    "logs": Price(
        "CloudWatch Logs, GB taken in", 0.50, "GB",
        f"{_MINDS}/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards.md", "2026-06-13",
    ),
    "secret": Price(
        "secret", 0.40, "month",
        "https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms",
    ),
    "transition": Price(
        "Step Functions, STANDARD, state transition", 0.000025, "transition",
        f"{_WRING}/aws-step-functions-pricing-guide", "2026-03-14",
    ),
    "express": Price(
        "Step Functions, EXPRESS, request", 0.000001, "request",
        f"{_WRING}/aws-step-functions-pricing-guide", "2026-03-14",
    ),
    "schedule": Price(
        "EventBridge Scheduler, invocation", 0.000001, "invocation", f"{_BURN}/amazon-eventbridge-pricing", "2026-03-13"
    ),
    "pipe": Price(
        "EventBridge Pipes, request", 0.0000004, "request", f"{_BURN}/amazon-eventbridge-pricing", "2026-03-13"
    ),
    "sqs": Price("SQS, request", 0.0000004, "request", f"{_BURN}/amazon-sqs-pricing", "2026-03-14"),
    "lambda-x86_64": Price(
        "Lambda, GB-second, x86", 0.0000166667, "GB-second", "https://cloudchipr.com/blog/aws-lambda-pricing", "2024"
    ),
    "lambda-arm64": Price(
        "Lambda, GB-second, ARM", 0.0000133334, "GB-second", "https://cloudchipr.com/blog/aws-lambda-pricing", "2024"
    ),
    "lambda-request": Price(
        "Lambda, request", 0.0000002, "request",
        "https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html",
    ),
    "endpoint": Price("interface endpoint of a VPC, in a zone", None, "hour"),
    "database": Price("RDS instance", None, "hour"),
    "web-acl": Price("WAF web ACL", None, "month"),
    "zone": Price("Route 53 hosted zone", None, "month"),
    "provisioned": Price("provisioned concurrency of a function", None, "hour"),
}  # fmt: skip
