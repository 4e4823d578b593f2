"""Departures: corrections of MiniStack, so that it does what AWS does; one function each, with its source at AWS.

`_MODULES` lists them by what of MiniStack they correct: a departure of `ecs:StopTask` is in a module under "ecs". Each
replaces functions by name, so a search for `"_stop_task"` finds it.

Imported in the child process only: it needs MiniStack.
"""

from importlib import import_module

from naws.cli.embedded.departures.patching import Departure, check_version

_MODULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("evaluator", ("permissions", "policy_language", "request_roles", "object_requests")),
    (
        "functions",
        (
            "function_runs",
            "function_metrics",
            "function_requests",
            "invocations",
            "async_configurations",
            "async_invocations",
            "mapping_requests",
            "mapping_polls",
        ),
    ),
    (
        "states",
        (
            "function_tasks",
            "state_machine_roles",
            "starts",
            "nested_executions",
            "role_calls",
            "run_task",
            "integration_errors",
            "sdk_calls",
            "task_states",
            "task_tokens",
            "definitions",
            "machine_versions",
            "redrives",
            "machines",
            "expressions",
            "payloads",
            "choices",
            "plain_states",
            "branches",
            "walks",
            "execution_reports",
            "workflows",
            "distributed_map",
        ),
    ),
    (
        "ecs",
        (
            "ecs_definitions",
            "ecs_containers",
            "ecs_secrets",
            "ecs_logs",
            "ecs_tasks",
            "ecs_health",
            "task_permissions",
            "task_definition_requests",
            "task_requests",
            "ecs_sessions",
            "ecs_services_ports",
            "ecs_services_targets",
            "ecs_services_requests",
            "ecs_services_refusals",
            "ecs_services_events",
            "ecs_services",
            "ecs_services_metrics",
        ),
    ),
    ("pipes", ("pipes",)),
    ("events", ("events", "event_requests")),
    ("scheduler", ("scheduler", "schedule_requests")),
    ("apigateway", ("http_addresses", "http_settings", "http_requests")),
    ("functions", ("http_function_urls",)),
    (
        "alb",
        (
            "load_balancer_shapes",
            "load_balancer_registrations",
            "load_balancer_checks",
            "load_balancer_requests",
            "load_balancer_types",
            "load_balancer_attributes",
            "load_balancer_stickiness",
            "load_balancer_refusals",
            "load_balancer_names",
            "load_balancer_subnets",
            "load_balancer_groups",
        ),
    ),
    (
        "templates",
        (
            "template_encryption",
            "placeholders",
            "network_types",
            "service_types",
            "ecs_services_types",
            "secret_types",
            "stack_names",
            "stack_life",
            "table_types",
            "deployments_types",
            "deployments_updates",
            "bucket_deployments",
            "bucket_emptying",
            "region_exports",
            "distribution_types",
            "website_types",
        ),
    ),
    ("ec2", ("subnet_addresses",)),
    ("cfn_stacks", ("change_sets",)),
    ("cfn_handlers", ("nested_stacks",)),
    ("cfn_engine", ("address_parts", "stack_outputs")),
    ("iam", ("policy_documents",)),
    ("sqs", ("senders", "topics_and_queues", "queue_requests")),
    ("sns", ("topic_requests", "async_notifications")),
    ("s3", ("object_conditions", "object_bodies", "distribution_buckets")),
    ("rds", ("database_secrets", "databases", "database_requests")),
    ("dynamodb", ("item_writes",)),
    ("logs", ("log_delivery",)),
    ("app", ("deployments_requests",)),
    ("functions", ("alias_requests", "alias_weights")),
    ("cloudwatch", ("alarm_requests", "alarm_settings", "alarms", "metrics", "load_balancer_metrics")),
    (
        "cloudfront",
        (
            "distribution_cache",
            "distribution_functions",
            "distribution_metrics",
            "distribution_requests",
            "distribution_refusals",
        ),
    ),
    ("cognito", ("sign_in",)),
    ("app", ("autoscaling_requests",)),
    ("templates", ("autoscaling_types",)),
    ("responses", ("autoscaling_rounds",)),
)
"""Those with departures, by a name of `services`: `states` is Step Functions, `functions` Lambda, `events` EventBridge,
`evaluator` asks policies of IAM, `templates`, `cfn_stacks` and `cfn_engine` are CloudFormation. In the order of
installation: what is replaced last is called first."""


def departures() -> list[Departure]:
    """Every departure, in the order of its installation."""
    modules = [import_module(f"{__name__}.{name}") for _, names in _MODULES for name in names]
    return [item for module in modules for item in vars(module).values() if isinstance(item, Departure)]


def install_all() -> None:
    """Close every departure in this process, once.

    Raises:
        PatchingError: another version of MiniStack is installed, or something a departure replaces is not there.
    """
    check_version()
    for item in departures():
        item.install()
