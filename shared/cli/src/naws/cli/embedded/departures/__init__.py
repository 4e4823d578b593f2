"""Where MiniStack departs from AWS, and how the departure is closed: one function each.

Imported in the child process only: it needs MiniStack.
"""

from importlib import import_module

from naws.cli.embedded.departures.patching import Departure, check_version

_MODULES = (
    "permissions",
    "policy_language",
    "request_roles",
    "object_requests",
    "state_machine_roles",
    "role_calls",
    "run_task",
    "integration_errors",
    "sdk_calls",
    "task_states",
    "definitions",
    "machines",
    "expressions",
    "payloads",
    "choices",
    "plain_states",
    "branches",
    "workflows",
    "distributed_map",
    "ecs_definitions",
    "ecs_containers",
    "ecs_secrets",
    "ecs_logs",
    "ecs_tasks",
    "task_permissions",
    "pipes",
    "events",
    "scheduler",
    "senders",
    "topics_and_queues",
    "template_encryption",
    "placeholders",
    "network_types",
    "service_types",
    "secret_types",
    "log_delivery",
    "stack_names",
    "stack_life",
    "item_writes",
    "policy_documents",
    "task_definition_requests",
    "task_requests",
    "event_requests",
    "schedule_requests",
    "queue_requests",
    "topic_requests",
    "object_conditions",
    "alarm_requests",
    "alarm_settings",
    "alarms",
    "metrics",
)
"""Those with departures, in the order of their installation: what is replaced last is called first."""


def departures() -> list[Departure]:
    """Every departure, in the order of its installation."""
    modules = [import_module(f"{__name__}.{name}") for name in _MODULES]
    return [item for module in modules for item in vars(module).values() if isinstance(item, Departure)]


def install_all() -> None:
    """Close every departure in this process, once.

    Raises:
        PatchingError: another version of MiniStack is installed, or something a departure replaces is not there.
    """
    check_version()
    for item in departures():
        item.install()
