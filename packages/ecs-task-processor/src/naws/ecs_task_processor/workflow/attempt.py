"""One attempt: the task, the variables that it gets, and what is kept of its end."""

from typing import Any

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.expressions import (
    LONGEST_CAUSE,
    REASON_LENGTH,
    States,
    caught,
    expression,
    number,
)
from naws.ecs_task_processor.workflow.payload import ITEM_NAMES, item_names

_ITEM_PARTS = dict(zip(ITEM_NAMES, ("index", "count"), strict=True))


def run(policy: RunPolicy, names: ResourceNames) -> States:
    """Run the task and wait for its end, however it ends."""
    return {
        "Run task": {
            "Type": "Task",
            "Resource": f"arn:{names.partition}:states:::ecs:runTask.sync",
            "TimeoutSeconds": policy.attempt_timeout,
            "Arguments": {
                "Cluster": names.cluster_arn,
                "TaskDefinition": names.task_definition_arn,
                **_capacity(policy),
                "Group": expression("$states.context.Execution.Name"),
                "PropagateTags": "TASK_DEFINITION",
                **({"EnableExecuteCommand": True} if policy.enable_execute_command else {}),
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "AssignPublicIp": "DISABLED",
                        "Subnets": list(names.subnet_ids),
                        "SecurityGroups": list(names.security_group_ids),
                    }
                },
                "Overrides": _overrides(policy, names),
            },
            "Assign": {"task": expression(_essentials("$states.result")), "error": "", "cause": ""},
            "Output": {},
            "Catch": _caught(policy),
            "Next": "Judge",
        }
    }


def _caught(policy: RunPolicy) -> list[States]:
    """An attempt that took too long has to be stopped; every other end is judged."""
    cause = "($states.errorOutput.Cause & '')"
    # A cause that AWS cut is no JSON any more, and an expression that fails here would be caught by nothing.
    described = (
        f"$substring({cause}, 0, 1) = '{{' and $substring({cause}, -1) = '}}' and $length({cause}) < {LONGEST_CAUSE}"
    )
    timed_out = {
        "kind": "task",
        "outcome": "TimedOut",
        "error": "Naws.AttemptTimedOut",
        "reason": f"the attempt took longer than {number(policy.attempt_timeout)} seconds",
    }
    return [
        caught("Find task", "States.Timeout", verdict=timed_out, stopped=""),
        caught(
            "Judge",
            task=expression(f"{described} ? ($task := $parse({cause}); {_essentials('$task')}) : {{}}"),
            error=expression("$states.errorOutput.Error & ''"),
            cause=expression(f"$substring({cause}, 0, {REASON_LENGTH})"),
        ),
    ]


def _capacity(policy: RunPolicy) -> States:
    provider = {
        "spot": "FARGATE_SPOT",
        "spot-then-on-demand": expression("$onDemand ? 'FARGATE' : 'FARGATE_SPOT'"),
    }
    if policy.capacity == "on-demand":
        return {"LaunchType": "FARGATE"}
    return {"CapacityProviderStrategy": [{"CapacityProvider": provider[policy.capacity], "Weight": 1}]}


def _overrides(policy: RunPolicy, names: ResourceNames) -> States:
    cpus, memories = ([size.cpu for size in policy.sizes], [size.memory_limit_mib for size in policy.sizes])
    cpu, memory = (f"$string([{', '.join(map(str, each))}][$size])" for each in (cpus, memories))
    grown = {"Cpu": expression(cpu), "Memory": expression(memory)} if len(policy.sizes) > 1 else {}
    environment = _environment(policy, cpu, memory)
    return {**grown, "ContainerOverrides": [{"Name": names.container, "Environment": environment}]}


def _environment(policy: RunPolicy, cpu: str, memory: str) -> list[Any]:
    of_item = item_names(policy)
    values = {
        "NAWS_RUN_ID": "$envelope.id",
        "NAWS_TRIGGER": "$envelope.trigger",
        "NAWS_ATTEMPT": "$string($attempt)",
        "NAWS_EXECUTION": "$states.context.Execution.Name",
        "NAWS_CPU": cpu,
        "NAWS_MEMORY_LIMIT_MIB": memory,
        **{name: f"$string($envelope.item.{part})" for name, part in _ITEM_PARTS.items() if name in of_item},
    }
    variables = [{"Name": name, "Value": expression(value)} for name, value in values.items()]
    return [*variables, expression("$payloadVariable")]


def _essentials(task: str) -> str:
    """The part of a task's description that is judged; the rest can be large."""
    return (
        f"{{'TaskArn': {task}.TaskArn, 'StopCode': {task}.StopCode, 'StoppedReason': {task}.StoppedReason, "
        f"'Containers': [{task}.Containers.{{'Name': Name, 'ExitCode': ExitCode, 'Reason': Reason}}]}}"
    )
