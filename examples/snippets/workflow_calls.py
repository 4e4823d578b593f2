import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from naws.step_function_executor import RETRY_AWS, StepFunctionExecutor, StepFunctionExecutorProps, TableBinding

app = cdk.App()
stack = cdk.Stack(app, "Orders")
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
orders = dynamodb.Table(stack, "Orders", partition_key=key)
minute = sfn.Timeout.duration(cdk.Duration.minutes(1))

count = tasks.CallAwsService.jsonata(
    stack,
    "Count orders",
    service="dynamodb",
    action="scan",
    parameters={"TableName": orders.table_name, "Select": "COUNT"},
    iam_resources=[orders.table_arn],
    task_timeout=minute,
)
count.add_retry(**RETRY_AWS)

state = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:batchGetItem",
    "Arguments": {"RequestItems": {orders.table_name: {"Keys": "{% $states.input.payload.keys %}"}}},
    "TimeoutSeconds": 60,
}
read = sfn.CustomState(stack, "Read orders", state_json=state)
read.add_retry(**RETRY_AWS)

props = StepFunctionExecutorProps(definition=read.next(count), bindings=[TableBinding(orders, access="read")])
StepFunctionExecutor(stack, "Look", props)
app.synth()
