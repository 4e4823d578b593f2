"""What the dashboard of a stack has of a service."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.core.build.dashboards import MOST_WIDGETS
from naws.ecs_service import (
    Deployment,
    EcsService,
    EcsServiceProps,
    EcsServiceStack,
    HealthCheck,
    NewVpc,
    NoAlarms,
    NoLoadBalancer,
    Route,
    Scaling,
)
from naws.testing import cdk_app, synth_template
from naws.testing.calls import calls_of
from tests.conformance.dashboards import bodies, faults, lines_of, metrics_of, shown

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
NOBODY = {
    "load_balancer": NoLoadBalancer(reason="it asks a partner for work"),
    "health_check": HealthCheck(command=["CMD", "/health"]),
}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Shop")


def body_of(stack: cdk.Stack, **given: Any) -> dict[str, Any]:
    EcsService(stack, "Orders", EcsServiceProps(image=IMAGE, **{"vpc": NewVpc(), "dashboard": True, **given}))
    (body,) = bodies(synth_template(stack)).values()
    assert faults(body) == []
    assert len(body["widgets"]) <= MOST_WIDGETS + 1
    return body


def test_requests_and_tasks_stand_against_what_was_given(stack: cdk.Stack) -> None:
    scaling = Scaling(min_capacity=3, max_capacity=30, target_cpu_percent=50, target_memory_percent=70)
    graphs = shown(body_of(stack, scaling=scaling, request_timeout=cdk.Duration.seconds(20)), "metric")
    assert {title: lines_of(graph) for title, graph in graphs.items()} == {
        "Requests": {},
        "Duration of requests, s": {"request_timeout": 20, "alarm": 10},
        "Tasks that answer": {"max_capacity": 30, "alarm below": 3},
        "CPU of tasks, %": {"target of scaling": 50},
        "Memory of tasks, %": {"target of scaling": 70},
        "Running tasks": {"max_capacity": 30, "min_capacity": 3},
    }


def test_a_gradual_deployment_has_the_requests_to_both_versions(stack: cdk.Stack) -> None:
    graphs = shown(body_of(stack, deployment=Deployment.blue_green()), "metric")
    labels = [each[-1]["label"] for each in graphs["Duration of requests, s"]["metrics"]]
    assert labels == ["p50", "p50 of the other version", "p99", "p99 of the other version"]
    answers = [each[0] for each in graphs["Requests"]["metrics"] if isinstance(each[0], dict)]
    assert [each["label"] for each in answers] == ["requests", "4xx", "5xx", "no connection"]


def test_without_a_load_balancer_there_are_no_requests(stack: cdk.Stack) -> None:
    assert list(shown(body_of(stack, **NOBODY), "metric")) == ["CPU of tasks, %", "Memory of tasks, %", "Running tasks"]


def test_without_alarms_it_shows_none(stack: cdk.Stack) -> None:
    body = body_of(stack, alarms=NoAlarms(reason="it is tried out"))
    assert shown(body, "alarm") == {}
    assert not any("alarm" in label for graph in shown(body, "metric").values() for label in lines_of(graph))


@pytest.mark.parametrize("on", [True, False])
def test_tasks_are_counted_where_the_cluster_has_container_insights(stack: cdk.Stack, on: bool) -> None:  # noqa: FBT001
    vpc = ec2.Vpc(stack, "Net")
    more = {"container_insights_v2": ecs.ContainerInsights.ENABLED} if on else {}
    body = body_of(stack, vpc=None, cluster=ecs.Cluster(stack, "Own", vpc=vpc, **more))
    assert ("Running tasks" in shown(body, "metric")) == on
    texts = [each["properties"]["markdown"] for each in body["widgets"] if each["type"] == "text"]
    assert any("switches no Container Insights on" in each for each in texts) == (not on)


def test_of_an_imported_cluster_nobody_knows(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Net")
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Theirs", cluster_name="shop", vpc=vpc)
    assert "Running tasks (if the cluster has Container Insights)" in shown(
        body_of(stack, vpc=None, cluster=cluster), "metric"
    )


def test_a_ready_stack_has_one_for_all_who_want_it() -> None:
    prices = EcsServiceProps(image=IMAGE, vpc=NewVpc(), dashboard=True, route=Route(paths=["/prices/*"]))
    worker = EcsServiceProps(image=IMAGE, dashboard=True, **NOBODY)
    hidden = EcsServiceProps(image=IMAGE, route=Route(paths=["/hidden/*"]))
    services = {"Prices": prices, "Worker": worker, "Hidden": hidden}
    stack = EcsServiceStack(cdk_app(), "Shop", services=services)
    (body,) = bodies(synth_template(stack)).values()
    titles = [each["properties"]["markdown"] for each in body["widgets"] if each["type"] == "text"][1:]
    assert titles == ["### Prices · ecs-service", "### Worker · ecs-service"]


def test_one_more_that_is_shown_costs_no_call_into_node(stack: cdk.Stack) -> None:
    def calls(name: str, *, dashboard: bool) -> int:
        given = {"vpc": NewVpc(), "route": Route(paths=[f"/{name}/*"]), "dashboard": dashboard}
        return calls_of(EcsService, stack, name, EcsServiceProps(image=IMAGE, **given))

    calls("First", dashboard=False)
    hidden, first, further = (
        calls("Hidden", dashboard=False),
        calls("Shown", dashboard=True),
        calls("Too", dashboard=True),
    )
    assert further == hidden
    assert first - hidden <= 20, "what a stack has once"


def test_every_metric_is_of_the_service_itself(stack: cdk.Stack) -> None:
    graphs = shown(body_of(stack), "metric").values()
    spaces = {space for graph in graphs for space, *_ in metrics_of(graph)}
    assert spaces == {"AWS/ApplicationELB", "AWS/ECS", "ECS/ContainerInsights"}
