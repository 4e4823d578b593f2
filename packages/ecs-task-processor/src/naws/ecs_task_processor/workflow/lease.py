"""The limit of runs that work at once: exact leases in one DynamoDB item, a set of the executions that hold one.

Adding a name to the set is refused when it is full, and both adding and deleting a name twice change nothing, so that
no count can drift. What ends outside its own error handling is given back by the reaper.

DynamoDB's optimized integration names an error that is not modelled `DynamoDB.AmazonDynamoDBException`, whatever it is:
a run waits where the cause is a full table, throttling or a fault of AWS's, and fails otherwise.
Source: recorded answers of AWS (localstack, stepfunctions, test_task_service_dynamodb.snapshot.json).
"""

from typing import Any

from naws.ecs_task_processor.plan_runs import LONGEST_POLL, MOST_POLLS, ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.expressions import (
    REFUSAL,
    States,
    caught,
    choice,
    denied,
    expression,
    note,
    number,
    retry,
    way,
    went_wrong,
)

KEY = "processor"

_FULL = ["DynamoDB.ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"]
_PASSING = (
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.InternalServerError",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.ThrottlingException",
    "DynamoDB.SdkClientException",
    "States.Timeout",
)
"""Errors that pass by themselves, by name; a run that is skipped has no time to look into causes."""
_PASSES = (
    "/conditionalcheckfailed|throttl|provisionedthroughputexceeded|requestlimitexceeded|rate exceeded"
    "|status code: 5[0-9][0-9]|internalservererror|serviceunavailable|sdkclientexception|states.timeout/i"
)
"""Errors that pass by themselves, by name or cause."""
_NO_LEASE = f"""{{
    'kind': 'final', 'outcome': 'NotStarted', 'error': 'Naws.NoLease',
    'reason': 'no lease was free at {MOST_POLLS} looks'
}}"""
_FREE = "attribute_not_exists(holders) OR size(holders) < :limit OR contains(holders, :name)"


def take(policy: RunPolicy, names: ResourceNames, *, after: str) -> States:
    """Take a lease, or wait for one, or skip the run."""
    lease = policy.lease
    if lease is None:
        return {}
    name = expression("$states.context.Execution.Name")
    return {
        "Take lease": {
            "Type": "Task",
            "Resource": f"arn:{names.partition}:states:::dynamodb:updateItem",
            "Arguments": {
                **item_of(names),
                "UpdateExpression": "ADD holders :me",
                "ConditionExpression": _FREE,
                "ExpressionAttributeValues": {
                    ":me": {"SS": [name]},
                    ":name": {"S": name},
                    ":limit": {"N": number(lease.limit)},
                },
            },
            "Output": {},
            **_refused(wait=policy.waits_for_lease),
            "Next": after,
        },
        **(_wait() if policy.waits_for_lease else _skip(names)),
        "Release after success": _release(names, "Succeeded"),
        # The stopped task of a last attempt that timed out works until it is gone.
        "Let it end": {
            "Type": "Wait",
            "Seconds": expression(f"$verdict.outcome = 'TimedOut' ? {number(policy.stop_timeout)} : 1"),
            "Next": "Release after failure",
        },
        "Release after failure": _release(names, "Failed"),
    }


def _refused(*, wait: bool) -> States:
    """Catchers for a lease that is not given: a run that waits looks again, one that is skipped does not wait long."""
    refused: States = {"ErrorEquals": ["States.ALL"], "Output": {}}
    verdict = went_wrong("Naws.LeaseNotTaken")
    if wait:
        passes = f"$not({denied(REFUSAL)}) and $contains({REFUSAL}, {_PASSES})"
        assign = {"verdict": expression(f"{passes} ? {_NO_LEASE} : {verdict}"), "passes": expression(passes)}
        return {"Catch": [{**refused, "Assign": assign, "Next": "Lease again?"}]}
    return {
        "Retry": [{**retry(attempts=6)[0], "ErrorEquals": list(_PASSING)}],
        "Catch": [
            {"ErrorEquals": _FULL, "Output": {}, "Next": "Note skip"},
            {**refused, "Assign": {"verdict": expression(verdict)}, "Next": "Whose failure?"},
        ],
    }


def _release(names: ResourceNames, after: str) -> States:
    return {
        "Type": "Task",
        "Resource": f"arn:{names.partition}:states:::dynamodb:updateItem",
        "Arguments": returned(names, "[$states.context.Execution.Name]"),
        "Output": {},
        "Retry": retry(attempts=4),
        "Catch": [caught(after)],  # the reaper gives it back
        "Next": after,
    }


def item_of(names: ResourceNames) -> dict[str, Any]:
    """The one item that holds the leases of a processor."""
    return {"TableName": names.lease_table, "Key": {KEY: {"S": names.processor}}}


def returned(names: ResourceNames, gone: str) -> dict[str, Any]:
    """An update that takes names, a JSONata array of them, off the holders; those that are not there do no harm."""
    return {
        **item_of(names),
        "UpdateExpression": "DELETE holders :gone",
        "ExpressionAttributeValues": {":gone": {"SS": expression(gone)}},
    }


def _wait() -> States:
    # Half of each wait is certain: looks are bounded in number, so they must not come too early.
    longest = f"$min([{LONGEST_POLL}, 4 * $power(1.5, $min([$polls, 20]))])"
    return {
        "Lease again?": choice(way(f"$passes and $polls < {MOST_POLLS}", "Wait for lease"), otherwise="Whose failure?"),
        "Wait for lease": {
            "Type": "Wait",
            "Seconds": expression(f"($longest := {longest}; $ceil($longest / 2 + $random() * $longest / 2))"),
            "Assign": {"polls": expression("$polls + 1")},
            "Next": "Take lease",
        },
    }


def _skip(names: ResourceNames) -> States:
    return {
        "Note skip": note(names, "RunsSkipped", "Trigger", "$envelope.trigger", "Skipped"),
        "Skipped": {
            "Type": "Succeed",
            "Output": expression("{'id': $envelope.id, 'trigger': $envelope.trigger, 'skipped': true}"),
        },
    }
