"""Rules on retriers and catchers: what they name, in which order, and how often they try again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.asl_forms import LARGEST_NUMBER, Form, unfit, whole
from naws.core.rules.asl_integrations import call_of
from naws.core.rules.asl_scopes import (
    GUIDE,
    LANGUAGE_SPEC,
    Block,
    Definition,
    State,
    is_unknown,
    jsonata,
    listed,
)
from naws.core.rules.values import Field, is_number, is_text
from naws.core.spelling import nearest
from naws.core.stacks import kept
from naws.core.tokens import has_token

_HANDLING = f"{GUIDE}concepts-error-handling.html"
_ALL, _FAILED, _RUNTIME = "States.ALL", "States.TaskFailed", "States.Runtime"
_NAMES = {
    *(_ALL, _FAILED, _RUNTIME, "States.BranchFailed", "States.DataLimitExceeded", "States.HeartbeatTimeout"),
    *("States.ExceedToleratedFailureThreshold", "States.Http.Socket", "States.IntrinsicFailure", "States.Permissions"),
    *("States.ItemReaderFailed", "States.NoChoiceMatched", "States.ParameterPathFailure", "States.Timeout"),
    *("States.QueryEvaluationError", "States.ResultPathMatchFailure", "States.ResultWriterFailed"),
}
"""Source: Step Functions Developer Guide, "Error names"."""
_RESERVED = re.compile(r"States\.(?!Http\.)")
_KNOWN = {name.removeprefix("States.").lower() for name in _NAMES}
_RETRIER = {
    "IntervalSeconds": whole(1, LARGEST_NUMBER, 1),
    "MaxAttempts": whole(0, LARGEST_NUMBER, 3),
    "MaxDelaySeconds": whole(1, 31_622_399, 3_600),
    "BackoffRate": Form(
        expected="a number, 1 at least", fits=lambda value: is_number(value) and value >= 1, remedy="2"
    ),
    "JitterStrategy": Form(expected="FULL or NONE", fits=lambda value: value in ("FULL", "NONE"), remedy='"FULL"'),
}
_SPELT = {"dynamodb": ("DynamoDB.", "DynamoDb."), "ecs": ("ECS.", "Ecs.")}
"""The prefixes of a service's errors: those of its own integration, and those of its AWS SDK integration."""


@dataclass(frozen=True, kw_only=True)
class Handler(Block):
    """A retrier or a catcher.

    Attributes:
        before: names in the retriers or catchers before it.
        last: whether none follows it.
        state: that has it.
    """

    before: frozenset[str]
    last: bool
    state: State

    @property
    def errors(self) -> Field:
        """The value of `ErrorEquals`, as given."""
        return self.at("ErrorEquals")

    @property
    def names(self) -> list[str]:
        """The errors that it names; tokens are left out."""
        return [name for name in listed(self.errors.value) if is_text(name)]


def handlers(definition: Definition, *fields: str) -> Sequence[Handler]:
    """Every retrier and catcher; those of some fields only, where they are given."""
    return kept(definition, f"handlers {fields}", lambda: tuple(_handlers(definition, fields or ("Retry", "Catch"))))


def _handlers(definition: Definition, fields: Sequence[str]) -> Iterator[Handler]:
    for state in definition.states:
        for name in fields:
            before: frozenset[str] = frozenset()
            found = list(state.blocks(name))
            for each in found:
                last = each is found[-1]
                handler = Handler(path=each.path, fields=each.fields, before=before, last=last, state=state)
                yield handler
                before |= set(handler.names)


@limit(
    code="NAWS-ASL-024",
    title="A retrier or catcher names errors",
    source=LANGUAGE_SPEC,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Retry": [{"MaxAttempts": 2}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}"""),
)
def named_errors(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses one without `ErrorEquals`, one whose list is empty, and one that lists more than text."""
    for errors in (each.errors for each in handlers(definition)):
        names, unknown = listed(errors.value), is_unknown(errors.value)
        if not unknown and not (names and all(isinstance(name, str) or has_token(name) for name in names)):
            yield errors.finding("a list of at least one error name, each a text", '"ErrorEquals": ["States.ALL"]')


@limit(
    code="NAWS-ASL-025",
    title="States.ALL stands alone, in the last retrier or catcher",
    source="https://github.com/aws/aws-cdk/issues/10530",
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}, {"ErrorEquals": ["States.Timeout"],
        "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Failed"}, {"ErrorEquals": ["States.ALL"],
        "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
)
def all_last(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it elsewhere: `States.ALL must appear alone and at end of list`."""
    for each in handlers(definition):
        if _ALL in each.names and (not each.last or len(listed(each.errors.value)) > 1):
            remedy = f'{{"ErrorEquals": ["{_ALL}"], …}}  # as the last'
            yield each.errors.finding(f"{_ALL} alone, after every other", remedy)


@practice(
    code="NAWS-ASL-026",
    title="Error names that begin with States. are those of the language",
    source=_HANDLING,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["State.ALL"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
)
def reserved_names(definition: Definition) -> Iterator[Finding]:
    """Nothing but a Fail state of your own raises another one: a misspelt name catches nothing and tries nothing again.

    Names of your own must not begin so, says the guide: Step Functions may give such a name a meaning any day. One that
    begins with `State.` is found where the rest is a name of the language.
    """
    named = [Field(each.errors.path, name) for each in handlers(definition) for name in each.names]
    raised = [state.at("Error") for state in definition.of("Fail") if is_text(state.fields.get("Error"))]
    for field in (*named, *raised):
        name: str = field.value
        misspelt = name.startswith("State.") and name.removeprefix("State.").lower() in _KNOWN
        if misspelt or (_RESERVED.match(name) and name not in _NAMES):
            near = nearest(name, _NAMES) if field.name == "ErrorEquals" else ""
            remedy = f'"{near or re.sub("^[^.]*", "App", name)}"'
            yield field.finding(f"one of {', '.join(sorted(_NAMES))}", remedy)


@limit(
    code="NAWS-ASL-027",
    title="A retrier's numbers are numbers within their bounds",
    source=_HANDLING,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0, "BackoffRate": 0.5}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 2}]}"""),
)
def retry_numbers(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses others, and text or an expression in their place, also in a JSONata state.

    An interval is 1 second at least, a rate 1 at least, attempts are 0 to 99,999,999 and a longest delay is less than
    31,622,400 seconds; jitter is FULL or NONE.
    """
    for each in handlers(definition, "Retry"):
        yield from unfit(each, _RETRIER, "JSONPath")


@practice(
    code="NAWS-ASL-028",
    title="No retrier or catcher stands behind one that takes all it names",
    source=_HANDLING,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Failed"}, {"ErrorEquals": ["Lambda.Unknown"],
        "Next": "Lost"}]},
      "Failed": {"Type": "Fail"},
      "Lost": {"Type": "Fail"}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["Lambda.Unknown"], "Next": "Lost"}, {"ErrorEquals": ["States.TaskFailed"],
        "Next": "Failed"}]},
      "Failed": {"Type": "Fail"},
      "Lost": {"Type": "Fail"}"""),
)
def never_reached(definition: Definition) -> Iterator[Finding]:
    """The first that matches an error decides, also when it has used its attempts: this one never does.

    `States.TaskFailed` of a Task state matches every error but a timeout.
    """
    for each in handlers(definition):
        given = listed(each.errors.value)
        before = each.before - {_ALL}  # after which nothing may stand: its own rule reports that
        failed = _FAILED in before and each.state.type == "Task"
        taken = [name in before or (failed and not name.startswith("States.")) for name in each.names]
        if taken and len(given) == len(taken) and all(taken):
            yield each.errors.finding("an error that nothing before it names", "put it first\nomit it")


@practice(
    code="NAWS-ASL-029",
    title="States.Runtime is not caught",
    source=_HANDLING,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
)
def runtime_errors(definition: Definition) -> Iterator[Finding]:
    """It ends an execution whatever names it: nothing catches it and nothing tries again.

    `States.DataLimitExceeded` is another matter: AWS has been recorded catching it, by its name and by `States.ALL`.
    """
    for each in handlers(definition):
        if _RUNTIME in each.names:
            expected = f"errors that can be caught; {_RUNTIME} cannot"
            yield each.errors.finding(expected, f"omit {_RUNTIME}, and test the value before it is used")


@advice(
    code="NAWS-ASL-030",
    title="A retrier or catcher names errors as the state raises them",
    source=_HANDLING,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["Lambda.Timeout"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
)
def possible_names(definition: Definition) -> Iterator[Finding]:
    """A name that no call raises catches nothing.

    A service's own integration and its AWS SDK integration spell its errors differently, and case counts:
    `DynamoDB.ConditionalCheckFailedException`, but `DynamoDb.ConditionalCheckFailedException` of
    `aws-sdk:dynamodb:updateItem`. Both in one list are taken for caution.
    """
    for each in handlers(definition):
        for name in each.names:
            better = "States.Timeout" if name == "Lambda.Timeout" else _respelt(name, each.state)
            if better and better not in each.names:
                yield Field(each.errors.path, name).finding(f"{better}, as this state raises it", f'"{better}"')


def _respelt(name: str, state: State) -> str:
    """The name as the state's integration spells it; empty when it does, or when that is unknown."""
    call = call_of(state)
    if call is None or call.service not in _SPELT:
        return ""
    own, sdk = _SPELT[call.service]
    wrong, right = (own, sdk) if call.sdk else (sdk, own)
    return right + name.removeprefix(wrong) if name.startswith(wrong) else ""


@limit(
    code="NAWS-ASL-031",
    title="A heartbeat is shorter than the timeout",
    source=f"{GUIDE}state-task.html",
    example=jsonata("""
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 60,
        "HeartbeatSeconds": 60, "End": true}"""),
    fix=jsonata("""
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 600,
        "HeartbeatSeconds": 60, "End": true}"""),
)
def heartbeat(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it: the task would time out before its heartbeat could be missed."""
    for state in definition.of("Task"):
        beat, timeout = state.at("HeartbeatSeconds"), state.fields.get("TimeoutSeconds")
        if is_number(beat.value) and is_number(timeout) and beat.value >= timeout:
            expected = f"fewer than TimeoutSeconds, which are {timeout}"
            remedy = '"HeartbeatSeconds": …\n"TimeoutSeconds": …'
            yield beat.finding(expected, remedy, shown=f"{beat.value} seconds")


ERROR_RULES = (
    named_errors, all_last, reserved_names, retry_numbers, never_reached, runtime_errors, possible_names, heartbeat,
)  # fmt: skip
