import json
import random
import time
import uuid
from typing import Any

import pytest

from naws.cli.embedded.departures.task_states import error_names, retry_delay

pytestmark = pytest.mark.e2e
SDK = "arn:aws:states:::aws-sdk"
FAILING = {"Type": "Task", "Resource": f"{SDK}:sqs:sendMessage", "Arguments": {"QueueUrl": "http://x/0/none"}}


def test_retry_delay_grows_to_its_cap_and_has_no_other() -> None:
    retrier = {"IntervalSeconds": 30, "BackoffRate": 2, "MaxDelaySeconds": 100}
    assert [retry_delay(retrier, count) for count in range(4)] == [30, 60, 100, 100]
    assert retry_delay({"IntervalSeconds": 100}, 3) == 800


def test_full_jitter_lies_between_nothing_and_the_delay() -> None:
    random.seed(1)
    delays = [retry_delay({"IntervalSeconds": 10, "JitterStrategy": "FULL"}, 0) for _ in range(50)]
    assert 0 <= min(delays) < 2
    assert 8 < max(delays) <= 10


@pytest.mark.parametrize(
    ("matcher", "error", "matched"),
    [
        ("States.ALL", "States.Runtime", False),
        ("States.TaskFailed", "States.Runtime", False),
        ("States.Runtime", "States.Runtime", False),
        ("States.ALL", "States.DataLimitExceeded", True),
        ("States.TaskFailed", "States.DataLimitExceeded", False),
        ("States.DataLimitExceeded", "States.DataLimitExceeded", True),
        ("States.ALL", "States.Permissions", True),
    ],
)
def test_the_machines_own_errors_are_matched_as_recorded(matcher: str, error: str, *, matched: bool) -> None:
    def original(error_equals: list[str], name: str) -> bool:
        return bool(error_equals and name)

    matches = error_names.install.__wrapped__
    assert matches(original, [matcher], error) is matched


def test_retries_happen_and_the_catcher_sees_error_and_context(bench: Any) -> None:
    retry = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 1,
        "MaxDelaySeconds": 1,
        "MaxAttempts": 1,
        "JitterStrategy": "FULL",
    }
    catch = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"seen": "{% $states.errorOutput.Error %}"},
        "Output": {"cause": "{% $states.errorOutput.Cause %}", "retries": "{% $states.context.State.RetryCount %}"},
        "Next": "Caught",
    }
    states = {
        "Call": {**FAILING, "Retry": [retry], "Catch": [catch], "End": True},
        "Caught": {"Type": "Pass", "Output": {"error": "{% $seen %}", "was": "{% $states.input %}"}, "End": True},
    }
    ended = bench.execute(states)
    output = json.loads(ended["output"])
    assert output["error"].startswith("Sqs.")
    assert output["was"]["retries"] == 1
    history = bench.sfn.get_execution_history(executionArn=ended["executionArn"])["events"]
    assert [event["type"] for event in history].count("TaskScheduled") == 2


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ("text data", b'"text data"'),
        ('{"a": 1}', b'"{\\"a\\": 1}"'),
        (False, b"false"),
        (0, b"0"),
        ({"a": [1, "é"]}, '{"a":[1,"é"]}'.encode()),
    ],
)
def test_put_object_stores_json_text(bench: Any, body: Any, stored: Any) -> None:
    s3 = bench.client("s3")
    s3.create_bucket(Bucket="payloads")
    arguments = {
        "Bucket": "payloads",
        "Key": "{% 'runs/' & $states.context.Execution.Name & '.json' %}",
        "Body": "{% $states.input.body %}",
        "ContentType": "application/json",
        "ServerSideEncryption": "AES256",
    }
    put = {"Type": "Task", "Resource": f"{SDK}:s3:putObject", "Arguments": arguments, "End": True}
    ended = bench.execute({"Put": put}, {"body": body})
    assert ended["status"] == "SUCCEEDED", ended
    found = s3.get_object(Bucket="payloads", Key=f"runs/{ended['name']}.json")
    assert found["Body"].read() == stored
    assert found["ContentType"] == "application/json"
    assert json.loads(ended["output"])["ETag"] == found["ETag"]


def test_put_object_without_a_content_type_stores_text(bench: Any) -> None:
    s3 = bench.client("s3")
    s3.create_bucket(Bucket="untyped")
    put = {"Type": "Task", "Resource": f"{SDK}:s3:putObject", "End": True}
    assert bench.execute({"Put": {**put, "Arguments": {"Bucket": "untyped", "Key": "k", "Body": "x"}}})["output"]
    assert s3.get_object(Bucket="untyped", Key="k")["ContentType"] == "text/plain; charset=UTF-8"


def test_put_object_into_no_bucket_fails_with_the_services_error(bench: Any) -> None:
    arguments = {"Bucket": "no-such-bucket", "Key": "k", "Body": "x"}
    ended = bench.execute(
        {"P": {"Type": "Task", "Resource": f"{SDK}:s3:putObject", "Arguments": arguments, "End": True}}
    )
    assert ended["error"] == "S3.NoSuchBucketException"


@pytest.mark.parametrize("resource", [f"{SDK}:sqs:sendMessage", "arn:aws:states:::sqs:sendMessage"])
def test_send_message(bench: Any, resource: Any) -> None:
    url, _ = bench.queue()
    body = "{% $string({'run': $states.input.id}) %}"
    arguments = {"QueueUrl": url, "MessageBody": body}
    ended = bench.execute({"S": {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}}, {"id": 7})
    assert "MessageId" in json.loads(ended["output"])
    (message,) = bench.messages(url)
    assert json.loads(message["Body"]) == {"run": 7}


def test_an_optimized_message_body_may_be_an_object(bench: Any) -> None:
    url, _ = bench.queue()
    arguments = {"QueueUrl": url, "MessageBody": {"run": "{% $states.input.id %}"}}
    resource = "arn:aws:states:::sqs:sendMessage"
    bench.execute({"S": {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}}, {"id": 7})
    (message,) = bench.messages(url)
    assert json.loads(message["Body"]) == {"run": 7}


def test_a_failed_condition_has_the_sdk_name(bench: Any) -> None:
    bench.client("dynamodb").create_table(
        TableName="leases",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arguments = {
        "TableName": "leases",
        "Key": {"pk": {"S": "one"}},
        "UpdateExpression": "ADD taken :one",
        "ConditionExpression": "attribute_not_exists(taken) OR taken < :limit",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":limit": {"N": "1"}},
    }
    update = {"Type": "Task", "Resource": f"{SDK}:dynamodb:updateItem", "Arguments": arguments, "End": True}
    assert bench.execute({"Take": update})["status"] == "SUCCEEDED"
    assert bench.execute({"Take": update})["error"] == "DynamoDb.ConditionalCheckFailedException"


def test_assign_sees_the_values_from_before(bench: Any) -> None:
    states = {
        "One": {"Type": "Pass", "Assign": {"a": 1, "b": 10}, "Next": "Two"},
        "Two": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Three"},
        "Three": {"Type": "Pass", "Output": ["{% $a %}", "{% $b %}"], "End": True},
    }
    assert json.loads(bench.execute(states)["output"]) == [10, 1]


def test_choice_wait_and_context(bench: Any) -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.n > 3 %}", "Assign": {"big": True}, "Next": "Wait"}],
            "Default": "Small",
        },
        "Wait": {"Type": "Wait", "Seconds": "{% $states.input.wait %}", "Next": "Tell"},
        "Tell": {
            "Type": "Pass",
            "Output": {"big": "{% $big %}", "execution": "{% $states.context.Execution %}"},
            "End": True,
        },
        "Small": {"Type": "Succeed"},
    }
    started = time.monotonic()
    ended = bench.execute(states, {"n": 4, "wait": 1})
    assert time.monotonic() - started >= 1
    output = json.loads(ended["output"])
    execution = output["execution"]
    assert output["big"] is True
    assert execution["Id"] == ended["executionArn"]
    assert execution["Name"] == ended["name"]
    assert execution["RoleArn"] == bench.role
    assert execution["Input"] == {"n": 4, "wait": 1}


@pytest.mark.parametrize(("name", "caught"), [("States.ALL", False), ("States.DataLimitExceeded", True)])
def test_too_large_an_output_is_caught_by_its_name_alone(name: str, bench: Any, *, caught: bool) -> None:
    catch = [{"ErrorEquals": [name], "Output": {}, "Next": "Caught"}]
    url, _ = bench.queue()
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": url, "MessageBody": "x"},
        "Output": "{% $pad('', 300000, 'x') %}",
        "Catch": catch,
        "Next": "Caught",
    }
    ended = bench.execute({"Send": send, "Caught": {"Type": "Succeed"}})
    assert ended["status"] == ("SUCCEEDED" if caught else "FAILED")
    assert caught or ended["error"] == "States.DataLimitExceeded"


def test_a_stopped_execution_stays_aborted_and_does_nothing_more(bench: Any) -> None:
    url, _ = bench.queue()
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    states = {
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Send"},
        "Send": {**send, "Arguments": {"QueueUrl": url, "MessageBody": "too late"}},
    }
    execution = bench.start(bench.machine(states))
    time.sleep(0.3)
    bench.sfn.stop_execution(executionArn=execution)
    time.sleep(1.2)
    assert bench.finished(execution)["status"] == "ABORTED"
    assert "Messages" not in bench.sqs.receive_message(QueueUrl=url)


def test_a_machines_own_timeout_ends_the_execution(bench: Any) -> None:
    ended = bench.execute({"Wait": {"Type": "Wait", "Seconds": 30, "End": True}}, TimeoutSeconds=1)
    assert ended["status"] == "TIMED_OUT"


def test_start_execution_refuses_what_aws_refuses(bench: Any) -> None:
    machine = bench.machine({"Wait": {"Type": "Wait", "Seconds": 5, "End": True}})
    start = bench.sfn.start_execution
    errors = bench.sfn.exceptions
    with pytest.raises(errors.InvalidName):
        start(stateMachineArn=machine, name="2026-01-01T00:00:00Z")
    with pytest.raises(errors.InvalidExecutionInput):
        start(stateMachineArn=machine, input="{not json")
    for number in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(errors.InvalidExecutionInput):
            start(stateMachineArn=machine, input=f'{{"a": [{number}]}}')
    with pytest.raises(errors.InvalidExecutionInput):
        start(stateMachineArn=machine, input=json.dumps("x" * 262_144))
    first = start(stateMachineArn=machine, name="once", input="{}")
    assert start(stateMachineArn=machine, name="once", input="{}")["executionArn"] == first["executionArn"]
    with pytest.raises(errors.ExecutionAlreadyExists):
        start(stateMachineArn=machine, name="once", input='{"other": 1}')


def test_put_metric_data_arrives_with_its_dimensions(bench: Any) -> None:
    dimensions = [
        {"Name": "Processor", "Value": "{% $states.context.StateMachine.Name %}"},
        {"Name": "Trigger", "Value": "queue"},
    ]
    data = [{"MetricName": "RunsSucceeded", "Dimensions": dimensions, "Value": 1, "Unit": "Count"}]
    put = {
        "Type": "Task",
        "Resource": f"{SDK}:cloudwatch:putMetricData",
        "Arguments": {"Namespace": "NAWS/Test", "MetricData": data},
        "End": True,
    }
    ended = bench.execute({"Put": put})
    assert ended["status"] == "SUCCEEDED", ended
    (metric,) = bench.client("cloudwatch").list_metrics(Namespace="NAWS/Test")["Metrics"]
    machine = ended["stateMachineArn"].rpartition(":")[2]
    assert {item["Name"]: item["Value"] for item in metric["Dimensions"]} == {"Processor": machine, "Trigger": "queue"}


def test_the_output_of_a_succeed_state_is_that_of_the_execution(bench: Any) -> None:
    ended = bench.execute({"Done": {"Type": "Succeed", "Output": {"n": "{% $states.input.n + 1 %}"}}}, {"n": 1})
    assert json.loads(ended["output"]) == {"n": 2}


def test_an_answer_of_more_than_256_kib_is_an_error_however_little_of_it_is_used(bench: Any) -> None:
    look_back = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:getExecutionHistory",
        "Arguments": {"ExecutionArn": "{% $states.context.Execution.Id %}"},
        "Output": {},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "Caught"}],
        "End": True,
    }
    states = {"Pass": {"Type": "Pass", "Next": "Look back"}, "Look back": look_back, "Caught": {"Type": "Succeed"}}
    assert bench.execute(states, {"small": "x"})["output"] == "{}"
    assert bench.execute(states, {"large": "x" * 200_000})["output"] == '"States.DataLimitExceeded"'


@pytest.mark.parametrize("text", [r'{"a":"\ud83d"}', r'"\udc00"', r'{"\ud83d": 1}', '"\ud83d"', "[NaN]", "-Infinity"])
def test_an_input_that_is_no_json_in_unicode_is_refused(bench: Any, text: str) -> None:
    machine = bench.machine({"P": {"Type": "Pass", "End": True}})
    with pytest.raises(bench.sfn.exceptions.InvalidExecutionInput):
        bench.sfn.start_execution(stateMachineArn=machine, input=text)
    assert bench.sfn.list_executions(stateMachineArn=machine)["executions"] == []


def test_a_whole_surrogate_pair_is_a_letter(bench: Any) -> None:
    machine = bench.machine({"P": {"Type": "Pass", "End": True}})
    execution = bench.sfn.start_execution(stateMachineArn=machine, input=r'{"a":"\ud83d\ude00"}')["executionArn"]
    assert bench.finished(execution)["output"] == '{"a":"\U0001f600"}'


def test_half_a_surrogate_pair_that_a_state_makes_does_not_break_the_history(bench: Any) -> None:
    ended = bench.execute({"P": {"Type": "Pass", "Output": {"a": "\ud83d"}, "End": True}})
    history = bench.sfn.get_execution_history(executionArn=ended["executionArn"])["events"]
    assert history[-1]["executionSucceededEventDetails"]["output"] == r'{"a":"\ud83d"}' == ended["output"]


def test_sqs_answers_in_its_own_form_however_much_there_is(bench: Any) -> None:
    (url, _), (empty, _), prefix = bench.queue(), bench.queue(), f"none-{uuid.uuid4().hex[:8]}"
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")

    def answer(action: str, **arguments: Any) -> Any:
        task = {"Type": "Task", "Resource": f"{SDK}:sqs:{action}", "Arguments": arguments, "End": True}
        ended = bench.execute({"T": task})
        return ended.get("error") or json.loads(ended["output"])

    assert answer("receiveMessage", QueueUrl=empty) == {}
    (message,) = answer("receiveMessage", QueueUrl=url)["Messages"]
    assert message["Body"] == "x"
    assert answer("listQueues", QueueNamePrefix=prefix) == {"QueueUrls": []}
    assert answer("listQueues", QueueNamePrefix=url.rpartition("/")[2]) == {"QueueUrls": [url]}
    assert answer("getQueueAttributes", QueueUrl=url, AttributeNames=["DelaySeconds"]) == {
        "Attributes": {"DelaySeconds": "0"}
    }
    assert answer("getQueueUrl", QueueName=prefix) == "Sqs.QueueDoesNotExistException"
    assert answer("receiveMessage", QueueUrl=f"{empty}x") == "Sqs.QueueDoesNotExistException"
    assert answer("deleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]) == {}


def test_a_parallel_state_in_jsonata_has_arguments_output_and_variables(bench: Any) -> None:
    branch = {"Type": "Pass", "Output": "{% $states.input.n + $kept %}", "End": True}
    states = {
        "Keep": {"Type": "Pass", "Assign": {"kept": 10}, "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Arguments": {"n": "{% $states.input.given + 1 %}"},
            "Branches": [{"StartAt": name, "States": {name: branch}} for name in ("A", "B")],
            "Assign": {"kept": "{% $sum($states.result) %}"},
            "Output": {"was": "{% $states.input.given %}", "now": "{% $states.result %}"},
            "Next": "Last",
        },
        "Last": {"Type": "Pass", "Output": {"both": "{% $states.input %}", "kept": "{% $kept %}"}, "End": True},
    }
    output = json.loads(bench.execute(states, {"given": 1})["output"])
    assert output == {"both": {"was": 1, "now": [12, 12]}, "kept": 24}


def test_a_branch_that_fails_ends_the_state_while_another_still_waits(bench: Any) -> None:
    slow = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    bad = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Naws.Bad"}}}
    catch = [{"ErrorEquals": ["Naws.Bad"], "Output": "caught", "Next": "Caught"}]
    both = {"Type": "Parallel", "Branches": [slow, bad], "Catch": catch, "End": True}
    ended = bench.execute({"Both": both, "Caught": {"Type": "Pass", "End": True}})
    assert json.loads(ended["output"]) == "caught"
    types = [event["type"] for event in bench.sfn.get_execution_history(executionArn=ended["executionArn"])["events"]]
    assert types[-1] == "ExecutionSucceeded"
    assert "ParallelStateFailed" in types


def test_results_of_a_map_have_256_kib_together(bench: Any) -> None:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": "{% $pad('', 100000, 'x') %}", "End": True}}}
    ended = bench.execute({"Each": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": inner, "End": True}})
    assert ended["error"] == "States.DataLimitExceeded"


def test_the_history_ends_with_its_twenty_five_thousandth_event(bench: Any) -> None:
    states = {
        "A": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "End"}], "Default": "A"},
        "End": {"Type": "Succeed"},
    }
    execution = bench.start(bench.machine(states))
    ended = bench.finished(execution, seconds=90)
    assert (ended["error"], ended["cause"]) == (
        "States.Runtime",
        "The execution reached the maximum number of history events (25000).",
    )
    (last,) = bench.sfn.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=1)["events"]
    assert (last["id"], last["type"]) == (25_000, "ExecutionFailed")
    assert ended["redriveStatus"] == "NOT_REDRIVABLE"
