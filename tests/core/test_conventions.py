"""Conventions: the nearest scope wins field by field, whatever the value; no convention changes a logical id."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from aws_cdk import aws_wafv2 as wafv2
from aws_cdk import cx_api
from constructs import Construct
from hypothesis import given, settings
from hypothesis import strategies as st

from naws.core import Conventions, PatternValidationError, ServiceStage, Unset
from naws.core.conventions import conventions_of
from naws.core.data import DataBucket
from naws.testing import synth_template

MERGED = ("tags", "required_tags")
TEXTS = st.sampled_from(["", "0", "False", "a", "reports"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("service", "stage", "owner", "name_prefix", "permissions_boundary", "guide_url"), TEXTS),
    "log_retention": st.sampled_from([logs.RetentionDays.ONE_DAY, logs.RetentionDays.INFINITE]),
    "removal_policy": st.sampled_from([cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN]),
    "tags": st.dictionaries(st.sampled_from("xyz"), TEXTS),
    "required_tags": st.lists(st.sampled_from("xyz")),
}
"""Of the fields whose values are no constructs."""
LAYERS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            name: (each if name in MERGED else st.none() | each) | st.just(Unset) for name, each in VALUES.items()
        },
    ),
    max_size=4,
)


def in_force(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """What each field comes to, by one field after the other."""
    found: dict[str, Any] = {}
    for name in VALUES:
        values = [layer[name] for layer in layers if layer.get(name) is not None]
        since = max((index for index, value in enumerate(values) if value is Unset), default=-1)
        found[name] = values[since + 1 :]
    return {name: merged(name, values) for name, values in found.items()}


def merged(name: str, values: list[Any]) -> Any:
    if name == "tags":
        return {key: value for each in values for key, value in each.items()}
    if name == "required_tags":
        return tuple(dict.fromkeys(key for each in values for key in each))
    return values[-1] if values else None


def innermost(layers: list[dict[str, Any]]) -> Construct:
    """The innermost of scopes of which each has the conventions of one layer."""
    scope: Construct = cdk.App()
    for layer in layers:
        scope = Construct(scope, "Inner")
        Conventions(**layer).apply(scope)
    return scope


def agree(layers: list[dict[str, Any]]) -> None:
    now = conventions_of(innermost(layers))
    assert {name: getattr(now, name) for name in VALUES} == in_force(layers)


@settings(max_examples=25, deadline=None)
@given(LAYERS)
def test_the_nearest_scope_wins_field_by_field(layers: list[dict[str, Any]]) -> None:
    agree(layers)


@pytest.mark.exhaustive
@settings(max_examples=500, deadline=None)
@given(LAYERS)
def test_the_nearest_scope_wins_in_many_more_cases(layers: list[dict[str, Any]]) -> None:
    agree(layers)


@pytest.mark.parametrize("empty", ["", "0"])
@pytest.mark.parametrize("name", ["service", "name_prefix", "permissions_boundary", "guide_url"])
def test_an_empty_value_is_a_value(name: str, empty: str) -> None:
    assert getattr(conventions_of(innermost([{name: "outer"}, {name: empty}])), name) == empty


def values_of(stack: cdk.Stack) -> Mapping[str, Any]:
    """A value of each field, of the type that the field names."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/50dc6c495c0c9188"
    balancer = elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(
        stack, "Balancer", load_balancer_arn=arn, security_group_id="sg-0123456789abcdef0"
    )
    certificate = acm.Certificate.from_certificate_arn(
        stack, "Certificate", "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    )
    allow = wafv2.CfnWebACL.DefaultActionProperty(allow=wafv2.CfnWebACL.AllowActionProperty())
    seen = wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name="all", sampled_requests_enabled=True
    )
    web_acl = wafv2.CfnWebACL(stack, "WebAcl", default_action=allow, scope="REGIONAL", visibility_config=seen)
    return {
        "service": "reports",
        "stage": "prod",
        "owner": "data",
        "name_prefix": "reports",
        "tags": {"cost-centre": "4711"},
        "required_tags": ["owner"],
        "alarm_topic": sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-west-1:123456789012:on-call"),
        "log_retention": logs.RetentionDays.ONE_YEAR,
        "encryption_key": kms.Key(stack, "Key"),
        "removal_policy": cdk.RemovalPolicy.DESTROY,
        "permissions_boundary": "Team",
        "load_balancer": balancer,
        "certificate": certificate,
        "edge_certificate": certificate,
        "web_acl": web_acl,
        "edge_web_acl": web_acl,
        "hosted_zone": route53.HostedZone.from_hosted_zone_attributes(
            stack, "Zone", hosted_zone_id="Z0123456789", zone_name="example.com"
        ),
        "guide_url": "https://guide.example.com",
    }


def test_every_field_takes_what_cdk_calls_it_and_nothing_else() -> None:
    stack = cdk.Stack()
    every = values_of(stack)
    assert {each.name for each in fields(Conventions)} == {*every, "vpc"}
    Conventions(**every).apply(stack)
    wrong = dict.fromkeys(every, stack)
    with pytest.raises(PatternValidationError) as refused:
        Conventions(**wrong).apply(stack)
    assert {issue.path for issue in refused.value.issues} == {f"Conventions.{name}" for name in every}


@pytest.mark.parametrize("name", [each.name for each in fields(Conventions) if each.name != "tags"])
def test_unset_switches_an_outer_convention_off(name: str) -> None:
    stack = cdk.Stack()
    Conventions(**({"vpc": None} | dict(values_of(stack)))).apply(stack)
    inner = Construct(stack, "Inner")
    Conventions(**{name: Unset}).apply(inner)
    nearest = conventions_of(inner)
    default = next(each for each in fields(Conventions) if each.name == name).default
    assert getattr(nearest, name) == default
    others = {each.name for each in fields(Conventions)} - {name}
    assert all(getattr(nearest, each) == getattr(conventions_of(stack), each) for each in others)


def test_unset_takes_the_tags_away_too_and_further_in_they_come_back() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    Conventions(service="sales", owner="data", tags={"cost-centre": "4711"}).apply(stack)
    inner = Construct(stack, "Inner")
    Conventions(owner=Unset, tags=Unset).apply(inner)
    innermost = Construct(inner, "Innermost")
    Conventions(owner="other").apply(innermost)
    for number, scope in enumerate((stack, inner, innermost)):
        sns.Topic(scope, f"Topic{number}")
    found = synth_template(stack)["Resources"]
    tags = [{each["Key"]: each["Value"] for each in part["Properties"]["Tags"]} for part in found.values()]
    assert sorted(tags, key=len) == [
        {"service": "sales"},
        {"service": "sales", "owner": "other"},
        {"service": "sales", "owner": "data", "cost-centre": "4711"},
    ]


def test_the_tags_are_those_of_resources_and_not_of_the_stack() -> None:
    """CloudFormation puts a stack's tags on all that it tags, on VPC origins, too, which refuse their change in use."""
    app = cdk.App()
    stack = cdk.Stack(app, "Reports")
    sns.Topic(stack, "Topic")
    for scope in (app, stack):
        Conventions(owner="data").apply(scope)
    made = app.synth().get_stack_by_name("Reports")
    assert (tags_of(made), made.tags) == ({"owner": "data"}, {})


AROUND = Conventions(service="sales", owner="data", tags={"cost-centre": "4711", "x": "outer"})
INNER = Conventions(owner=Unset, stage="prod", tags={"x": "inner"})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("own", [INNER, None], ids=["own", "none"])
@pytest.mark.parametrize("kind", [cdk.Stage, ServiceStage])
def test_tags_reach_what_is_in_a_stage(kind: type[cdk.Stage], own: Conventions | None, when: str) -> None:
    """CDK's own end at a stage."""
    app = cdk.App()
    if when == "before":
        AROUND.apply(app)
    stage = kind(cdk.Stage(app, "Outer"), "Production")
    if own is not None:
        own.apply(stage)
    stack = cdk.Stack(stage, "Reports")
    sns.Topic(stack, "Topic")
    DataBucket(stack, "Uploads")
    if when == "after":
        AROUND.apply(app)
    outer = app.synth().get_nested_assembly("assembly-Outer")
    made = outer.get_nested_assembly("assembly-Outer-Production").get_stack_by_name("Outer-Production-Reports")
    expected = {"service": "sales", "cost-centre": "4711"}
    expected |= {"stage": "prod", "x": "inner"} if own else {"owner": "data", "x": "outer"}
    assert (tags_of(made), made.tags) == (expected, {})


def tags_of(made: cx_api.CloudFormationStackArtifact) -> dict[str, str]:
    """Those of the topic in it."""
    (topic,) = [each for each in made.template["Resources"].values() if each["Type"] == "AWS::SNS::Topic"]
    return {each["Key"]: each["Value"] for each in topic["Properties"]["Tags"]}


def test_unset_is_said_by_name() -> None:
    assert repr(Conventions(owner=Unset)).count("owner=Unset") == 1
