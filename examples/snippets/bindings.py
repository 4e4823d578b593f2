import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.ecs_task_processor import BucketBinding, EcsTaskProcessor, EcsTaskProcessorProps, SecretBinding

app = cdk.App()
stack = cdk.Stack(app, "Reports")
sales = s3.Bucket(stack, "Sales", enforce_ssl=True)
warehouse = secretsmanager.Secret(stack, "Warehouse")

props = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    bindings=[
        BucketBinding(sales, prefix="incoming/"),  # SALES_BUCKET, SALES_PREFIX
        BucketBinding(sales, access="write", prefix="reports/", name="OUT"),  # OUT_BUCKET, OUT_PREFIX
        SecretBinding(warehouse, field="password"),  # WAREHOUSE_PASSWORD
    ],
)
EcsTaskProcessor(stack, "Nightly", props)
app.synth()
