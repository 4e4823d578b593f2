"""A processor in a VPC that two parameters name, as a pipeline would deploy it: no look-up, no account."""

import os

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack, QueueTrigger, VpcLookup

app = cdk.App()
props = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_registry("unused:1"),
    vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/private-subnet-ids"),
    memory_limit_mib=int(os.environ.get("MEMORY", "2048")),
    triggers=[QueueTrigger()],
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
EcsTaskProcessorStack(app, "Network", processors={"Job": props})
app.synth()
