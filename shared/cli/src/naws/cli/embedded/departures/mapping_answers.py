"""What a function answers for a batch of messages, and which of them failed."""

from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object


def failed_items(answer: Any, ids: list[str]) -> set[str]:
    """The ids of the messages that a partial batch response reports as failed; all of them when it is no good one.

    Nothing, an object without ``batchItemFailures``, and one whose list is empty or null, report no failure. Anything
    else that AWS does not understand fails the whole batch: no object, no list, an item without ``itemIdentifier``, one
    that is empty, null or of no message of the batch.

    Sources: Lambda Developer Guide, 'Handling errors for an SQS event source', 'Success and failure conditions'; AWS
    Knowledge Center, 'lambda-sqs-report-batch-item-failures'; LocalStack's test_lambda_integration_sqs.snapshot.json.

    Args:
        answer: the function's, as a JSON value.
        ids: the ids of the batch.
    """
    if answer is None:
        return set()
    items = answer.get("batchItemFailures") if is_object(answer) else answer
    if is_object(answer) and not items and (items is None or is_array(items)):
        return set()
    failed = [item.get("itemIdentifier") if is_object(item) else None for item in items] if is_array(items) else [None]
    known = is_object(answer) and all(isinstance(item, str) and item in ids for item in failed)
    return {str(item) for item in failed} if known else set(ids)
