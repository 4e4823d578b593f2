"""What ordinary CDK code sets and no field has: hooks that pause, and tokens that the load balancer judges."""

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_

import naws.ecs_service as ours
from naws.ecs_service.checks_built_service import ServiceView
from naws.ecs_service.checks_hooks import few_hooks
from naws.ecs_service.checks_tokens import TOKEN_RULES, tokens_views
from naws.testing import cdk_app, synth_template
from tests.ecs_service.conftest import image

PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
WAITS = {"source": ["aws.ecs"], "detail-type": ["ECS Hook State Change"]}
HEARD = """\
NAWS-DEPLOY-017 (practice)  service.lifecycle_hooks = a pause at POST_SCALE_UP
    expected   a rule of EventBridge in this app for ECS Hook State Change with HOOK_AWAITING_ACTION
    fix        events.Rule(self, "Waits", event_pattern=events.EventPattern(source=["aws.ecs"], detail_type=["ECS Hook State Change"], detail={"eventName": ["HOOK_AWAITING_ACTION"]}), targets=[targets.SnsTopic(topic)])
"""  # noqa: E501  # whole
Beside = Callable[[cdk.Stack], object]


def pausing(beside: Beside | None, **given: Any) -> list[str]:
    """The errors of a service that pauses, in an app with something beside it."""
    app = cdk_app()
    stack = cdk.Stack(app, "Shop")
    props = ours.EcsServiceProps(image=image(), vpc=ours.NewVpc(), deployment=ours.Deployment.blue_green(), **given)
    made = ours.EcsService(stack, "Orders", props)
    hooks = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [PAUSE]}
    setattr(made.service.node.default_child, "deployment_configuration", hooks)  # noqa: B010  # the stub has no such attribute
    if beside is not None:
        beside(cdk.Stack(app, "Others"))
    try:
        synth_template(stack)
    except RuntimeError as error:
        return re.findall(r"NAWS-DEPLOY-017.*\n.*\n.*\n", str(error))
    return []


def rule(pattern: Any, **more: Any) -> Beside:
    return lambda stack: events.CfnRule(stack, "Rule", event_pattern=pattern, **more)


def test_a_deployment_that_waits_unheard_is_reported() -> None:
    assert [re.sub(r"\n +", "\n    ", text) for text in pausing(None)] == [HEARD]
    assert pausing(None, acknowledge={"NAWS-DEPLOY-017": "the account has a rule for all services"}) == []


@pytest.mark.parametrize(
    ("beside", "heard"),
    [
        (rule(WAITS), True),
        (rule(json.dumps(WAITS)), True),
        (rule({"source": ["aws.ecs"]}), True),
        (rule({**WAITS, "detail": {"eventName": ["HOOK_AWAITING_ACTION"], "clusterArn": ["arn"]}}), True),
        (rule({**WAITS, "detail": {"eventName": [{"prefix": "HOOK"}]}}), True),
        (lambda stack: events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["aws.ecs"])), True),
        (rule(WAITS, state="DISABLED"), False),
        (rule({**WAITS, "detail": {"eventName": ["HOOK_FAILED"]}}), False),
        (rule({"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}), False),
        (rule({"source": ["aws.s3"]}), False),
        (lambda stack: events.CfnRule(stack, "Rule", schedule_expression="rate(1 day)"), False),
    ],
)  # fmt: skip
def test_any_rule_of_the_app_may_hear_of_it(beside: Beside, heard: bool) -> None:  # noqa: FBT001  # a table's column
    assert (pausing(beside) == []) is heard


@pytest.mark.parametrize(("kind", "count", "words"), [("PAUSE", 11, "that pause"), (None, 12, "that call functions")])
def test_eleven_hooks_of_a_kind_are_too_many(kind: str | None, count: int, words: str) -> None:
    hook = {"lifecycleStages": ["POST_SCALE_UP"], **({} if kind is None else {"targetType": kind})}
    for number, found in ((count, [f"{count} hooks"]), (10, [])):
        configured = {"deploymentConfiguration": {"lifecycleHooks": [hook] * number}}
        view = ServiceView(properties=configured, desired=2, scales=True, request_timeout=30)
        assert [f"{count} hooks" for each in few_hooks.issues(view) if f"{count} {words}" in each.render()] == found


def test_hooks_that_are_added_to_the_service_of_cdk_are_judged() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    props = ours.EcsServiceProps(image=image(), vpc=ours.NewVpc(), deployment=ours.Deployment.blue_green())
    made = ours.EcsService(stack, "Orders", props)
    code, stages = lambda_.Code.from_inline("handler"), [ecs.DeploymentLifecycleStage.POST_SCALE_UP]
    smoke: Any = lambda_.Function(stack, "Smoke", runtime=lambda_.Runtime.PYTHON_3_14, handler="a.b", code=code)
    for number in range(11):
        hook = ecs.DeploymentLifecycleLambdaTarget(smoke, f"Hook{number}", lifecycle_stages=stages)
        made.service.add_lifecycle_hook(hook)
    with pytest.raises(RuntimeError, match=r"NAWS-DEPLOY-016 \(limit\).*= 11 that call functions"):
        synth_template(stack)


KEYS = {"issuer": "https://login.example.com", "jwksEndpoint": "https://login.example.com/keys.json"}
CLAIM = {"format": "single-string", "name": "aud", "values": ["shop"]}
SPACED = {"format": "space-separated-values", "name": "scope", "values": ["orders:read orders:write"]}


@pytest.mark.parametrize(
    ("config", "protocol", "found"),
    [
        ({}, "HTTPS", []),
        ({}, None, []),
        ({}, "HTTP", ["NAWS-LB-025 actions[0].jwt_validation_config"]),
        ({"jwksEndpoint": "http://login.example.com/keys.json"}, "HTTPS", ["NAWS-LB-025 …jwks_endpoint"]),
        ({"jwksEndpoint": "https://login.example.com"}, "HTTPS", ["NAWS-LB-025 …jwks_endpoint"]),
        ({"jwksEndpoint": f"https://login.example.com/{'k' * 256}"}, "HTTPS", ["NAWS-LB-025 …jwks_endpoint"]),
        ({"issuer": "i" * 257}, "HTTPS", ["NAWS-LB-025 …issuer"]),
        ({"issuer": {"Ref": "Issuer"}, "jwksEndpoint": {"Ref": "Keys"}}, "HTTPS", []),
        ({"additionalClaims": [CLAIM] * 10}, "HTTPS", []),
        ({"additionalClaims": [CLAIM] * 11}, "HTTPS", ["NAWS-LB-026 …additional_claims"]),
        ({"additionalClaims": [CLAIM, {**CLAIM, "name": "nbf"}]}, "HTTPS", ["NAWS-LB-026 …additional_claims[1].name"]),
        ({"additionalClaims": [{**CLAIM, "values": ["a"] * 11}]}, "HTTPS",
         ["NAWS-LB-026 …additional_claims[0].values"]),
        ({"additionalClaims": [{**CLAIM, "values": ["a" * 257]}]}, "HTTPS",
         ["NAWS-LB-026 …additional_claims[0].values[0]"]),
        ({"additionalClaims": [{**CLAIM, "values": ["a shop"]}]}, "HTTPS", []),
        ({"additionalClaims": [SPACED]}, "HTTPS", ["NAWS-LB-026 …additional_claims[0].values[0]"]),
        ({"additionalClaims": {"Ref": "Claims"}}, "HTTPS", []),
    ],
)  # fmt: skip
def test_settings_of_tokens_are_those_that_there_are(config: Any, protocol: str | None, found: list[str]) -> None:
    actions = [{"type": "jwt-validation", "jwtValidationConfig": {**KEYS, **config}}, {"type": "forward"}]
    (view,) = tokens_views("actions", actions, protocol)
    issues = [issue for each in TOKEN_RULES for issue in each.issues(view)]
    short = [f"{issue.code} {issue.path.replace('actions[0].jwt_validation_config.', '…')}" for issue in issues]
    assert short == found
