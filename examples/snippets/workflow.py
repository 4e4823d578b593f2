import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.lambda_service import LambdaService, LambdaServiceProps, PythonCode
from naws.step_function_executor import ScheduleTrigger, StepFunctionExecutor, StepFunctionExecutorProps

app = cdk.App()
stack = cdk.Stack(app, "Close")
collect = EcsTaskProcessor(stack, "Collect", EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job")))
check = LambdaService(stack, "Check", LambdaServiceProps(code=PythonCode("check")))
steps = collect.as_step(stack, "Collect sales").next(check.as_step(stack, "Check sums"))
nightly = StepFunctionExecutorProps(definition=steps, triggers=[ScheduleTrigger("@daily")])
StepFunctionExecutor(stack, "Nightly", nightly)
app.synth()
