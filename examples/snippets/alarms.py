import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sns as sns

from naws.ecs_task_processor import Alarms, EcsTaskProcessor, EcsTaskProcessorProps, NoAlarms, ScheduleTrigger

app = cdk.App()
stack = cdk.Stack(app, "Reports")
on_call = sns.Topic.from_topic_arn(stack, "OnCall", stack.format_arn(service="sns", resource="on-call"))

image = ecs.ContainerImage.from_asset("job")
nightly = EcsTaskProcessorProps(
    image=image,
    triggers=[ScheduleTrigger("@daily")],
    alarms=Alarms(topic=on_call, late_by=cdk.Duration.hours(2)),
)
EcsTaskProcessor(stack, "Nightly", nightly)
scratch = EcsTaskProcessorProps(image=image, alarms=NoAlarms(reason="a playground; nobody waits for its results"))
EcsTaskProcessor(stack, "Scratch", scratch)
app.synth()
