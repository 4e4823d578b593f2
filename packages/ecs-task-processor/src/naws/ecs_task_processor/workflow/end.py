"""How a run ends: as a success, or kept in the failure queue and failed."""

from naws.ecs_task_processor.workflow.expressions import States, expression, note, retry
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

_LARGEST_INLINE_PAYLOAD = 150_000

_STARTED_BY = "$envelope.trigger = 'schedule' ? $substringBefore($envelope.id, '@') : $envelope.trigger"
"""Each schedule is counted by itself, so that one that stopped is not hidden by another."""

# A message holds 1 MiB, a state's input 256 KiB: a payload that would not fit is named instead.
_KEPT = f"""
    $length($payloadText) <= {_LARGEST_INLINE_PAYLOAD} ? $envelope :
    {{'trigger': $envelope.trigger, 'id': $envelope.id, 'time': $envelope.time,
      'payload_uri': $payloadVariable.Value%s}}
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
    kept, result = _KEPT % "", _RESULT % ""
    if settings.fan_out is not None:
        kept = _KEPT % ", 'item': $envelope.item"
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
            "Retry": retry(attempts=8),
            "Next": failed,
        },
        "Failed": {
            "Type": "Fail",
            "Error": expression("$verdict.error"),
            "Cause": expression("$verdict.reason & ' (attempt ' & $string($attempt) & ', run ' & $envelope.id & ')'"),
        },
    }
