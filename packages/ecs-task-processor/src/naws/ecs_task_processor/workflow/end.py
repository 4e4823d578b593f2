"""How a run ends: as a success, or kept in the failure queue and failed."""

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.expressions import (
    REASON_LENGTH,
    REMEMBERED,
    TRIES,
    States,
    choice,
    expression,
    note,
    repeated,
    way,
)
from naws.ecs_task_processor.workflow.stored import EXACT

LARGEST_INLINE_PAYLOAD = 100_000
"""Bytes of a payload that the failure queue keeps itself; a larger one is in S3 already, and is named."""

_STARTED_BY = "$envelope.trigger = 'schedule' ? $substringBefore($envelope.id, '@') : $envelope.trigger"
"""Each schedule is counted by itself, so that one that stopped is not hidden by another."""

# The message is written by an expression, which does not keep every digit; what is in S3 has them.
# A state takes 256 KiB. Four bytes are the most that UTF-8 needs for a character.
_KEPT = f"""
    $exists($payloadVariable.Name) and $payloadVariable.Name = 'NAWS_PAYLOAD_URI'
        and ($length($replace($string({{'p': $envelope.payload}}), /[^ -~]/, 'xxxx')) > {LARGEST_INLINE_PAYLOAD}
            ? true : $not({EXACT}))
    ? {{'trigger': $envelope.trigger, 'id': $envelope.id, 'time': $envelope.time,
      'payload_uri': $payloadVariable.Value%s}}
    : $envelope
"""
_FAILURE = """{
    'error': $verdict.error, 'reason': $verdict.reason, 'exit_code': $verdict.exitCode, 'attempts': $attempt,
    'task': $verdict.taskArn, 'execution': $states.context.Execution.Id
}"""
_CAUSE = "$verdict.reason & ' (attempt ' & $string($attempt) & ', run ' & $envelope.id & ')'"
_RESULT = """{
    'id': $envelope.id, 'trigger': $envelope.trigger, 'attempts': $attempt,
    'exit_code': $verdict.exitCode, 'task': $verdict.taskArn%s
}"""


def end(policy: RunPolicy, names: ResourceNames, *, counted: str = "RunsSucceeded") -> States:
    """The two ends; a lease is given back before either.

    Args:
        counted: the metric that counts a success.
    """
    kept, item, result = _KEPT % "", _KEPT % ", 'item': $envelope.item", _RESULT % ""
    if policy.fan_out is not None:
        # The items of a run are read from its payload, so that a run is kept with it; an item is not.
        kept = f"$exists($envelope.item) ? ({item}) : $envelope"
        result = _RESULT % ", 'items': $verdict.items, 'results': $verdict.results"
    succeeded = "Succeeded" if policy.lease is None else "Release after success"
    failed = "Failed" if policy.lease is None else "Let it end"
    keep = {
        "Type": "Task",
        "Resource": f"arn:{names.partition}:states:::sqs:sendMessage",
        "Arguments": {
            "QueueUrl": names.failure_queue_url,
            "MessageBody": expression(f"{{'envelope': {kept}, 'failure': {_FAILURE}}}"),
        },
        "Output": {},
        "Next": failed,
    }
    refusal = f"$substring({REMEMBERED}, 0, {REASON_LENGTH})"
    return {
        "Note success": note(names, counted, "Trigger", _STARTED_BY, succeeded),
        "Succeeded": {"Type": "Succeed", "Output": expression(result)},
        # A workflow that runs a processor as a step gets its failure as that of the step, and repeats it there.
        "Whose failure?": choice(way("$exists($envelope.caller)", failed), otherwise="Keep failure"),
        **repeated("Keep failure", keep, tries=TRIES["Keep failure"], given_up="Failed and not kept"),
        "Failed": {"Type": "Fail", "Error": expression("$verdict.error"), "Cause": expression(_CAUSE)},
        # Of another beginning than the errors that are handled here: so the rule on status events keeps the run.
        "Failed and not kept": {
            "Type": "Fail",
            "Error": "FailureNotKept",
            "Cause": expression(f"{_CAUSE} & '; the failure queue: ' & {refusal} & '; the run: ' & $verdict.error"),
        },
    }
