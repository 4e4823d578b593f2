"""Orders over HTTP: placed, listed, shown."""

import json
import os
import uuid
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError

MOST = 1_000_000
app = APIGatewayHttpResolver()
logger = Logger()
table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
queue = boto3.client("sqs")


@app.get("/orders")
def listed() -> dict[str, Any]:
    """Fifty of them."""
    return {"orders": [shown(each) for each in table.scan(Limit=50)["Items"]]}


@app.post("/orders")
def placed() -> tuple[dict[str, Any], int]:
    """Keep an order, and ask for its mail."""
    order = {"id": str(uuid.uuid4()), **wanted(app.current_event.decoded_body)}
    table.put_item(Item=order)
    queue.send_message(QueueUrl=os.environ["MAILS_QUEUE_URL"], MessageBody=json.dumps({"order": order["id"]}))
    logger.info("order placed", order=order["id"])
    return order, 201


@app.get("/orders/<order>")
def one(order: str) -> dict[str, Any]:
    """An order by its id."""
    found = table.get_item(Key={"id": order}).get("Item")
    if found is None:
        raise NotFoundError(f"there is no order {order}")
    return shown(found)


def wanted(body: str | None) -> dict[str, Any]:
    """What is asked for, or 400 with what is expected."""
    try:
        given = json.loads(body or "")
    except ValueError as error:
        raise BadRequestError("expected JSON") from error
    match given:
        # JSON's true is an int to Python, and DynamoDB keeps 38 digits.
        case {"item": str(item), "quantity": int(quantity)} if item and quantity is not True and 0 < quantity <= MOST:
            return {"item": item, "quantity": quantity}
        case _:
            raise BadRequestError(f'expected {{"item": "…", "quantity": 1}}, of which at most {MOST:,}')


def shown(item: dict[str, Any]) -> dict[str, Any]:
    """An item as JSON has it: DynamoDB's numbers are decimals."""
    return {**item, "quantity": int(item["quantity"])}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request."""
    return app.resolve(event, context)
