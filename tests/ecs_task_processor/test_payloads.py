"""A payload arrives in the task equal as JSON, by every way that it can come and by both ways that it can go."""

import json
import re
from typing import Any

import pytest
from workflow_settings import NAMES
from workflow_settings import POLICY as BOTH

from naws.ecs_task_processor import Concurrency, FanOut
from naws.ecs_task_processor.plan_runs import RunPolicy
from naws.ecs_task_processor.workflow import workflow
from naws.testing import Returns, Throws, WorkflowRun, run_workflow

POLICY = {**BOTH, "task_attempts": 1}
ENDED = {"TaskArn": "t", "StopCode": "EssentialContainerExited", "Containers": [{"Name": "main", "ExitCode": 0}]}
TRICKY = {
    "null": None,
    "nulls": [None, [None], {"a": None}],
    "text": 'say "hi" \\ / äöü 漢 💡 \n\r\t',
    "braces": "{% $states.input %} {} <id> $.a",
    "order": [3, 1, 2, [2, 1], []],
    "nothing": [{}, [], "", 0, False],
    "yes": True,
    "small": 0.1,
}
DIGITS: list[Any] = [
    12345678901234567,
    9007199254740993,
    -9007199254740993,
    1000000000000000001,
    9223372036854775807,
    0.12345678901234567,
    0.30000000000000004,
    1.7976931348623157e308,
    5e-324,
]
PAYLOADS: dict[str, Any] = {
    "tricky": TRICKY,
    "list": [TRICKY, None, [TRICKY]],
    **{f"number {number}": {"n": [number], "in": {"deep": [[number]]}} for number in DIGITS},
    "beyond 64 bits in text": {"n": "123456789012345678901234567890"},
    "text": 'no JSON: "x',
    "text with digits": "12345678901234567 apples",
    "an empty list": [],
    "a list of a list": [[]],
    "a list of one": [[1]],
    "a list of null": [None],
    "a number": 5,
    "a long number": 12345678901234567,
    "true": True,
    "null": None,
    "a string": "x",
    "nothing": {},
    "digits in text": {"card": "1234567890123456", "also": ["1234567890123456"]},
    "large": {"text": "x" * 20_000, **TRICKY, "n": DIGITS},
    "large text": "y" * 20_000,
    "250 KB": {"text": "z" * 249_000, "n": DIGITS},
}


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is not True, 5 is not 5.0 in type, and a number has all its digits."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def schedule(payload: Any) -> Any:
    time = "2026-01-01T00:00:00Z"
    return {"trigger": "schedule", "id": f"schedule-1@{time}", "time": time, "payload": payload}


def event(payload: Any) -> Any:
    return {**schedule(payload), "trigger": "event", "id": "event-1"}


def message(payload: Any) -> Any:
    """What a pipe without an input template hands over. Source: EventBridge User Guide, SQS as a source."""
    return [
        {
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
            "body": payload if isinstance(payload, str) and payload != "x" else json.dumps(payload, ensure_ascii=False),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1767225600000"},
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
            "awsRegion": "us-east-1",
        }
    ]


def person(payload: Any) -> Any:
    return payload


def person_with_an_id(payload: Any) -> Any:
    return {"trigger": "manual", "id": "again", "payload": payload}


def step(payload: Any) -> Any:
    link = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "caller-arn"}
    return {**schedule(payload), "trigger": "step", "caller": "caller-arn", **link}


def in_an_array(payload: Any) -> Any:
    return [event(payload)]


WAYS = [schedule, event, message, person, person_with_an_id, step, in_an_array]
FEW_WAYS = [
    *(schedule, message),
    *(pytest.param(way, marks=pytest.mark.exhaustive) for way in WAYS if way not in (schedule, message)),
]


def run(given: Any, **settings: Any) -> WorkflowRun:
    always = {name: lambda _: Returns({}) for name in ("Store payload", "Note success", "Take lease")}
    always |= {"Release after success": lambda _: Returns({}), "Run task": lambda _: Returns(ENDED)}
    definition = workflow(RunPolicy(**{**POLICY, **settings}), NAMES)
    known = {name: answer for name, answer in always.items() if name in definition["States"]}
    return run_workflow(definition, given, known, allow_unused=True)


def task_environment(finished: WorkflowRun) -> dict[str, str]:
    (sent,) = finished.arguments("Run task")
    return {entry["Name"]: entry["Value"] for entry in sent["Overrides"]["ContainerOverrides"][0]["Environment"]}


def arrived(finished: WorkflowRun) -> Any:
    """What the program reads: its variable, or the object that its variable names."""
    assert finished.status == "SUCCEEDED", finished.cause
    seen = task_environment(finished)
    if "NAWS_PAYLOAD" in seen:
        assert finished.arguments("Store payload") == []
        return json.loads(seen["NAWS_PAYLOAD"])
    (stored,) = finished.arguments("Store payload")
    assert seen["NAWS_PAYLOAD_URI"] == f"s3://{stored['Bucket']}/{stored['Key']}"
    assert re.fullmatch(r"runs/[\w-]+\.json", stored["Key"])
    return stored["Body"]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("way", FEW_WAYS, ids=lambda way: way.__name__)
def test_a_payload_arrives_equal_as_json(way: Any, payload: Any) -> None:
    given = way(payload)
    if len(json.dumps(given, ensure_ascii=False).encode()) > 262_144:
        pytest.fail("no execution begins with this")
    assert same(arrived(run(given)), payload)


@pytest.mark.parametrize("payload", [TRICKY, PAYLOADS["digits in text"], {"n": 999_999_999_999_999}, 0.1, [1.5e-7]])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_fits_with_every_digit_goes_through_the_environment(way: Any, payload: Any) -> None:
    assert same(json.loads(task_environment(run(way(payload)))["NAWS_PAYLOAD"]), payload)


def test_a_small_message_with_long_numbers_goes_through_the_environment_as_it_is() -> None:
    assert same(json.loads(task_environment(run(message(DIGITS)))["NAWS_PAYLOAD"]), DIGITS)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "text",
        "5 apples",
        '{"a": 1} {"a": 2}',
        "1,2",
        '1],["2"',
        "[1",
        '{"a":1',
        "tru",
        "'x'",
        '"',
        "\\",
        "]",
        "[",
    ],
)
def test_a_body_that_is_no_json_is_text(body: str) -> None:
    assert arrived(run(message(body))) == body


def test_a_message_has_its_id_and_the_time_of_its_sending() -> None:
    always = {"Keep failure": lambda _: Returns({}), "Note failure": lambda _: Returns({})}
    failed = Throws("States.TaskFailed", json.dumps({**ENDED, "Containers": [{"Name": "main", "ExitCode": 3}]}))
    definition = workflow(RunPolicy(**POLICY), NAMES)
    finished = run_workflow(definition, message({"a": 1}), {**always, "Run task": [failed]})
    assert finished.arguments("Keep failure")[0]["MessageBody"]["envelope"] == {
        "trigger": "queue",
        "id": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "time": "2026-01-01T00:00:00.000Z",
        "payload": {"a": 1},
    }


def test_a_payload_arrives_behind_a_lease_and_beside_items() -> None:
    lease = Concurrency(limit=1)
    for way in WAYS:
        assert same(arrived(run(way(PAYLOADS["large"]), lease=lease)), PAYLOADS["large"])
    items = FanOut("$.items", max_concurrency=1, batch=2)
    shared = {"trigger": "queue", "time": "t", "id": "m", "count": 2}
    aborted = {"BatchInput": shared, "Items": [{"index": 0, "value": DIGITS}, {"index": 1, "value": None}]}
    assert same(arrived(run(aborted, fan_out=items)), [DIGITS, None])


def test_what_is_kept_of_a_payload_with_long_numbers_names_the_stored_one() -> None:
    """The failure's message is written by an expression, which loses digits; what was stored lost none."""
    always = {name: lambda _: Returns({}) for name in ("Keep failure", "Note failure", "Store payload")}
    failed = Throws("States.TaskFailed", json.dumps({**ENDED, "Containers": [{"Name": "main", "ExitCode": 3}]}))
    definition = workflow(RunPolicy(**POLICY), NAMES)
    finished = run_workflow(definition, schedule({"n": DIGITS}), {**always, "Run task": [failed]})
    envelope = finished.arguments("Keep failure")[0]["MessageBody"]["envelope"]
    assert "payload" not in envelope
    assert task_environment(run(envelope))["NAWS_PAYLOAD_URI"] == envelope["payload_uri"]
