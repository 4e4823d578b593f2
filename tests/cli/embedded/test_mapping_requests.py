"""Event source mappings that AWS refuses, by the API and of a template."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cli.embedded.function_calls import Function
from tests.cli.embedded.test_mappings import COUNT

pytestmark = pytest.mark.e2e
INVALID, VALIDATION = "InvalidParameterValueException", "ValidationException"
WINDOW = "MaximumBatchingWindowInSeconds"


@pytest.fixture
def make(bench: Any, tmp_path: Path) -> Any:
    return lambda **settings: Function(bench, tmp_path, COUNT, **settings)


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error: Any = caught.value.response
    return error["Error"]["Code"], error["Error"].get("Message") or error.get("message", "")


def test_limits_of_a_request(bench: Any, make: Any) -> None:
    function, (_, arn) = make(), bench.queue()
    uuid = function.map(arn, function.arn)
    for settings, code, part in (
        ({"BatchSize": 10_001, WINDOW: 1}, VALIDATION, "'batchSize' failed to satisfy constraint: Member must have"),
        ({WINDOW: 301}, VALIDATION, "'maximumBatchingWindowInSeconds' failed to satisfy constraint"),
        ({"ScalingConfig": {"MaximumConcurrency": 1001}}, VALIDATION, "less than or equal to 1000"),
        ({"BatchSize": 11}, INVALID, "Maximum batch window in seconds must be greater than 0"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["a"]}'}] * 6}}, INVALID, "5 filters"),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "a"}'}]}},
            INVALID,
            "Invalid filter pattern definition.",
        ),
    ):
        found = refused(function.map, arn, **settings)
        assert (found[0], part in found[1]) == (code, True), found
        found = refused(function.client.update_event_source_mapping, UUID=uuid, **settings)
        assert (found[0], part in found[1]) == (code, True), found
    function.map(arn, BatchSize=10_000, MaximumBatchingWindowInSeconds=300, ScalingConfig={"MaximumConcurrency": 2})


def test_a_fifo_queue_has_small_batches_and_no_window(bench: Any, make: Any) -> None:
    function = make()
    bench.sqs.create_queue(QueueName=f"{function.name}.fifo", Attributes={"FifoQueue": "true"})
    arn = f"arn:aws:sqs:us-east-1:000000000000:{function.name}.fifo"
    text = "Batching window is not supported for FIFO queues"
    assert refused(function.map, arn, MaximumBatchingWindowInSeconds=1) == (INVALID, text)
    assert "FIFO" in refused(function.map, arn, BatchSize=11)[1]
    function.map(arn, BatchSize=10)


def test_a_queue_hides_messages_for_as_long_as_the_alias_may_run(bench: Any, make: Any) -> None:
    function, (url, arn) = make(Timeout=40), bench.queue()
    function.client.update_function_configuration(FunctionName=function.name, Timeout=5)
    text = "Queue visibility timeout: 30 seconds is less than Function timeout: 40 seconds"
    assert refused(function.map, arn) == (INVALID, text)
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "40"})
    function.map(arn)


@pytest.mark.parametrize("missing", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_the_role_may_read_the_queue(bench: Any, make: Any, permissions: Any, missing: str) -> None:
    names = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"} - {missing}
    allowed = permissions.allow(*(f"sqs:{name}" for name in names))
    function, (_, arn) = make(role=permissions.role("lambda.amazonaws.com", allowed)), bench.queue()
    text = f"The function execution role does not have permissions to call {missing} on SQS"
    assert refused(function.map, arn) == (INVALID, text)


def test_lambda_may_assume_the_role_and_use_the_key(bench: Any, make: Any, permissions: Any) -> None:
    everything = permissions.allow("*")
    function, (url, arn) = (
        make(role=permissions.role("lambda.amazonaws.com", permissions.allow("sqs:*"))),
        bench.queue(),
    )
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": permissions.key()})
    assert "kms:Decrypt" in refused(function.map, arn)[1]
    role = permissions.role("lambda.amazonaws.com", everything)
    other = make(role=role)  # Lambda would refuse one that it may not assume
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    bench.client("iam").update_assume_role_policy(
        RoleName=role.rpartition("/")[2], PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    assert refused(other.map, bench.queue()[1]) == (
        INVALID,
        "The role defined for the function cannot be assumed by Lambda.",
    )


def template(function: Any, arn: str, **properties: Any) -> dict[str, Any]:
    given = {"FunctionName": function.alias, "EventSourceArn": arn, **properties}
    return {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": given}}


def test_a_template_with_a_mapping_that_could_not_work_fails(bench: Any, make: Any) -> None:
    function, (_, arn) = make(), bench.queue(VisibilityTimeout="1")
    stack, _ = bench.deploy(template(function, arn))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any("Queue visibility timeout: 1 seconds" in event.get("ResourceStatusReason", "") for event in events)


def test_a_mapping_of_a_template_has_its_defaults_again_and_can_be_disabled(bench: Any, make: Any, until: Any) -> None:
    function, (_, arn) = make(), bench.queue()
    pattern = {"Filters": [{"Pattern": json.dumps({"body": ["a"]})}]}
    stack, _ = bench.deploy(template(function, arn, BatchSize="5", FilterCriteria=pattern))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    (mapping,) = function.client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    assert (mapping["BatchSize"], mapping["FilterCriteria"], mapping["State"]) == (5, pattern, "Enabled")
    cloudformation = bench.client("cloudformation")
    text = json.dumps({"Resources": template(function, arn, Enabled="false")})
    cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=text)

    def updated() -> Any:
        (found,) = cloudformation.describe_stacks(StackName=stack["StackName"])["Stacks"]
        return found["StackStatus"] == "UPDATE_COMPLETE"

    until(updated)
    mapping = function.client.get_event_source_mapping(UUID=mapping["UUID"])
    assert (mapping["BatchSize"], "FilterCriteria" in mapping, mapping["State"]) == (10, False, "Disabled")
