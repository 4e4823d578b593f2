import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import (
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
)

app = cdk.App()
stack = cdk.Stack(app, "Reports")
sales = s3.Bucket(stack, "Sales", enforce_ssl=True)

refund = events.EventPattern(source=["shop.orders"], detail_type=["Refunded"])
props = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    triggers=[
        ScheduleTrigger("30 5 * * MON-FRI", timezone="Europe/London", payload={"kind": "daily"}),
        ScheduleTrigger("@every 90m", flexible_window=cdk.Duration.minutes(15)),
        EventTrigger.object_created(sales, prefix="incoming/", suffix=".csv"),
        EventTrigger(refund, payload={"kind": "refunds"}),
        EventTrigger({"source": ["shop.orders"], "detail": {"total": [{"numeric": [">", 1000]}]}}),
        QueueTrigger(max_receive_count=5, filter={"body": {"kind": ["report"]}}),
    ],
)
processor = EcsTaskProcessor(stack, "Nightly", props)
app.synth()
