"""What the workflow of a processor is made of in the tests that run it."""

from typing import Any

from naws.core.fargate import Size
from naws.ecs_task_processor.plan_runs import ResourceNames

NAMES = ResourceNames(
    partition="aws",
    cluster_arn="cluster-arn",
    task_definition_arn="task-definition:7",
    container="main",
    subnet_ids=("subnet-a", "subnet-b"),
    security_group_ids=("group",),
    payload_bucket="payloads",
    failure_queue_url="failure-queue",
    processor="Stack/Nightly",
    items_bucket="inbox",
    lease_table="leases",
)
POLICY: dict[str, Any] = {
    "attempt_timeout": 3600,
    "stop_timeout": 120,
    "infrastructure_attempts": 3,
    "task_attempts": 2,
    "interval": 30,
    "backoff_rate": 2.0,
    "max_interval": 100,
    "sizes": (Size(cpu=1024, memory_limit_mib=2048),),
}
