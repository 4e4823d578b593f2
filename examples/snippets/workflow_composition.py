import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from naws.step_function_executor import QueueTrigger, StepFunctionExecutor, StepFunctionExecutorProps

app = cdk.App()
stack = cdk.Stack(app, "Close")
region = StepFunctionExecutor(stack, "Region", StepFunctionExecutorProps(definition=sfn.Succeed(stack, "Summed up")))

each = sfn.Map.jsonata(stack, "Each region", items=sfn.ProvideItems.jsonata("{% $states.input.payload.regions %}"))
each.item_processor(region.as_step(stack, "Close region", payload={"region": "{% $states.input %}"}))
month = StepFunctionExecutor(stack, "Month", StepFunctionExecutorProps(definition=each))
month.add_trigger(QueueTrigger())

desk = iam.Role(stack, "Desk", assumed_by=iam.AccountRootPrincipal())
month.grant_start_execution(desk)
month.grant_redrive_execution(desk)

dashboard = cloudwatch.Dashboard(stack, "Dashboard")
dashboard.add_widgets(cloudwatch.GraphWidget(left=[month.metric_runs_started(), month.metric_runs_failed()]))
app.synth()
