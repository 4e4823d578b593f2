"""`naws cost`: what an app costs while nothing runs, what a run costs, and the same work on a long-running service."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naws.cli import console
from naws.cli.assembly import StackArtifact
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.prices import HOURS, LOOKED_UP, PRICES, REGION
from naws.core.parsed_json import is_object
from naws.core.runs import Runs

_CPU, _MIB = 1024, 1024
_REQUESTS = 3
"""Of SQS for one message: sent, received, deleted."""
_SMALLEST = (256, 512)
"""The size of the task that a function is compared with: Fargate's smallest."""
_IDLE = {
    "AWS::EC2::NatGateway": "nat",
    "AWS::EC2::EIP": "ipv4",
    "AWS::KMS::Key": "key",
    "AWS::KMS::ReplicaKey": "key",
    "AWS::CloudWatch::CompositeAlarm": "composite",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "alb",
    "AWS::RDS::DBInstance": "database",
    "AWS::WAFv2::WebACL": "web-acl",
    "AWS::Route53::HostedZone": "zone",
}
_BY_USE = re.compile(
    r"AWS::(IAM|Logs|SQS|SNS|Events|Scheduler|Pipes|StepFunctions|Lambda|S3|DynamoDB|ApiGatewayV2|CodeDeploy|SSM|"
    r"ApplicationAutoScaling|CDK|CloudFormation|CertificateManager|Athena|Glue|CloudFront|EFS|"
    r"EC2::(VPC|Subnet|Route|SecurityGroup|Internet|FlowLog|EgressOnly|NetworkAcl|PrefixList|SubnetCidrBlock)|"
    r"ECS::(Cluster|TaskDefinition|CapacityProvider|Service)|ElasticLoadBalancingV2::(Listener|TargetGroup)|"
    r"RDS::(DBSubnetGroup|DBParameterGroup|DBClusterParameterGroup)|Route53::RecordSet|Custom|WAFv2::WebACLAssociation|"
    r"SecretsManager::(ResourcePolicy|SecretTargetAttachment|RotationSchedule)|KMS::Alias|CloudWatch::Alarm)"
)


@dataclass(frozen=True)
class Row:
    """One line of an account.

    Attributes:
        what: Of what.
        count: How many units.
        unit: Of which.
        usd: In all; None: no price was found.
    """

    what: str
    count: float
    unit: str
    usd: float | None

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {"what": self.what, "count": self.count, "unit": self.unit, "usd": self.usd}


@dataclass(frozen=True)
class Work:
    """What a run is taken to be.

    Attributes:
        minutes: Of a task.
        milliseconds: Of a function.
        runs: In a month.
        log_mib: That it prints.
    """

    minutes: float = 5
    milliseconds: float = 200
    runs: int = 30
    log_mib: float = 1


def cost(stacks: Sequence[StackArtifact], work: Work, *, show: bool, table: bool = False) -> tuple[int, Any]:
    """Account for an app.

    Args:
        stacks: Its stacks.
        work: What a run is taken to be.
        show: Print it.
        table: Print the prices, too, each with its source.

    Raises:
        CliError: It has no pattern.
    """
    if not any(stack.runs for stack in stacks):
        raise CliError("The app has no pattern.", code=NOT_FOUND)
    idle = {stack.display_name: [*_idle(stack)] for stack in stacks}
    unknown = sorted({kind for stack in stacks for kind in _unknown(stack)})
    patterns = [_pattern(stack, runs, work) for stack in stacks for runs in stack.runs.values()]
    if show:
        _show(stacks, idle, patterns, unknown, work)
    if show and table:
        _show_prices()
    document = {
        "prices": {"region": REGION, "currency": "USD", "lookedUp": LOOKED_UP, "rows": _price_data()},
        "assumed": {"minutes": work.minutes, "milliseconds": work.milliseconds, "logMib": work.log_mib},
        "idle": {name: [row.data() for row in rows] for name, rows in idle.items()},
        "idlePerMonth": _sum([row for rows in idle.values() for row in rows]),
        "notPriced": unknown,
        "patterns": patterns,
    }
    return 0, document


def _row(key: str, count: float, what: str = "") -> Row:
    """A row at a price: of what is paid by the hour for a month."""
    price = PRICES[key]
    units = count * HOURS if price.per == "hour" else count
    usd = None if price.usd is None else price.usd * units
    return Row(what or price.what, count, "for a month" if price.per in {"hour", "month"} else price.per, usd)


def _sum(rows: Sequence[Row]) -> float:
    return round(sum(row.usd or 0 for row in rows), 6)


def _idle(stack: StackArtifact) -> Iterator[Row]:
    resources: dict[str, Any] = stack.template.get("Resources", {})
    counts: dict[str, float] = {}
    for resource in resources.values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind == "AWS::CloudWatch::Alarm":
            metrics = [each for each in properties.get("Metrics", ()) if "MetricStat" in each]
            counts["alarm"] = counts.get("alarm", 0) + max(1, len(metrics))
        elif kind == "AWS::EC2::VPCEndpoint" and properties.get("VpcEndpointType") == "Interface":
            counts["endpoint"] = counts.get("endpoint", 0) + len(properties.get("SubnetIds", ()) or [1])
        elif kind in _IDLE:
            counts[_IDLE[kind]] = counts.get(_IDLE[kind], 0) + 1
    yield from (_row(key, count) for key, count in counts.items())
    for resource in resources.values():
        if resource["Type"] == "AWS::ECS::Service":
            yield from _service(resources, resource.get("Properties", {}))


def _service(resources: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[Row]:
    reference = properties.get("TaskDefinition")
    definition: Any = resources.get(str(reference.get("Ref"))) if is_object(reference) else None
    if not is_object(definition):
        return
    count = properties.get("DesiredCount", 1)
    cpu, memory, processor = _size(definition)
    tasks = count if isinstance(count, int) else 1
    yield _row(f"fargate-cpu-{processor}", tasks * cpu / _CPU)
    yield _row(f"fargate-memory-{processor}", tasks * memory / _MIB)


def _unknown(stack: StackArtifact) -> Iterator[str]:
    """Types that may cost something, and that nothing here knows."""
    for resource in stack.template.get("Resources", {}).values():
        kind = resource["Type"]
        if kind not in _IDLE and kind != "AWS::EC2::VPCEndpoint" and not _BY_USE.match(kind):
            yield kind


def _size(definition: Mapping[str, Any]) -> tuple[int, int, str]:
    """Cpu units, MiB and processor of a task; of one that only CloudFormation knows, Fargate's smallest."""
    properties = definition.get("Properties", {})
    given = [str(properties.get(name)) for name in ("Cpu", "Memory")]
    cpu, memory = (int(each) for each in given) if all(each.isdigit() for each in given) else _SMALLEST
    return cpu, memory, "ARM64" if properties.get("RuntimePlatform", {}).get("CpuArchitecture") == "ARM64" else "X86_64"


def _pattern(stack: StackArtifact, runs: Runs, work: Work) -> dict[str, Any]:
    resources: dict[str, Any] = stack.template.get("Resources", {})
    own = {
        name: one for name, one in resources.items() if stack.paths.get(name, "").strip("/").startswith(f"{runs.path}/")
    }
    rows = [*_run(resources, own, stack, runs, work)]
    per_run, compared = _sum(rows), [*_compared(own, runs)]
    service = _sum(compared)
    return {
        "path": runs.path,
        "pattern": runs.pattern,
        "perRun": [row.data() for row in rows],
        "usdPerRun": per_run,
        "usdPerMonth": round(per_run * work.runs, 6),
        "runsPerMonth": work.runs,
        "service": [row.data() for row in compared],
        "servicePerMonth": service,
        "asDearFrom": int(service / per_run) if per_run and service else None,
    }


def _run(
    resources: Mapping[str, Any], own: Mapping[str, Any], stack: StackArtifact, runs: Runs, work: Work
) -> Iterator[Row]:
    """What one run that succeeds at once costs."""
    if runs.kind == "workflow":
        logical = next(name for name, one in stack.runs.items() if one is runs)
        yield from _workflow(resources[logical])
        for definition in _of(own, "AWS::ECS::TaskDefinition"):
            cpu, memory, processor = _size(definition)
            hours = max(1.0, work.minutes) / 60
            for key, amount in (("cpu", cpu / _CPU), ("memory", memory / _MIB)):
                price = PRICES[f"fargate-{key}-{processor}"]
                usd = None if price.usd is None else price.usd * amount * hours
                yield Row(price.what, amount, f"for {max(1.0, work.minutes):g} min", usd)
    for function in _of(own, "AWS::Lambda::Function") if runs.kind == "function" else ():
        properties = function.get("Properties", {})
        processor = "arm64" if properties.get("Architectures") == ["arm64"] else "x86_64"
        yield _row(f"lambda-{processor}", int(properties.get("MemorySize", 128)) / _MIB * work.milliseconds / 1000)
        yield _row("lambda-request", 1)
    if runs.kind in {"workflow", "function"}:
        yield from ([_row("schedule", 1)] if runs.schedules else [])
        yield from ([_row("sqs", _REQUESTS)] if runs.queues else [])
        yield from ([_row("pipe", 1)] if runs.queues and runs.kind == "workflow" else [])
        yield _row("logs", work.log_mib / 1024)


def _workflow(machine: Mapping[str, Any]) -> Iterator[Row]:
    properties = machine.get("Properties", {})
    if properties.get("StateMachineType") == "EXPRESS":
        yield _row("express", 1)
        return
    yield _row("transition", _states(properties.get("DefinitionString", "{}")), "Step Functions, each state once")


def _states(definition: Any) -> int:
    """How many states a definition has on its own level; what CloudFormation fills in is left out."""
    text = definition if isinstance(definition, str) else ""
    if is_object(definition) and "Fn::Join" in definition:
        text = "".join(part if isinstance(part, str) else "x" for part in definition["Fn::Join"][1])
    try:
        return len(json.loads(text or "{}").get("States", {}))
    except ValueError:
        return 0


def _compared(own: Mapping[str, Any], runs: Runs) -> Iterator[Row]:
    """One task that runs all the time: of a processor its own size, of a function Fargate's smallest."""
    if runs.kind == "workflow":
        for definition in _of(own, "AWS::ECS::TaskDefinition"):
            cpu, memory, processor = _size(definition)
            yield _row(f"fargate-cpu-{processor}", cpu / _CPU)
            yield _row(f"fargate-memory-{processor}", memory / _MIB)
    elif runs.kind == "function":
        yield _row("fargate-cpu-X86_64", _SMALLEST[0] / _CPU)
        yield _row("fargate-memory-X86_64", _SMALLEST[1] / _MIB)


def _of(own: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [one for one in own.values() if one["Type"] == kind][:1]


def _show(
    stacks: Sequence[StackArtifact],
    idle: Mapping[str, Sequence[Row]],
    patterns: Sequence[Mapping[str, Any]],
    unknown: Sequence[str],
    work: Work,
) -> None:
    regions = {stack.region for stack in stacks if stack.region} - {REGION}
    console.line(
        f"prices of {REGION} in US dollars, looked up {LOOKED_UP}; without free tiers, taxes and data transfer"
    )
    if regions:
        console.note(f"no prices of {', '.join(sorted(regions))} were looked up: these are of {REGION}")
    for name, rows in idle.items():
        console.heading(f"{name}: {_sum(rows):,.2f} a month while nothing runs")
        console.columns(("", "", ""), [(_amount(row), f"{row.count:g} x", row.what) for row in rows], right=(0, 1))
    for each in patterns:
        _show_pattern(each, work)
    if unknown:
        console.note(f"not priced, and not in the sums: {', '.join(unknown)}")


def _show_pattern(pattern: Mapping[str, Any], work: Work) -> None:
    if not pattern["perRun"]:
        return
    console.heading(f"{pattern['path']}: {pattern['usdPerRun']:.6f} a run")
    rows = [Row(**row) for row in pattern["perRun"]]
    console.columns(("", "", ""), [(_amount(row, 6), f"{row.count:g} x", _named(row)) for row in rows], right=(0, 1))
    console.line(f"  {work.runs:,} runs a month: {pattern['usdPerMonth']:,.2f}")
    if pattern["asDearFrom"] is not None:
        service = f"one task that runs all the time: {pattern['servicePerMonth']:,.2f} a month"
        console.line(f"  {service}, as dear as {pattern['asDearFrom']:,} runs")


def _named(row: Row) -> str:
    return f"{row.what} {row.unit}" if row.unit.startswith("for") else row.what


def _amount(row: Row, digits: int = 2) -> str:
    return "not found" if row.usd is None else f"{row.usd:,.{digits}f}"


def _price_data() -> list[dict[str, Any]]:
    return [{**vars(price), "source": price.source or None, "dated": price.dated or None} for price in PRICES.values()]


def _show_prices() -> None:
    console.heading("Prices")
    rows = [
        (
            "not found" if one.usd is None else f"{one.usd:.10g}",
            f"a {one.per}",
            one.what,
            one.dated or ("undated" if one.source else ""),
            one.source,
        )
        for one in PRICES.values()
    ]
    console.columns(("USD", "", "what", "dated", "source"), rows, right=(0,))
