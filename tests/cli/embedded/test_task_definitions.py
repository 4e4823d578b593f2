"""What ECS refuses of a task definition, of the API and of a template alike."""

from typing import Any

import pytest

pytestmark = pytest.mark.e2e
SECRET = {"name": "A", "valueFrom": "arn:aws:secretsmanager:us-east-1:000000000000:secret:a"}
LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "us-east-1"}}
MAIN = {"name": "main", "image": "busybox"}
NO_SIZE, SUM = "No Fargate configuration exists for given values", "The sum of all container 'cpu' values"
NO_ROLE, LARGE = (
    "execution role ARN to support",
    "The 'memory' setting for container 'main' is greater than for the task",
)
REFUSED: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = [
    ({"memory": "8192"}, [MAIN], NO_SIZE),
    ({"cpu": "8 vCPU", "memory": "17 GB"}, [MAIN], NO_SIZE),
    ({"cpu": "32768", "memory": "122880"}, [MAIN], NO_SIZE),
    ({"cpu": None}, [MAIN], "Fargate requires that 'cpu' be defined at the task level"),
    ({"memory": None}, [MAIN], "Fargate requires that 'memory' be defined at the task level"),
    ({"networkMode": "bridge"}, [MAIN], "Fargate only supports network mode"),
    ({"networkMode": None}, [MAIN], "Fargate only supports network mode"),
    ({"ephemeralStorage": {"sizeInGiB": 20}}, [MAIN], "size should be at least 21"),
    ({"ephemeralStorage": {"sizeInGiB": 201}}, [MAIN], "size should be at most 200"),
    ({}, [{**MAIN, "privileged": True}], "'privileged' setting be 'false'"),
    ({}, [{**MAIN, "stopTimeout": 121}], "stop timeout of less than 120 seconds"),
    ({}, [{**MAIN, "stopTimeout": 1}], "must be at least 2 seconds"),
    ({}, [{**MAIN, "essential": False}], "doesn't have any essential container"),
    (
        {},
        [{**MAIN, "portMappings": [{"containerPort": 80, "hostPort": 81}]}],
        "container ports in port mappings must m",
    ),
    ({}, [MAIN, MAIN], "Container names must be unique"),
    ({}, [{**MAIN, "memory": 513}], LARGE),
    ({}, [{**MAIN, "memoryReservation": 513}], LARGE),
    ({}, [{**MAIN, "cpu": 128}, {**MAIN, "name": "side", "cpu": 129}], SUM),
    (
        {"executionRoleArn": None},
        [{**MAIN, "secrets": [SECRET]}],
        "you must also specify a value for 'executionRoleArn'",
    ),
    ({"executionRoleArn": None}, [{**MAIN, "logConfiguration": LOGS}], f"{NO_ROLE} log driver awslogs"),
    (
        {"executionRoleArn": None},
        [{**MAIN, "image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/app:1"}],
        f"{NO_ROLE} ECR images",
    ),
]


def definition(bench: Any, changed: dict[str, Any], containers: list[dict[str, Any]]) -> dict[str, Any]:
    request = {
        "family": "judged",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": bench.role,
        "containerDefinitions": containers,
        **changed,
    }
    return {name: value for name, value in request.items() if value is not None}


def pascal(value: Any, name: str = "") -> Any:
    """As a template spells it, numbers as text; options of a log driver are data."""
    match value:
        case list():
            return [pascal(item) for item in value]
        case dict() if name != "options":
            return {f"{key[0].upper()}{key[1:]}": pascal(item, key) for key, item in value.items()}
        case int() if not isinstance(value, bool):
            return str(value)
        case _:
            return value


@pytest.mark.parametrize(("changed", "containers", "told"), REFUSED)
def test_a_task_definition_is_refused(bench: Any, changed: Any, containers: Any, told: str) -> None:
    with pytest.raises(bench.ecs.exceptions.ClientException) as refused:
        bench.ecs.register_task_definition(**definition(bench, changed, containers))
    assert told in str(refused.value)


@pytest.mark.parametrize("index", [0, 6, 8, 9, 10, 12, 13, 14, 15, 17, 18])
def test_so_is_that_of_a_template(bench: Any, index: int) -> None:
    changed, containers, told = REFUSED[index]
    properties = pascal(definition(bench, changed, containers))
    stack, _ = bench.deploy({"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any(told in event.get("ResourceStatusReason", "") for event in events)


@pytest.mark.parametrize(
    ("changed", "containers"),
    [
        ({"cpu": ".25 vCPU", "memory": "0.5 GB"}, [MAIN]),
        ({"cpu": "16384", "memory": "122880", "ephemeralStorage": {"sizeInGiB": 200}}, [MAIN]),
        ({"ephemeralStorage": {"sizeInGiB": 21}}, [{**MAIN, "stopTimeout": 120, "memory": 512, "cpu": 256}]),
        ({}, [MAIN, {**MAIN, "name": "side", "essential": False, "privileged": False}]),
        ({}, [{**MAIN, "secrets": [SECRET], "logConfiguration": LOGS}]),
        ({}, [{**MAIN, "portMappings": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 0}]}]),
        ({"executionRoleArn": None}, [MAIN]),
        ({"requiresCompatibilities": None, "networkMode": "bridge", "cpu": None}, [{**MAIN, "privileged": True}]),
    ],
)
def test_what_ecs_takes_is_taken(bench: Any, changed: Any, containers: Any) -> None:
    assert bench.ecs.register_task_definition(**definition(bench, changed, containers))["taskDefinition"]
