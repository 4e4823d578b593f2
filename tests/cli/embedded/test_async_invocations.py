"""Asynchronous invocations: the qualifier's configuration, destinations, dead-letter queues, throttles, metrics."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.embedded.function_calls import FAILS, Function

pytestmark = pytest.mark.e2e


@pytest.fixture
def make(bench: Any, tmp_path: Path) -> Any:
    return lambda source=FAILS, **settings: Function(bench, tmp_path, source, **settings)


def record(bench: Any, url: Any) -> Any:
    (message,) = bench.messages(url, seconds=15)
    return json.loads(message["Body"])


def test_what_fails_on_an_alias_is_tried_as_the_alias_says_and_reported_as_aws_does(bench: Any, make: Any) -> None:
    function, (url, arn), (latest, latest_arn) = make(), bench.queue(), bench.queue()
    function.configure(None, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": latest_arn}})
    function.configure(MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}})
    function.send({"fails": 1})
    found = record(bench, url)
    request = found["requestContext"].pop("requestId")
    payload = found.pop("responsePayload")
    assert found.pop("timestamp")[-5:-4] == "."
    assert found == {
        "version": "1.0",
        "requestContext": {
            "functionArn": function.alias,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        },
        "requestPayload": {"fails": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "1", "functionError": "Unhandled"},
    }
    assert payload["errorMessage"] == "no luck"
    assert [line["request"] for line in function.lines] == [request, request]
    assert function.taken_by == ["", "failure queue"]
    assert {line["arn"] for line in function.lines} == {function.alias}
    assert not bench.sqs.receive_message(QueueUrl=latest).get("Messages")


def test_success_is_reported_and_two_retries_are_what_aws_does_by_itself(bench: Any, make: Any) -> None:
    function, (good, good_arn), (bad, bad_arn) = make(), bench.queue(), bench.queue()
    function.configure(
        DestinationConfig={"OnSuccess": {"Destination": good_arn}, "OnFailure": {"Destination": bad_arn}}
    )
    function.send({"n": 1})
    found = record(bench, good)
    assert found["requestContext"]["condition"] == "Success"
    assert found["requestContext"]["approximateInvokeCount"] == 1
    assert found["responseContext"] == {"statusCode": 200, "executedVersion": "1"}
    assert found["responsePayload"] == {"done": {"n": 1}}
    function.send({"fails": 1})
    assert record(bench, bad)["requestContext"]["approximateInvokeCount"] == 3


@pytest.mark.parametrize(("age", "count"), [(60, 1), (180, 2)])
def test_an_event_that_would_be_too_old_is_not_tried_again(bench: Any, make: Any, age: int, count: int) -> None:
    function, (url, arn) = make(), bench.queue()
    function.configure(MaximumEventAgeInSeconds=age, DestinationConfig={"OnFailure": {"Destination": arn}})
    function.send({"fails": 1})
    found = record(bench, url)["requestContext"]
    assert (found["condition"], found["approximateInvokeCount"]) == ("EventAgeExceeded", count)
    assert function.taken_by == [*[""] * (count - 1), "failure queue"]


def test_without_a_qualifier_the_configuration_of_latest_holds(bench: Any, make: Any) -> None:
    function, (url, arn) = make(), bench.queue()
    answer = function.configure(None, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    assert answer["FunctionArn"] == f"{function.arn}:$LATEST"
    assert "MaximumEventAgeInSeconds" not in answer
    function.send({"fails": 1}, function.arn)
    found = record(bench, url)
    assert found["requestContext"]["functionArn"] == f"{function.arn}:$LATEST"
    assert found["responseContext"]["executedVersion"] == "$LATEST"


def test_a_dead_letter_queue_gets_the_event_itself(bench: Any, make: Any) -> None:
    url, arn = bench.queue()
    function = make(DeadLetterConfig={"TargetArn": arn})
    function.configure(MaximumRetryAttempts=0)
    function.send({"fails": "ü"})
    (message,) = bench.messages(url)
    assert json.loads(message["Body"]) == {"fails": "ü"}
    assert function.taken_by == ["dead-letter queue"]
    attributes = {
        name: (value["DataType"], value["StringValue"]) for name, value in message["MessageAttributes"].items()
    }
    assert attributes == {
        "RequestID": ("String", function.lines[0]["request"]),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no luck"),
    }


def test_throttled_attempts_do_not_count_and_come_until_there_is_room(bench: Any, make: Any, until: Any) -> None:
    function, (url, arn) = (
        make("def handler(event, context):\n    write(event, context)\n    time.sleep(1)\n"),
        bench.queue(),
    )
    function.configure(MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    for number in range(3):
        function.send({"n": number})
    until(lambda: len(function.lines) == 3)
    assert sorted(line["event"]["n"] for line in function.lines) == [0, 1, 2]
    assert function.measured("Throttles", FunctionName=function.name, Resource=f"{function.name}:live") > 0
    assert not bench.sqs.receive_message(QueueUrl=url).get("Messages")


def test_an_event_that_finds_no_room_in_its_age_is_reported_without_an_answer(bench: Any, make: Any) -> None:
    source = "def handler(event, context):\n    time.sleep(event['seconds'])\n"
    function, (url, arn) = make(source, Timeout=10), bench.queue()
    function.configure(MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": arn}})
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    function.send({"seconds": 5})
    function.send({"seconds": 0})
    found = record(bench, url)
    assert found["requestContext"]["condition"] == "EventAgeExceeded"
    assert found["requestContext"]["approximateInvokeCount"] == 0
    assert not {"responseContext", "responsePayload"} & set(found)


def test_a_function_without_any_concurrency_fails_its_events_at_once(bench: Any, make: Any) -> None:
    function, (url, arn) = make(), bench.queue()
    function.configure(DestinationConfig={"OnFailure": {"Destination": arn}})
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    function.send({})
    found = record(bench, url)
    assert found["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert found["requestPayload"] == {}


def test_what_the_role_may_not_send_is_lost_counted_and_named(
    bench: Any, make: Any, permissions: Any, until: Any
) -> None:
    _, arn = bench.queue()
    function = make(role=permissions.role("lambda.amazonaws.com", permissions.allow("sqs:ReceiveMessage")))
    function.configure(MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    function.send({"fails": 1})
    of_alias = {"FunctionName": function.name, "Resource": f"{function.name}:live"}
    until(lambda: function.measured("DestinationDeliveryFailures", **of_alias))
    assert function.measured("AsyncEventsDropped", **of_alias) == 1
    assert function.measured("AsyncEventsReceived", **of_alias) == 1
    assert function.measured("Errors", **of_alias) == 1
    assert function.measured("Errors", FunctionName=function.name) == 1
    (denial,) = [each for each in bench.aws.denials() if each.resource == arn]
    assert f"assumed-role/{function.role.rpartition('/')[2]}/{function.name}" in denial.sentence
    assert denial.action == "sqs:SendMessage"


@pytest.mark.parametrize("kind", ["topic", "function", "bus"])
def test_other_destinations(bench: Any, make: Any, permissions: Any, kind: str) -> None:
    function, (url, queue) = make(), permissions.open_queue()
    if kind == "topic":
        sns = bench.client("sns")
        target = sns.create_topic(Name=function.name)["TopicArn"]
        sns.subscribe(TopicArn=target, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    elif kind == "bus":
        events = bench.client("events")
        target = events.create_event_bus(Name=function.name)["EventBusArn"]
        pattern = json.dumps({"detail-type": ["Lambda Function Invocation Result - Success"]})
        events.put_rule(Name=function.name, EventBusName=function.name, EventPattern=pattern)
        events.put_targets(Rule=function.name, EventBusName=function.name, Targets=[{"Id": "q", "Arn": queue}])
    else:
        second = make()
        second.configure(DestinationConfig={"OnSuccess": {"Destination": queue}})
        target = second.alias
    function.configure(DestinationConfig={"OnSuccess": {"Destination": target}})
    function.send({"n": 1})
    found = record(bench, url)
    assert (found if kind == "topic" else found["requestPayload"] if kind == "function" else found["detail"])[
        "responsePayload"
    ] == {"done": {"n": 1}}
    if kind == "bus":
        assert found["source"] == "lambda"
        assert found["resources"] == [target, function.alias]


def refused(call: Any) -> Any:
    try:
        call()
    except Exception as error:  # noqa: BLE001
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None


INVALID = "InvalidParameterValueException"


def test_configurations_that_aws_refuses(make: Any) -> None:
    function = make()
    nothing = "You must specify at least one of error handling or destination setting."
    assert refused(function.configure) == (INVALID, nothing)
    text = "You can't specify the function as a destination for itself."
    own = {"OnFailure": {"Destination": function.alias}}
    assert refused(lambda: function.configure(DestinationConfig=own)) == (INVALID, text)
    absent = function.arn.replace(function.name, "absent")
    text = f"The destination ARN {absent} is invalid."
    other = {"OnFailure": {"Destination": absent}}
    assert refused(lambda: function.configure(DestinationConfig=other)) == (INVALID, text)
    assert refused(lambda: function.configure("absent", MaximumRetryAttempts=1)) == (
        "ResourceNotFoundException",
        "The function doesn't exist.",
    )
    for field, value in (("MaximumRetryAttempts", 3), ("MaximumEventAgeInSeconds", 21_601)):
        code, message = refused(lambda field=field, value=value: function.configure(**{field: value}))
        assert code == "ValidationException"
        assert message.startswith(f"1 validation error detected: Value '{value}' at '{field[0].lower()}{field[1:]}'")


def test_an_alias_runs_the_code_of_its_version(make: Any, until: Any) -> None:
    function = make("def handler(event, context):\n    write({'code': 1}, context)\n")
    function.update("def handler(event, context):\n    write({'code': 2}, context)\n")
    function.send({})
    until(lambda: function.lines)
    function.send({}, function.arn)
    until(lambda: len(function.lines) == 2)
    assert [line["event"]["code"] for line in function.lines] == [1, 2]
