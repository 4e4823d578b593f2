"""The smallest worker: of a batch it names the messages that failed, and only these come again."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Work on each message by itself."""
    failed = [record["messageId"] for record in event["Records"] if not sent(record)]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def sent(record: dict[str, Any]) -> bool:
    """Send one mail, and say whether it went."""
    try:
        print(json.dumps({"message": "sent", "to": json.loads(record["body"])["to"]}))
    except (ValueError, KeyError, TypeError) as error:
        print(json.dumps({"message": "not sent", "id": record["messageId"], "error": repr(error)}))
        return False
    return True
