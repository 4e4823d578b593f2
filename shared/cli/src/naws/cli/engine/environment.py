"""The environment by which a task finds the embedded AWS."""

from collections.abc import Mapping

from naws.cli.embedded.load_balancer_urls import PREFIX

# MiniStack assumes that it runs in a container itself and that tasks reach it by this name.
_ASSUMED_HOST = "host.docker.internal"
_ADDRESSES = ("AWS_ENDPOINT_URL", "ECS_CONTAINER_METADATA_URI_V4", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_CLUSTER_LABEL = "com.amazonaws.ecs.cluster"


def task_environment(declared: Mapping[str, str], labels: Mapping[str, str], host: str) -> dict[str, str]:
    """The task's own variables, with the addresses that MiniStack added made reachable.

    Args:
        declared: Given by the task definition, its secrets, the overrides and MiniStack. Those of load balancers have
            MiniStack's address, too.
        labels: The container's labels; the cluster's ARN among them has the region.
        host: The name under which the task reaches the embedded AWS.
    """
    reachable = {
        name: value.replace(f"//{_ASSUMED_HOST}:", f"//{host}:")
        if name.startswith(_ADDRESSES) or PREFIX in value
        else value
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


def session_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What the agent of ECS Exec adds to a container's variables.

    Source: amazon-ssm-agent, agent/session/shell/shell_unix.go
    """
    return {"TERM": "xterm-256color", "LANG": variables.get("LANG") or "C.UTF-8"}
