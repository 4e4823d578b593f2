import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack, ScheduleTrigger

app = cdk.App()
nightly = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"), triggers=[ScheduleTrigger("@daily")])
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
