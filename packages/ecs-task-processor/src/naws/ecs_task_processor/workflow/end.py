"""How a run ends: as a success, or kept in the failure queue and failed."""

from naws.ecs_task_processor.workflow.expressions import States, expression, note, retry
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

LARGEST_INLINE_PAYLOAD = 100_000
"""Bytes of a payload that the failure queue keeps itself; a larger one is in S3 already, and is named."""

_STARTED_BY = "$envelope.trigger = 'schedule' ? $substringBefore($envelope.id, '@') : $envelope.trigger"
"""Each schedule is counted by itself, so that one that stopped is not hidden by another."""

# A state takes 256 KiB. Four bytes are the most that UTF-8 needs for a character.
_KEPT = f"""
    $exists($payloadVariable.Name) and $payloadVariable.Name = 'NAWS_PAYLOAD_URI'
        and $length($replace($string({{'p': $envelope.payload}}), /[^ -~]/, 'xxxx')) > {LARGEST_INLINE_PAYLOAD}
    ? {{'trigger': $envelope.trigger, 'id': $envelope.id, 'time': $envelope.time,
      'payload_uri': $payloadVariable.Value%s}}
    : $envelope
"""
_FAILURE = """{
    'error': $verdict.error, 'reason': $verdict.reason, 'exit_code': $verdict.exitCode, 'attempts': $attempt,
    'task': $verdict.taskArn, 'execution': $states.context.Execution.Id
}"""
_RESULT = """{
    'id': $envelope.id, 'trigger': $envelope.trigger, 'attempts': $attempt,
    'exit_code': $verdict.exitCode, 'task': $verdict.taskArn%s
}"""


def end(settings: WorkflowSettings, *, counted: str = "RunsSucceeded") -> States:
    """The two ends; a lease is given back before either.

    Args:
        counted: the metric that counts a success.
    """
    kept, item, result = _KEPT % "", _KEPT % ", 'item': $envelope.item", _RESULT % ""
    if settings.fan_out is not None:
        # The items of a run are read from its payload, so that a run is kept with it; an item is not.
        kept = f"$exists($envelope.item) ? ({item}) : $envelope"
        result = _RESULT % ", 'items': $verdict.items, 'results': $verdict.results"
    succeeded = "Succeeded" if settings.lease is None else "Release after success"
    failed = "Failed" if settings.lease is None else "Let it end"
    return {
        "Note success": note(settings, counted, "Trigger", _STARTED_BY, succeeded),
        "Succeeded": {"Type": "Succeed", "Output": expression(result)},
        "Keep failure": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::sqs:sendMessage",
            "Arguments": {
                "QueueUrl": settings.failure_queue_url,
                "MessageBody": expression(f"{{'envelope': {kept}, 'failure': {_FAILURE}}}"),
            },
            "Output": {},
            "Retry": retry(attempts=8),
            "Next": failed,
        },
        "Failed": {
            "Type": "Fail",
            "Error": expression("$verdict.error"),
            "Cause": expression("$verdict.reason & ' (attempt ' & $string($attempt) & ', run ' & $envelope.id & ')'"),
        },
    }
