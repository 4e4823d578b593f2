"""A service whose program ends at once."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_service import EcsServiceProps, EcsServiceStack, FixedCount, NewVpc

app = cdk.App()
orders = EcsServiceProps(
    image=ecs.ContainerImage.from_registry("docker.io/library/python:3.13-slim"),
    vpc=NewVpc(),
    command=["python3", "-c", (Path(__file__).parents[1] / "server.py").read_text()],
    dev_command=["python", "../server.py"],
    environment={"VERSION": "1", "HOW": "crash"},
    scaling=FixedCount(2),
)
EcsServiceStack(app, "Shop", services={"Orders": orders})
app.synth()
