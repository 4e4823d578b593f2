"""A shop's portal: its people sign in, see the orders, and have sums of the sales made, all under one domain."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from build import build

from naws.core import Conventions, NewVpc, QueueBinding, ServiceStage
from naws.core.data import Database, DatabaseProps, DataBucket, DataTable, DataTableProps, PostgresInstance
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, EventTrigger
from naws.lambda_service import HttpApi, LambdaService, LambdaServiceProps, PythonCode, QueueTrigger
from naws.portal_website import PortalWebsite, PortalWebsiteProps, SignIn

HERE = Path(__file__).parent
ORDERS, NIGHTLY = HERE.parent / "orders-api", HERE.parent / "nightly-report"
LOCK = str(ORDERS / "requirements.txt")
BY_ID = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
BY_RUN = dynamodb.Attribute(name="run", type=dynamodb.AttributeType.STRING)

app = cdk.App()
prod = Conventions(service="shop", stage="prod", owner="team-shop", vpc=NewVpc())
stage = ServiceStage(app, "Prod", references="weak", conventions=prod)
orders = DataTable(stage.data, "Orders", DataTableProps(partition_key=BY_ID))
sent = DataTable(stage.data, "Sent", DataTableProps(partition_key=BY_ID, time_to_live_attribute="expiration"))
sales = DataBucket(stage.data, "Sales")
rates = Database(stage.data, "Rates", DatabaseProps(engine=PostgresInstance()))
summaries = DataTable(stage.data, "Summaries", DataTableProps(partition_key=BY_RUN))

shop = stage.stack("Shop")
site = PortalWebsiteProps(source=str(build()), sign_in=SignIn(), strip_prefix=True)
portal = PortalWebsite(shop, "Portal", site)
mails = LambdaService(
    shop,
    "Mails",
    LambdaServiceProps(
        code=PythonCode(str(ORDERS / "mails"), lock=LOCK),
        triggers=[QueueTrigger()],
        bindings=[orders.binding(access="read-write"), sent.binding(access="read-write")],
    ),
)
of_orders = LambdaService(
    shop,
    "OrdersApi",
    LambdaServiceProps(
        code=PythonCode(str(ORDERS / "orders"), lock=LOCK),
        endpoint=HttpApi(routes=["GET /orders", "POST /orders", "GET /orders/{id}"], authorizer=portal.authorizer),
        bindings=[orders.binding(access="read-write"), QueueBinding(mails.queues[0], name="mails")],
    ),
)
report = EcsTaskProcessor(
    shop,
    "Report",
    EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_asset(str(NIGHTLY)),
        triggers=[EventTrigger.object_created(sales.bucket, prefix="rates/")],
        bindings=[sales.binding(access="read-write"), rates, summaries.binding(access="write")],
        dev_command=["env", f"PYTHONPATH={NIGHTLY}", "python", "-m", "job"],
    ),
)
of_reports = LambdaService(
    shop,
    "ReportsApi",
    LambdaServiceProps(
        code=PythonCode(str(HERE / "reports"), lock=LOCK),
        endpoint=HttpApi(routes=["GET /reports", "POST /reports", "GET /reports/{id}"], authorizer=portal.authorizer),
        bindings=[report, sales.binding(prefix="reports/")],
    ),
)
report.state_machine.grant_execution(of_reports.function, "states:DescribeExecution")
portal.add_api("/shop/*", of_orders.endpoint)
portal.add_api("/sums/*", of_reports.endpoint)
app.synth()
