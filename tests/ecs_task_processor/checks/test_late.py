"""What only the built thing can show is told when the app is synthesised."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from naws.core.checks import Rule
from naws.core.rules.built import BUILT_RULES
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.testing import cdk_app

Said = Callable[..., dict[str, Any]]


@pytest.fixture
def told(tmp_path: Path, said: Said, image: ecs.ContainerImage) -> Callable[[str], str]:
    """Everything that synthesis says of a processor made from source text, errors and warnings."""

    def told(text: str) -> str:
        app = cdk_app(tmp_path)
        stack = cdk.Stack(app, "Reports", env=cdk.Environment(account="123456789012", region="eu-central-1"))
        given = said(text, stack=stack)
        then, _ = given.pop("then", None), given.pop("env", None)
        processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(**{"image": image, **given}))
        if then:
            then(processor)
        del processor
        gc.collect()
        try:
            app.synth()
        except RuntimeError as error:
            return str(error)
        return "".join(file.read_text() for file in tmp_path.glob("*.json") if "template" not in file.name)

    return told


@pytest.mark.parametrize("rule", BUILT_RULES, ids=lambda rule: rule.code)
def test_the_example_is_told(rule: Rule[Any], told: Callable[[str], str]) -> None:
    assert rule.code in told(rule.example)


@pytest.mark.parametrize("rule", BUILT_RULES, ids=lambda rule: rule.code)
def test_the_fix_is_not_told(rule: Rule[Any], told: Callable[[str], str]) -> None:
    assert "NAWS-" not in told(rule.fix)


def test_a_late_error_reads_like_an_early_one(told: Callable[[str], str]) -> None:
    error = told('then=lambda made: made.task_definition.add_container("big", image=image, memory_limit_mib=4096)')

    assert "[Reports/Nightly]" in error
    assert 'NAWS-BUILT-001 (limit)  task_definition.container["big"].memory_limit_mib = 4096' in error
    assert "    fix        memory_limit_mib=1024  # of the container" in error


def test_a_late_practice_is_accepted_with_a_reason(told: Callable[[str], str]) -> None:
    rule = next(rule for rule in BUILT_RULES if rule.level == "practice")

    assert rule.code not in told(f'{rule.example}, acknowledge={{"{rule.code}": "a transit gateway leads out"}}')


def test_accepting_a_late_practice_that_does_not_occur_is_an_issue(told: Callable[[str], str]) -> None:
    assert "NAWS-ACK-003" in told('acknowledge={"NAWS-BUILT-006": "a transit gateway leads out"}')


def test_endpoints_make_isolated_subnets_usable(told: Callable[[str], str]) -> None:
    rule = next(rule for rule in BUILT_RULES if rule.code == "NAWS-BUILT-006")
    then = (
        'then=lambda made: [made.vpc.add_interface_endpoint(f"E{n}", service=s) for n, s in enumerate(['
        "ec2.InterfaceVpcEndpointAwsService.ECR, ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER, "
        "ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS])]"
    )

    assert rule.code not in told(f"{rule.example}, {then}")
