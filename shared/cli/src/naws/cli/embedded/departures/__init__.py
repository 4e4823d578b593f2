"""Where MiniStack departs from AWS, and how the departure is closed: one function each.

Imported in the child process only: it needs MiniStack.
"""

from naws.cli.embedded.departures import (
    alarms,
    definitions,
    distributed_map,
    ecs_containers,
    ecs_definitions,
    ecs_logs,
    ecs_secrets,
    ecs_tasks,
    events,
    item_writes,
    log_delivery,
    machines,
    metrics,
    network_types,
    permissions,
    pipes,
    placeholders,
    policy_language,
    role_calls,
    run_task,
    scheduler,
    sdk_calls,
    secret_types,
    senders,
    service_types,
    stack_life,
    stack_names,
    state_machine_roles,
    task_permissions,
    task_states,
    template_encryption,
    template_roles,
    topics_and_queues,
    workflows,
)
from naws.cli.embedded.departures.seam import Departure, check_version, resolve

DEPARTURES: tuple[Departure, ...] = (
    permissions.secure_transport,
    permissions.root_keys,
    permissions.known_actions,
    permissions.request_resources,
    permissions.encrypted_resources,
    policy_language.principal_keys,
    policy_language.policy_statements,
    permissions.parsed_policies,
    state_machine_roles.state_machine_roles,
    role_calls.calls_as_role,
    run_task.run_task_integration,
    sdk_calls.s3_put_object,
    task_states.task_state,
    task_states.error_names,
    definitions.state_machine_definition,
    machines.machine_requests,
    workflows.execution_end,
    workflows.start_execution,
    workflows.assign_at_once,
    workflows.context_object,
    workflows.succeed_output,
    distributed_map.distributed_map,
    ecs_definitions.template_task_definition,
    ecs_definitions.run_task_request,
    ecs_containers.container_settings,
    ecs_secrets.container_secrets,
    ecs_logs.awslogs,
    ecs_tasks.task_end,
    task_permissions.passed_roles,
    task_permissions.execution_role,
    task_permissions.task_role,
    pipes.queue_source,
    pipes.pipe_parameters,
    pipes.pipe_roles,
    events.rule_targets,
    scheduler.schedules,
    scheduler.schedule_roles,
    senders.service_notifications,
    topics_and_queues.template_topic,
    template_encryption.template_bucket,
    template_encryption.template_table,
    template_roles.template_role,
    topics_and_queues.redrive_permission,
    placeholders.placeholder_types,
    network_types.gateway_types,
    network_types.security_group_rules,
    service_types.capacity_provider_associations,
    service_types.composite_alarm,
    secret_types.secret_reference,
    service_types.template_schedule,
    service_types.log_group_name,
    log_delivery.state_machine_logs,
    log_delivery.execution_traces,
    log_delivery.log_group_key,
    stack_names.taken_names,
    stack_names.generated_names,
    stack_life.failed_creation,
    stack_life.exports_in_use,
    stack_life.full_things,
    stack_names.deleted_queues,
    item_writes.one_write_at_a_time,
    alarms.alarm_evaluation,
    alarms.alarm_actions,
    metrics.execution_metrics,
    metrics.queue_metrics,
)


def install_all() -> None:
    """Close every departure in this process, once.

    Raises:
        SeamError: another version of MiniStack is installed, or something a departure replaces is not there.
    """
    check_version()
    for item in DEPARTURES:
        for dotted in item.replaces:
            resolve(dotted)
        item.install()
