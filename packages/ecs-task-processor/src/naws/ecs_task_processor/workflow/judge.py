"""The verdict on an attempt's end: by the whole task description, because an exit code alone can lie.

What is judged is the main container: a sidecar or an injected agent that was killed does not undo its work.
"""

import json

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.expressions import REASON_LENGTH, States, choice, denied, expression, way

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
    "Denied": "final",
    "RetryListed": "infrastructure",
    "FailListed": "final",
}
"""The kind of end of each outcome, `task` where it is not listed; a kind has its own counter of attempts."""

_ERRORS = {
    "NotStarted": "Naws.InfrastructureFailed",
    "Denied": "Naws.Denied",
    "OutOfMemory": "Naws.OutOfMemory",
    "Stopped": "Naws.TaskStopped",
}
"""The error of a run that ends so; `Naws.TaskFailed` where it is not listed."""


def judge(policy: RunPolicy, names: ResourceNames) -> States:
    """The verdict: its kind, its outcome, and what its message in the failure queue has of it."""
    return {
        "Judge": {
            "Type": "Pass",
            "Assign": {"verdict": expression(_verdict(policy, names.container))},
            "Next": "Succeeded?",
        },
        "Succeeded?": choice(way("$verdict.kind = 'succeeded'", "Note success"), otherwise="Count failure"),
    }


def _verdict(policy: RunPolicy, container: str) -> str:
    """An answer may have null where a text is expected, and an expression that fails here would be caught by nothing.

    So only what is text is read as text.
    """
    stops = ", ".join(f"'{code}'" for code in _INFRASTRUCTURE_STOPS)
    listed = {str(code): f"{action.capitalize()}Listed" for code, action in policy.exit_codes.items()}
    called = "$error & ': ' & $cause"
    return f"""(
        $main := $task.Containers[Name = '{container}'];
        $exit := $type($main.ExitCode) = 'number' ? $main.ExitCode;
        $mainReason := $type($main.Reason) = 'string' ? $main.Reason : '';
        $stopped := $type($task.StoppedReason) = 'string' ? $task.StoppedReason : '';
        $ofContainers := $append([], [$task.Containers.Reason][$type($) = 'string']);
        $reasons := $substring($join($append([$stopped][$ != ''], $ofContainers), '; '), 0, {REASON_LENGTH});
        $listed := $exists($exit) ? $lookup({json.dumps(listed)}, $string($exit));
        $outOfMemory := $contains($mainReason, 'OutOfMemory')
            or ($not($exit = 0) and $contains($stopped, 'OutOfMemory'))
            or ($exit = 137 and $task.StopCode = 'EssentialContainerExited');
        $called := $error != '' and $error != 'States.TaskFailed';
        $notStarted := $task.StopCode in [{stops}] or $called
            or $not($exists($exit) or $outOfMemory or $task.StopCode = 'UserInitiated');
        $denied := $called ? {denied(called)} : $task.StopCode = 'TaskFailedToStart' and {denied("$reasons")};
        $outcome := $denied ? 'Denied'
            : $notStarted ? 'NotStarted'
            : $exists($listed) ? ($listed = 'SucceedListed' ? 'Succeeded' : $listed)
            : $outOfMemory ? 'OutOfMemory'
            : $exit = 0 ? 'Succeeded'
            : $task.StopCode = 'UserInitiated' ? 'Stopped' : 'Failed';
        $kind := $lookup({json.dumps(_KINDS)}, $outcome);
        $knownError := $lookup({json.dumps(_ERRORS)}, $outcome);
        {{
            'kind': $exists($kind) ? $kind
                : $outcome = 'OutOfMemory' and $size < {len(policy.sizes) - 1} ? 'memory' : 'task',
            'outcome': $outcome,
            'error': $exists($knownError) ? $knownError : 'Naws.TaskFailed',
            'reason': $outcome = 'Failed' or $contains($outcome, 'Listed')
                    ? $join($append(['exit code ' & $string($exit)], $ofContainers), '; ')
                : $reasons != '' ? $reasons
                : $error != '' ? {called} : 'exit code ' & $string($exit),
            'exitCode': $exit,
            'stopCode': $task.StopCode,
            'taskArn': $task.TaskArn
        }}
    )"""
