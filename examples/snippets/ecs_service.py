import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_service import EcsServiceProps, EcsServiceStack

app = cdk.App()
orders = EcsServiceProps(image=ecs.ContainerImage.from_asset("api"))
EcsServiceStack(app, "Shop", services={"Orders": orders})
app.synth()
