"""A processor's plan as its workflow takes it."""

from dataclasses import dataclass

from naws.ecs_task_processor.plan import CONTAINER, Plan
from naws.ecs_task_processor.props import FanOut, ObjectsUnder, RowsOf
from naws.ecs_task_processor.workflow.settings import (
    FanOutSettings,
    ItemsInPayload,
    LeaseSettings,
    ObjectsInBucket,
    RowsInObject,
    WorkflowSettings,
)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Names of what is built, which a plan does not know; without them a workflow can be measured, not run.

    Attributes:
        items_bucket: where the items of a run are, when they are in a bucket.
        lease_table: where leases are kept, when there are any.
    """

    partition: str = "aws"
    cluster_arn: str = ""
    task_definition_arn: str = ""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    payload_bucket: str = ""
    payload_prefix: str = ""
    failure_queue_url: str = ""
    items_bucket: str = ""
    lease_table: str = ""
    processor: str = ""


def planned(plan: Plan, places: Places) -> WorkflowSettings:
    """What the plan says, with the names of its places."""
    concurrency = plan.props.concurrency
    return WorkflowSettings(
        partition=places.partition,
        cluster_arn=places.cluster_arn,
        task_definition_arn=places.task_definition_arn,
        container=CONTAINER,
        subnet_ids=places.subnet_ids,
        security_group_ids=places.security_group_ids,
        payload_bucket=places.payload_bucket,
        payload_prefix=places.payload_prefix,
        enable_execute_command=plan.props.enable_execute_command,
        failure_queue_url=places.failure_queue_url,
        processor=places.processor,
        attempt_timeout=plan.attempt_timeout,
        stop_timeout=plan.stop_timeout,
        infrastructure_attempts=plan.retry.infrastructure_attempts,
        task_attempts=plan.retry.task_attempts,
        interval=plan.retry.interval,
        backoff_rate=plan.retry.backoff_rate,
        max_interval=plan.retry.max_interval,
        sizes=tuple((size.cpu, size.memory_limit_mib) for size in plan.sizes),
        exit_codes=plan.props.exit_codes,
        capacity=plan.props.capacity,
        lease=None
        if concurrency is None
        else LeaseSettings(
            table_name=places.lease_table, limit=concurrency.limit, wait=concurrency.when_full == "wait"
        ),
        fan_out=_fan_out(plan.props.fan_out, places.items_bucket),
    )


def _fan_out(said: FanOut | None, bucket: str) -> FanOutSettings | None:
    if said is None:
        return None
    return FanOutSettings(
        over=_over(said.over, bucket),
        max_concurrency=said.max_concurrency,
        batch=said.batch,
        tolerated_failure_percentage=said.tolerated_failure_percentage,
    )


def _over(over: str | ObjectsUnder | RowsOf, bucket: str) -> ItemsInPayload | ObjectsInBucket | RowsInObject:
    if isinstance(over, ObjectsUnder):
        return ObjectsInBucket(bucket=bucket, prefix=over.prefix)
    if isinstance(over, RowsOf):
        return RowsInObject(bucket=bucket, key=over.key)
    return ItemsInPayload(path=over)
