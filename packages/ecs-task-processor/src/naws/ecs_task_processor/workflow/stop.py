"""Stop the task of an attempt that timed out: Step Functions does not promise to.

A timeout tells no task. The execution's own history does: ECS's answer is in it, a few events back.
"""

from typing import Any

from naws.ecs_task_processor.workflow.expressions import TOLD_OF_CAUSE, States, expression, retry
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

_LAST_EVENTS = 20
"""From the newest: those of this state, its four repetitions included, then those of the attempt."""

# TaskSubmitted holds what RunTask answered. Source: Step Functions API, TaskSubmittedEventDetails, output.
_SUBMITTED = """(
    $ordered := $max($states.result.Events[
        Type = 'TaskScheduled' and $contains(TaskScheduledEventDetails.Resource, 'runTask')
    ].Id);
    $answers := $states.result.Events[Type = 'TaskSubmitted' and Id > $ordered].TaskSubmittedEventDetails.Output;
    $exists($answers) ? $parse($answers[0]).Tasks[0].TaskArn : ''
)"""
_STOPPED = "$merge([$verdict, {'taskArn': $stopped}])"
# A second attempt beside a task that may still work would be two at once: the run ends here, and says so.
_NOT_STOPPED = f"""(
    $said := $states.errorOutput.Error & ': ' & $states.errorOutput.Cause;
    $contains($said, 'not found') ? $verdict : $merge([$verdict, {{
        'kind': 'final', 'error': 'Naws.TaskNotStopped', 'taskArn': $stopped,
        'reason': $substring($verdict.reason & '; its task may still work: ' & $said, 0, {TOLD_OF_CAUSE})
    }}])
)"""


def stop(settings: WorkflowSettings) -> States:
    """Find the task in the execution's history, and stop it."""

    def call(service: str, action: str, arguments: dict[str, Any], assign: dict[str, str], after: str) -> States:
        return {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::aws-sdk:{service}:{action}",
            "Arguments": arguments,
            "Assign": assign,
            "Output": {},
            "Retry": retry(attempts=4),
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {"verdict": expression(_NOT_STOPPED)},
                    "Output": {},
                    "Next": "Count failure",
                }
            ],
            "Next": after,
        }

    history = {
        "ExecutionArn": expression("$states.context.Execution.Id"),
        "ReverseOrder": True,
        "MaxResults": _LAST_EVENTS,
        "IncludeExecutionData": True,
    }
    task = {
        "Cluster": settings.cluster_arn,
        "Task": expression("$stopped"),
        "Reason": expression("$verdict.reason"),
    }
    return {
        "Find task": call(
            "sfn", "getExecutionHistory", history, {"stopped": expression(_SUBMITTED)}, "Task submitted?"
        ),
        "Task submitted?": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$stopped != ''"), "Next": "Stop task"}],
            "Default": "Count failure",
        },
        "Stop task": call("ecs", "stopTask", task, {"verdict": expression(_STOPPED)}, "Count failure"),
    }
