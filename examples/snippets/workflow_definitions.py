import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.step_function_executor import (
    AslFile,
    QueueTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
    StepFunctionExecutorStack,
)


def sort_out(scope: Construct) -> sfn.IChainable:
    """A function makes the states of each workflow that it is given to."""
    large = sfn.Condition.jsonata("{% $states.input.payload.total > 1000 %}")
    reject = sfn.Fail(scope, "Too large", error="TooLarge")
    return sfn.Choice.jsonata(scope, "Large?").when(large, reject).otherwise(sfn.Succeed(scope, "Small"))


app = cdk.App()
stack = cdk.Stack(app, "Orders")
hours = sfn.Wait(stack, "Wait", time=sfn.WaitTime.duration(cdk.Duration.hours(2)))
chain = hours.next(sfn.Succeed(stack, "Waited"))
StepFunctionExecutor(stack, "Later", StepFunctionExecutorProps(definition=chain))

table = dynamodb.Table.from_table_name(stack, "Table", "orders")
look = AslFile(
    "look.asl.json",
    substitutions={"table": table.table_name, "attempts": 3},
    statements=[iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])],
)
StepFunctionExecutor(stack, "Look", StepFunctionExecutorProps(definition=look))

sorting = StepFunctionExecutorProps(definition=sort_out, triggers=[QueueTrigger()])
StepFunctionExecutorStack(app, "Sorting", executors={"Sort": sorting})
app.synth()
