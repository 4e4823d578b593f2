import aws_cdk as cdk
from aws_cdk.aws_ecr_assets import Platform
from aws_cdk.aws_ecs import ContainerImage

from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack, ScheduleTrigger

app = cdk.App()
image = ContainerImage.from_asset("job", platform=Platform.LINUX_AMD64)
nightly = EcsTaskProcessorProps(image=image, triggers=[ScheduleTrigger("@daily")])
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
