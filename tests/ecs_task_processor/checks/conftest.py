"""Props as source text, planned and judged without a scope."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

import naws.ecs_task_processor as public
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.homes import Home, home_of_stack
from naws.core.issues import Issue, PatternValidationError
from naws.core.network import NewVpc
from naws.core.pattern.ready_stack import check_arguments
from naws.core.validation import validate
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.checks_steps import STEP_CHECKS, Step
from naws.ecs_task_processor.plan import Plan, resolve
from naws.ecs_task_processor.props import EcsTaskProcessorProps
from naws.ecs_task_processor.stack import EcsTaskProcessorStack

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
_MODULES = {
    "cdk": cdk, "ec2": ec2, "ecr": ecr, "ecr_assets": ecr_assets, "ecs": ecs, "events": events, "iam": iam,
    "kms": kms, "logs": logs, "s3": s3,
    "sns": sns, "sqs": sqs, "ssm": ssm, "lambda_": lambda_, "secretsmanager": secretsmanager, "datetime": datetime,
    "UTC": UTC, "Construct": Construct, "sfn": sfn,
}  # fmt: skip

Judge = Callable[..., list[Issue]]


@pytest.fixture(scope="session")
def image() -> ecs.ContainerImage:
    return ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")


@pytest.fixture(scope="session")
def plan(image: ecs.ContainerImage) -> Callable[..., Plan]:
    def plan(
        *,
        conventions: Conventions | None = None,
        env: object = None,
        now: datetime | None = NOW,
        created: NewVpc | None = None,
        construct_id: str = "Nightly",
        **said: Any,
    ) -> Plan:
        if "vpc" not in said and (conventions is None or conventions.vpc is None):
            created = created or NewVpc()  # no advice on the network, unless it is asked for by `vpc=None`
        context = PatternContext(
            path="Reports/Nightly",
            construct_id=construct_id,
            conventions=conventions or Conventions(),
            network=created,
            now=now,
            beside_shared=True,
            home=_home(env),
        )
        return resolve(EcsTaskProcessorProps(**{"image": image, **said}), context)

    return plan


@pytest.fixture(scope="session")
def issues(plan: Callable[..., Plan]) -> Judge:
    """Everything that is found: what is refused and, without refusals, the advice."""

    def issues(**said: Any) -> list[Issue]:
        acknowledge: Mapping[str, str] = said.get("acknowledge", {})
        try:
            if "processors" in said:
                check_arguments(EcsTaskProcessorStack.kind, "Reports", said["processors"], None)
                return []
            if "run_id" in said:
                step = Step(payload=None, run_id=said["run_id"], caller=Home(), here=Home())
                return list(validate("Reports/Nightly", step, STEP_CHECKS, acknowledge).advice)
            return list(validate("Reports/Nightly", plan(**said), CHECKS, acknowledge).advice)
        except PatternValidationError as error:
            return list(error.issues)

    return issues


@pytest.fixture
def said(image: ecs.ContainerImage) -> Callable[..., dict[str, Any]]:
    """Keyword arguments from their source text, as a user writes them."""
    names = {name: getattr(public, name) for name in public.__all__}

    def said(text: str, stack: cdk.Stack | None = None) -> dict[str, Any]:
        stack = stack or cdk.Stack()
        secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "reports")
        scope = {**_MODULES, **names, "stack": stack, "self": stack, "image": image, "secret": secret, "said": dict}
        return eval(f"said({text})", scope)

    return said


def _home(env: object) -> Home:
    """A `cdk.Environment`, or "given" for any account and region."""
    if env == "given":
        return Home(account="123456789012", region="eu-central-1")
    return home_of_stack(*(getattr(env, "_values", {}).get(name) for name in ("account", "region")))
