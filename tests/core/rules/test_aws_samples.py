"""Workflows that AWS published as samples: taken, or reported for a reason that is true.

`aws_samples.json` holds a workflow a row: repository, file and commit, and its structure. Of a state that is the type,
where it leads, what it calls and which fields it has, no text and no expression; names are S1, S2 and so on. A value is
`true` where a field was given, "n" where it was a number. A definition is made of it, with values of ours.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from naws.core.rules.asl import ASL_RULES, definition_issues

SAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("aws_samples.json").read_text())
TOKEN = "${Token[Known.0]}"
LEVELS = {rule.code.removeprefix("NAWS-"): rule.level for rule in ASL_RULES}
TRUE: Mapping[str, str] = {
    "FLOW-006": "no timeout of the machine: an execution may hang for a year",
    "ASL-033": "a token without a heartbeat",
    "ASL-026": "States.TaskFailedId, States.FauxFailure1 and States.QuorumMet are names of nobody",
    "ASL-007": "the query language stands among the states, so that the machine is of JSONPath",
    "ASL-012": "the same: Arguments and Output stand in states of JSONPath",
}
"""What is forbidden in some of the samples, and why that is true."""
FORBIDDEN: Mapping[str, set[str]] = {
    "shared-fallback-state-jsonata/statemachine/statemachine.asl.json": {"ASL-007", "ASL-012"},
    "chain-of-responsibility/statemachine/atm_dispenser_chained.asl.json": {"ASL-026"},
    "either-or-parallel-pattern/statemachine/statemachine.asl.json": {"ASL-026"},
    "quorum-with-parallel-pattern/statemachine/statemachine.asl.json": {"ASL-026"},
}
"""Beside a missing timeout of the machine, and tokens without a heartbeat."""
_VALUES: Mapping[str, Any] = {
    "TimeoutSeconds": 60,
    "HeartbeatSeconds": 30,
    "Seconds": 5,
    "MaxConcurrency": 2,
    "IntervalSeconds": 1,
    "MaxAttempts": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
    "Label": "Items",
    "ToleratedFailurePercentage": 5,
    "ToleratedFailureCount": 1,
    "Timestamp": "2027-01-01T00:00:00Z",
    "Error": "Own",
    "Cause": "x",
    "Items": [1],
    "Assign": {"v": 1},
    "Credentials": TOKEN,
}
_KINDS = {"Is": True, "Boolean": True, "Numeric": 1, "Timestamp": "2027-01-01T00:00:00Z", "String": "x"}


def definition_of(structure: Mapping[str, Any], language: str = "JSONPath") -> dict[str, Any]:
    """A definition of a recorded structure."""
    made = {key: part for key, part in structure.items() if key not in ("States", "Version", "TimeoutSeconds")}
    made |= {key: value for key, value in (("Version", "1.0"), ("TimeoutSeconds", 3600)) if key in structure}
    language = structure.get("QueryLanguage", language)
    states: dict[str, Any] = {name: _state(each, language) for name, each in structure["States"].items()}
    return {**made, "States": states}


def _state(recorded: Any, language: str) -> Any:
    if not isinstance(recorded, dict):
        return "x"
    own = recorded.get("QueryLanguage", language)
    made = {key: _value(key, part, recorded, own) for key, part in recorded.items() if key != "token"}
    return {**made, **({} if "Resource" not in made else {"Resource": _resource(recorded["Resource"])})}


def _resource(recorded: str) -> str:
    account = "arn:aws:{}:eu-central-1:123456789012:{}"
    others = {"function": TOKEN, "activity": account.format("states", "activity:a"), "other": TOKEN}
    return others.get(recorded, recorded)


def _value(key: str, recorded: Any, state: Mapping[str, Any], language: str) -> Any:
    makers: Mapping[str, Callable[[], Any]] = {
        "Branches": lambda: [definition_of(each, language) for each in recorded],
        "ItemProcessor": lambda: definition_of(recorded, language),
        "Iterator": lambda: definition_of(recorded, language),
        "Choices": lambda: [_rule(each, language) for each in recorded],
        "Retry": lambda: [_handler(each, index, language) for index, each in enumerate(recorded)],
        "Catch": lambda: [_handler(each, index, language) for index, each in enumerate(recorded)],
        "Parameters": lambda: _arguments(recorded, language, token="token" in state),
        "Arguments": lambda: _arguments(recorded, language, token="token" in state),
        "ItemReader": lambda: {name: _nested(name, part) for name, part in recorded.items()},
        "ResultWriter": lambda: {name: _nested(name, part) for name, part in recorded.items()},
        "ItemBatcher": lambda: {name: 10 if name.startswith("Max") else {} for name in recorded},
    }
    if key in makers:
        return makers[key]()
    return _simple(key, language) if key != "End" and (recorded is True or key in _VALUES) else recorded


def _nested(name: str, recorded: Any) -> Any:
    if name == "Resource":
        return recorded
    return {each: "$.x" if each.endswith(".$") else TOKEN for each in recorded}


def _simple(key: str, language: str) -> Any:
    if key in _VALUES:
        return _VALUES[key]
    if language == "JSONata":
        return "{% $states.input.x %}"
    return "$.x" if key.endswith("Path") else {}


def _arguments(recorded: Any, language: str, *, token: bool) -> Any:
    names = recorded if isinstance(recorded, list) else []
    made: dict[str, Any] = {name: "$.x" if name.endswith(".$") else TOKEN for name in names}
    if not token or not names:
        return {"token.$": "$$.Task.Token"} if token else made
    paths = "$$.Task.Token" if names[-1].endswith(".$") else {"token.$": "$$.Task.Token"}
    return {**made, names[-1]: paths if language == "JSONPath" else "{% $states.context.Task.Token %}"}


def _rule(recorded: Mapping[str, Any], language: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, part in recorded.items():
        if name in ("And", "Or"):
            made[name] = [_rule(each, language) for each in part]
        elif name == "Not":
            made[name] = _rule(part, language)
        elif name in ("Next", "Assign"):
            made[name] = {"v": 1} if name == "Assign" else part
        elif name in ("Variable", "Condition"):
            made[name] = "$.x" if name == "Variable" else "{% $states.input.x %}"
        else:
            kind = next((value for prefix, value in _KINDS.items() if name.startswith(prefix)), "x")
            made[name] = "$.y" if name.endswith("Path") else kind
    return made


def _handler(recorded: Mapping[str, Any], place: int, language: str) -> dict[str, Any]:
    """A retrier or a catcher; errors of the workflow's own have names of ours."""
    own = ("Own", "States.Unknown")
    names = [f"{each}{place}{index}" if each in own else each for index, each in enumerate(recorded["ErrorEquals"])]
    made = {name: part if name == "Next" else _simple(name, language) for name, part in recorded.items()}
    return {**made, "ErrorEquals": names}


def forbidden(sample: Mapping[str, Any]) -> Iterator[str]:
    for issue in definition_issues(definition_of(sample["structure"])):
        if issue.level != "advice":
            yield issue.code.removeprefix("NAWS-")


def test_each_says_where_it_comes_from_and_none_twice() -> None:
    assert len(SAMPLES) >= 30
    assert len({sample["file"] for sample in SAMPLES}) == len(SAMPLES)
    for sample in SAMPLES:
        assert sample["repository"].startswith("aws-samples/")
        assert len(sample["commit"]) == 40


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["file"])
def test_a_sample_is_taken_or_reported_for_a_true_reason(sample: dict[str, Any]) -> None:
    everywhere = {"FLOW-006", "ASL-033"}
    found = set(forbidden(sample))
    assert found <= TRUE.keys()
    assert found - everywhere == FORBIDDEN.get(sample["file"], set())


def test_every_reason_is_still_needed() -> None:
    assert {code for sample in SAMPLES for code in forbidden(sample)} == TRUE.keys()


def test_together_they_are_of_many_kinds() -> None:
    text = json.dumps(SAMPLES)
    for part in ("Parallel", "Choice", "Map", "Wait", "Fail", "DISTRIBUTED", "JSONata", "ItemReader", ".sync", "Or"):
        assert f'"{part}' in text or part in text
    assert len({each.split('"')[0] for each in text.split("arn:aws:states:::")[1:]}) >= 50
