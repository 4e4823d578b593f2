"""`naws status`: how each pattern does, in a line, and what needs a person."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import Place, asked, code_of
from naws.cli.errors import CliError
from naws.cli.json_texts import parsed
from naws.cli.operate import executions
from naws.cli.operate.alarms import Alarm, alarm_of
from naws.cli.operate.bodies import is_step
from naws.cli.operate.deployed import Deployed, find_deployed, status_of_stack
from naws.cli.operate.rollback import Website
from naws.cli.operate.seen import EXPRESS
from naws.cli.operate.times import clock, utc
from naws.cli.operate.where import Asked, find_where
from naws.cli.schedules import written
from naws.cli.words import counted, duration
from naws.core.schedules.expression import parse_schedule
from naws.core.schedules.problems import ScheduleSyntaxError

PERMISSIONS = (
    "It takes cloudformation:DescribeStacks, GetTemplate and ListStackResources; states:ListExecutions and "
    "DescribeExecution; sqs:GetQueueAttributes; scheduler:ListSchedules and GetSchedule; "
    "cloudwatch:DescribeAlarms and GetMetricStatistics; ecs:DescribeServices; logs:FilterLogEvents; "
    "cloudfront:GetFunction. ReadOnlyAccess has them."
)
_READERS = 8
_ALARMS = 100
_LATEST = 20
"""Runs that ended, of which the failed ones are counted."""
_DAY = timedelta(days=1)
_STYLES = {"FAILING": "red", "RECOVERING": "yellow", "ok": "green"}
_STUCK = {"UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED"}
"""States of a stack of which none of itself leads out."""
_ENDED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timed out", "ABORTED": "was aborted"}


@dataclass
class State:
    """How one pattern does.

    Attributes:
        pattern: Which.
        facts: What is so, in words.
        problems: What needs a person, in words.
        last: Its last run that ended: status and times; empty when there is none, or nobody knows.
        running: How many run; None where nothing counts them.
        queues: How many messages its failure queue and its dead-letter queues have, by the queues' names.
        firing: When its schedules fire next.
        alarms: Those that are on.
        next: The command that has more of a run that no queue keeps; empty: `naws failures` has it.
        stack: The status of its stack.
    """

    pattern: Deployed
    facts: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])
    last: dict[str, Any] = field(default_factory=dict[str, Any])
    running: int | None = None
    queues: dict[str, int] = field(default_factory=dict[str, int])
    firing: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    alarms: list[Alarm] = field(default_factory=list[Alarm])
    next: str = ""
    stack: str = ""

    @property
    def word(self) -> str:
        """The same in a word. Of what recovers nobody has to do anything."""
        recovers = "RECOVERING" if any(each.until for each in self.alarms) else "ok"
        return "FAILING" if self.problems else recovers

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        found = {"ok": not self.problems, "problems": self.problems, "last": self.last or None}
        counts = {"running": self.running, "queues": self.queues, "schedules": self.firing}
        recovering = [each.data() for each in self.alarms if each.until]
        alarms = {"alarms": [each.name for each in self.alarms], "recovering": recovering}
        notes = {"notes": self.pattern.given.notes, "stackStatus": self.stack}
        return {**self.pattern.data(), "state": self.word.lower(), **found, **counts, **alarms, **notes}


def status(names: Sequence[str], options: Asked, *, show: bool) -> tuple[int, Any]:
    """How the patterns of these names do.

    Args:
        names: As for `find_deployed`.
        options: Where they are looked for.
        show: Print it.

    Returns:
        The exit code, 0 or 1 when something needs a person, and what was found.

    Raises:
        CliError: A name is not there, or AWS cannot be asked.
    """
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    with asked(PERMISSIONS), ThreadPoolExecutor(_READERS) as readers:
        states = [*readers.map(_state, patterns := find_deployed(where, names))]
        _stacks(states, dict.fromkeys((each.place, each.stack) for each in patterns))
    if show:
        _show(states)
    wrong = sum(bool(each.problems) for each in states)
    return min(wrong, 1), {"where": where.data(), "patterns": [each.data() for each in states]}


def _show(states: Sequence[State]) -> None:
    if not states:
        console.line("no pattern is deployed")
        return
    rows = [
        (
            (each.word, _STYLES[each.word]),
            each.pattern.runs.path,
            " · ".join([*each.problems, *each.facts]),
        )
        for each in states
    ]
    console.columns(("", "", ""), rows)
    for note in (one for each in states for one in each.pattern.given.notes):
        console.note(note)
    for each in states:
        if each.problems:
            path = shlex.quote(each.pattern.runs.path)
            by_kind = f"naws {'logs' if each.pattern.runs.kind == 'service' else 'failures'} {path}"
            kept = any(each.queues.values())
            console.line(f"next: {by_kind if kept else each.next or by_kind}")


def _state(pattern: Deployed) -> State:
    state = State(pattern)
    match pattern.runs.kind:
        case "workflow":
            _workflow(state)
        case "function":
            _function(state)
        case "service":
            _service(state)
        case "website":
            _website(state)
    _queues(state)
    _schedules(state)
    _alarms(state)
    return state


def _stacks(states: Sequence[State], stacks: Iterable[tuple[Place, str]]) -> None:
    """Add how the last deployment of each stack ended: what runs may not be what was deployed last."""
    found = {(place, name): status_of_stack(place, name) for place, name in stacks}
    for state in states:
        state.stack = found[state.pattern.place, state.pattern.stack]
        if state.stack in _STUCK:
            state.problems.append(f"its stack is stuck in {state.stack}: cdk rollback")
        elif state.stack.startswith("UPDATE_ROLLBACK"):
            state.facts.append("the last deployment was rolled back")


def _workflow(state: State) -> None:
    states: Any = state.pattern.place.client("stepfunctions")
    try:
        ended = executions.ended(states, state.pattern.arn, _LATEST)
        running = states.list_executions(stateMachineArn=state.pattern.arn, statusFilter="RUNNING")
    except ClientError as error:
        if code_of(error) != EXPRESS:
            raise
        state.facts.append("EXPRESS: no history of executions")
        return
    state.running = len(running["executions"])
    if state.running:
        state.facts.append(f"{state.running:,}{'+' if running.get('nextToken') else ''} running")
    if not ended:
        state.facts.append("no run has ended yet")
        return
    last = ended[0]
    took = (last["stopDate"] - last["startDate"]).total_seconds()
    text = f"last run {clock(last['startDate'])} {_ENDED[last['status']]} in {duration(took)}"
    state.last = {"status": last["status"], "started": utc(last["startDate"]), "ended": utc(last["stopDate"])}
    failed = [one["status"] != "SUCCEEDED" for one in ended]
    if failed[0]:
        number = failed.index(False) if False in failed else len(failed)
        text = f"last {number} of {len(failed)} runs failed, the last {clock(last['startDate'])}"
        state.problems.append(text)
        if is_step(parsed(_input_of(states, last["executionArn"]))):
            # No failure is kept of a step: it belongs to the run that called it.
            state.next = f"naws show {shlex.quote(last['executionArn'].rpartition(':')[2])}"
    else:
        state.facts.append(text)


def _input_of(states: Any, arn: str) -> str:
    try:
        return states.describe_execution(executionArn=arn).get("input", "")
    except ClientError as error:
        # It says only which command is next.
        if code_of(error) != "ExecutionDoesNotExist" and "AccessDenied" not in code_of(error):
            raise
        return ""


def _function(state: State) -> None:
    name, now = state.pattern.arn.split(":")[6], datetime.now(UTC)
    window = {"StartTime": now - _DAY, "EndTime": now + timedelta(minutes=1), "Period": 86_400 * 2}
    asked_for = {"Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": name}]}
    counts: dict[str, int] = {}
    for metric in ("Invocations", "Errors", "Throttles"):
        answer = state.pattern.place.client("cloudwatch").get_metric_statistics(
            **asked_for, **window, MetricName=metric, Statistics=["Sum"]
        )
        counts[metric] = round(sum(point["Sum"] for point in answer["Datapoints"]))
    parts = [f"{counted(counts['Invocations'], 'invocation')} in a day", f"{counts['Errors']:,} failed"]
    parts += [f"{counts['Throttles']:,} throttled"] if counts["Throttles"] else []
    state.facts.append(", ".join(parts))


def _service(state: State) -> None:
    cluster, name = state.pattern.arn.split("/")[-2:]
    found = state.pattern.place.client("ecs").describe_services(cluster=cluster, services=[name])["services"]
    if not found:
        state.problems.append("the service is gone")
        return
    (service,) = found
    state.running = service["runningCount"]
    text = f"{service['runningCount']} of {service['desiredCount']} tasks run"
    (state.facts if service["runningCount"] >= service["desiredCount"] else state.problems).append(text)
    for each in service.get("deployments", ()):
        rollout = each.get("rolloutState")
        if rollout == "FAILED":
            state.problems.append(f"a deployment failed: {each.get('rolloutStateReason', '')}".rstrip(": "))
        elif rollout == "IN_PROGRESS":
            state.facts.append("a deployment is under way")


def _website(state: State) -> None:
    if None in (state.pattern.runs.function, state.pattern.runs.bucket):
        return
    try:
        state.facts.append(f"shows release {Website(state.pattern).shown()}")
    except CliError as error:
        state.problems.append(error.title.rstrip("."))


def _queues(state: State) -> None:
    pattern, sqs = state.pattern, state.pattern.place.client("sqs")
    for url, what in _kept(pattern):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        count = sum(int(found.get(name, 0)) for name in names)
        state.queues[url.rpartition("/")[2]] = count
        if count:
            state.problems.append(f"{counted(count, 'message')} in the {what}")
    if pattern.failure_queue and not any(state.queues.values()):
        state.facts.append("failure queue 0")


def _kept(pattern: Deployed) -> Iterator[tuple[str, str]]:
    if pattern.failure_queue:
        yield pattern.failure_queue, "failure queue"
    for url in pattern.dead_letter_queues:
        yield url, "dead-letter queue"


def _schedules(state: State) -> None:
    pattern, now = state.pattern, datetime.now(UTC)
    scheduler = pattern.place.client("scheduler") if pattern.schedules else None
    for name in pattern.schedules if scheduler else ():
        pages = scheduler.get_paginator("list_schedules").paginate(NamePrefix=name)  # pyright: ignore[reportOptionalMemberAccess]
        listed = [one for page in pages for one in page["Schedules"] if one["Name"] == name]
        if not listed:
            state.problems.append(f"the schedule {name} is gone")
            continue
        found = scheduler.get_schedule(Name=name, GroupName=listed[0]["GroupName"])  # pyright: ignore[reportOptionalMemberAccess]
        expression, zone = found["ScheduleExpression"], found.get("ScheduleExpressionTimezone", "UTC")
        when = _next(expression, zone, now) if found.get("State", "ENABLED") == "ENABLED" else None
        state.firing.append({"name": name, "expression": expression, "timezone": zone, "next": utc(when)})
        if found.get("State") == "DISABLED":
            state.facts.append(f"{written(expression)} is disabled")
        elif expression.startswith("rate"):
            state.facts.append(f"every {expression[5:-1]}")
        elif when:
            which = f" by {written(expression)}" if len(pattern.schedules) > 1 else ""
            state.facts.append(f"next {clock(when)}{which}")


def _next(expression: str, zone: str, now: datetime) -> datetime | None:
    """When a schedule fires next; None of a rate, which counts from a time that nobody has."""
    try:
        parsed = parse_schedule(expression)
        return None if parsed.kind == "rate" else next(iter(parsed.next_times(now, 1, zone)), None)
    except ScheduleSyntaxError:
        return None


def _alarms(state: State) -> None:
    names = [*state.pattern.own("AWS::CloudWatch::Alarm").values()]
    cloudwatch = state.pattern.place.client("cloudwatch")
    for start in range(0, len(names), _ALARMS):
        found = cloudwatch.describe_alarms(AlarmNames=names[start : start + _ALARMS], MaxRecords=_ALARMS)
        for alarm in found["MetricAlarms"]:
            # One that notifies nobody belongs to a deployment, which it rolls back.
            if alarm["StateValue"] == "ALARM" and alarm.get("AlarmActions"):
                state.alarms.append(alarm_of(alarm, state.pattern, state.queues))
    # While a run or a message waits for somebody, no alarm ends by itself.
    waits = bool(state.problems)
    state.alarms = [replace(each, until=None) for each in state.alarms] if waits else state.alarms
    for each in state.alarms:
        (state.facts if each.until else state.problems).append(each.text)
