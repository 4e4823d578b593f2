"""ECS services: started, deployed, replaced, failed, rolled back and deleted, with processes as tasks."""

import os
import signal
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cli.embedded.ecs_services import CONTAINER_PORT, Services

pytestmark = pytest.mark.e2e
BREAKER = {"enable": True, "rollback": True}


def ask(port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_tasks_listen_on_ports_of_their_own_and_are_targets(services: Services, until: Any) -> None:
    group = services.group()
    name = services.create(services.definition("own"), group)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    ports = services.ports(group)
    assert len(set(ports)) == 2
    assert CONTAINER_PORT not in ports
    assert len({ask(port) for port in ports}) == 2
    task = services.tasks(name)[0]
    address = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
    assert address["privateIPv4Address"] == "127.0.0.1"
    assert task["containers"][0]["imageDigest"].startswith("sha256:")
    deployment = services.look(name)["deployments"][0]
    assert task["startedBy"] == deployment["id"]
    assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} completed."
    assert [message.partition(") ")[2].split(" (task")[0] for message in services.messages(name)[-1:]] == [
        "has reached a steady state."
    ]
    services.delete(name)
    until(lambda: services.look(name)["status"] == "INACTIVE")
    assert services.tasks(name) == []


def test_new_tasks_are_healthy_before_old_ones_drain(services: Services, until: Any) -> None:
    group = services.group()
    name = services.create(services.definition(), group, healthCheckGracePeriodSeconds=15)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    old = {task["taskArn"] for task in services.tasks(name)}
    services.update(name, taskDefinition=services.definition("slow"))
    least: list[int] = []

    def done() -> bool:
        least.append(len(services.ports(group)))
        return services.state(name) == "COMPLETED"

    until(done, seconds=40)
    assert min(least) >= 2
    ended = {task["taskArn"]: task for task in services.tasks(name, "STOPPED")}
    assert set(ended) == old
    assert {task["stopCode"] for task in ended.values()} == {"ServiceSchedulerInitiated"}
    assert all(task["stoppedReason"].startswith("Scaling activity initiated by (deployment") for task in ended.values())
    messages = " ".join(services.messages(name))
    assert messages.index("deregistered 1 targets") > messages.rindex(
        "registered 1 targets in", 0, messages.index("has stopped")
    )
    services.delete(name)


def test_a_stopping_task_answers_its_open_request_first(services: Services, until: Any) -> None:
    group = services.group(delay=20)
    name = services.create(services.definition(), group, count=1)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(services.ask, group, "/wait/2")
        until(lambda: services.ask(group, "/waiting")[1] == "1")
        services.update(name, desiredCount=0)
        until(lambda: services.tasks(name, "STOPPED"))
        assert services.tasks(name, "STOPPED")[0]["lastStatus"] == "DEACTIVATING"
        assert services.ask(group)[0] == 503
        assert answer.result(timeout=20)[0] == 200
    until(lambda: services.tasks(name, "STOPPED")[0]["lastStatus"] == "STOPPED", seconds=30)
    assert services.tasks(name, "STOPPED")[0]["containers"][0]["exitCode"] == 0
    services.delete(name)


def test_no_request_is_lost_while_tasks_are_replaced(services: Services, until: Any) -> None:
    group, over = services.group(delay=10), threading.Event()
    name = services.create(services.definition("well"), group)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)

    def ask(path: str) -> list[tuple[int, str]]:
        answers: list[tuple[int, str]] = []
        while not over.is_set():
            answers.append(services.ask(group, path))
        return answers

    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask, path) for path in ("/", "/wait/0.2", "/wait/0.5")]
        services.update(name, taskDefinition=services.definition("better"))
        until(lambda: services.state(name) == "COMPLETED", seconds=30)
        over.set()
        answers = [answer for each in asking for answer in each.result(timeout=30)]
    assert {status for status, _ in answers} == {200}
    assert {text.partition(" ")[0] for _, text in answers} == {"well", "better"}
    services.delete(name)


def test_a_killed_task_is_replaced(services: Services, until: Any) -> None:
    group = services.group()
    name = services.create(services.definition(), group, count=1)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    (before,) = services.tasks(name)
    os.kill(int(ask(services.ports(group)[0]).split()[1]), signal.SIGKILL)
    until(lambda: services.tasks(name, "STOPPED"), seconds=20)
    until(lambda: services.ports(group) and services.tasks(name)[0]["taskArn"] != before["taskArn"], seconds=20)
    (ended,) = services.tasks(name, "STOPPED")
    assert (ended["stopCode"], ended["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)
    assert services.state(name) == "COMPLETED"
    services.delete(name)


def test_the_circuit_breaker_rolls_back_to_what_was_completed(services: Services, until: Any) -> None:
    group = services.group()
    name = services.create(services.definition(), group, breaker=BREAKER)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    good = services.look(name)["deployments"][0]["id"]
    services.update(name, taskDefinition=services.definition("sick"))
    until(lambda: f"rolling back to deployment {good}." in " ".join(services.messages(name)), seconds=60)
    assert len(services.ports(group)) == 2
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    (primary,) = services.look(name)["deployments"]
    assert primary["id"] == good
    messages = services.messages(name)
    assert any(
        "unhealthy in (target-group" in text and "due to (reason Health checks failed with" in text for text in messages
    )
    assert any(text.endswith("deployment failed: tasks failed to start.") for text in messages)
    newest, first = services.ecs.list_service_deployments(cluster=services.cluster, service=name)["serviceDeployments"]
    assert (newest["status"], first["status"]) == ("ROLLBACK_SUCCESSFUL", "SUCCESSFUL")
    (shown,) = services.ecs.describe_service_deployments(serviceDeploymentArns=[newest["serviceDeploymentArn"]])[
        "serviceDeployments"
    ]
    breaker = shown["deploymentCircuitBreaker"]
    assert (breaker["status"], breaker["threshold"]) == ("TRIGGERED", 3)
    assert breaker["failureCount"] >= 3
    assert shown["rollback"]["serviceRevisionArn"] == first["targetServiceRevisionArn"]
    services.delete(name)


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(services: Services, until: Any) -> None:
    name = services.create(services.definition("crash"), count=1, breaker=BREAKER)
    until(lambda: services.state(name) == "FAILED", seconds=30)
    (deployment,) = services.look(name)["deployments"]
    assert deployment["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert deployment["failedTasks"] == 3
    until(lambda: services.tasks(name) == [])
    services.delete(name)


def test_an_alarm_fails_a_deployment(services: Services, until: Any) -> None:
    cloudwatch = services.aws.client("cloudwatch")
    alarm = f"{services.name}-alarm"
    cloudwatch.put_metric_alarm(
        AlarmName=alarm, Namespace="test", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
    )  # fmt: skip
    settings = {"alarms": {"alarmNames": [alarm], "enable": True, "rollback": True}}
    name = services.create(services.definition(), count=1, deploymentConfiguration=settings)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    good = services.look(name)["taskDefinition"]
    services.update(name, taskDefinition=services.definition("other"))
    until(lambda: len(services.tasks(name)) == 2 or len(services.look(name)["deployments"]) > 1)
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    until(lambda: any("deployment failed: alarm detected." in text for text in services.messages(name)), seconds=20)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    assert services.look(name)["taskDefinition"] == good
    services.delete(name)


def test_what_triggers_a_deployment_and_what_does_not(services: Services, until: Any) -> None:
    name = services.create(services.definition(), services.group(), count=0)
    until(lambda: services.state(name) == "COMPLETED")
    (first,) = services.look(name)["deployments"]
    changes = {
        "healthCheckGracePeriodSeconds": 9,
        "propagateTags": "SERVICE",
        "availabilityZoneRebalancing": "DISABLED",
    }
    updated = services.update(name, **changes)
    assert {key: updated[key] for key in changes} == changes
    assert [item["id"] for item in services.look(name)["deployments"]] == [first["id"]]
    services.update(name, networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-2"]}})
    assert services.look(name)["deployments"][0]["id"] != first["id"]
    services.delete(name)


def test_a_target_group_needs_a_load_balancer(services: Services) -> None:
    group = services.elb.create_target_group(
        Name=f"alone-{services.name[-8:]}", Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip"
    )
    with pytest.raises(services.ecs.exceptions.InvalidParameterException, match="does not have an associated load bal"):
        services.create(services.definition(), group["TargetGroups"][0]["TargetGroupArn"])


def test_what_an_update_names_is_judged(services: Services, until: Any) -> None:
    group, refused = services.group(), services.ecs.exceptions.InvalidParameterException
    wrong = [{"targetGroupArn": group, "containerName": "web", "containerPort": CONTAINER_PORT + 1}]
    with pytest.raises(refused, match="The container web did not have a container port 8081 defined"):
        services.create(services.definition(), loadBalancers=wrong)
    name = services.create(services.definition(), group, count=0)
    with pytest.raises(refused, match="did not have a container port"):
        services.update(name, loadBalancers=wrong)
    with pytest.raises(refused, match="minimumHealthyPercent must be at most 100"):
        services.update(name, deploymentConfiguration={"minimumHealthyPercent": 150})
    services.elb.delete_load_balancer(LoadBalancerArn=services.balancer_of(group))
    assert services.update(name, desiredCount=0)["desiredCount"] == 0
    until(lambda: services.state(name) == "COMPLETED")
    services.delete(name)


def test_services_of_one_group_at_one_address_leave_each_other_alone(services: Services, until: Any) -> None:
    group = services.group()
    names = [services.create(services.definition(family=family), group, count=1) for family in ("web", "also")]
    until(lambda: len(services.ports(group)) == len(names), seconds=30)
    services.delete(names[0])
    until(lambda: services.look(names[0])["status"] == "INACTIVE", seconds=30)
    (left,) = services.ports(group)
    assert services.tasks(names[1])
    assert services.ask(group)[0] == 200, left
    services.delete(names[1])


def test_percentages_that_leave_no_room_are_told(services: Services, until: Any) -> None:
    settings = {"minimumHealthyPercent": 100, "maximumPercent": 150}
    name = services.create(services.definition(), count=1, deploymentConfiguration=settings)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    services.update(name, taskDefinition=services.definition("other"))
    until(lambda: "was unable to stop or start tasks during a deployment" in services.messages(name)[-1])
    services.update(name, deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100})
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    assert services.look(name)["runningCount"] == 1
    services.delete(name)
