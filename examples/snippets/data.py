import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs

from naws.core.data import Database, DatabaseProps, DataBucket, DataTable, DataTableProps, PostgresInstance
from naws.ecs_task_processor import Conventions, EcsTaskProcessorProps, EcsTaskProcessorStack, VpcLookup

app = cdk.App()
Conventions(
    vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/private-subnet-ids")
).apply(app)

data = cdk.Stack(app, "Data")
inbox = DataBucket(data, "Inbox")
by_order = dynamodb.Attribute(name="order", type=dynamodb.AttributeType.STRING)
orders = DataTable(data, "Orders", DataTableProps(partition_key=by_order))
sales = Database(data, "Sales", DatabaseProps(engine=PostgresInstance(allocated_storage_gib=50)))

nightly = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    bindings=[inbox.binding(prefix="in/"), orders.binding(access="read-write"), sales.binding()],
)
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
