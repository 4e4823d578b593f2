import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_stepfunctions as sfn

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps

app = cdk.App()
stack = cdk.Stack(app, "Reports")
image = ecs.ContainerImage.from_asset("job")
collect = EcsTaskProcessor(stack, "Collect", EcsTaskProcessorProps(image=image))
report = EcsTaskProcessor(stack, "Report", EcsTaskProcessorProps(image=image))

steps = collect.as_step(stack, "Collect sales", payload={"kind": "daily"}).next(report.as_step(stack, "Write report"))
sfn.StateMachine(stack, "Workflow", definition_body=sfn.DefinitionBody.from_chainable(steps))
app.synth()
