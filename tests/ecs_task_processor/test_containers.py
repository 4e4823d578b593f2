"""What the containers have that a program finds: writable memory, a home, an init process."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, NewVpc, Sidecar
from naws.testing import synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")


def built(then: Callable[[EcsTaskProcessor], object] | None = None, **given: Any) -> list[dict[str, Any]]:
    """The container definitions of a processor's template."""

    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Reports")
        if "secrets" in given:
            secret = secretsmanager.Secret.from_secret_name_v2(stack, "Home", "home")
            given["secrets"] = dict.fromkeys(given["secrets"], ecs.Secret.from_secrets_manager(secret))
        made = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc(), **given))
        if then:
            then(made)
        return stack

    found = synth_template(build)["Resources"].values()
    (task,) = [each["Properties"] for each in found if each["Type"] == "AWS::ECS::TaskDefinition"]
    return task["ContainerDefinitions"]


def tmp(mib: int) -> dict[str, Any]:
    return {"ContainerPath": "/tmp", "Size": mib, "MountOptions": ["mode=1777"]}


def home(container: dict[str, Any]) -> str | None:
    return next((each["Value"] for each in container.get("Environment", []) if each["Name"] == "HOME"), None)


def test_every_container_has_an_init_process_open_memory_and_a_home_in_it() -> None:
    main, small, none, large = built(
        sidecars=[
            Sidecar(name="small", image=IMAGE),
            Sidecar(name="none", image=IMAGE, scratch_mib=0),
            Sidecar(name="large", image=IMAGE, scratch_mib=128),
        ]
    )
    parameters = [each["LinuxParameters"] for each in (main, small, none, large)]
    assert [each["InitProcessEnabled"] for each in parameters] == [True] * 4
    assert [each.get("Tmpfs") for each in parameters] == [[tmp(256)], [tmp(64)], None, [tmp(128)]]
    assert [home(each) for each in (main, small, none, large)] == ["/tmp", "/tmp", None, "/tmp"]


def test_a_home_that_is_given_stays() -> None:
    sidecar = Sidecar(name="agent", image=IMAGE, environment={"HOME": "/srv"})
    main, agent = built(environment={"HOME": "/home/app"}, sidecars=[sidecar])
    assert (home(main), home(agent)) == ("/home/app", "/srv")
    (main,) = built(lambda made: made.add_environment("HOME", "/late"))
    assert home(main) == "/late"


def test_a_home_that_ecs_fills_in_is_no_plain_one_too() -> None:
    (main,) = built(secrets=["HOME"])
    assert home(main) is None
    assert [each["Name"] for each in main["Secrets"]] == ["HOME"]


def test_what_is_mounted_by_ordinary_cdk_code_stays_as_it_is() -> None:
    more = ecs.Tmpfs(container_path="/cache", size=32)

    def mount(made: EcsTaskProcessor) -> None:
        parameters = made.container.linux_parameters
        assert parameters is not None
        parameters.add_tmpfs(more)

    (main,) = built(mount)
    assert main["LinuxParameters"]["Tmpfs"] == [tmp(256), {"ContainerPath": "/cache", "Size": 32}]


@pytest.mark.parametrize("name", ["TaskRole", "ExecutionRole", "Resource", "Linux", "mainLinux", "agentContainer"])
def test_a_sidecar_may_be_named_like_anything_in_the_task_definition(name: str) -> None:
    sidecars = [Sidecar(name=name, image=IMAGE), Sidecar(name="agent", image=IMAGE)]
    assert [each["Name"] for each in built(sidecars=sidecars)] == ["main", name, "agent"]
