"""Checks of a function as it will be deployed: what ordinary CDK code changed, and what only the template shows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.authoring import (
    ROLE_SYNTH_CHECKS,
    TRIGGERED_SYNTH_CHECKS,
    Field,
    Finding,
    Level,
    NetworkView,
    Rule,
    SynthChecks,
    format_duration,
    found_vpc,
    is_number,
    limit,
    practice,
    rules_of,
    two_zones,
)
from naws.lambda_service.checks_async import settings_that_count
from naws.lambda_service.checks_image import IMAGE_RULES
from naws.lambda_service.checks_package import PACKED_RULES

_CONFIG = "https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html"
_VPC = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html"
_LOGS = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html"
_MOST_SUBNETS = 16
_GATEWAYS = {"dynamodb": "DYNAMODB", "s3": "S3"}
_INTERFACES = {
    "athena": "ATHENA",
    "events": "EVENTBRIDGE",
    "glue": "GLUE",
    "lambda": "LAMBDA",
    "rds-data": "RDS_DATA",
    "secretsmanager": "SECRETS_MANAGER",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "SSM",
    "states": "STEP_FUNCTIONS",
}
_CLOSED = (
    'vpc=(closed := ec2.Vpc(stack, "Closed", nat_gateways=0, subnet_configuration=[ec2.SubnetConfiguration('
    'name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)])), '
    'bindings=[TopicBinding(sns.Topic(stack, "News"))]'
)
_BY_URL, _EDGE = "endpoint=FunctionUrl()", "then=lambda made: made.endpoint.for_edge()"
LONGEST_OF_EDGE = 120
"""Seconds that CloudFront waits for an answer at most."""
_OPENED = 'then=lambda made: closed.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)'


@dataclass(frozen=True, kw_only=True)
class ClosedNetwork:
    """The network that a function is attached to, and what its program uses there.

    Attributes:
        network: as it is built.
        services: those that its bindings let it use, by the names of their actions.
    """

    network: NetworkView
    services: Collection[str]


@practice(
    code="NAWS-FN-028",
    title="A function without a way out has the endpoints of what it uses",
    source=_VPC,
    example=_CLOSED,
    fix=f"{_CLOSED}, {_OPENED}",
)
def reachable_services(view: ClosedNetwork) -> Iterator[Finding]:
    """From isolated subnets a call to a service waits until the function's time is over, without any other sign.

    Its logs and traces need none: Lambda ships them itself.
    """
    wanted = [name for name in (*_GATEWAYS, *_INTERFACES) if name in view.services]
    missing = view.network.missing(wanted) if view.network.isolated else []
    if missing:
        yield Field("vpc").finding(
            f"subnets with a way out, or endpoints for {', '.join(missing)}, which bindings use",
            " and ".join(map(_endpoint, missing)),
            shown="isolated subnets",
        )


@limit(
    code="NAWS-FN-025",
    title="A function has 1 to 16 subnets",
    source=_CONFIG,
    example='vpc=ec2.Vpc.from_vpc_attributes(stack, "Wide", vpc_id="vpc-0a1b2c3d", availability_zones=["a", "b"], '
    'private_subnet_ids=[f"subnet-{n}" for n in range(18)])',
    fix='vpc=ec2.Vpc.from_vpc_attributes(stack, "Wide", vpc_id="vpc-0a1b2c3d", availability_zones=["a", "b"], '
    'private_subnet_ids=[f"subnet-{n}" for n in range(18)]), vpc_subnets=ec2.SubnetSelection(one_per_az=True)',
)
def few_subnets(network: NetworkView) -> Iterator[Finding]:
    """Lambda refuses more while the stack is deployed."""
    if network.subnets is not None and not 1 <= network.subnets <= _MOST_SUBNETS:
        shown = f"{network.subnets or 'no'} subnets"
        remedy = "vpc_subnets=ec2.SubnetSelection(one_per_az=True)"
        yield Field("vpc_subnets").finding(f"1 to {_MOST_SUBNETS}", remedy, shown=shown)


@practice(
    code="NAWS-FN-032",
    title="A function is traced, and writes JSON into its own log group",
    source=_LOGS,
    example='then=lambda made: setattr(made.function.node.default_child, "tracing_config", None)',
    fix="then=lambda made: None",
)
def observed(properties: Mapping[str, Any]) -> Iterator[Finding]:
    """Somebody else's line took it away: what went wrong is then looked for in text without levels, ids and times.

    A log group of Lambda's own is made when it is missing, and keeps everything for ever.
    """
    logging: Mapping[str, Any] = properties.get("loggingConfig") or {}
    tracing: Mapping[str, Any] = properties.get("tracingConfig") or {}
    wrong = {
        "tracing": tracing.get("mode") != "Active",
        "logging_format": logging.get("logFormat") != "JSON",
        "log_group": not logging.get("logGroup"),
    }
    for name in [name for name, is_wrong in wrong.items() if is_wrong]:
        expected = "as the pattern sets it"
        yield Field(f"function.{name}").finding(expected, f"remove the line that sets {name}", shown="changed")


@practice(
    code="NAWS-FN-033",
    title="Lambda ends a function's loops",
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    example='then=lambda made: setattr(made.function.node.default_child, "recursive_loop", "Allow")',
    fix='then=lambda made: setattr(made.function.node.default_child, "recursive_loop", "Terminate")',
)
def loops_end(properties: Mapping[str, Any]) -> Iterator[Finding]:
    """A function that starts itself by a queue, a topic or a bucket is ended after some 16 times, and not otherwise.

    Without that each invocation is paid for until somebody sees it. A loop that is intended is accepted here.
    """
    if properties.get("recursiveLoop") == "Allow":
        remedy = "remove the line that sets recursive_loop"
        yield Field("function.recursive_loop", "Allow").finding("Terminate, which is Lambda's default", remedy)


@practice(
    code="NAWS-FN-047",
    title="A request that comes by CloudFront takes 120 seconds at most",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout",
    example=f"{_BY_URL}, timeout=cdk.Duration.minutes(5), {_EDGE}",
    fix=f"{_BY_URL}, timeout=cdk.Duration.minutes(2), {_EDGE}",
)
def soon_enough(timeout: float) -> Iterator[Finding]:
    """CloudFront waits no longer for an origin, and answers with 504 while the function goes on.

    Accept it where longer requests come by another way.
    """
    if is_number(timeout) and timeout > LONGEST_OF_EDGE:
        yield Field("timeout").finding(
            f"at most {LONGEST_OF_EDGE} seconds behind CloudFront",
            "timeout=cdk.Duration.minutes(2)\nremove the line with for_edge()",
            shown=format_duration(timeout),
        )


def _endpoint(name: str) -> str:
    kind = "gateway" if name in _GATEWAYS else "interface"
    service = {**_GATEWAYS, **_INTERFACES}[name]
    return (
        f'vpc.add_{kind}_endpoint("{service.title().replace("_", "")}", '
        f"service=ec2.{kind.title()}VpcEndpointAwsService.{service})"
    )


SYNTH_CHECKS: SynthChecks = {
    **TRIGGERED_SYNTH_CHECKS,
    **ROLE_SYNTH_CHECKS,
    "package": PACKED_RULES,
    "settings": (settings_that_count,),
    "function": (observed, loops_end),
    "image": IMAGE_RULES,
    "network": (found_vpc, few_subnets),
    "behind edge": (soon_enough,),
    "closed": (reachable_services,),
    "zones": (two_zones,),
}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, and on its stack."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
