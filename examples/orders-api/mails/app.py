"""A mail for each order that was placed: once, however often its message comes."""

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

LONGEST = 14 * 86_400  # seconds that a message can be in its queue
logger = Logger()
orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
sent = DynamoDBPersistenceLayer(table_name=os.environ["SENT_TABLE"])
once = IdempotencyConfig(event_key_jmespath="messageId", expires_after_seconds=LONGEST)
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@idempotent_function(data_keyword_argument="record", persistence_store=sent, config=once)
def send(record: SQSRecord) -> None:
    """Send the mail of one message; here it is a line of the log, and a mark on the order."""
    order = json.loads(record.body)["order"]
    orders.update_item(
        Key={"id": order},
        UpdateExpression="SET mailed = :yes",
        ConditionExpression="attribute_exists(id)",
        ExpressionAttributeValues={":yes": True},
    )
    logger.info("mail sent", order=order)


def attempt(record: SQSRecord) -> None:
    """Say of a message that failed which it was, and why; it comes again."""
    try:
        send(record=record)
    except Exception:
        logger.exception("mail not sent", message=record.message_id)
        raise


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Work on a batch; only the messages that failed come again."""
    once.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=attempt, processor=processor, context=context)
