"""The environment by which a task finds the embedded AWS."""

from collections.abc import Mapping

# MiniStack assumes that it runs in a container itself and that tasks reach it by this name.
_ASSUMED_HOST = "host.docker.internal"
_CLUSTER_LABEL = "com.amazonaws.ecs.cluster"


def task_environment(declared: Mapping[str, str], labels: Mapping[str, str], host: str) -> dict[str, str]:
    """The task's own variables, with the addresses that MiniStack added made reachable.

    Args:
        declared: What the task definition, its secrets, the overrides and MiniStack say.
        labels: The container's labels; the cluster's ARN among them tells the region.
        host: The name under which the task reaches the embedded AWS.
    """
    reachable = {
        name: value.replace(f"//{_ASSUMED_HOST}:", f"//{host}:") if _is_address(name) else value
        for name, value in declared.items()
    }
    region = labels.get(_CLUSTER_LABEL, "arn:aws:ecs:us-east-1:").split(":")[3]
    defaults = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # The instance's metadata service does not exist here; looking for it costs seconds.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {**defaults, **reachable}


def _is_address(name: str) -> bool:
    return name.startswith("AWS_ENDPOINT_URL") or name in {
        "ECS_CONTAINER_METADATA_URI_V4",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    }
