"""A pattern's props as source text, planned and judged without a scope.

text --given--> keyword arguments --plan--> the pattern's plan --issues--> all that is found in it
"""

import ast
import builtins
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.homes import Home, home_of_stack
from naws.core.issues import Issue, PatternValidationError
from naws.core.network import NewVpc
from naws.core.pattern.info import PatternInfo
from naws.core.pattern.ready_stack import check_arguments
from naws.core.rule import Rule
from naws.core.rules.removal import STAGE_RULES, Disposable
from naws.core.validation import validate

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
"""The moment at which props are judged, unless another one is given."""
_NAMES = {
    "cdk": cdk, "ec2": ec2, "ecr": ecr, "ecr_assets": ecr_assets, "ecs": ecs, "events": events, "iam": iam,
    "efs": efs, "kms": kms, "logs": logs, "rds": rds, "s3": s3,
    "sns": sns, "sqs": sqs, "ssm": ssm, "lambda_": lambda_, "secretsmanager": secretsmanager, "datetime": datetime,
    "UTC": UTC, "Construct": Construct, "sfn": sfn, "acm": acm, "elbv2": elbv2, "route53": route53, "wafv2": wafv2,
}  # fmt: skip


class PropsJudge:
    """Finds the issues that one pattern's rules have with props.

    Args:
        pattern: the pattern.
        names: what its source texts may name beside its public names and the modules of the CDK.
        required: the props that every text has beside its own. Omitted: none.
    """

    arguments: ClassVar[frozenset[str]] = frozenset(
        {"conventions", "env", "now", "created", "construct_id", "patterns", "disposable", "personal_accounts"}
    )
    """The names that a text may give beside the props, as `plan` does; `patterns` is what the ready stack takes."""

    def __init__(
        self,
        pattern: PatternInfo,
        names: Mapping[str, Any],
        required: Mapping[str, Any] | None = None,
    ) -> None:
        self.pattern = pattern
        self._required = required or {}
        made = {"Pattern": pattern.construct, "Props": partial(pattern.props, **self._required)}
        self._scope = {**_NAMES, **made, **names, **self._required, **dict.fromkeys(("stack", "self", "secret"))}

    @property
    def planned(self) -> dict[str, Rule[Any]]:
        """By code the rules that a plan, a step or a ready stack is held to, and not only a synthesised template."""
        checked = {check.rule.code for check in self.pattern.construct.checks}
        at_synth = self.pattern.construct.synth_levels
        return {rule.code: rule for rule in self.pattern.rules if rule.code in checked or rule.code not in at_synth}

    def takes(self, text: str) -> bool:
        """Whether `text` gives only fields that the pattern's props have, and names only what there is."""
        call = ast.parse(f"given({text}\n)", mode="eval").body
        assert isinstance(call, ast.Call)  # noqa: S101 - tells the type checker what was parsed
        known = {field.name for field in fields(self.pattern.props)} | self.arguments
        nodes = [node for keyword in call.keywords for node in ast.walk(keyword.value)]
        bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
        bound |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        named = {node.id for node in nodes if isinstance(node, ast.Name)} - bound
        return {keyword.arg for keyword in call.keywords} <= known and all(
            name in self._scope or hasattr(builtins, name) for name in named
        )

    def given(self, text: str, stack: cdk.Stack | None = None) -> dict[str, Any]:
        """Keyword arguments from their source text, as a user writes them.

        Args:
            text: the arguments; `stack` and `self` in it are the stack, `secret` an imported one, `Pattern` and `Props`
                the pattern and its props, with those that are required.
            stack: Omitted: a new one.
        """
        tree = ast.parse(f"given({text}\n)", mode="eval")
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        own: dict[str, Any] = {"given": dict}
        # What no text names is not made: each construct takes calls into Node, and most texts need none.
        if named & {"stack", "self", "secret"}:
            stack = stack or cdk.Stack()
            own |= {"stack": stack, "self": stack}
        if stack and "secret" in named:
            own["secret"] = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "reports")
        return eval(compile(tree, "<text>", "eval"), {**self._scope, **own})  # noqa: S307 - the rules' own examples

    def plan(  # noqa: PLR0913  # what a text may give beside the props, each by its name
        self,
        *,
        conventions: Conventions | None = None,
        env: object = None,
        now: datetime | None = NOW,
        created: NewVpc | None = None,
        construct_id: str = "Nightly",
        disposable: bool | None = None,
        **given: Any,
    ) -> Any:
        """Return the pattern's plan for the given props.

        Args:
            conventions: those in force. Omitted: none are set.
            env: a `cdk.Environment`, or "given" for any account and region. Omitted: neither is known.
            now: the moment of synthesis; None: unknown.
            created: the stack's VPC. Omitted: one is there already, unless `vpc` is given.
            construct_id: the pattern's.
            disposable: whether its stage is. None: it is in no `ServiceStage`.
            given: the props.
        """
        if "vpc" not in given and (conventions is None or conventions.vpc is None):
            created = created or NewVpc()  # no advice on the network, unless it is asked for by `vpc=None`
        context = PatternContext(
            path="Reports/Nightly",
            construct_id=construct_id,
            conventions=conventions or Conventions(),
            network=created,
            now=now,
            beside_shared=True,
            home=_home(env),
            disposable=disposable,
        )
        return self.pattern.construct.resolve(self.pattern.props(**{**self._required, **given}), context)

    def issues(self, **given: Any) -> list[Issue]:
        """Everything that is found: what is refused and, without refusals, the advice.

        Args:
            given: the props, or as `patterns` what the ready stack takes.
        """
        try:
            return list(self._advice(given))
        except PatternValidationError as error:
            return list(error.issues)

    def _advice(self, given: dict[str, Any]) -> tuple[Issue, ...]:
        if self.pattern.stack is not None and "patterns" in given:
            check_arguments(self.pattern.stack.kind, "Reports", given["patterns"], None)
            return ()
        accounts = given.pop("personal_accounts", ())
        stage = Disposable(
            path="disposable",
            value=given.get("disposable"),
            account=_home(given.get("env")).account,
            personal_accounts=accounts,
        )
        if refused := [issue for rule in STAGE_RULES for issue in rule.issues(stage)]:
            raise PatternValidationError("Prod", refused)
        acknowledge: Mapping[str, str] = given.get("acknowledge", {})
        return validate("Reports/Nightly", self.plan(**given), self.pattern.construct.checks, acknowledge).advice


def _home(env: object) -> Home:
    if env == "given":
        return Home(account="123456789012", region="eu-central-1")
    return home_of_stack(*(getattr(env, "_values", {}).get(name) for name in ("account", "region")))
