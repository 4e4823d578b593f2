"""The smallest function that answers requests and takes messages."""


def handler(event, context):
    """Answer a request; of messages none has failed."""
    if "Records" in event:
        return {"batchItemFailures": []}
    return {"statusCode": 200, "body": context.aws_request_id}
