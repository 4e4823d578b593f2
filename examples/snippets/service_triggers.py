import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from naws.lambda_service import (
    Batch,
    EventTrigger,
    LambdaServiceProps,
    LambdaServiceStack,
    PythonCode,
    QueueTrigger,
    ScheduleTrigger,
)

app = cdk.App()
data = cdk.Stack(app, "Data")
inbox = s3.Bucket(data, "Inbox", enforce_ssl=True)

nightly = LambdaServiceProps(
    code=PythonCode("orders"),
    triggers=[ScheduleTrigger("30 5 * * MON-FRI", timezone="Europe/London", payload={"kind": "daily"})],
    timeout=cdk.Duration.minutes(5),
)
imports = LambdaServiceProps(
    code=PythonCode("orders"),
    triggers=[EventTrigger.object_created(inbox, prefix="incoming/", suffix=".csv")],
    retry_attempts=1,
    max_event_age=cdk.Duration.hours(1),
)
mails = LambdaServiceProps(
    code=PythonCode("mails"),
    triggers=[QueueTrigger(filter={"body": {"to": [{"exists": True}]}})],
    batch=Batch(batch_size=50, max_batching_window=cdk.Duration.seconds(5), max_concurrency=5),
)
LambdaServiceStack(app, "Shop", services={"Nightly": nightly, "Imports": imports, "Mails": mails})
app.synth()
