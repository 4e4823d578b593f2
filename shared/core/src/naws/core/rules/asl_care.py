"""Advice on definitions that run, but hang, give up or wait longer than they need: timeouts, retries, defaults."""

from collections.abc import Iterator, Mapping

from naws.core.rule import Finding, advice
from naws.core.rules.asl_integrations import SYNC, SYNC_2, TOKEN, call_of, function_of, is_activity
from naws.core.rules.asl_scopes import GUIDE, Definition, Scope, State, jsonata, listed
from naws.core.rules.values import format_number, is_number, is_text
from naws.core.tokens import has_token

_BEST = f"{GUIDE}sfn-best-practices.html"

_TRANSIENT = tuple(
    f"Lambda.{name}"
    for name in ("ClientExecutionTimeoutException", "ServiceException", "AWSLambdaException", "SdkClientException")
)
TRANSIENT_ERRORS = (*_TRANSIENT, "Lambda.TooManyRequestsException")
"""Errors of Lambda that go away by themselves.

Source: Step Functions Developer Guide, "Handle transient Lambda service exceptions", and Lambda's "Invoke", errors.
"""
_ATTEMPTS, _INTERVAL, _RATE = 3, 1, 2.0
_TIMED_OUT = {"States.ALL", "States.Timeout"}


def _calls_something(state: State) -> bool:
    return call_of(state) is not None or function_of(state) is not None


@advice(
    code="NAWS-ASL-032",
    title="A task that waits for somebody else has a timeout",
    source=_BEST,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true, "TimeoutSeconds": 600,
        "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
)
def task_timeout(definition: Definition) -> Iterator[Finding]:
    """A job, a worker or a person that never answers holds the execution until the machine's timeout.

    Without a timeout a task waits 99,999,999 seconds. A call that is answered at once ends by itself.
    """
    for state in definition.of("Task"):
        call = call_of(state)
        waits = (call is not None and call.waits) or is_activity(state)
        if waits and not state.given & {"TimeoutSeconds", "TimeoutSecondsPath"}:
            yield state.at("TimeoutSeconds").finding("seconds that the task may take", '"TimeoutSeconds": 3600')


@advice(
    code="NAWS-ASL-036",
    title="A call of a service is tried again",
    source=f"{GUIDE}concepts-error-handling.html",
    example=jsonata("""
      "Send": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "End": true}"""),
    fix=jsonata("""
      "Send": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2}]}"""),
)
def tried_again(definition: Definition) -> Iterator[Finding]:
    """Every service throttles and fails now and then: without a retrier one such moment fails the whole execution.

    A task that is caught, that waits for a person, or that runs a program to its end, which is not repeated without
    being asked, may do without: those are not named.
    """
    for state in definition.of("Task"):
        call = call_of(state)
        if not _calls_something(state) or (call is not None and call.pattern in (TOKEN, SYNC, SYNC_2)):
            continue
        if "Catch" not in state.given and state.fields.get("Retry") in (None, []):
            yield state.at("Retry").finding(
                "a retrier for errors that go away by themselves",
                '"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2, '
                '"JitterStrategy": "FULL"}]',
            )


@advice(
    code="NAWS-ASL-037",
    title="A function is invoked again after Lambda's transient errors",
    source=_BEST,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:load:live", "End": true,
        "Retry": [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 6}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:load:live", "End": true,
        "Retry": [{"ErrorEquals": ["Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException",
          "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"],
          "MaxAttempts": 6}]}"""),
)
def transient_errors(definition: Definition) -> Iterator[Finding]:
    """Too many requests at once is the most frequent error of a function, and CDK's own retrier leaves it out.

    `States.ALL` and `States.TaskFailed` name all five.
    """
    for state in definition.of("Task"):
        retriers = [each for each in state.blocks("Retry") if each.fields.get("MaxAttempts") != 0]
        named = {name for each in retriers for name in listed(each.fields.get("ErrorEquals")) if isinstance(name, str)}
        if function_of(state) is None or not retriers or has_token(state.fields.get("Retry")):
            continue
        missing = [each for each in TRANSIENT_ERRORS if each not in named]
        if missing and not named & {"States.ALL", "States.TaskFailed"}:
            remedy = ", ".join(f'"{each}"' for each in missing)
            yield state.at("Retry").finding(f"a retrier for {', '.join(missing)}", remedy, shown="not all of the five")


@advice(
    code="NAWS-ASL-039",
    title="A Choice state has a default",
    source=f"{GUIDE}state-choice.html",
    example=jsonata("""
      "Ready?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.ready %}", "Next": "Done"}]},
      "Done": {"Type": "Succeed"}"""),
    fix=jsonata("""
      "Ready?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.ready %}", "Next": "Done"}],
        "Default": "Late"},
      "Late": {"Type": "Fail", "Error": "Late"},
      "Done": {"Type": "Succeed"}"""),
)
def has_default(definition: Definition) -> Iterator[Finding]:
    """When no rule applies the execution fails with `States.NoChoiceMatched`, which does not name what was found."""
    for state in definition.of("Choice"):
        always = any(str(each.fields.get("Condition")).strip("{% }") == "true" for each in state.blocks("Choices"))
        if "Default" not in state.given and not always and not state.opaque:
            yield state.at("Default").finding("the state for what no rule names", '"Default": "…"')


@advice(
    code="NAWS-ASL-035",
    title="The timeouts of the tasks of a way are within the machine's",
    source=_BEST,
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 3600, "Next": "Rest",
        "Retry": [{"ErrorEquals": ["ECS.AmazonECSException"]}]},
      "Rest": {"Type": "Wait", "Seconds": 600, "End": true}
    }}""",
    fix="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 7200, "States": {
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 3600, "Next": "Rest",
        "Retry": [{"ErrorEquals": ["ECS.AmazonECSException"]}]},
      "Rest": {"Type": "Wait", "Seconds": 600, "End": true}
    }}""",
)
def within_timeout(definition: Definition) -> Iterator[Finding]:
    """The machine's timeout ends an execution that no task has held up: nothing catches it, nothing tries again.

    Counted are waits, and timeouts with the attempts after a timeout, on the longest way; loops are not.
    """
    most = definition.at("TimeoutSeconds")
    if not is_number(most.value) or not definition.scopes:
        return
    seconds = _longest(definition.scopes[0], definition)
    if seconds > most.value:
        yield most.finding(
            f"at least {format_number(seconds)}, which the longest way may take",
            f'"TimeoutSeconds": {int(seconds)}\ntimeout=cdk.Duration.seconds({int(seconds)})  # where props give it\n'
            "shorter timeouts of the tasks",
        )


def _longest(scope: Scope, definition: Definition) -> float:
    """Seconds that the longest way through a scope may take; a state that is met again counts once."""
    inner: dict[str, float] = {}
    for each in definition.scopes:
        if each.outer is scope and each.holder is not None and not each.distributed:
            inner[each.holder.name] = max(inner.get(each.holder.name, 0), _longest(each, definition))
    own = {name: _seconds(state) + inner.get(name, 0) for name, state in scope.states.items()}
    start = scope.fields.get("StartAt")
    return _after(start, scope, own) if is_text(start) else 0


def _after(start: str, scope: Scope, own: Mapping[str, float]) -> float:
    """The longest of all ways from a state, found depth first without recursion."""
    best: dict[str, float] = {}
    on_way: set[str] = set()
    waiting = [(start, False)]
    while waiting:
        name, left = waiting.pop()
        state = scope.states.get(name)
        if state is None or name in best:
            continue
        following = [to.value for to in state.transitions]
        if left:
            on_way.discard(name)
            best[name] = own[name] + max((best.get(each, 0) for each in following), default=0)
        elif name not in on_way:
            on_way.add(name)
            waiting += [(name, True), *((each, False) for each in following if each not in on_way)]
    return best.get(start, 0)


def _seconds(state: State) -> float:
    """Seconds that a state may take, as far as they are written down."""
    if state.type == "Wait":
        return state.fields["Seconds"] if is_number(state.fields.get("Seconds")) else 0
    timeout = state.fields.get("TimeoutSeconds")
    if state.type != "Task" or not is_number(timeout):
        return 0
    for each in state.blocks("Retry"):
        if _TIMED_OUT & {name for name in listed(each.fields.get("ErrorEquals")) if isinstance(name, str)}:
            given = (each.fields.get(name) for name in ("MaxAttempts", "IntervalSeconds", "BackoffRate"))
            again, pause, rate = (
                value if is_number(value) else other
                for value, other in zip(given, (_ATTEMPTS, _INTERVAL, _RATE), strict=True)
            )
            most = each.fields.get("MaxDelaySeconds")
            longest = most if is_number(most) else float("inf")
            pauses = sum(min(pause * rate**turn, longest) for turn in range(min(int(again), _TURNS)))
            return timeout * (1 + again) + pauses
    return timeout


_TURNS = 100
CARE_RULES = (task_timeout, tried_again, transient_errors, has_default, within_timeout)
