import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.core.terminal import colour_errors
from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack

colour_errors()
app = cdk.App()
nightly = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"))
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
