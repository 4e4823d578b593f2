"""A shop's orders: an HTTP API over a table, and a worker that writes a mail for each order."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from naws.core import Conventions, QueueBinding, ServiceStage
from naws.core.data import DataTable, DataTableProps
from naws.lambda_service import HttpApi, LambdaService, LambdaServiceProps, PythonCode, QueueTrigger

HERE = Path(__file__).parent
BY_ID = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)


def code(folder: str) -> PythonCode:
    """A folder of this example; both functions have the same dependencies."""
    return PythonCode(str(HERE / folder), lock=str(HERE / "requirements.txt"))


app = cdk.App()
prod = Conventions(service="shop", stage="prod", owner="team-shop")
stage = ServiceStage(app, "Prod", references="weak", conventions=prod)
orders = DataTable(stage.data, "Orders", DataTableProps(partition_key=BY_ID))
sent = DataTable(stage.data, "Sent", DataTableProps(partition_key=BY_ID, time_to_live_attribute="expiration"))

shop = stage.stack("Shop")
mails = LambdaService(
    shop,
    "Mails",
    LambdaServiceProps(
        code=code("mails"),
        triggers=[QueueTrigger()],
        bindings=[orders.binding(access="read-write"), sent.binding(access="read-write")],
    ),
)
api = LambdaService(
    shop,
    "Api",
    LambdaServiceProps(
        code=code("orders"),
        endpoint=HttpApi(routes=["GET /orders", "POST /orders", "GET /orders/{id}"]),
        bindings=[orders.binding(access="read-write"), QueueBinding(mails.queues[0], name="mails")],
    ),
)
app.synth()
