"""What an attempt's end means: judged from the whole task description, because an exit code alone can lie."""

import json

from naws.ecs_task_processor.workflow.expressions import TOLD_OF_CAUSE, States, expression
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

_INFRASTRUCTURE_STOPS = (
    "TaskFailedToStart",
    "SpotInterruption",
    "TerminationNotice",
    "InfrastructureHealth",
    "ServiceSchedulerInitiated",
)
"""Source: ECS API, Task, stopCode."""

_KINDS = {
    "Succeeded": "succeeded",
    "NotStarted": "infrastructure",
    "RetryListed": "infrastructure",
    "FailListed": "final",
}
"""What kind of end each outcome is, `task` where it is not said; a kind has its own counter of attempts."""

_ERRORS = {
    "NotStarted": "Naws.InfrastructureFailed",
    "OutOfMemory": "Naws.OutOfMemory",
    "Stopped": "Naws.TaskStopped",
}
"""The error of a run that ends so; `Naws.TaskFailed` where it is not said."""


def judge(settings: WorkflowSettings) -> States:
    """The verdict: its kind, its outcome, and what the failure queue will say of it."""
    stops = ", ".join(f"'{code}'" for code in _INFRASTRUCTURE_STOPS)
    listed = {str(code): f"{action.capitalize()}Listed" for code, action in settings.exit_codes.items()}
    verdict = f"""(
        $exit := $task.Containers[Name = '{settings.container}'].ExitCode;
        $reasons := $substring($join($append([], [$task.StoppedReason, $task.Containers.Reason]), '; '),
            0, {TOLD_OF_CAUSE});
        $listed := $exists($exit) ? $lookup({json.dumps(listed)}, $string($exit));
        $outOfMemory := $contains($reasons, 'OutOfMemory')
            or ($exit = 137 and $task.StopCode = 'EssentialContainerExited');
        $notStarted := $task.StopCode in [{stops}] or ($error != '' and $error != 'States.TaskFailed')
            or $not($exists($exit) or $outOfMemory or $task.StopCode = 'UserInitiated');
        $outcome := $notStarted ? 'NotStarted'
            : $exists($listed) ? ($listed = 'SucceedListed' ? 'Succeeded' : $listed)
            : $outOfMemory ? 'OutOfMemory'
            : $exit = 0 ? 'Succeeded'
            : $task.StopCode = 'UserInitiated' ? 'Stopped' : 'Failed';
        $kind := $lookup({json.dumps(_KINDS)}, $outcome);
        $knownError := $lookup({json.dumps(_ERRORS)}, $outcome);
        {{
            'kind': $exists($kind) ? $kind
                : $outcome = 'OutOfMemory' and $size < {len(settings.sizes) - 1} ? 'memory' : 'task',
            'outcome': $outcome,
            'error': $exists($knownError) ? $knownError : 'Naws.TaskFailed',
            'reason': $outcome = 'Failed' or $contains($outcome, 'Listed')
                    ? $join($append(['exit code ' & $string($exit)], [$task.Containers.Reason]), '; ')
                : $reasons != '' ? $reasons
                : $error != '' ? $error & ': ' & $cause : 'exit code ' & $string($exit),
            'exitCode': $exit,
            'stopCode': $task.StopCode,
            'taskArn': $task.TaskArn
        }}
    )"""
    return {
        "Judge": {"Type": "Pass", "Assign": {"verdict": expression(verdict)}, "Next": "Succeeded?"},
        "Succeeded?": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$verdict.kind = 'succeeded'"), "Next": "Note success"}],
            "Default": "Count failure",
        },
    }
