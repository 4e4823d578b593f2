import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import Conventions, EcsTaskProcessorProps, EcsTaskProcessorStack, VpcLookup

app = cdk.App()
Conventions(
    vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/private-subnet-ids")
).apply(app)

nightly = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"))
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
