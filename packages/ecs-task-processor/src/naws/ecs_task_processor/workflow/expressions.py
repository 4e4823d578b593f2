"""The parts that states of the workflow are made of: JSONata expressions, retries, repeated calls, metrics."""

from typing import Any

import aws_cdk as cdk

from naws.core.authoring import has_token
from naws.ecs_task_processor.plan_runs import ResourceNames

METRIC_NAMESPACE = "NAWS/EcsTaskProcessor"
LONGEST_CAUSE = 32_768
"""Characters of an error's cause. Source: Step Functions API, FailExecution and SendTaskFailure, cause."""
REASON_LENGTH = 1_000
"""Characters of a cause or reason that the workflow keeps and a message in the failure queue has."""

TRIES = {"Store payload": 5, "Keep failure": 9}
"""The number of tries of each call that a run repeats itself; a denied one is made once."""

_DENIED = (
    "/access.?denied|not authorized|unauthorized|authorizationerror|is denied|forbidden|status code: 403"
    "|not allowed to|unable to assume/i"
)
"""The words of services for a denied call: many have no error of their own for it, and only the cause shows it."""

States = dict[str, Any]


def expression(text: str) -> str:
    """A JSONata expression; line breaks are only for its readers."""
    return "{% " + " ".join(text.split()) + " %}"


def in_jsonata(states: States) -> States:
    """The states of a machine whose language is JSONPath, each in JSONata unless its `QueryLanguage` is JSONPath.

    Numbers keep their digits on a path; an expression makes doubles of them. A machine in JSONata may not have states
    in JSONPath. Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    return {name: _in_jsonata(state) for name, state in states.items()}


def _in_jsonata(state: States) -> States:
    inner: States = {}
    if "ItemProcessor" in state:
        inner["ItemProcessor"] = {**state["ItemProcessor"], "States": in_jsonata(state["ItemProcessor"]["States"])}
    if "Branches" in state:
        inner["Branches"] = [{**each, "States": in_jsonata(each["States"])} for each in state["Branches"]]
    return {"QueryLanguage": "JSONata", **state, **inner}


def choice(*ways: States, otherwise: str) -> States:
    """A state that goes the first way whose condition holds."""
    return {"Type": "Choice", "Choices": list(ways), "Default": otherwise}


def way(condition: str, after: str, **assign: Any) -> States:
    """A rule of a Choice state: the next state when a condition holds, and the variables that are set then."""
    return {"Condition": expression(condition), **({"Assign": assign} if assign else {}), "Next": after}


def caught(after: str, on: str = "States.ALL", /, **assign: Any) -> States:
    """A catcher: the next state after an error, and the variables that are set then."""
    return {"ErrorEquals": [on], **({"Assign": assign} if assign else {}), "Output": {}, "Next": after}


def number(value: float) -> str:
    """A number inside an expression; a token stays one."""
    return cdk.Token.as_string(value) if has_token(value) else f"{value:g}"


def denied(text: str) -> str:
    """Whether an error with its cause, or a reason, means that a role may not do what it was asked to."""
    return f"$contains({text}, {_DENIED})"


REFUSAL = "($states.errorOutput.Error & ': ' & $states.errorOutput.Cause)"
"""Error and cause of a failed call, in its catcher; a name or a cause that is absent or null is text here, too."""
REMEMBERED = "($refusal.Error & ': ' & $refusal.Cause)"
"""The same of a call that is `repeated`, in the states that follow."""


def retry(*, attempts: int) -> list[States]:
    """Try a call again whatever went wrong, with full jitter."""
    return [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 2,
            "MaxAttempts": attempts,
            "BackoffRate": 2,
            "MaxDelaySeconds": 60,
            "JitterStrategy": "FULL",
        }
    ]


def repeated(name: str, call: States, *, tries: int, given_up: str, **assign: str) -> States:
    """A call that is made again as long as that can help: not when it was denied, and a number of times.

    A `Retry` matches the names of errors only, and a denied call shows in the cause alone. How often it was made is
    in a variable of its own, which `counters` begins; what it was answered is in `refusal`.

    Args:
        name: its state.
        call: the state without its error handling; its `Next` is what follows.
        tries: how often it is made at the most.
        given_up: what follows then.
        assign: what is assigned then.
    """
    again, wait, made = f"{name}: again?", f"{name}: wait", _counter(name)
    refused: States = {"Assign": {"refusal": expression("$states.errorOutput")}, "Output": {}}
    counted: States = {"Assign": {**call.get("Assign", {}), made: 0}}
    if call.get("QueryLanguage") == "JSONPath":
        # Its input is needed again, and AWS's linter knows no variables in such a state: it is made once in a run.
        refused, counted = {"Assign": {"refusal.$": "$"}, "ResultPath": None}, {}
    return {
        name: {
            **call,
            **counted,
            "Catch": [
                {"ErrorEquals": [error], **refused, "Next": again}
                # AWS's page says that States.ALL does not catch it, a recording that it does: by name it is caught.
                for error in ("States.DataLimitExceeded", "States.ALL")
            ],
        },
        again: choice(way(f"{denied(REMEMBERED)} or ${made} >= {tries - 1}", given_up, **assign), otherwise=wait),
        wait: {
            "Type": "Wait",
            "Seconds": expression(f"$max([1, $ceil($random() * $min([60, $power(2, ${made} + 1)]))])"),
            "Assign": {made: expression(f"${made} + 1")},
            "Next": name,
        },
    }


def counters(*names: str) -> dict[str, int]:
    """The variables that count how often the calls of these states were made."""
    return {_counter(name): 0 for name in names}


def _counter(name: str) -> str:
    first, *more = name.split()
    return "".join(("triesOf", first.capitalize(), *(word.capitalize() for word in more)))


def went_wrong(error: str, refusal: str = REFUSAL) -> str:
    """The verdict on a call of the workflow's own that failed for good: the program never ran."""
    return f"""{{
        'kind': 'final', 'outcome': {denied(refusal)} ? 'Denied' : 'NotStarted', 'error': '{error}',
        'reason': $substring({refusal}, 0, {REASON_LENGTH})
    }}"""


def note(names: ResourceNames, metric: str, dimension: str, value: str, after: str) -> States:
    """Count something for the alarms; a count that fails must not fail the run."""
    dimensions = [
        {"Name": "Processor", "Value": names.processor},
        {"Name": dimension, "Value": expression(value)},
    ]
    return {
        "Type": "Task",
        "Resource": f"arn:{names.partition}:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {
            "Namespace": METRIC_NAMESPACE,
            "MetricData": [{"MetricName": metric, "Dimensions": dimensions, "Value": 1, "Unit": "Count"}],
        },
        "Output": {},
        "Retry": retry(attempts=2),
        "Catch": [caught(after)],
        "Next": after,
    }
