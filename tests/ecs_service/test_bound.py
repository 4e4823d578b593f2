"""Where a service is that another one is bound to: in its network, region, account and app."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.core import ServiceStage
from naws.core.stacks import kept
from naws.ecs_service import EcsService, EcsServiceProps, EcsServiceStack, NewVpc, PatternValidationError, Route
from naws.testing import cdk_app, synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
HERE = cdk.Environment(account="123456789012", region="eu-central-1")
FAR = cdk.Environment(account="123456789012", region="us-east-1")
THEIRS = cdk.Environment(account="210987654321", region="eu-central-1")


def props(path: str, **given: Any) -> EcsServiceProps:
    return EcsServiceProps(**{"image": IMAGE, "vpc": NewVpc(), "route": Route(paths=[f"/{path}/*"]), **given})


def bound(app: cdk.App, env: cdk.Environment, **given: Any) -> None:
    prices = EcsService(cdk.Stack(app, "A", env=HERE), "Prices", props("prices"))
    EcsService(cdk.Stack(app, "B", env=env), "Orders", props("orders", bindings=[prices], **given))


def ready(app: cdk.App) -> None:
    first = EcsServiceStack(app, "A", services={"Prices": EcsServiceProps(image=IMAGE)})
    EcsServiceStack(app, "B", services={"Orders": EcsServiceProps(image=IMAGE, bindings=[first.services["Prices"]])})


def of_another_app(app: cdk.App) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        cdk.Stack(app, "N"), "V", vpc_id="vpc-1", availability_zones=["a", "b"], private_subnet_ids=["s-1", "s-2"]
    )
    prices = EcsService(cdk.Stack(cdk_app(), "A", env=HERE), "Prices", props("prices"))
    EcsService(cdk.Stack(app, "B", env=HERE), "Orders", props("orders", bindings=[prices], vpc=vpc))


def of_another_stage(app: cdk.App) -> None:
    made = EcsService(cdk.Stack(cdk.Stage(app, "X", env=HERE), "A"), "Prices", props("prices"))
    EcsService(cdk.Stack(cdk.Stage(app, "Y", env=HERE), "B"), "Orders", props("orders", bindings=[made]))


def mutual(app: cdk.App) -> None:
    one, other = cdk.Stack(app, "A", env=HERE), cdk.Stack(app, "B", env=HERE)
    vpc = ec2.Vpc(cdk.Stack(app, "N", env=HERE), "V", max_azs=2)
    prices = EcsService(one, "Prices", props("prices", vpc=vpc))
    orders = EcsService(other, "Orders", props("orders", vpc=vpc, bindings=[prices]))
    prices.add_binding(orders)


REFUSED: Mapping[str, tuple[Callable[[cdk.App], object], str]] = {
    "another network": (lambda app: bound(app, HERE), "NAWS-DATA-035"),
    "another network, of two ready stacks": (ready, "NAWS-DATA-035"),
    "another region": (lambda app: bound(app, FAR), "NAWS-OWNER-001"),
    "another account": (lambda app: bound(app, THEIRS), "NAWS-OWNER-002"),
    "another app": (of_another_app, "NAWS-DATA-049"),
    "another stage": (of_another_stage, "NAWS-DATA-049"),
    "each other, in two stacks": (mutual, "NAWS-DATA-049"),
}


@pytest.mark.parametrize(("build", "code"), REFUSED.values(), ids=REFUSED)
def test_a_service_that_is_elsewhere_is_refused(build: Callable[[cdk.App], object], code: str) -> None:
    with pytest.raises(PatternValidationError) as refused:
        build(cdk_app())
    assert [each.code for each in refused.value.issues] == [code], "one that says what to do"
    if code != "NAWS-DATA-035":
        assert "HttpEndpoint.of_domain" in str(refused.value)


def test_two_stacks_of_one_network_are_bound() -> None:
    app = cdk_app()
    one, other = cdk.Stack(app, "A", env=HERE), cdk.Stack(app, "B", env=HERE)
    prices = EcsService(one, "Prices", props("prices"))
    EcsService(other, "Orders", props("orders", vpc=prices.vpc, bindings=[prices]))
    assert re.search("NawsLoadBalancer.*DNSName", str(synth_template(other)["Resources"]))


def test_the_stacks_of_a_stage_have_one_network() -> None:
    stage = ServiceStage(cdk_app(), "Prod", env=HERE)
    prices = EcsService(stage.stack("A"), "Prices", props("prices"))
    EcsService(stage.stack("B"), "Orders", props("orders", bindings=[prices]))


def test_two_services_of_one_stack_ask_each_other() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    prices = EcsService(stack, "Prices", props("prices"))
    orders = EcsService(stack, "Orders", props("orders", bindings=[prices]))
    prices.add_binding(orders)
    assert synth_template(stack)["Resources"]


def test_a_stack_whose_stage_is_known_otherwise_is_in_the_same_one() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    kept(stack, "stage", lambda: cdk.Stage.of(stack))  # as of the payload bucket under a key
    prices = EcsService(stack, "Prices", props("prices"))
    EcsService(stack, "Orders", props("orders", bindings=[prices]))
