"""What others hear of ECS services: rules of EventBridge, CloudWatch, and whoever asks why one failed."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from naws.cli import session
from naws.cli.deploy import Deployer
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import Engine
from naws.cli.errors import CliError
from naws.cli.progress import Progress
from naws.cli.synth import App
from tests.cli.embedded.ecs_services import Services

pytestmark = pytest.mark.e2e


def test_rules_hear_of_tasks_and_deployments(services: Services, until: Any) -> None:
    events, sqs = services.aws.client("events"), services.aws.client("sqs")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = sqs.create_queue(QueueName=services.name, Attributes={"Policy": policy})["QueueUrl"]
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change", "ECS Deployment State Change"]}
    events.put_rule(Name=services.name, EventPattern=json.dumps(pattern))
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule=services.name, Targets=[{"Id": "1", "Arn": arn}])
    name = services.create(services.definition(), count=1)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    heard: list[Any] = []

    def all_heard() -> bool:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        heard.extend(json.loads(message["Body"]) for message in got)
        return {"IN_PROGRESS", "COMPLETED"} <= {name.partition("DEPLOYMENT_")[2] for name in names()}

    def names() -> list[str]:
        service = services.look(name)["serviceArn"]
        return [event["detail"]["eventName"] for event in heard if event["resources"] == [service]]

    until(all_heard)
    deployment = services.look(name)["deployments"][0]["id"]
    details = [event["detail"] for event in heard if "eventName" in event["detail"]]
    assert {detail["deploymentId"] for detail in details} >= {deployment}
    (task,) = services.tasks(name)
    states = [event["detail"]["lastStatus"] for event in heard if event["resources"] == [task["taskArn"]]]
    assert {"PENDING", "RUNNING"} <= set(states)
    events.remove_targets(Rule=services.name, Ids=["1"])
    events.delete_rule(Name=services.name)
    services.delete(name)


def test_processor_memory_and_counts_are_metrics(services: Services, until: Any) -> None:
    name = services.create(services.definition(), count=2)
    cloudwatch, cluster = services.aws.client("cloudwatch"), services.name
    dimensions = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": name}]

    def last(space: str, metric: str) -> Any:
        now = time.time()
        points = cloudwatch.get_metric_statistics(
            Namespace=space,
            MetricName=metric,
            Dimensions=dimensions,
            StartTime=datetime.fromtimestamp(now - 300, UTC),
            EndTime=datetime.fromtimestamp(now + 60, UTC),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max((point["Maximum"] for point in points), default=None)

    until(lambda: last("AWS/ECS", "CPUUtilization") is not None, seconds=30)
    assert 0 < last("AWS/ECS", "MemoryUtilization") < 100
    until(lambda: last("ECS/ContainerInsights", "RunningTaskCount") == 2, seconds=20)
    services.delete(name)


def test_why_a_service_failed_is_known(services: Services, embedded: EmbeddedAws, until: Any) -> None:
    name = services.create(services.definition("crash"), count=1, breaker={"enable": True, "rollback": False})
    until(lambda: services.state(name) == "FAILED", seconds=30)
    services.delete(name)
    (failure,) = [each for each in embedded.service_failures() if each.service == name]
    assert failure.reason == "ECS deployment circuit breaker: tasks failed to start."
    assert failure.task_reason == "Essential container in task exited"
    assert failure.exit_code == 1
    assert failure.lines == ["starting crash", "cannot go on"]


def test_what_a_health_check_asked_and_found_is_known(services: Services, embedded: EmbeddedAws, until: Any) -> None:
    breaker = {"enable": True, "rollback": False}
    name = services.create(services.definition("sick"), services.group(), count=1, breaker=breaker)
    until(lambda: services.state(name) == "FAILED", seconds=60)
    services.delete(name)
    (failure,) = [each for each in embedded.service_failures() if each.service == name]
    assert failure.task_reason.startswith("Task failed ELB health checks in (target-group arn:")
    assert failure.task_reason.endswith("): GET /health: Health checks failed with these codes: [500]")
    assert failure.exit_code is None
    happened = [each for each in embedded.service_events() if each.service == name]
    assert [each.what for each in happened][-2:] == ["unhealthy", "deployment"]
    assert happened[0].reason == "GET /health: Health checks failed with these codes: [500]"
    assert happened[-1].reason == "ECS deployment circuit breaker: tasks failed to start."


def test_a_program_that_does_not_listen_is_known(services: Services, embedded: EmbeddedAws, until: Any) -> None:
    name = services.create(services.definition("deaf"), services.group(), count=1)
    until(lambda: any(each.service == name for each in embedded.service_events()), seconds=30)
    services.delete(name)
    reason = next(each.reason for each in embedded.service_events() if each.service == name)
    begins, _, port = reason.partition("127.0.0.1:")
    assert begins == "GET /health: Health checks failed, nothing listens on "
    assert port.partition(":")[2] == " does the program read PORT?"


def test_what_ended_by_itself_is_known(services: Services, embedded: EmbeddedAws, until: Any) -> None:
    name = services.create(services.definition("crash"), count=1, breaker={"enable": True, "rollback": True})
    until(lambda: services.state(name) == "FAILED", seconds=30)
    # A task that ends while others are looked at counts at once, and is reported at the next look.
    happened = until(lambda: len(found := _of(embedded, name)) >= 4 and found)  # three and one
    services.delete(name)
    assert sorted(each.what for each in happened) == ["deployment"] + ["task ended"] * 3
    assert len({each.deployment for each in happened}) == 1
    ended = next(each for each in happened if each.what == "task ended")
    assert (ended.reason, ended.exit_code) == ("Essential container in task exited", 1)
    assert ended.lines == ["starting crash", "cannot go on"]


def _of(embedded: EmbeddedAws, name: str) -> list[Any]:
    return [each for each in embedded.service_events() if each.service == name]


def test_a_failed_deployment_of_an_app_says_what_the_task_wrote(
    services: Services, embedded: EmbeddedAws, until: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        name = services.create(services.definition("crash"), count=1, breaker={"enable": True, "rollback": False})
        until(lambda: services.state(name) == "FAILED", seconds=30)
        services.delete(name)
        raise CliError("Shop was not deployed.", "in AWS's words")

    nothing: Callable[..., list[Any]] = lambda *_: []  # noqa: E731
    monkeypatch.setattr(session, "synthesise", nothing)
    monkeypatch.setattr(Deployer, "deploy", fail)
    running = session.Session(embedded, services.aws, Engine("process", None, ""), tmp_path)
    with pytest.raises(CliError) as failure:
        running.deploy(App([], tmp_path, {}), Progress())
    first, reason, *lines = failure.value.detail.splitlines()
    assert first == "in AWS's words"
    assert reason.endswith(": Essential container in task exited, exit code 1")
    assert lines == ["  | starting crash", "  | cannot go on"]
