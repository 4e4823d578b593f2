"""Whether a run is attempted again, when, and on what."""

from naws.ecs_task_processor.workflow.expressions import States, expression, note, number
from naws.ecs_task_processor.workflow.settings import WorkflowSettings


def repeat(settings: WorkflowSettings) -> States:
    """Count the failure, then grow, wait or give up."""
    return {
        "Count failure": {"Type": "Pass", "Assign": _counted(settings), "Next": "Note failure"},
        "Note failure": note(settings, "AttemptsNotSucceeded", "Outcome", "$verdict.outcome", "Again?"),
        "Again?": {"Type": "Choice", "Choices": [*_grow(settings), _again(settings)], "Default": "Whose failure?"},
        "Wait": {
            "Type": "Wait",
            "Seconds": expression(_wait(settings)),
            "Assign": {"attempt": expression("$attempt + 1")},
            "Next": "Run task",
        },
    }


def _counted(settings: WorkflowSettings) -> States:
    infrastructure = "$infrastructureFailures + ($verdict.kind = 'infrastructure' ? 1 : 0)"
    counted = {
        "infrastructureFailures": expression(infrastructure),
        "taskFailures": expression("$taskFailures + ($verdict.kind = 'task' ? 1 : 0)"),
    }
    if settings.capacity == "spot-then-on-demand":
        last = number(settings.infrastructure_attempts - 1)
        counted["onDemand"] = expression(
            f"$onDemand or $verdict.stopCode = 'SpotInterruption' or {infrastructure} >= {last}"
        )
    return counted


def _grow(settings: WorkflowSettings) -> list[States]:
    if len(settings.sizes) == 1:
        return []
    return [
        {
            "Condition": expression("$verdict.kind = 'memory'"),
            "Assign": {"size": expression("$size + 1"), "attempt": expression("$attempt + 1")},
            "Next": "Run task",
        }
    ]


def _again(settings: WorkflowSettings) -> States:
    left = f"""
        $verdict.kind = 'infrastructure' ? $infrastructureFailures < {number(settings.infrastructure_attempts)}
        : $verdict.kind = 'task' ? $taskFailures < {number(settings.task_attempts)} : false
    """
    return {"Condition": expression(left), "Next": "Wait"}


def _wait(settings: WorkflowSettings) -> str:
    growing = f"{number(settings.interval)} * $power({number(settings.backoff_rate)}, $failures - 1)"
    # After a timeout the stopped task may still be finishing: two attempts of one run must not overlap.
    return f"""(
        $failures := $verdict.kind = 'infrastructure' ? $infrastructureFailures : $taskFailures;
        $least := $verdict.outcome = 'TimedOut' ? {number(settings.stop_timeout)} : 1;
        $longest := $min([{number(settings.max_interval)}, {growing}]);
        $max([$least, $ceil($random() * $longest)])
    )"""
