import json
from typing import Any

import pytest

from naws.cli.embedded.departures.ecs_logs import lines

pytestmark = pytest.mark.e2e


def family(definition: Any) -> Any:
    return definition.rpartition("/")[2].partition(":")[0]


def test_lines_are_whole_however_chunks_are_cut() -> None:
    assert list(lines([b"one\ntw", b"o\r\n", b"\n", b"thr", b"ee"])) == ["one", "two", "three"]


def test_out_of_memory_is_told_by_reason_and_exit_code(bench: Any) -> None:
    task = bench.stopped(bench.run_task(bench.task_definition(["oom"])))
    (container,) = task["containers"]
    assert container["exitCode"] == 137
    assert container["reason"].startswith("OutOfMemoryError")
    assert task["stopCode"] == "EssentialContainerExited"


def test_stop_task_gives_sigterm_then_sigkill_and_keeps_the_reason(bench: Any, until: Any) -> None:
    arn = bench.run_task(bench.task_definition(["stubborn"], stopTimeout=2))
    until(lambda: bench.ecs.describe_tasks(tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING")
    stopping = bench.ecs.stop_task(task=arn, reason="by hand")["task"]
    assert stopping["desiredStatus"] == "STOPPED"
    task = bench.stopped(arn)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "by hand")
    assert task["containers"][0]["exitCode"] == 137
    assert task["stoppedAt"] >= task["stoppingAt"]
    assert bench.ecs.list_tasks(desiredStatus="RUNNING", family=family(task["taskDefinitionArn"]))["taskArns"] == []


TMPFS = [
    {"containerPath": "/tmp", "size": 64, "mountOptions": ["mode=1777", "exec"]},
    {"containerPath": "/scratch", "size": 32},
]


def test_the_engine_gets_the_containers_settings(bench: Any) -> None:
    settings = {
        "user": "1000:1000",
        "workingDirectory": "/srv/job",
        "entryPoint": ["/bin/run"],
        "readonlyRootFilesystem": True,
        "memory": 512,
        "stopTimeout": 7,
        "environment": [{"name": "A", "value": "1"}],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}, "tmpfs": TMPFS},
        "dockerLabels": {"team": "data"},
    }
    definition = bench.task_definition(**settings)
    bench.stopped(bench.run_task(definition))
    (run,) = bench.containers(family(definition))
    assert run["user"] == "1000:1000"
    assert run["working_dir"] == "/srv/job"
    assert run["entrypoint"] == ["/bin/run"]
    assert run["read_only"] is True
    assert run["mem_limit"] == run["memswap_limit"] == 512 * 1024 * 1024
    assert run["stop_timeout"] == 7
    assert run["init"] is True
    # Of a mount without a mode runc decides: it is not opened for the sake of a program that fails on Fargate.
    assert run["tmpfs"] == {"/tmp": "size=64m,mode=1777,exec", "/scratch": "size=32m"}
    assert run["cap_drop"] == ["ALL"]
    assert run["labels"]["team"] == "data"
    assert run["environment"]["A"] == "1"


def test_task_memory_limits_a_container_without_its_own_and_a_volume_is_the_tasks(bench: Any) -> None:
    mount = {"sourceVolume": "scratch", "containerPath": "/tmp"}
    registered = bench.ecs.register_task_definition(
        family="with-volume",
        containerDefinitions=[{"name": "main", "image": "busybox", "command": ["exit", "0"], "mountPoints": [mount]}],
        volumes=[{"name": "scratch"}],
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
    )
    arn = bench.run_task(registered["taskDefinition"]["taskDefinitionArn"])
    bench.stopped(arn)
    (run,) = bench.containers("with-volume")
    assert run["mem_limit"] == 512 * 1024 * 1024
    assert run["volumes"] == [f"naws-{arn.rpartition('/')[2]}-scratch:/tmp:rw"]


def test_secrets_are_resolved_and_a_missing_one_keeps_the_task_from_starting(bench: Any) -> None:
    secret = bench.client("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"password": "p"}))["ARN"]
    bench.client("ssm").put_parameter(Name="/app/key", Value="v", Type="SecureString")
    parameter = "arn:aws:ssm:us-east-1:000000000000:parameter/app/key"
    secrets = [
        {"name": "PASSWORD", "valueFrom": f"{secret}:password::"},
        {"name": "WHOLE", "valueFrom": secret},
        {"name": "KEY", "valueFrom": parameter},
    ]
    definition = bench.task_definition(secrets=secrets)
    bench.stopped(bench.run_task(definition))
    (run,) = bench.containers(family(definition))
    environment = run["environment"]
    assert (environment["PASSWORD"], environment["KEY"]) == ("p", "v")
    assert json.loads(environment["WHOLE"]) == {"password": "p"}

    for value_from in (f"{secret}:nokey::", parameter + "x", secret.replace("secret:db", "secret:none")):
        missing = bench.task_definition(secrets=[{"name": "X", "valueFrom": value_from}])
        task = bench.stopped(bench.run_task(missing))
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["stoppedReason"].startswith("ResourceInitializationError")
        assert bench.containers(family(missing)) == []


def test_output_is_in_the_log_stream_when_the_task_has_stopped(bench: Any) -> None:
    logs = bench.client("logs")
    logs.create_log_group(logGroupName="/naws/test")
    options = {"awslogs-group": "/naws/test", "awslogs-stream-prefix": "run", "awslogs-region": "us-east-1"}
    logging = {"logDriver": "awslogs", "options": options}
    arn = bench.run_task(bench.task_definition(["print", "done"], logConfiguration=logging))
    bench.stopped(arn)
    stream = f"run/main/{arn.rpartition('/')[2]}"
    events = logs.get_log_events(logGroupName="/naws/test", logStreamName=stream)["events"]
    assert [event["message"] for event in events] == ["started", "half a line", "done"]


def test_request_is_kept_and_described(bench: Any) -> None:
    definition = bench.task_definition(task_role=bench.role)
    bench.ecs.tag_resource(resourceArn=definition, tags=[{"key": "team", "value": "data"}])
    bench.client("ecs").create_cluster(clusterName="spot", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    answer = bench.ecs.run_task(
        cluster="spot",
        taskDefinition=definition,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        propagateTags="TASK_DEFINITION",
        enableExecuteCommand=True,
        networkConfiguration=bench.network,
        startedBy="me",
        tags=[{"key": "run", "value": "1"}],
        overrides={"ephemeralStorage": {"sizeInGiB": 40}},
    )
    task = bench.stopped(answer["tasks"][0]["taskArn"], cluster="spot")
    assert task["group"] == f"family:{family(definition)}"
    assert task["startedBy"] == "me"
    assert task["capacityProviderName"] == "FARGATE_SPOT"
    assert task["ephemeralStorage"] == {"sizeInGiB": 40}
    assert task["tags"] == []
    (task,) = bench.ecs.describe_tasks(cluster="spot", tasks=[task["taskArn"]], include=["TAGS"])["tasks"]
    assert {tag["key"] for tag in task["tags"]} == {"team", "run"}


def test_an_override_for_no_container_is_refused(bench: Any) -> None:
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException, match="named other is not a container"):
        bench.run_task(bench.task_definition(), overrides={"containerOverrides": [{"name": "other"}]})


def test_a_container_that_was_created_but_not_started_is_removed(bench: Any) -> None:
    arn = bench.run_task(bench.task_definition(image="broken"))
    assert bench.stopped(arn)["stopCode"] == "TaskFailedToStart"
    assert f"ministack-ecs-{arn.rpartition('/')[2][:8]}-main" in bench.removed()


def test_a_side_container_is_stopped_with_its_own_exit_code(bench: Any) -> None:
    containers = [
        {"name": "main", "image": "busybox", "command": ["exit", "0"]},
        {"name": "side", "image": "busybox", "command": ["sleep", "60"], "essential": False},
    ]
    arn = bench.ecs.register_task_definition(family="pair", containerDefinitions=containers)["taskDefinition"]
    task = bench.stopped(bench.run_task(arn["taskDefinitionArn"]))
    assert {item["name"]: item["exitCode"] for item in task["containers"]} == {"main": 0, "side": 143}


def test_a_container_that_cannot_be_read_takes_no_others_exit_code(bench: Any) -> None:
    containers = [
        {"name": "side", "image": "busybox", "command": ["lost"], "essential": False},
        {"name": "main", "image": "busybox", "command": ["exit", "3"]},
    ]
    arn = bench.ecs.register_task_definition(family="lost", containerDefinitions=containers)["taskDefinition"]
    task = bench.stopped(bench.run_task(arn["taskDefinitionArn"]))
    assert {item["name"]: item.get("exitCode") for item in task["containers"]} == {"side": None, "main": 3}
