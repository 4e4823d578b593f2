import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack

app = cdk.App()
nightly = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"), cpu=256, memory_limit_mib=8192)
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
