import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    QueueBinding,
    SecretBinding,
    TableBinding,
)

app = cdk.App()
stack = cdk.Stack(app, "Reports")
sales = s3.Bucket(stack, "Sales", enforce_ssl=True)
warehouse = secretsmanager.Secret(stack, "Warehouse")
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
orders = dynamodb.Table(stack, "Orders", partition_key=key)
mails = sqs.Queue(stack, "Mails", enforce_ssl=True)
image = ecs.ContainerImage.from_asset("job")
archive = EcsTaskProcessor(stack, "Archive", EcsTaskProcessorProps(image=image))

props = EcsTaskProcessorProps(
    image=image,
    bindings=[
        BucketBinding(sales, prefix="incoming/"),  # SALES_BUCKET, SALES_PREFIX
        BucketBinding(sales, access="write", prefix="reports/", name="OUT"),  # OUT_BUCKET, OUT_PREFIX
        SecretBinding(warehouse, field="password"),  # WAREHOUSE_PASSWORD
        TableBinding(orders, access="read-write"),  # ORDERS_TABLE
        QueueBinding(mails),  # MAILS_QUEUE_URL
        archive,  # starts its runs: ARCHIVE_STATE_MACHINE_ARN
    ],
)
EcsTaskProcessor(stack, "Nightly", props)
app.synth()
