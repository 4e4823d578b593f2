"""Props as source text, planned and judged without a scope."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import aws_ecs as ecs
from processor_judge import JUDGE

from naws.core.issues import Issue
from naws.ecs_task_processor.plan import Plan


@pytest.fixture(scope="session")
def image() -> ecs.ContainerImage:
    return ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")


@pytest.fixture(scope="session")
def plan() -> Callable[..., Plan]:
    return JUDGE.plan


@pytest.fixture(scope="session")
def issues() -> Callable[..., list[Issue]]:
    return JUDGE.issues


@pytest.fixture
def arguments_of() -> Callable[..., dict[str, Any]]:
    """Keyword arguments from their source text, as a user writes them."""
    return JUDGE.given
