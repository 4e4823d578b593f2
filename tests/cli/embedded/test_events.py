import json
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
NOWHERE = "arn:aws:states:us-east-1:000000000000:stateMachine:nothing"


def rule(bench: Any, pattern: Any, target: Any) -> Any:
    events, name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    answer = events.put_targets(Rule=name, Targets=[{"Id": "t", "RoleArn": bench.role, **target}])
    assert answer["FailedEntryCount"] == 0
    return name


def put_event(bench: Any, source: Any, detail: Any) -> None:
    entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail)}
    bench.client("events").put_events(Entries=[entry])


def first_input(bench: Any, until: Any, machine: Any) -> Any:
    executions = until(lambda: bench.sfn.list_executions(stateMachineArn=machine)["executions"])
    return json.loads(bench.sfn.describe_execution(executionArn=executions[0]["executionArn"])["input"])


PASS = {"Done": {"Type": "Pass", "End": True}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$.detail.deep"}, {"n": 3}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.deep.n", "name": "$.detail.name", "all": "$.detail"},
                    "InputTemplate": '{"n": <n>, "name": <name>, "quoted": "<name>", "all": <all>}',
                }
            },
            {"n": 3, "name": "x", "quoted": "x", "all": {"deep": {"n": 3}, "name": "x"}},
        ),
    ],
    ids=["Input", "InputPath", "InputTransformer"],
)
def test_what_the_target_receives(bench: Any, until: Any, target: Any, expected: Any) -> None:
    machine, source = bench.machine(PASS), f"s.{uuid.uuid4().hex}"
    rule(bench, {"source": [source]}, {"Arn": machine, **target})
    put_event(bench, source, {"deep": {"n": 3}, "name": "x"})
    assert first_input(bench, until, machine) == expected


@pytest.mark.parametrize("path", ["$..n", "$.detail[?(@.n == 3)]", "$.detail.none", "$$.Execution.Id"])
def test_of_json_path_a_rule_knows_what_eventbridge_knows(bench: Any, until: Any, path: str) -> None:
    machine, source = bench.machine(PASS), f"s.{uuid.uuid4().hex}"
    rule(bench, {"source": [source]}, {"Arn": machine, "InputPath": path})
    put_event(bench, source, {"deep": {"n": 3}})
    assert first_input(bench, until, machine)["detail"] == {"deep": {"n": 3}}


@pytest.mark.parametrize("target", [{}, {"InputPath": "$.detail"}], ids=["event", "InputPath"])
def test_letters_are_handed_over_as_they_are_and_counted_in_bytes(bench: Any, until: Any, target: Any) -> None:
    machine, source = bench.machine(PASS), f"s.{uuid.uuid4().hex}"
    rule(bench, {"source": [source]}, {"Arn": machine, **target})
    detail = {"t": "é" * 60_000}  # 120 KB as UTF-8, 360 KB when each letter is escaped
    entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail, ensure_ascii=False)}
    assert bench.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    received = first_input(bench, until, machine)
    assert (received if target else received["detail"]) == detail


def test_a_detail_with_what_is_no_number_in_json_is_malformed(bench: Any) -> None:
    entry = {"Source": "s", "DetailType": "test", "Detail": '{"a": NaN}'}
    (answer,) = bench.client("events").put_events(Entries=[entry])["Entries"]
    assert answer["ErrorCode"] == "MalformedDetail"


@pytest.mark.parametrize("quoted", ["<all>", "<list>"])
def test_a_template_that_becomes_no_json_delivers_nothing(bench: Any, until: Any, quoted: str) -> None:
    machine, source = bench.machine(PASS), f"s.{uuid.uuid4().hex}"
    paths = {"all": "$.detail", "list": "$.detail.list"}
    template = {"InputPathsMap": paths, "InputTemplate": f'{{"quoted": "{quoted}"}}'}
    rule(bench, {"source": [source]}, {"Arn": machine, "InputTransformer": template})
    rule(bench, {"source": [source]}, {"Arn": machine})
    put_event(bench, source, {"list": ["x"]})
    assert first_input(bench, until, machine)["source"] == source
    assert len(bench.sfn.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_a_rule_runs_a_task_with_the_overrides_of_its_input(bench: Any, until: Any) -> None:
    definition, source = bench.task_definition(["exit", "0"]), f"s.{uuid.uuid4().hex}"
    family = definition.rpartition("/")[2].partition(":")[0]
    bench.ecs.create_cluster(clusterName="rules")
    network = {"awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED"}}
    parameters = {"TaskDefinitionArn": definition, "LaunchType": "FARGATE", "NetworkConfiguration": network}
    overrides = {"containerOverrides": [{"name": "main", "environment": [{"name": "A", "value": "b"}]}]}
    cluster = "arn:aws:ecs:us-east-1:000000000000:cluster/rules"
    rule(bench, {"source": [source]}, {"Arn": cluster, "EcsParameters": parameters, "Input": json.dumps(overrides)})
    put_event(bench, source, {})
    (run,) = until(lambda: bench.containers(family))
    assert run["environment"]["A"] == "b"


def test_what_the_target_refuses_goes_to_the_dead_letter_queue(bench: Any) -> None:
    url, arn = bench.permissions.open_queue()
    source = f"s.{uuid.uuid4().hex}"
    name = rule(bench, {"source": [source]}, {"Arn": NOWHERE, "DeadLetterConfig": {"Arn": arn}})
    put_event(bench, source, {"n": 1})
    (message,) = bench.messages(url)
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert attributes["RULE_ARN"].endswith(f"rule/{name}")
    assert attributes["TARGET_ARN"] == NOWHERE


def test_an_object_in_a_bucket_starts_an_execution(bench: Any, until: Any) -> None:
    machine, bucket = bench.machine(PASS), f"b-{uuid.uuid4().hex[:8]}"
    s3 = bench.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "in/"}]}}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    rule(bench, pattern, {"Arn": machine})
    s3.put_object(Bucket=bucket, Key="out/ignored.csv", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/a b.csv", Body=b"12345")
    event = first_input(bench, until, machine)
    assert event["detail"]["object"]["key"] == "in/a b.csv"
    assert event["detail"]["object"]["size"] == 5
    assert event["detail"]["reason"] == "PutObject"


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT", "SUCCEEDED"])
def test_status_changes_of_executions_reach_a_queue(bench: Any, status: Any) -> None:
    states = {
        "FAILED": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "because"}},
        "SUCCEEDED": PASS,
    }.get(status, {"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    machine = bench.machine(states, **({"TimeoutSeconds": 1} if status == "TIMED_OUT" else {}))
    url, arn = bench.permissions.open_queue()
    detail = {"stateMachineArn": [machine], "status": [status]}
    pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"], "detail": detail}
    rule(bench, pattern, {"Arn": arn})
    execution = bench.start(machine, {"id": "r1"})
    if status == "ABORTED":
        bench.sfn.stop_execution(executionArn=execution)
    (message,) = bench.messages(url)
    event = json.loads(message["Body"])
    assert event["detail"]["status"] == status
    assert event["detail"]["executionArn"] == execution
    assert event["detail"]["name"] == execution.rpartition(":")[2]
    assert json.loads(event["detail"]["input"]) == {"id": "r1"}
    assert event["detail"]["error"] == {"FAILED": "Broken"}.get(status)


def test_the_event_of_a_failure_has_null_for_the_cause_that_it_has_not(bench: Any, permissions: Any) -> None:
    url, arn = permissions.open_queue()
    machine = bench.machine({"End": {"Type": "Fail", "Error": "Broken"}})
    name, events = f"r-{uuid.uuid4().hex[:8]}", bench.client("events")
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine], "status": ["FAILED"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    bench.finished(bench.start(machine))
    (message,) = bench.messages(url)
    detail = json.loads(message["Body"])["detail"]
    assert (detail["error"], detail["cause"], detail["output"]) == ("Broken", None, None)
