"""What messages are about, by bodies as services send them; values are made up, forms are AWS's."""

import json
from datetime import UTC, datetime

import pytest

from naws.cli.json_texts import members
from naws.cli.operate.bodies import Reader, of_execution
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Cause, Failure, grouped
from naws.cli.operate.queues import Message
from naws.cli.operate.rule_inputs import RuleInputs
from naws.core.runs import Runs

SENT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Nightly"
EXECUTION = "arn:aws:states:eu-west-1:111122223333:execution:Nightly:0f1e"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:Mails:live"
# The User Guide's example of an event of a failed execution, with the fields that it has since redrive.
EVENT = {
    "version": "0",
    "id": "315c1398-40ff-a850-213b-158f73e60175",
    "detail-type": "Step Functions Execution Status Change",
    "source": "aws.states",
    "account": "111122223333",
    "time": "2026-11-26T03:00:05Z",
    "region": "eu-west-1",
    "resources": [EXECUTION],
    "detail": {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "name": "0f1e",
        "status": "FAILED",
        "startDate": 1795921200000,
        "stopDate": 1795921205000,
        "input": '{"trigger":"schedule","id":"schedule-1@2026-11-26T03:00:00Z","time":"x","payload":{"n":1.50}}',
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": None,
        "error": "States.TaskFailed",
        "cause": '{"errorMessage":"no bolts","errorType":"OutOfStock","stackTrace":["  File \\"app.py\\", line 12"]}',
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "REDRIVABLE",
        "redriveStatusReason": None,
    },
}
# The Developer Guide's record of an asynchronous invocation.
RECORD = {
    "version": "1.0",
    "timestamp": "2026-11-26T03:00:05.568Z",
    "requestContext": {
        "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
        "functionArn": FUNCTION,
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
    "requestPayload": {"trigger": "schedule", "id": "schedule-1@x", "time": "x", "payload": {}},
    "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
    "responsePayload": {"errorMessage": "no bolts", "errorType": "OutOfStock", "stackTrace": []},
}


def pattern(kind="workflow", redrive=None):
    arn = MACHINE if kind == "workflow" else FUNCTION
    return Deployed(None, "Shop", Runs(pattern="tried", path="Shop/It", kind=kind, redrive=redrive), arn, {})


def message(body, **attributes):
    text = body if isinstance(body, str) else json.dumps(body)
    return Message("https://queue", "m-1", text, attributes, SENT, "receipt", {"SentTimestamp": "1795921200000"})


def reader(given=None):
    given = given or pattern()
    return Reader(given, RuleInputs(given).of)


@pytest.mark.parametrize("body", [EVENT, EVENT["detail"]], ids=["event", "detail"])
def test_a_status_event_goes_on_where_that_is_how_it_is_put_back(body):
    found = reader(pattern(redrive="execution")).kept(message(body))
    assert (found.run, found.way, found.execution) == ("schedule-1@2026-11-26T03:00:00Z", "redrive", EXECUTION)
    assert found.cause.text == "States.TaskFailed: OutOfStock: no bolts"
    assert found.at == datetime(2026, 11, 29, 3, 0, 5, tzinfo=UTC).replace(day=found.at.day)
    assert found.given == EVENT["detail"]["input"]


def test_a_status_event_is_a_new_run_elsewhere():
    found = reader().kept(message(EVENT["detail"]))
    assert (found.way, found.given) == ("start", EVENT["detail"]["input"])


@pytest.mark.parametrize(
    ("given", "run", "input_"),
    [
        ('{"report": 1.50}', "0f1e", '{"trigger":"manual","id":"0f1e","payload":{"report": 1.50}}'),
        ('[{"messageId":"m","eventSource":"aws:sqs","body":"b"}]', "m", None),
        ('{"BatchInput":{"id":"a"},"Items":[]}', "0f1e", None),
        ("[1]", "0f1e", '{"trigger":"manual","id":"0f1e","payload":[1]}'),
    ],
)
def test_an_input_without_an_envelope_keeps_the_id_of_its_run(given, run, input_):
    found = of_execution(pattern(), EVENT["detail"] | {"input": given})
    assert (found.run, found.given) == (run, input_ or given)


@pytest.mark.parametrize("given", [None, "absent"])
def test_an_input_that_the_event_leaves_out_is_the_execution_s_to_tell(given):
    detail = {name: value for name, value in EVENT["detail"].items() if name != "input" or given is None}
    found = reader().kept(message(detail | ({"input": None} if given is None else {})))
    assert (found.run, found.given) == ("0f1e", None)


def test_what_timed_out_or_was_aborted_has_its_status_for_a_cause():
    for status in ("TIMED_OUT", "ABORTED"):
        found = of_execution(pattern(), EVENT["detail"] | {"status": status, "error": None, "cause": None})
        assert found.cause.text == status


def test_a_run_that_succeeded_is_nothing_that_failed():
    found = reader().kept(message(EVENT["detail"] | {"status": "SUCCEEDED"}))
    assert found.cause.error == "unreadable"


def test_a_step_belongs_to_its_caller():
    given = '{"trigger":"step","id":"x","time":"t","payload":{},"caller":"arn:caller"}'
    found = reader().kept(message(EVENT["detail"] | {"input": given}))
    assert (found.state, found.note) == ("step", "a step of arn:caller, with which it is redriven")


def test_a_record_of_an_invocation_has_its_payload_as_it_came():
    text = json.dumps(RECORD).replace('"payload": {}', '"payload": {"n": 1.50, "e": 12345678901234567890.1}')
    found = reader(pattern("function")).kept(message(text))
    assert (found.run, found.envelope) == (RECORD["requestContext"]["requestId"], "schedule-1@x")
    assert {found.run, found.envelope, "m-1"} == found.names
    assert (found.way, found.cause.text) == ("invoke", "OutOfStock: no bolts")
    assert found.given.endswith('"payload": {"n": 1.50, "e": 12345678901234567890.1}}')


def test_a_record_without_answer_or_envelope():
    record = {**RECORD, "requestPayload": {"detail-type": "Asked"}}
    del record["responsePayload"], record["responseContext"]
    found = reader(pattern("function")).kept(message(record))
    assert (found.run, found.cause.text) == (RECORD["requestContext"]["requestId"], "RetriesExhausted")


def test_a_time_that_could_not_start_is_started_as_it_is():
    envelope = '{"trigger":"schedule","id":"schedule-1@x","time":"x","payload":{"n":1.50}}'
    refused = {"ERROR_CODE": "AccessDenied", "ERROR_MESSAGE": "may not", "TARGET_ARN": MACHINE}
    found = reader().not_started(message(envelope, **refused), None)
    assert (found.run, found.way, found.given) == ("schedule-1@x", "start", envelope)
    assert found.cause.text == "AccessDenied: may not"
    request = json.dumps({"StateMachineArn": MACHINE, "Input": envelope})
    found = reader().not_started(message(request, **refused), None)
    assert (found.run, found.given) == ("schedule-1@x", envelope)


def test_a_status_event_that_did_not_reach_the_failure_queue_is_no_event_that_starts_a_run():
    refused = {"TARGET_ARN": "arn:aws:sqs:eu-west-1:111122223333:failures", "RULE_ARN": "arn:rule"}
    found = reader(pattern(redrive="execution")).not_started(message(EVENT, **refused), None)
    assert (found.way, found.execution) == ("redrive", EXECUTION)


def test_a_message_of_a_function_goes_back_to_its_queue():
    found = reader(pattern("function")).not_started(message('{"a": 1}'), "https://work")
    assert (found.way, found.queue, found.given) == ("send", "https://work", '{"a": 1}')


class Rules:
    """EventBridge with one rule."""

    def __init__(self, target):
        self.target, self.asked = target, []

    def client(self, _):
        return self

    def list_targets_by_rule(self, **request):
        self.asked.append(request)
        return {"Targets": [self.target]}


def test_an_event_has_the_input_that_its_rule_makes():
    template = '{"trigger":"event","id":<id>,"time":<time>,"payload":<aws.events.event.json>}'
    transformer = {"InputPathsMap": {"id": "$.id", "time": "$.time"}, "InputTemplate": template}
    rules = Rules({"Id": "Target0", "Arn": MACHINE, "InputTransformer": transformer})
    inputs = RuleInputs(Deployed(rules, "Shop", Runs(pattern="t", path="S/I", kind="workflow"), MACHINE, {}))
    event = '{"id":"e","time":"t","detail":{"n":1.50}}'
    for _ in range(2):
        made = inputs.of(event, {"RULE_ARN": "arn:aws:events:eu-west-1:1:rule/shop/asked"})
    assert made == f'{{"trigger":"event","id":"e","time":"t","payload":{event}}}'
    assert rules.asked == [{"Rule": "asked", "EventBusName": "shop"}]
    rules.target = {"Id": "Target0", "Arn": MACHINE}
    assert inputs.of(event, {"RULE_ARN": "arn:aws:events:eu-west-1:1:rule/other"}) == event


@pytest.mark.parametrize(
    "text",
    ["{}", ' { "a" : 1 , "b" : { "c" : [1.50, "}"] } } ', '{"a":"\\"","b":null}', '{"a":{},"b":[]}'],
)
def test_members_are_the_texts_of_an_object(text):
    found = members(text)
    assert {name: json.loads(each) for name, each in found.items()} == json.loads(text)
    assert all(each in text for each in found.values())


def test_causes_leave_out_what_is_of_the_single_run():
    reasons = [
        "exit code 3 (attempt 2, run 5f2c)",
        "exit code 3 (attempt 1, run schedule-1@2026-11-26T03:00:00Z)",
        "exit code 3",
    ]
    failures = [
        Failure(str(n), Cause("Naws.TaskFailed", each), SENT, "history", None) for n, each in enumerate(reasons)
    ]
    assert [group.cause for group in grouped(failures)] == ["Naws.TaskFailed: exit code 3"]
    one, other = (Cause("E", f"order {number} of 2026-11-26T03:00:0{number % 2}Z") for number in (123456, 654321))
    assert one.text == other.text == "E: order … of …"
    assert Cause("E", "KeyError: 'price'").text == "E: KeyError: 'price'"
    assert Cause("NoPaper", "NoPaper: none").text == "NoPaper: none"
    assert Cause().text == "no cause was given"
