import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    FanOut,
    ObjectsUnder,
    QueueTrigger,
    RowsOf,
)

app = cdk.App()
data = cdk.Stack(app, "Data")
inbox = s3.Bucket(data, "Inbox")
job = ecs.ContainerImage.from_asset("job")
per_message = EcsTaskProcessorProps(
    image=job,
    triggers=[QueueTrigger()],
    fan_out=FanOut("$.items", tolerated_failure_percentage=5),
)
per_object = EcsTaskProcessorProps(
    image=job,
    bindings=[BucketBinding(inbox, prefix="in/")],
    fan_out=FanOut(ObjectsUnder(inbox, "in/"), max_concurrency=200),
)
per_row = EcsTaskProcessorProps(image=job, fan_out=FanOut(RowsOf(inbox, "customers.csv"), batch=100))
EcsTaskProcessorStack(
    app, "Reports", processors={"PerMessage": per_message, "PerObject": per_object, "PerRow": per_row}
)
app.synth()
