"""A service whose program ends at once."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_service import EcsServiceProps, EcsServiceStack, FixedCount, NewVpc

app = cdk.App()
orders = EcsServiceProps(
    image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0"),
    vpc=NewVpc(),
    dev_command=["python", "../server.py"],
    environment={"VERSION": "1", "HOW": "crash"},
    scaling=FixedCount(2),
)
EcsServiceStack(app, "Shop", services={"Orders": orders})
app.synth()
