"""What judges a processor's props, and what a step of another workflow is given."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_ecs as ecs

from naws.core.checks.steps import STEP_CHECKS, Step
from naws.core.homes import Home
from naws.core.issues import Issue, PatternValidationError
from naws.core.validation import validate
from naws.ecs_task_processor import PATTERN
from naws.testing.props_judge import PropsJudge
from naws.testing.rule_contract import public_names


class ProcessorJudge(PropsJudge):
    """One whose props need an image, unless they are `run_id`, which a step is given."""

    arguments = PropsJudge.arguments | {"run_id"}

    def __init__(self) -> None:
        image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")
        super().__init__(PATTERN, public_names(PATTERN), {"image": image})

    def issues(self, **given: Any) -> list[Issue]:
        if "run_id" not in given:
            return super().issues(**given)
        acknowledge: Mapping[str, str] = given.get("acknowledge", {})
        step = Step(payload=None, run_id=given["run_id"], caller=Home(), here=Home())
        try:
            return list(validate("Reports/Nightly", step, STEP_CHECKS, acknowledge).advice)
        except PatternValidationError as error:
            return list(error.issues)


JUDGE = ProcessorJudge()
