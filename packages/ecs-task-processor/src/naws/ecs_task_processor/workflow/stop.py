"""Stop the task of an attempt that timed out: Step Functions does not promise to.

A timeout names no task. The execution's own history does: ECS's answer is in it, a few events back.
"""

from typing import Any

from naws.ecs_task_processor.plan_runs import ResourceNames
from naws.ecs_task_processor.workflow.expressions import REASON_LENGTH, States, caught, choice, expression, retry, way

_PATIENCE = 8
"""Repetitions of each call: what is given up here may go on working."""

# From the newest: what this state has done, three events more for each repetition, then the attempt back to its order.
# No more: the events before may hold the payload, and an answer that is too large fails the call.
_EVENTS = "8 + 3 * $states.context.State.RetryCount"

# TaskSubmitted holds what RunTask answered. Source: Step Functions API, TaskSubmittedEventDetails, output.
_SUBMITTED = """(
    $ordered := $max($states.result.Events[
        Type = 'TaskScheduled' and $contains(TaskScheduledEventDetails.Resource, 'runTask')
    ].Id);
    $answers := $states.result.Events[Type = 'TaskSubmitted' and Id > $ordered].TaskSubmittedEventDetails.Output;
    $exists($answers) ? $parse($answers[0]).Tasks[0].TaskArn : $exists($ordered) ? 'none' : 'not seen'
)"""
_STOPPED = "$merge([$verdict, {'taskArn': $stopped}])"


def _not_stopped(why: str) -> str:
    """The verdict on a task that may still work: a second attempt beside it would be two, so the run ends here."""
    reason = f"$substring($verdict.reason & '; its task may still work: ' & {why}, 0, {REASON_LENGTH})"
    return f"$merge([$verdict, {{'kind': 'final', 'error': 'Naws.TaskNotStopped', 'reason': {reason}}}])"


_ERROR = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause"
_NOT_SEEN = _not_stopped("'it is not in the history'")
_GIVEN_UP = f"$contains({_ERROR}, 'not found') ? $verdict : {_not_stopped(_ERROR)}"
_HISTORY = {
    "ExecutionArn": expression("$states.context.Execution.Id"),
    "ReverseOrder": True,
    "MaxResults": expression(_EVENTS),
    "IncludeExecutionData": True,
}


def stop(names: ResourceNames) -> States:
    """Find the task in the execution's history, and stop it."""

    def call(service: str, action: str, arguments: dict[str, Any], assign: dict[str, str], after: str) -> States:
        return {
            "Type": "Task",
            "Resource": f"arn:{names.partition}:states:::aws-sdk:{service}:{action}",
            "Arguments": arguments,
            "Assign": assign,
            "Output": {},
            "Retry": retry(attempts=_PATIENCE),
            "Catch": [
                caught("Count failure", error, verdict=expression(_GIVEN_UP))
                # AWS's page says that States.ALL does not catch it, a recording that it does: by name it is caught.
                for error in ("States.DataLimitExceeded", "States.ALL")
            ],
            "Next": after,
        }

    task = {"Cluster": names.cluster_arn, "Task": expression("$stopped"), "Reason": expression("$verdict.reason")}
    return {
        "Find task": call(
            "sfn", "getExecutionHistory", _HISTORY, {"stopped": expression(_SUBMITTED)}, "Task submitted?"
        ),
        "Task submitted?": choice(
            way("$stopped = 'none'", "Count failure"),
            way("$stopped = 'not seen'", "Count failure", verdict=expression(_NOT_SEEN)),
            otherwise="Stop task",
        ),
        "Stop task": call("ecs", "stopTask", task, {"verdict": expression(_STOPPED)}, "Count failure"),
    }
