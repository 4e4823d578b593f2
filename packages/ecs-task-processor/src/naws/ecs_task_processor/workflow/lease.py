"""How many runs work at once: exact leases in one DynamoDB item, a set of the executions that hold one.

Adding a name to the set is refused when it is full, and both adding and deleting a name twice change nothing, so that
no count can drift. What ends outside its own error handling is given back by `keeper`.
"""

from typing import Any

from naws.ecs_task_processor.workflow.expressions import States, expression, note, nothing_stored, number, retry
from naws.ecs_task_processor.workflow.settings import LeaseSettings, WorkflowSettings

LONGEST_POLL = 900
"""Seconds between two looks for a free lease, at the most."""
MOST_POLLS = 2_000
"""Looks for a free lease before a run gives up: about sixteen days, longer than a queue keeps a message."""
EVENTS_OF_WAITING = MOST_POLLS * 9
"""History events of waiting at the most; a look takes five of the task, two of the choice, two of the wait."""

KEY = "processor"

_FULL = ["DynamoDB.ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"]
_PASSING = (
    "DynamoDB.AmazonDynamoDBException",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.InternalServerError",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.ThrottlingException",
    "DynamoDB.SdkClientException",
    "States.Timeout",
)
"""What passes by itself; `States.ALL` would also repeat the refusal of a full table."""
_FREE = "attribute_not_exists(holders) OR size(holders) < :limit OR contains(holders, :name)"


def take(settings: WorkflowSettings, *, after: str) -> States:
    """Take a lease, or wait for one, or skip the run."""
    lease = settings.lease
    if lease is None:
        return {}
    name = expression("$states.context.Execution.Name")
    return {
        "Take lease": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::dynamodb:updateItem",
            "Arguments": {
                **_item(lease.table_name, settings.processor),
                "UpdateExpression": "ADD holders :me",
                "ConditionExpression": _FREE,
                "ExpressionAttributeValues": {
                    ":me": {"SS": [name]},
                    ":name": {"S": name},
                    ":limit": {"N": number(lease.limit)},
                },
            },
            "Retry": [{**retry(attempts=6)[0], "ErrorEquals": list(_PASSING)}],
            "Catch": [
                {"ErrorEquals": _FULL, "Next": "Lease again?" if lease.wait else "Note skip"},
                _give_up("Naws.LeaseNotTaken", "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"),
            ],
            "Next": after,
        },
        **(_wait() if lease.wait else _skip(settings)),
        "Release after success": _release(settings, lease, "Succeeded"),
        # The stopped task of a last attempt that timed out works until it is gone.
        "Let it end": {
            "Type": "Wait",
            "Seconds": expression(f"$verdict.outcome = 'TimedOut' ? {number(settings.stop_timeout)} : 1"),
            "Next": "Release after failure",
        },
        "Release after failure": _release(settings, lease, "Failed"),
    }


def keeper(partition: str, table_name: str, processor: str, stop_timeout: float) -> dict[str, Any]:
    """The workflow that gives back the lease of a run that has ended, however it ended.

    Its input is `{"name": execution name, "status": how it ended}`.
    """
    return {
        "Comment": "Gives back the lease of a run that has ended",
        "QueryLanguage": "JSONata",
        "StartAt": "Ended from outside?",
        "TimeoutSeconds": 86_400,
        "States": {
            "Ended from outside?": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": expression("$states.input.status in ['ABORTED', 'TIMED_OUT']"),
                        "Next": "Let the task stop",
                    }
                ],
                "Default": "Release",
            },
            # Step Functions stops the task of an execution that was aborted; until it is gone it works.
            "Let the task stop": {"Type": "Wait", "Seconds": stop_timeout, "Next": "Release"},
            "Release": {
                "Type": "Task",
                "Resource": f"arn:{partition}:states:::dynamodb:updateItem",
                "Arguments": _returned(table_name, processor, "$states.input.name"),
                "Retry": retry(attempts=20),
                "End": True,
            },
        },
    }


def _release(settings: WorkflowSettings, lease: LeaseSettings, after: str) -> States:
    return {
        "Type": "Task",
        "Resource": f"arn:{settings.partition}:states:::dynamodb:updateItem",
        "Arguments": _returned(lease.table_name, settings.processor, "$states.context.Execution.Name"),
        "Retry": retry(attempts=4),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": after}],  # the keeper gives it back
        "Next": after,
    }


def _item(table_name: str, processor: str) -> dict[str, Any]:
    return {"TableName": table_name, "Key": {KEY: {"S": processor}}}


def _returned(table_name: str, processor: str, name: str) -> dict[str, Any]:
    return {
        **_item(table_name, processor),
        "UpdateExpression": "DELETE holders :me",
        "ExpressionAttributeValues": {":me": {"SS": [expression(name)]}},
    }


def _wait() -> States:
    # Half of each wait is certain: looks are bounded in number, so they must not come too early.
    longest = f"$min([{LONGEST_POLL}, 4 * $power(1.5, $min([$polls, 20]))])"
    gave_up = {"kind": "infrastructure", "outcome": "NotStarted", "error": "Naws.NoLease"}
    reason = f"no lease was free at {MOST_POLLS} looks"
    return {
        "Lease again?": {
            "Type": "Choice",
            "Choices": [{"Condition": expression(f"$polls < {MOST_POLLS}"), "Next": "Wait for lease"}],
            "Default": "Keep failure",
            "Assign": {**nothing_stored(), "verdict": {**gave_up, "reason": reason}},
        },
        "Wait for lease": {
            "Type": "Wait",
            "Seconds": expression(f"($longest := {longest}; $ceil($longest / 2 + $random() * $longest / 2))"),
            "Assign": {"polls": expression("$polls + 1")},
            "Next": "Take lease",
        },
    }


def _skip(settings: WorkflowSettings) -> States:
    return {
        "Note skip": note(settings, "RunsSkipped", "Trigger", "$envelope.trigger", "Skipped"),
        "Skipped": {
            "Type": "Succeed",
            "Output": expression("{'id': $envelope.id, 'trigger': $envelope.trigger, 'skipped': true}"),
        },
    }


def _give_up(error: str, reason: str) -> States:
    verdict = f"{{'kind': 'infrastructure', 'outcome': 'NotStarted', 'error': '{error}', 'reason': {reason}}}"
    return {
        "ErrorEquals": ["States.ALL"],
        "Assign": {**nothing_stored(), "verdict": expression(verdict)},
        "Next": "Keep failure",
    }
