"""The smallest function that answers: what an HTTP API sends is payload version 2.0."""

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request; what is printed is in the log, under the request's id."""
    order = event["rawPath"].rpartition("/")[2]
    print(json.dumps({"message": "asked", "order": order, "request": context.aws_request_id}))
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps({"order": order})}
