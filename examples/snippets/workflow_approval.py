import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from naws.step_function_executor import RETRY_AWS, StepFunctionExecutor, StepFunctionExecutorProps

app = cdk.App()
stack = cdk.Stack(app, "Orders")
approvals = sqs.Queue(stack, "Approvals", enforce_ssl=True)

ask = tasks.SqsSendMessage.jsonata(
    stack,
    "Ask for approval",
    queue=approvals,
    integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    message_body=sfn.TaskInput.from_object(
        {"token": "{% $states.context.Task.Token %}", "order": "{% $states.input.payload.order %}"}
    ),
    heartbeat_timeout=sfn.Timeout.duration(cdk.Duration.hours(8)),
    task_timeout=sfn.Timeout.duration(cdk.Duration.days(3)),
)
ask.add_retry(**{**RETRY_AWS, "errors": ["SQS.AmazonSQSException", "SQS.SdkClientException"]})
refused = sfn.Succeed(stack, "Not ordered")
ask.add_catch(refused, errors=["Refused"])

props = StepFunctionExecutorProps(definition=ask.next(sfn.Succeed(stack, "Ordered")), timeout=cdk.Duration.days(4))
approval = StepFunctionExecutor(stack, "Approval", props)
desk = iam.Role(stack, "Desk", assumed_by=iam.AccountRootPrincipal())
approval.state_machine.grant_task_response(desk)
approvals.grant_consume_messages(desk)
app.synth()
