"""Whether a run is attempted again, when, and on what."""

from collections.abc import Iterator

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.expressions import States, choice, expression, note, number, way


def repeat(policy: RunPolicy, names: ResourceNames) -> States:
    """Count the failure, then grow, wait or give up."""
    return {
        "Count failure": {"Type": "Pass", "Assign": _counted(policy), "Next": "Note failure"},
        "Note failure": note(names, "AttemptsNotSucceeded", "Outcome", "$verdict.outcome", "Again?"),
        "Again?": choice(*_again(policy), otherwise="Whose failure?"),
        "Wait": {
            "Type": "Wait",
            "Seconds": expression(_wait(policy)),
            "Assign": {"attempt": expression("$attempt + 1")},
            "Next": "Run task",
        },
    }


def _counted(policy: RunPolicy) -> States:
    infrastructure = "$infrastructureFailures + ($verdict.kind = 'infrastructure' ? 1 : 0)"
    counted = {
        "infrastructureFailures": expression(infrastructure),
        "taskFailures": expression("$taskFailures + ($verdict.kind = 'task' ? 1 : 0)"),
    }
    if policy.capacity == "spot-then-on-demand":
        last = number(policy.infrastructure_attempts - 1)
        counted["onDemand"] = expression(
            f"$onDemand or $verdict.stopCode = 'SpotInterruption' or {infrastructure} >= {last}"
        )
    return counted


def _again(policy: RunPolicy) -> Iterator[States]:
    if len(policy.sizes) > 1:
        larger = {"size": expression("$size + 1"), "attempt": expression("$attempt + 1")}
        yield way("$verdict.kind = 'memory'", "Run task", **larger)
    left = f"""
        $verdict.kind = 'infrastructure' ? $infrastructureFailures < {number(policy.infrastructure_attempts)}
        : $verdict.kind = 'task' ? $taskFailures < {number(policy.task_attempts)} : false
    """
    yield way(left, "Wait")


def _wait(policy: RunPolicy) -> str:
    growing = f"{number(policy.interval)} * $power({number(policy.backoff_rate)}, $failures - 1)"
    # After a timeout the stopped task may still be finishing: two attempts of one run must not overlap.
    return f"""(
        $failures := $verdict.kind = 'infrastructure' ? $infrastructureFailures : $taskFailures;
        $least := $verdict.outcome = 'TimedOut' ? {number(policy.stop_timeout)} : 1;
        $longest := $min([{number(policy.max_interval)}, {growing}]);
        $max([$least, $ceil($random() * $longest)])
    )"""
