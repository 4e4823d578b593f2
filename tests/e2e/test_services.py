"""Services as their pattern makes them, on the embedded AWS: no request is lost, whatever is done to their tasks."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aws_cdk as cdk
import docker
import pytest
from aws_cdk import aws_ecs as ecs

from naws.cli.assembly import read_stacks
from naws.cli.aws import Aws
from naws.cli.deploy import Deployer
from naws.cli.destinations import Target
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommands, Engine, choose
from naws.cli.errors import CliError
from naws.cli.progress import Progress
from naws.ecs_service import (
    EcsServiceProps,
    EcsServiceStack,
    FixedCount,
    HealthCheck,
    NewVpc,
    NoAlarms,
    Route,
)
from naws.testing.synth import cdk_app

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
PROGRAM = HERE / "services" / "server.py"
IMAGE = ecs.ContainerImage.from_registry("docker.io/library/python:3.13-slim")
NAME = "services-of-the-pattern"
# The port of the container: a task here has one of its own.
SCRIPT = "from urllib.request import urlopen; urlopen('http://localhost:8080/ready')"
A_SECOND = 50
_PATIENCE = 120.0


def service(path: str, version: str = "1", how: str = "well") -> EcsServiceProps:
    return EcsServiceProps(
        image=IMAGE,
        vpc=NewVpc(),
        command=["python3", "-c", PROGRAM.read_text()],
        dev_command=[sys.executable, str(PROGRAM)],
        environment={"VERSION": version, "HOW": how},
        start_timeout=cdk.Duration.seconds(10 if how == "unready" else 15),
        health_check=HealthCheck(
            interval=cdk.Duration.seconds(5),
            timeout=cdk.Duration.seconds(3),
            unhealthy_threshold=2,
            command=["CMD", "python3", "-c", SCRIPT] if path == "orders" else None,
        ),
        scaling=FixedCount(2),
        route=Route(paths=[f"/{path}", f"/{path}/*"]),
        alarms=NoAlarms(reason="a test"),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request got; a status of 0 is none."""

    phase: str
    begun: float
    taken: float
    status: int
    version: str
    pid: int
    path: str


class Client:
    """Sends requests to the services all the time.

    Args:
        address: where the embedded AWS is.
        host: the load balancer's name.
    """

    def __init__(self, address: str, host: str) -> None:
        here = urlsplit(address)
        self._where, self._host = (here.hostname or "", here.port), host
        self._pool = ThreadPoolExecutor(64)
        self._asked: list[Future[Answer]] = []
        self._end = threading.Event()
        self.paths, self.phase = ["/orders", "/prices/1"], "begin"

    def ask(self, path: str, phase: str = "") -> Answer:
        """One request."""
        begun = time.monotonic()
        status, found = 0, {}
        try:
            with closing(HTTPConnection(*self._where, timeout=60)) as connection:
                connection.request("GET", path, headers={"Host": self._host})
                got = connection.getresponse()
                status, text = got.status, got.read()
                found: dict[str, Any] = json.loads(text) if status == 200 else {}
        except (OSError, HTTPException, ValueError):
            status = 0
        return Answer(
            phase=phase,
            begun=begun,
            taken=time.monotonic() - begun,
            status=status,
            version=found.get("version", ""),
            pid=found.get("pid", 0),
            path=path,
        )

    def later(self, path: str) -> Future[Answer]:
        """One request beside the others."""
        return self._pool.submit(self.ask, path, self.phase)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send so many requests a second."""
        thread = threading.Thread(target=self._send)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()
            self._pool.shutdown()

    def _send(self) -> None:
        begun = time.monotonic()
        for number in itertools.count():
            if self._end.wait(max(0.0, begun + number / A_SECOND - time.monotonic())):
                return
            paths = self.paths
            self._asked.append(self.later(paths[number % len(paths)]))

    @property
    def answers(self) -> list[Answer]:
        """All of them."""
        return [each.result() for each in self._asked]


class Stack:
    """The stack of both services, on an embedded AWS of its own."""

    def __init__(self, embedded: EmbeddedAws, engine: Engine, folder: Path) -> None:
        self.aws = Aws(embedded.endpoint_url, Target(embedded.account_id, embedded.region))
        self._engine, self._folder, self._numbers = engine, folder, itertools.count()
        self._commands = DevCommands(Path(embedded.log_file).parent)
        self.ecs = self.aws.client("ecs")

    def put(self, *, more: str = "", **services: EcsServiceProps) -> None:
        """Deploy these services; with `more` Orders has another route."""
        folder = self._folder / str(next(self._numbers))
        app = cdk_app(folder)
        made = EcsServiceStack(app, "Services", stack_name=NAME, services=services)
        if more:
            made.services["Orders"].add_route(Route(paths=[f"/{more}", f"/{more}/*"]))
        app.synth()
        Deployer(self.aws, self._engine, self._commands, folder, Progress()).deploy(read_stacks(folder))

    def kill(self, client: "Client") -> None:
        """End one task of Orders, as if its machine had gone."""
        if self._engine.kind == "process":
            os.kill(client.ask("/orders").pid, signal.SIGKILL)
            return
        service = self.physical("Orders", "AWS::ECS::Service").rpartition("/")[2]
        task, *_ = self.ecs.list_tasks(cluster=self._cluster, serviceName=service)["taskArns"]
        with closing(docker.from_env()) as engine:
            (container,) = engine.containers.list(filters={"label": f"com.amazonaws.ecs.task-arn={task}"})
            container.remove(force=True)

    @property
    def host(self) -> str:
        outputs = self.aws.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["Outputs"]
        return next(urlsplit(each["OutputValue"]).hostname for each in outputs if each["OutputKey"] == "OrdersUrl")

    @property
    def status(self) -> str:
        return self.aws.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"]

    def physical(self, beginning: str, kind: str) -> str:
        every = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=NAME)
        (found,) = [
            each["PhysicalResourceId"]
            for page in every
            for each in page["StackResourceSummaries"]
            if each["LogicalResourceId"].startswith(beginning) and each["ResourceType"] == kind
        ]
        return found

    def scale(self, count: int) -> None:
        """Have so many tasks of Orders, and wait for them."""
        arn = self.physical("Orders", "AWS::ECS::Service")
        self.ecs.update_service(cluster=self._cluster, service=arn, desiredCount=count)
        self.settled(count)

    def settled(self, count: int) -> None:
        """Wait until so many tasks of Orders run, and the load balancer knows just them."""
        arn, elb = self.physical("Orders", "AWS::ECS::Service"), self.aws.client("elbv2")
        group = self.physical("OrdersTargets", "AWS::ElasticLoadBalancingV2::TargetGroup")
        end = time.monotonic() + _PATIENCE
        while True:
            found = self.ecs.describe_services(cluster=self._cluster, services=[arn])["services"][0]
            targets = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
            states = [each["TargetHealth"]["State"] for each in targets]
            if found["runningCount"] == count and states == ["healthy"] * count:
                return
            assert time.monotonic() < end, (found["runningCount"], states, found["events"][:3])
            time.sleep(0.2)

    def failed_checks(self, least: int) -> None:
        """Wait until so many tasks of Orders were stopped because of the check in their container."""
        service, end = self.physical("Orders", "AWS::ECS::Service").rpartition("/")[2], time.monotonic() + _PATIENCE
        while True:
            arns = self.ecs.list_tasks(cluster=self._cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
            tasks = self.ecs.describe_tasks(cluster=self._cluster, tasks=arns)["tasks"] if arns else []
            reasons = [task["stoppedReason"] for task in tasks]
            if reasons.count("Task failed container health checks") >= least:
                return
            assert time.monotonic() < end, reasons
            time.sleep(0.2)

    @property
    def _cluster(self) -> str:
        return self.physical("NawsCluster", "AWS::ECS::Cluster")


@pytest.fixture(params=["process", pytest.param("container", marks=pytest.mark.container)])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    if request.param == "container":
        subprocess.run([sys.executable, str(HERE / "base_image.py")], check=True, capture_output=True)
    engine = choose(request.param)
    with EmbeddedAws.start(tmp_path / "state", engine=engine.kind) as embedded:
        made = Stack(embedded, engine, tmp_path)
        yield made
        cloudformation = made.aws.client("cloudformation")
        cloudformation.delete_stack(StackName=NAME)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})


def test_no_request_is_lost(stack: Stack, record_property: Callable[[str, object], None]) -> None:
    one, prices = service("orders"), service("prices")
    stack.put(more="baskets", Orders=one, Prices=prices)
    client = Client(stack.aws.endpoint_url, stack.host)
    with client.sending():
        client.phase = "deploy a new version"
        slow = client.later("/orders?seconds=11")
        stack.put(more="baskets", Orders=service("orders", "2"), Prices=prices)
        stack.settled(2)
        client.phase = "scale out"
        stack.scale(4)
        client.phase = "scale in"
        stack.scale(2)
        client.phase = "kill a task"
        killed = time.monotonic()
        stack.kill(client)
        time.sleep(2)
        stack.settled(2)
        client.phase = "a check in the container fails"
        client.ask("/orders?ill=1")
        stack.failed_checks(1)
        stack.settled(2)
        client.phase = "a version that is sick"
        with pytest.raises(CliError, match=r"was not deployed: UPDATE_ROLLBACK_COMPLETE"):
            stack.put(more="baskets", Orders=service("orders", "3", "sick"), Prices=prices)
        client.phase = "a version that is never ready"
        with pytest.raises(CliError, match=r"was not deployed: UPDATE_ROLLBACK_COMPLETE") as unready:
            stack.put(more="baskets", Orders=service("orders", "4", "unready"), Prices=prices)
        stack.failed_checks(1 + 3)
        client.paths = ["/orders"]  # those of a service that is renamed are answered with 503 until a task is healthy
        time.sleep(0.5)
        renamed = rename_and_add(stack, client)
        client.phase = "destroy the other services"
        stack.put(Orders=service("orders", "2"))
        client.phase = "end"
        time.sleep(0.5)
        gone = client.ask("/prices/1").status
    answers = client.answers
    wrong = [each for each in answers if each.status != 200]
    record_property("requests", table(answers, wrong))
    assert [each for each in wrong if each.phase != "kill a task"] == []
    assert [each for each in wrong if not killed - 1 < each.begun < killed + 3] == []
    assert slow.result().status == 200
    assert slow.result().version == "1"
    assert slow.result().taken >= 11
    assert versions(answers, "deploy a new version") == {"1", "2"}
    assert "ECS Deployment Circuit Breaker was triggered" in unready.value.detail
    assert versions(answers, "a check in the container fails") == {"2"}
    assert versions(answers, "a version that is sick") == versions(answers, "end") == {"2"}
    assert gone == 404
    assert renamed == {"/prices/1": (200, "of Quotes"), "/stock": (200, "of Stock"), "/baskets": (404, "")}


def rename_and_add(stack: Stack, client: Client) -> dict[str, tuple[int, str]]:
    """Give a service another name, and Orders one route less, and add a service, all at once: who answers then."""
    client.phase = "rename, remove a route, add a third"
    stack.put(Orders=service("orders", "2"), Quotes=service("prices", "of Quotes"), Stock=service("stock", "of Stock"))
    answers = [client.ask(path) for path in ("/prices/1", "/stock", "/baskets")]
    assert stack.status == "UPDATE_COMPLETE"
    return {each.path: (each.status, each.version) for each in answers}


def versions(answers: list[Answer], phase: str) -> set[str]:
    """Those that answered while something was done."""
    return {each.version for each in answers if each.phase == phase and each.path == "/orders"}


def table(answers: list[Answer], wrong: list[Answer]) -> str:
    """A line for each thing that was done."""
    lost = Counter(each.phase for each in wrong)
    lines = [f"{'':36}{'sent':>8}{'lost':>6}{'slowest':>10}"]
    for phase, every in itertools.groupby(answers, lambda each: each.phase):
        taken = [each.taken for each in every]
        lines.append(f"{phase:36}{len(taken):8}{lost[phase]:6}{max(taken):8.2f} s")
    return "\n".join(lines)


def test_a_service_that_never_becomes_healthy_fails_its_stack_with_what_it_printed() -> None:
    app = str(PROGRAM.with_name("crash"))
    command = [sys.executable, "-c", "from naws.cli.main import app; app()", "local", app]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    assert ended.returncode == 1
    said = ended.stdout + ended.stderr
    assert "Shop was not deployed: ROLLBACK_COMPLETE" in said
    assert "ECS Deployment Circuit Breaker was triggered" in said
    assert "cannot read the price list: no such file" in said
