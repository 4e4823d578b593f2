"""Does what each event asks for; it leaves a line of JSON about each message that it has done."""

import json
import time


class OrderRefusedError(Exception):
    """The order cannot be taken."""


def handler(event: dict, context: object) -> dict:
    """A batch of messages, a request, an envelope or an event."""
    if "Records" in event:
        return {"batchItemFailures": [each for record in event["Records"] for each in _done(record)]}
    wish = event.get("payload") or event.get("detail") or event
    if wish.get("fail"):
        raise OrderRefusedError(wish["fail"])
    return {"invoked": context.invoked_function_arn, "version": context.function_version, "event": event}


def _done(record: dict) -> list[dict[str, str]]:
    wish = json.loads(record["body"])
    received = int(record["attributes"]["ApproximateReceiveCount"])
    if wish.get("sleep") and received == 1:
        time.sleep(wish["sleep"])
    if wish.get("poison") or received <= wish.get("fails", 0):
        return [{"itemIdentifier": record["messageId"]}]
    print(json.dumps({"done": wish["number"]}))  # noqa: T201  # the log is what the test reads
    return []
