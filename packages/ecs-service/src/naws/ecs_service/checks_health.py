"""Rules on how it is found out whether a task can answer."""

import json
import math
import re
import shlex
from collections.abc import Iterator, Sequence

from naws.core.authoring import (
    Bounds,
    Check,
    Field,
    Finding,
    as_duration,
    bind,
    format_duration,
    has_token,
    is_number,
    is_text,
    is_whole,
    limit,
    practice,
    span,
)
from naws.ecs_service.plan import HealthPlan, Plan

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html"
_MATCHER = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html"
_CHECKS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
_IN_CONTAINER = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"
_GRACE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html"
_METHOD = re.compile(r"/[\w.]+/\w+")
_CODES = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")
_LONGEST_PATH = 1_024
_OF_BALANCER, _OF_CONTAINER = 120, 60
_THRESHOLD = Bounds(low=2, high=10, unit="checks")
_USUAL_START, _LONGEST_START = 15 * 60, 23 * 3_600
_COMMAND = 'command=["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"]'


@limit(
    code="NAWS-SVC-010",
    title="A health check asks for a path, or for a method of gRPC",
    source=_API,
    example='health_check=HealthCheck(path="health")',
    fix='health_check=HealthCheck(path="/health")',
)
def path(health: HealthPlan) -> Iterator[Finding]:
    """Elastic Load Balancing refuses any other, and more than 1,024 characters, while the stack is deployed."""
    given, grpc = health.path, health.protocol == "grpc"
    if not is_text(given) or (
        len(given) <= _LONGEST_PATH and (_METHOD if grpc else re.compile(r"/\S*")).fullmatch(given)
    ):
        return
    field = Field("health_check.path", given)
    if grpc:
        yield field.finding("a method as /package.service/method", 'path="/grpc.health.v1.Health/Check"')
        return
    own = re.sub(r"\s+", "", re.sub(r"^\s*\w+://[^/]*", "", given)).lstrip("/")[: _LONGEST_PATH - 1]
    expected = "a path that begins with /, without blanks, of at most 1,024 characters"
    yield field.finding(expected, f"path={json.dumps('/' + (own or 'health'))}")


@limit(
    code="NAWS-SVC-011",
    title="A check comes every 5 seconds to 5 minutes, and has less time than that",
    source=_API,
    example="health_check=HealthCheck(interval=cdk.Duration.seconds(5), timeout=cdk.Duration.seconds(5))",
    fix="health_check=HealthCheck(interval=cdk.Duration.seconds(5), timeout=cdk.Duration.seconds(3))",
)
def timing(health: HealthPlan) -> Iterator[Finding]:
    """A check may take 2 to 120 seconds, one in the container 60, and ends before the next one begins."""
    interval, timeout = Field("health_check.interval", health.interval), Field("health_check.timeout", health.timeout)
    most = _OF_BALANCER if health.given.command is None else _OF_CONTAINER
    wrong = [*span(5, 300).check(interval), *span(2, most).check(timeout)]
    yield from wrong
    if not wrong and is_number(interval.value) and is_number(timeout.value) and timeout.value >= interval.value:
        yield timeout.finding(
            f"less than interval, {format_duration(interval.value)}",
            f"timeout={as_duration(min(interval.value - 1, 5))}\ninterval={as_duration(min(timeout.value * 2, 300))}",
            shown=format_duration(timeout.value),
        )


@limit(
    code="NAWS-SVC-012",
    title="2 to 10 checks in a row make a task healthy or unhealthy",
    source=_API,
    example="health_check=HealthCheck(unhealthy_threshold=1)",
    fix="health_check=HealthCheck(unhealthy_threshold=2)",
)
def thresholds(health: HealthPlan) -> Iterator[Finding]:
    """One alone is chance. Elastic Load Balancing refuses other numbers."""
    for name in ("healthy_threshold", "unhealthy_threshold"):
        yield from _THRESHOLD.check(Field(f"health_check.{name}", getattr(health.given, name)))


@limit(
    code="NAWS-SVC-013",
    title="Codes of a healthy task are 200 to 499, and of gRPC 0 to 99",
    source=_MATCHER,
    example='health_check=HealthCheck(codes="2xx")',
    fix='health_check=HealthCheck(codes="200-299")',
)
def codes(health: HealthPlan) -> Iterator[Finding]:
    """One, several as `200,204`, or a range as `200-299`, from the lower to the higher one."""
    (low, high), ranges = _limits(health), _ranges(health.codes)
    if ranges is not None and not all(low <= first <= last <= high for first, last in ranges or [(1, 0)]):
        examples = ("0", "0,1", "0-5") if low == 0 else ("200", "200,204", "200-299")
        given = re.sub(r"([2-4])xx", r"\g<1>00-\g<1>99", str(health.codes).lower()).replace(" ", "")
        fits = all(low <= first <= last <= high for first, last in _ranges(given) or [(1, 0)])
        yield Field("health_check.codes", health.codes).finding(
            'codes from {} to {}, such as "{}", "{}" or "{}"'.format(low, high, *examples),
            f'codes="{given if fits else examples[0]}"',
        )


@practice(
    code="NAWS-SVC-014",
    title="A health check has a path of its own",
    source=_CHECKS,
    example='health_check=HealthCheck(path="/")',
    fix='health_check=HealthCheck(path="/health")',
)
def own_path(health: HealthPlan) -> Iterator[Finding]:
    """`/` is a page: it leads to a login, needs the database, or is slow, and its answer says little of the task.

    A path of its own answers 200 when the program can work, and is quick, for it is asked for every few seconds.
    """
    if health.path == "/" and health.protocol != "grpc":
        yield Field("health_check.path", "/").finding("a path that is for this alone", 'path="/health"')


@practice(
    code="NAWS-SVC-015",
    title="A healthy task answers with success",
    source=_CHECKS,
    example='health_check=HealthCheck(codes="200-399")',
    fix='health_check=HealthCheck(codes="200-299")',
)
def success_alone(health: HealthPlan) -> Iterator[Finding]:
    """With 3xx and 4xx a program that only redirects or refuses is healthy, and a deployment of it succeeds.

    Of gRPC 0 is success; 12, a method that is not implemented, is what AWS takes where no method is given.
    """
    ranges = _ranges(health.codes)
    low, high = _limits(health)
    if not ranges or not all(low <= first <= last <= high for first, last in ranges):
        return
    if health.protocol == "grpc":
        well = all(first == last and first in {0, 12} for first, last in ranges)
    else:
        well = all(last < 300 for _, last in ranges)  # noqa: PLR2004  # HTTP's codes
    if not well:
        better = "0" if health.protocol == "grpc" else "200-299"
        expected = "0" if health.protocol == "grpc" else "codes below 300"
        yield Field("health_check.codes", health.codes).finding(expected, f'codes="{better}"')


@limit(
    code="NAWS-SVC-016",
    title='A check in the container is "CMD" and a program, or "CMD-SHELL" and a line of shell',
    source=_IN_CONTAINER,
    example='health_check=HealthCheck(command=["curl", "-f", "http://localhost:8080/health"])',
    fix=f"health_check=HealthCheck({_COMMAND})",
)
def command(health: HealthPlan) -> Iterator[Finding]:
    """ECS refuses another first word. `CMD-SHELL` needs a shell in the image, and the line is one word."""
    given = health.given.command
    if not isinstance(given, Sequence) or has_token(given) or None in given:
        return  # None stands in for a mismatch
    words = list(given)
    first, rest = (words[0], words[1:]) if words else ("", [])
    shell_line = first == "CMD-SHELL" and len(rest) == 1 and bool(str(rest[0]).strip())
    if shell_line or (first == "CMD" and rest and str(rest[0]).strip()):
        return
    kind = str(first).upper()
    texts = [str(word) for word in (rest if kind in {"CMD", "CMD-SHELL"} else words)]
    line = " ".join(texts) if kind == "CMD-SHELL" or len(texts) == 1 else shlex.join(texts)
    better = f'command=["CMD-SHELL", {json.dumps(line)}]' if line.strip() else _COMMAND
    if kind == "NONE" and not rest:
        better = "omit command"
    expected = '["CMD-SHELL", "a line"] or ["CMD", "program", "argument"]'
    yield Field("health_check.command", words).finding(expected, better)


@practice(
    code="NAWS-SVC-017",
    title="A new task has time for as many checks as make it unhealthy",
    source=_GRACE,
    example="start_timeout=cdk.Duration.seconds(10)",
    fix="start_timeout=cdk.Duration.seconds(30)",
)
def time_to_start(health: HealthPlan) -> Iterator[Finding]:
    """Else ECS ends it before it had its chance, starts another one, and goes on so: the deployment fails."""
    start, interval, count = health.start_timeout, health.interval, health.given.unhealthy_threshold
    if is_number(start) and is_number(interval) and is_whole(count) and 0 <= start < interval * count:
        yield Field("start_timeout", start).finding(
            f"at least {format_duration(interval * count)}: {count} checks, one each {format_duration(interval)}",
            f"start_timeout={as_duration(math.ceil(interval * count))}",
            shown=format_duration(start),
        )


@practice(
    code="NAWS-SVC-018",
    title="A task starts within 15 minutes",
    source=_GRACE,
    example="start_timeout=cdk.Duration.hours(1)",
    fix="start_timeout=cdk.Duration.minutes(5)",
)
def starts_soon(health: HealthPlan) -> Iterator[Finding]:
    """For so long a broken version is not found out, three tasks at least, and CloudFormation waits for all of them."""
    if is_number(health.start_timeout) and _USUAL_START < health.start_timeout <= _LONGEST_START:
        yield Field("start_timeout", health.start_timeout).finding(
            "at most 15 minutes", "start_timeout=cdk.Duration.minutes(15)", shown=format_duration(health.start_timeout)
        )


@limit(
    code="NAWS-SVC-019",
    title="A task may fail its checks for whole seconds, 23 hours at most",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, "
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
    example="start_timeout=cdk.Duration.millis(90_500)",
    fix="start_timeout=cdk.Duration.seconds(91)",
)
def start_seconds(health: HealthPlan) -> Iterator[Finding]:
    """ECS counts seconds. The alarm that ends a deployment waits as long, and CloudWatch looks back one day at most."""
    yield from span(0, _LONGEST_START).check(Field("start_timeout", health.start_timeout))


def _limits(health: HealthPlan) -> tuple[int, int]:
    return (0, 99) if health.protocol == "grpc" else (200, 499)


def _ranges(given: object) -> list[tuple[int, int]] | None:
    """The codes as ranges; none of what is no code, None of what is not known."""
    if not is_text(given):
        return None
    found = [_CODES.fullmatch(part.strip()) for part in given.split(",")]
    return [(int(each[1]), int(each[2] or each[1])) for each in found if each] if all(found) else []


HEALTH_CHECKS: tuple[Check[Plan], ...] = (
    *bind(lambda plan: (plan.health,), (timing, thresholds, command, time_to_start, starts_soon, start_seconds)),
    *bind(
        lambda plan: () if plan.balancer.kind == "none" else (plan.health,),
        (path, codes, own_path, success_alone),
    ),
)
