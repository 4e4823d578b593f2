"""What ECS tells EventBridge about its tasks."""

from typing import Any

from naws.cli.embedded.departures.ecs_services_records import emit
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.services import ecs

_CHANGES = ("_mark_task_pending", "_mark_task_running", "_mark_task_stopped")


@departure("Amazon ECS Developer Guide, 'Amazon ECS task state change events' (detail is what DescribeTasks answers)")
def task_events() -> None:
    """Rules hear of a task that is pending, that runs and that has stopped, in ``ECS Task State Change``.

    AWS sends one for each change of ``lastStatus`` or ``desiredStatus``; the states in between are left out.
    """
    for name in _CHANGES:
        wrap(ecs, name, _telling)


def _telling(original: Original, task_arn: str, task: dict[str, Any], *rest: Any, **named: Any) -> Any:
    changed = original(task_arn, task, *rest, **named)
    if changed:
        emit("ECS Task State Change", [task_arn], {**ecs._sanitize(task), "updatedAt": ecs._iso()})
    return changed
