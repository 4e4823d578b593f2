"""A processor and a sidecar as they are by default; the test puts images of every make in their place."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, Sidecar

app = cdk.App()
stack = cdk.Stack(app, "AnyImage")
image = ecs.ContainerImage.from_registry("localhost/any-image:1")
props = EcsTaskProcessorProps(
    image=image,
    sidecars=[Sidecar(name="side", image=image)],
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
processor = EcsTaskProcessor(stack, "Job", props)
cdk.CfnOutput(stack, "Cluster", value=processor.cluster.cluster_name)
cdk.CfnOutput(stack, "Definition", value=processor.task_definition.task_definition_arn)
app.synth()
