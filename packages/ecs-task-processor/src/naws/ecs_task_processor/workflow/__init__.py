"""The workflow of one run, as data: a pure function from settings to Amazon States Language (JSONata).

    Receive ─ (Take lease) ─ Measure ─ Fits? ─────────────┐
                                         └ Store payload ─┤
      ┌───────────────────────────────────────────────────┴─> Run task ─ Judge ─ Succeeded? ─ Note success ─ Succeeded
      │                                          │ timeout                │
      │                              Find task ─ Stop task ──── Count failure ─ Note failure ─ Again?
      └───────────────────────────── Wait <──────────────────────────────────────────────────────┤
                                                                           Failed ── Keep failure ┘

Every outcome is judged here, because a trigger that starts a task directly never learns of it.
"""

from typing import Any

from naws.ecs_task_processor.workflow.attempt import run
from naws.ecs_task_processor.workflow.end import end
from naws.ecs_task_processor.workflow.expressions import METRIC_NAMESPACE
from naws.ecs_task_processor.workflow.judge import judge
from naws.ecs_task_processor.workflow.lease import EVENTS_OF_WAITING, LONGEST_POLL, MOST_POLLS, keeper, take
from naws.ecs_task_processor.workflow.lease import KEY as LEASE_KEY
from naws.ecs_task_processor.workflow.payload import (
    ENVIRONMENT_NAMES,
    OVERRIDE_LIMIT,
    hand_over,
    payload_budget,
    receive,
)
from naws.ecs_task_processor.workflow.repeat import repeat
from naws.ecs_task_processor.workflow.settings import (
    EVENTS_PER_ATTEMPT,
    HISTORY_LIMIT,
    YEAR,
    Capacity,
    ExitAction,
    LeaseSettings,
    WorkflowSettings,
    longest_work,
)
from naws.ecs_task_processor.workflow.stop import stop

__all__ = [
    "ENVIRONMENT_NAMES",
    "EVENTS_OF_WAITING",
    "EVENTS_PER_ATTEMPT",
    "HISTORY_LIMIT",
    "LEASE_KEY",
    "METRIC_NAMESPACE",
    "OVERRIDE_LIMIT",
    "Capacity",
    "ExitAction",
    "LeaseSettings",
    "WorkflowSettings",
    "keeper",
    "longest_run",
    "payload_budget",
    "workflow",
]


def workflow(settings: WorkflowSettings) -> dict[str, Any]:
    """The state machine's definition."""
    return {
        "Comment": "One run of a task processor: attempts, their outcomes, and where a failed run is kept",
        "QueryLanguage": "JSONata",
        "StartAt": "Receive",
        "TimeoutSeconds": longest_run(settings),
        "States": {
            **receive(settings, after="Measure" if settings.lease is None else "Take lease"),
            **take(settings),
            **hand_over(settings),
            **run(settings),
            **judge(settings),
            **stop(settings),
            **repeat(settings),
            **end(settings),
        },
    }


def longest_run(settings: WorkflowSettings) -> int:
    """Seconds that a run can take at the most, waiting for its lease included; a year is the limit."""
    waiting = MOST_POLLS * LONGEST_POLL if settings.lease is not None and settings.lease.wait else 0
    return min(longest_work(settings) + waiting, YEAR)
