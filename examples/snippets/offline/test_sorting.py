"""The paths of a workflow, without AWS: each call is answered by the test, and no time passes."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.step_function_executor import RETRY_AWS, StepFunctionExecutor, StepFunctionExecutorProps
from naws.testing import Outcomes, Returns, Throws, WorkflowRun, cdk_app, run_workflow, synth_template
from naws.testing import workflow_definitions as definitions


def steps(scope: Construct) -> sfn.IChainable:
    """What is tested; an app has it in a module of its own."""
    orders = dynamodb.Table.from_table_name(scope, "Orders", "orders")
    keep = tasks.DynamoPutItem.jsonata(
        scope,
        "Keep order",
        table=orders,
        item={"id": tasks.DynamoAttributeValue.from_string("{% $states.input.payload.id %}")},
        task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(1)),
    )
    keep.add_retry(**RETRY_AWS)
    return keep.next(sfn.Succeed(scope, "Kept"))


def run(outcomes: Outcomes) -> WorkflowRun:
    """A run that a message started, whose call is answered by `outcomes`."""
    stack = cdk.Stack(cdk_app(), "Test")
    StepFunctionExecutor(stack, "Sort", StepFunctionExecutorProps(definition=steps))
    (definition,) = definitions(synth_template(stack)).values()
    return run_workflow(definition, {"trigger": "queue", "payload": {"id": "o-1"}}, {"Keep order": outcomes})


def test_a_throttled_call_is_made_again() -> None:
    """And no waiting is slept."""
    kept = run([Throws("DynamoDB.ProvisionedThroughputExceededException"), Returns({})])
    assert (kept.status, kept.states) == ("SUCCEEDED", ["Keep order", "Kept"])
    assert kept.arguments("Keep order") == [{"TableName": "orders", "Item": {"id": {"S": "o-1"}}}] * 2
    assert kept.waits == [2]


def test_what_fails_seven_times_fails_the_run() -> None:
    """With the error of the last call."""
    failed = run(lambda _: Throws("DynamoDB.ConditionalCheckFailedException", "The conditional request failed"))
    assert (failed.status, failed.error) == ("FAILED", "DynamoDB.ConditionalCheckFailedException")
