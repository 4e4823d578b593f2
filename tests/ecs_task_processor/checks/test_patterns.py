"""Patterns as EventBridge's compiler reads them, and what a trigger hands over."""

import json
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3

from naws.core.issues import Issue
from naws.core.rules.payloads import ENVELOPE_OF_RULE
from naws.ecs_task_processor import (
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing.synth import cdk_app, synth_template

Judge = Callable[..., list[Issue]]


def refused(issues: Judge, **detail: Any) -> list[tuple[str, str]]:
    pattern = events.EventPattern(source=["app"], **detail)
    found = issues(triggers=[EventTrigger(pattern)])
    return [(issue.code[5:], issue.path.removeprefix("triggers[0].event_pattern")) for issue in found]


@pytest.mark.parametrize(
    ("detail", "found"),
    [
        ({}, [("PATTERN-001", '["detail"]')]),
        ({"x": {}}, [("PATTERN-001", '["detail"]["x"]')]),
        ({"$or": [{"a": [1]}]}, [("PATTERN-002", '["detail"]["$or"]')]),
        ({"$or": {"a": [1]}}, [("PATTERN-002", '["detail"]["$or"]')]),
        ({"$or": ["a", "b"]}, [("PATTERN-002", '["detail"]["$or"]')]),
        ({"$or": [{"a": 1}, {"b": [2]}]}, [("PATTERN-002", '["detail"]["$or"][0]["a"]')]),
        ({"a": [["x"]]}, [("PATTERN-002", '["detail"]["a"][0]')]),
        ({"a": [{1: 2}]}, [("PATTERN-003", '["detail"]["a"][0]'), ("PATTERN-007", '["detail"]["a"][0][1]')]),
        ({"a": [None]}, [("PATTERN-007", '["detail"]["a"][0]')]),
        ({"a": [{"exists": "true"}]}, [("PATTERN-006", '["detail"]["a"][0]["exists"]')]),
        ({"a": [{"numeric": [">", "5"]}]}, [("PATTERN-006", '["detail"]["a"][0]["numeric"]')]),
        ({"a": [{"numeric": [">"]}]}, [("PATTERN-006", '["detail"]["a"][0]["numeric"]')]),
        ({"a": [{"numeric": ["<", 5, ">", 1]}]}, [("PATTERN-006", '["detail"]["a"][0]["numeric"]')]),
        ({"a": [{"numeric": 5}]}, [("PATTERN-006", '["detail"]["a"][0]["numeric"]')]),
        ({"a": [{"cidr": "10.0.0.1"}]}, [("PATTERN-006", '["detail"]["a"][0]["cidr"]')]),
        ({"a": [{"prefix": 5}]}, [("PATTERN-006", '["detail"]["a"][0]["prefix"]')]),
        ({"a": [{"prefix": {"suffix": "x"}}]}, [("PATTERN-006", '["detail"]["a"][0]["prefix"]')]),
        ({"a": [{"anything-but": []}]}, [("PATTERN-006", '["detail"]["a"][0]["anything-but"]')]),
        ({"a": [{"anything-but": ["a", 1]}]}, [("PATTERN-006", '["detail"]["a"][0]["anything-but"]')]),
        ({"a": [{"anything-but": {"numeric": 1}}]}, [("PATTERN-006", '["detail"]["a"][0]["anything-but"]')]),
        ({"a": [{"wildcard": "in/**.csv"}]}, [("PATTERN-006", '["detail"]["a"][0]["wildcard"]')]),
        ({"a": [{"wildcard": r"in\x"}]}, [("PATTERN-006", '["detail"]["a"][0]["wildcard"]')]),
        ({"a": [{"prefix": "in/*"}]}, [("PATTERN-008", '["detail"]["a"][0]')]),
    ],
    ids=str,
)
def test_what_the_compiler_refuses_is_refused(detail: Any, found: list[tuple[str, str]], issues: Judge) -> None:
    assert refused(issues, detail=detail) == found


@pytest.mark.parametrize(
    "value",
    [
        "a", 1, True, {"prefix": "a"}, {"prefix": {"equals-ignore-case": "a"}}, {"suffix": ".csv"},
        {"exists": False}, {"cidr": "10.0.0.0/24"}, {"cidr": "2001:db8::/32"}, {"equals-ignore-case": "a"},
        {"numeric": ["=", 1.5]}, {"numeric": [">", 0, "<=", 5]}, {"wildcard": "a*b*"}, {"wildcard": r"*\**\\*"},
        {"anything-but": "a"}, {"anything-but": 1}, {"anything-but": [1, 2]}, {"anything-but": {"prefix": "a"}},
        {"anything-but": {"wildcard": ["*/a", "*/b"]}}, {"anything-but": {"suffix": ["a"]}}, {"exactly": "a"},
    ],
    ids=str,
)  # fmt: skip
def test_what_the_compiler_reads_is_accepted(value: object, issues: Judge) -> None:
    assert refused(issues, detail={"a": [value]}) == []
    assert refused(issues, detail={"$or": [{"a": [value]}, {"b": {"c": [value]}}]}) == []


CONSOLE = {
    "source": ["shop.orders"],
    "detail-type": ["Refunded", {"prefix": "Partly"}],
    "detail": {"total": [{"numeric": [">", 100]}], "note": [None], "$or": [{"a": [1]}, {"b": [{"exists": False}]}]},
}


@pytest.mark.parametrize("given", [CONSOLE, json.dumps(CONSOLE, indent=2), MappingProxyType(CONSOLE)])
def test_a_pattern_is_taken_as_the_console_shows_it(given: Any, issues: Judge, image: ecs.ContainerImage) -> None:
    assert issues(triggers=[EventTrigger(given)]) == []
    assert built(given, image) == CONSOLE


def test_a_pattern_of_the_console_is_what_cdk_makes_of_its_own(image: ecs.ContainerImage) -> None:
    pattern = {"source": ["app"], "detail-type": ["A"]}
    cdk_own = events.EventPattern(source=["app"], detail_type=["A"])
    assert built(pattern, image) == built(json.dumps(pattern), image) == built(cdk_own, image) == pattern


def test_text_that_only_the_deployment_knows_is_taken_as_it_is(issues: Judge, image: ecs.ContainerImage) -> None:
    token = cdk.Token.as_string({"Fn::ImportValue": "pattern"})
    assert issues(triggers=[EventTrigger(token)]) == []
    assert built(token, image) == {"Fn::ImportValue": "pattern"}


def built(pattern: Any, image: ecs.ContainerImage) -> Any:
    """The pattern of the rule in the template."""
    stack = cdk.Stack(cdk_app(), "Reports")
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, triggers=[EventTrigger(pattern)]))
    resources = synth_template(stack)["Resources"]
    (found,) = (each["Properties"]["EventPattern"] for name, each in resources.items() if "NightlyEvent1" in name)
    if "Fn::Join" not in found:
        return found
    (text,) = found["Fn::Join"][1]
    return json.loads(text)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"source": "app"}, [("PATTERN-002", '["source"]')]),
        ({"detail": {"a": [{"startsWith": "x"}]}}, [("PATTERN-003", '["detail"]["a"][0]')]),
        ({"detail": {"a": [{"numeric": [">", "5"]}]}}, [("PATTERN-006", '["detail"]["a"][0]["numeric"]')]),
        ({"source": ["a" * 5_000]}, [("PATTERN-004", "")]),
        ({"detail": {"a": [{1, 2}]}}, [("PATTERN-007", '["detail"]["a"][0]')]),
        ({}, [("PATTERN-001", "")]),
        ({"detail_type": ["A"]}, [("PATTERN-005", '["detail_type"]')]),
        ({"status": ["A"]}, [("PATTERN-005", '["status"]')]),
        ({"replay-name": ["A"], "$or": [{"source": ["a"]}, {"account": ["1"]}]}, []),
    ],
    ids=lambda each: str(each)[:40],
)
def test_it_is_held_to_the_same_rules(given: Any, found: list[tuple[str, str]], issues: Judge) -> None:
    def told(pattern: Any) -> list[tuple[str, str]]:
        each = issues(triggers=[EventTrigger(pattern)])
        return [(issue.code[5:], issue.path.removeprefix("triggers[0].event_pattern")) for issue in each]

    assert told(given) == found
    if found[:1] != [("PATTERN-007", '["detail"]["a"][0]')]:  # a set has no JSON text
        assert told(json.dumps(given)) == found


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("detail_type", '"detail-type": ["A"]'),
        ("detailType", '"detail-type": ["A"]'),
        ("Source", '"source": ["A"]'),
        ("status", 'event_pattern={"detail": {"status": ["A"]}}'),
    ],
)
def test_a_field_that_no_event_has_is_told_with_the_nearest(name: str, remedy: str, issues: Judge) -> None:
    (found,) = issues(triggers=[EventTrigger({name: ["A"]})])
    assert (found.level, found.remedy) == ("practice", remedy)


@pytest.mark.parametrize(
    ("text", "value", "expected", "remedy"),
    [
        (
            '{\n  "source": ["a"]\n  "detail": {}\n}',
            '"detail": {}',
            "JSON: Expecting ',' delimiter at line 3, column 3",
            "{'source': ['a'], 'detail': {}}",
        ),
        (
            "{'source': ['a'], 'detail': {'on': [True]}}",
            None,
            "JSON: Expecting property name enclosed in double quotes at line 1, column 2",
            "{'source': ['a'], 'detail': {'on': [True]}}",
        ),
        ('["aws.s3"]', None, "an object of fields", '{"source": ["app.orders"]}'),
        ("aws.s3", None, "JSON: Expecting value at line 1, column 1", '{"source": ["app.orders"]}'),
        ("", None, "JSON: Expecting value at line 1, column 1", '{"source": ["app.orders"]}'),
    ],
)
def test_text_that_is_no_json_is_told_with_line_and_column(
    text: str, value: str | None, expected: str, remedy: str, issues: Judge
) -> None:
    (found,) = issues(triggers=[EventTrigger(text)])
    assert (found.code, found.path) == ("NAWS-PATTERN-009", "triggers[0].event_pattern")
    assert found.value == repr(text if value is None else value)
    assert (found.expected, found.remedy) == (expected, f"event_pattern={remedy}")


@pytest.mark.parametrize("text", ['{"source": ["a"],}', '{"source": ["a", ], "detail": {"on": [true,]}, }'])
def test_a_comma_too_many_is_taken_away(text: str, issues: Judge) -> None:
    (found,) = issues(triggers=[EventTrigger(text)])
    assert found.code == "NAWS-PATTERN-009"
    mended = eval(found.remedy.removeprefix("event_pattern="))
    assert issues(triggers=[EventTrigger(mended)]) == []


def test_a_filter_is_held_to_the_same_and_is_json(issues: Judge) -> None:
    def codes(pattern: Any) -> set[str]:
        return {issue.code[5:] for issue in issues(triggers=[QueueTrigger(filter=pattern)])}

    assert codes({"body": {}}) == {"PATTERN-001"}
    assert codes({"body": {"a": [{1, 2}]}}) == {"PATTERN-007"}
    assert codes({"body": {"a": [float("nan")]}}) == {"PATTERN-007"}
    assert codes({"body": {1: ["a"]}}) == {"PATTERN-007"}
    assert codes({"body": {"a": [None]}}) == set()
    assert codes({"body": {"a": ["\ud800"]}}) == {"PATTERN-007"}
    assert codes({"body": {("a", "b"): ["a"]}}) == {"PATTERN-007"}


def test_a_star_in_a_prefix_of_keys_is_taken_literally_and_reported(issues: Judge) -> None:
    bucket = s3.Bucket(cdk.Stack(), "Inbox")
    for trigger in (
        EventTrigger.object_created(bucket, prefix="in/*", suffix=".csv"),
        EventTrigger.object_created(bucket, suffix="*.csv"),
    ):
        (found,) = issues(triggers=[trigger])
        assert (found.code, found.level) == ("NAWS-PATTERN-008", "advice")
    assert issues(triggers=[EventTrigger.object_created(bucket, prefix="in/", suffix=".csv")]) == []


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_pattern_is_measured_as_it_is_sent(letter: str, issues: Judge) -> None:
    around = len('{"source":[""]}')
    longest = letter * (4_096 - around)
    assert issues(triggers=[EventTrigger(events.EventPattern(source=[longest]))]) == []
    (found,) = issues(triggers=[EventTrigger(events.EventPattern(source=[longest + "x"]))])
    assert found.code == "NAWS-PATTERN-004"


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_payload_of_a_rule_is_measured_in_characters(letter: str, issues: Judge) -> None:
    longest = letter * (8_192 - ENVELOPE_OF_RULE - len('{"t":""}'))
    pattern = events.EventPattern(source=["app"])
    assert issues(triggers=[EventTrigger(pattern, payload={"t": longest})]) == []
    (found,) = issues(triggers=[EventTrigger(pattern, payload={"t": longest + "x"})])
    assert (found.code, found.value) == ("NAWS-PAYLOAD-002", "8,193 characters with the run's id and time")
    assert found.source.endswith("API_InputTransformer.html")


def test_the_envelope_of_a_rule_is_that_of_the_template(image: ecs.ContainerImage) -> None:
    stack = cdk.Stack(cdk_app(), "Reports")
    trigger = EventTrigger(events.EventPattern(source=["app"]), payload={"t": "ü", "n": [1, 2]})
    EcsTaskProcessor(stack, "P", EcsTaskProcessorProps(image=image, triggers=[trigger]))
    rules = [each for each in synth_template(stack)["Resources"].values() if each["Type"] == "AWS::Events::Rule"]
    targets = [rule["Properties"]["Targets"][0] for rule in rules]
    templates = [target["InputTransformer"]["InputTemplate"] for target in targets if "InputTransformer" in target]
    (template,) = [text for text in templates if '"trigger":"event"' in text]
    assert len(template) == ENVELOPE_OF_RULE + len('{"t":"ü","n":[1,2]}')


@pytest.mark.parametrize(("letter", "size"), [("x", 1), ("ü", 2)])
def test_a_payload_of_a_schedule_is_measured_in_bytes(letter: str, size: int, issues: Judge) -> None:
    longest = letter * ((250_000 - len('{"t":""}')) // size)
    assert issues(triggers=[ScheduleTrigger("@daily", payload={"t": longest})]) == []
    (found,) = issues(triggers=[ScheduleTrigger("@daily", payload={"t": longest + letter})])
    assert found.code == "NAWS-PAYLOAD-002"
    assert found.source.endswith("step-functions/latest/dg/service-quotas.html")


@pytest.mark.parametrize("payload", [{"a": "x <b>y</b>"}, {"a": [{"<word>": 1}]}, {"a": "<id>"}])
def test_a_payload_of_a_rule_has_no_placeholder(payload: dict[str, Any], issues: Judge) -> None:
    pattern = events.EventPattern(source=["app"])
    (found,) = issues(triggers=[EventTrigger(pattern, payload=payload)])
    assert (found.code, found.level) == ("NAWS-PAYLOAD-003", "limit")
    assert issues(triggers=[ScheduleTrigger("@daily", payload=payload)]) == []


@pytest.mark.parametrize("word", ["schedule-arn", "scheduled-time", "execution-id", "attempt-number"])
def test_what_scheduler_replaces_is_accepted_or_refused(word: str, issues: Judge) -> None:
    for payload in ({"a": [f"at <aws.scheduler.{word}>"]}, {f"<aws.scheduler.{word}>": 1}):
        (found,) = issues(triggers=[ScheduleTrigger("@daily", payload=payload)])
        assert (found.code, found.level) == ("NAWS-PAYLOAD-007", "practice")
    accepted = {"NAWS-PAYLOAD-007": "the program wants it"}
    trigger = ScheduleTrigger("@daily", payload={"at": f"<aws.scheduler.{word}>"})
    assert issues(triggers=[trigger], acknowledge=accepted) == []
    assert issues(triggers=[ScheduleTrigger("@daily", payload={"a": f"<{word}> aws.scheduler.{word}"})]) == []


def test_what_is_no_placeholder_passes(issues: Judge) -> None:
    payload = {"a": "1 < 2 > 0", "b": "<>", "c": "<aws.events.rule-arn>", "d": events.EventField.from_path("$.detail")}
    assert issues(triggers=[EventTrigger(events.EventPattern(source=["app"]), payload=payload)]) == []


def test_a_tuple_is_a_list() -> None:
    source, detail = ("aws.s3",), {"size": ({"numeric": (">", 5)},)}
    given = ({"source": source, "detail": detail}, events.EventPattern(source=source, detail=detail))
    stack, image = cdk.Stack(cdk.App(), "S"), ecs.ContainerImage.from_registry("busybox:1.36")
    EcsTaskProcessor(stack, "P", EcsTaskProcessorProps(image=image, triggers=[EventTrigger(each) for each in given]))
    lists = {"source": ["aws.s3"], "detail": {"size": [{"numeric": [">", 5]}]}}
    rules = [each for each in stack.node.find_all() if isinstance(each, events.CfnRule)]
    assert [stack.resolve(each.event_pattern) for each in rules if each.node.id.startswith("Event")] == [lists, lists]


def test_half_a_character_is_no_json(issues: Judge) -> None:
    for payload in ({"a": "\ud800"}, {"\ud800": 1}):
        (found,) = issues(triggers=[ScheduleTrigger("@daily", payload=payload)])
        assert found.code == "NAWS-PAYLOAD-001"
        assert found.render().encode()
