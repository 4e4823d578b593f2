"""The port of a service beside those that the Dockerfile of its image exposes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_ecs as ecs

import naws.ecs_service as ours
from naws.ecs_service.checks_image import exposed_port
from naws.testing import cdk_app

WHOLE = """\
NAWS-SVC-021 (advice)  container_port = 8080
    expected   the port that the program listens on, which the Dockerfile exposes: 3000, 9000-9002
    fix        container_port=3000
    or         EXPOSE 8080 in the Dockerfile, when the program listens on the variable PORT
    source     https://docs.docker.com/reference/dockerfile/#expose
    more       naws explain NAWS-SVC-021"""
Make = Callable[[cdk.Stack], dict[str, Any]]


class Advice(Protocol):
    def __call__(self, dockerfile: str, make: Make | None = None, **given: Any) -> list[str]: ...


@pytest.fixture
def api(tmp_path: Path) -> str:
    """The folder of an image."""
    (tmp_path / "api").mkdir()
    return str(tmp_path / "api")


@pytest.fixture
def advice(tmp_path: Path, api: str) -> Advice:
    """What synthesis warns of, for a service whose image has this Dockerfile."""

    def advice(dockerfile: str, make: Make | None = None, **given: Any) -> list[str]:
        Path(api, "Dockerfile").write_text(f"FROM scratch\n{dockerfile}\n")
        app = cdk_app(tmp_path / "out")
        stack = cdk.Stack(app, "Shop")
        always: dict[str, Any] = {"image": ecs.ContainerImage.from_asset(api), "vpc": ours.NewVpc()}
        made = {} if make is None else make(stack)
        ours.EcsService(stack, "Orders", ours.EcsServiceProps(**(always | made | given)))
        app.synth()
        metadata = json.loads((tmp_path / "out/Shop.metadata.json").read_text())
        texts = [each["data"] for entries in metadata.values() for each in entries if each["type"] == "aws:cdk:warning"]
        return [text.partition(" [ack: ")[0] for text in texts]

    return advice


def test_another_port_is_reported_with_the_lines_that_mend_it(advice: Advice) -> None:
    assert advice("EXPOSE 3000\nEXPOSE 9000-9002/tcp 53/udp") == [WHOLE]


@pytest.mark.parametrize(
    ("dockerfile", "given"),
    [
        ("", {}),
        ("EXPOSE 8080", {}),
        ("EXPOSE 3000 8000-8100", {}),
        ("EXPOSE 3000", {"container_port": 3000}),
        ("EXPOSE 53/udp", {}),
        ("EXPOSE $PORT", {}),
        ("EXPOSE 3000", {"container_port": cdk.Token.as_number({"Ref": "AWS::NoValue"})}),
        ("EXPOSE 3000", {"load_balancer": ours.NoLoadBalancer(reason="it asks a partner for work"),
                         "health_check": ours.HealthCheck(command=["CMD", "/health"])}),
    ],
)  # fmt: skip
def test_a_port_that_is_exposed_or_not_known_is_accepted(advice: Advice, dockerfile: str, given: Any) -> None:
    assert advice(dockerfile, **given) == []


def test_a_port_of_roots_is_no_line_to_paste_for_others(advice: Advice) -> None:
    (text,) = advice("EXPOSE 80")
    assert re.findall(r" (?:fix|or) +(\S+)", text) == ["EXPOSE"]
    root: dict[str, Any] = {"user": "0:0", "acknowledge": {"NAWS-TASK-007": "it binds port 80"}}
    (text,) = advice("EXPOSE 80", **root)
    assert re.findall(r" (?:fix|or) +(\S+)", text) == ["container_port=80", "EXPOSE"]


def test_the_stage_the_file_and_the_arguments_of_the_build_count(advice: Advice, api: str) -> None:
    Path(api, "web.Dockerfile").write_text("ARG P=1\nFROM a AS web\nARG P\nEXPOSE $P\nFROM b\n")
    given: dict[str, Any] = {"file": "web.Dockerfile", "target": "web", "build_args": {"P": "3000"}}

    def own(stack: cdk.Stack) -> dict[str, Any]:
        image = assets.DockerImageAsset(stack, "Image", directory=api, **given)
        return {"image": ecs.ContainerImage.from_docker_image_asset(image)}

    (text,) = advice("", lambda _: {"image": ecs.ContainerImage.from_asset(api, **given)})
    assert "the Dockerfile exposes: 3000\n" in text
    assert advice("", own) == [text]
    assert advice("", own, container_port=3000) == []


def test_the_image_of_a_sidecar_is_not_asked(advice: Advice, api: str) -> None:
    main = ecs.ContainerImage.from_registry("public.ecr.aws/shop/orders:1.0")
    sidecar = ours.Sidecar(name="proxy", image=ecs.ContainerImage.from_asset(api))
    assert advice("EXPOSE 3000", lambda _: {"image": main, "sidecars": [sidecar]}) == []


@pytest.mark.parametrize("text", [exposed_port.example, exposed_port.fix])
def test_the_example_of_the_rule_is_advised_and_its_fix_is_not(advice: Advice, api: str, text: str) -> None:
    given = eval(f"dict({text})".replace('"api"', repr(api)), {"ecs": ecs})  # the rule's own
    assert bool(advice("EXPOSE 3000", lambda _: given)) is (text == exposed_port.example)
