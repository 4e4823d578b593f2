"""A service among others: who sends requests to whom, what is shared, what is added later."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match

from naws.ecs_service import (
    Alarms,
    Conventions,
    EcsService,
    EcsServiceProps,
    EcsServiceStack,
    LoadBalancer,
    NewVpc,
    NoLoadBalancer,
    PatternValidationError,
    Route,
)
from naws.testing import cdk_app, synth_template
from naws.testing.templates import of_type

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
BALANCER = "AWS::ElasticLoadBalancingV2"


def props(path: str = "", **given: Any) -> EcsServiceProps:
    route = {"route": Route(paths=[f"/{path}", f"/{path}/*"])} if path else {}
    return EcsServiceProps(**{"image": IMAGE, "vpc": NewVpc(), **route, **given})


def variables(template: dict[str, Any], beginning: str) -> dict[str, Any]:
    (task,) = [
        each["Properties"]
        for name, each in template["Resources"].items()
        if name.startswith(beginning) and each["Type"] == "AWS::ECS::TaskDefinition"
    ]
    return {each["Name"]: each["Value"] for each in task["ContainerDefinitions"][0]["Environment"]}


def test_a_service_finds_another_and_reaches_it() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    prices = EcsService(stack, "Prices", props("prices"))
    EcsService(stack, "Orders", props("orders", bindings=[prices]))
    template = synth_template(stack)
    assert "DNSName" in str(variables(template, "Orders")["PRICES_URL"])
    ways = of_type(template, "AWS::EC2::SecurityGroupEgress")
    assert [each["FromPort"] for each in ways if "Orders" in str(each["GroupId"])] == [80]
    entered = of_type(template, "AWS::EC2::SecurityGroupIngress")
    assert [each["FromPort"] for each in entered if "NawsLoadBalancer" in str(each["GroupId"])] == [80]


def test_the_longest_request_of_a_load_balancer_decides_how_long_all_keep_connections() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    EcsService(stack, "Orders", props("orders"))
    EcsService(stack, "Reports", props("reports", request_timeout=cdk.Duration.seconds(100)))
    template = synth_template(stack)
    (balancer,) = of_type(template, f"{BALANCER}::LoadBalancer")
    attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
    assert attributes["idle_timeout.timeout_seconds"] == "110"
    assert variables(template, "Orders")["NAWS_KEEP_ALIVE_SECONDS"] == "115"
    assert variables(template, "Reports")["NAWS_KEEP_ALIVE_SECONDS"] == "115"


def test_a_ready_stack_says_how_its_load_balancer_is() -> None:
    stack = EcsServiceStack(
        cdk_app(),
        "Shop",
        services={"Orders": props("orders"), "Prices": props("prices")},
        load_balancer=LoadBalancer(allowed_cidrs=["10.1.0.0/16"]),
    )
    template = synth_template(stack)
    assert len(of_type(template, f"{BALANCER}::LoadBalancer")) == 1
    (group,) = [each for each in of_type(template, "AWS::EC2::SecurityGroup") if "SecurityGroupIngress" in each]
    assert [each["CidrIp"] for each in group["SecurityGroupIngress"]] == ["10.1.0.0/16"]


def rule_of(stack: cdk.Stack) -> dict[str, Any]:
    (rule,) = of_type(synth_template(stack), "AWS::Events::Rule")
    (target,) = rule["Targets"]
    return target


def test_a_failed_deployment_reaches_the_topic_of_another_account_by_a_role() -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account="111111111111", region="eu-central-1"))
    arn = "arn:aws:sns:eu-central-1:222222222222:on-call"
    topic = sns.Topic.from_topic_arn(stack, "OnCall", arn)
    EcsService(stack, "Orders", props(alarms=Alarms(topic=topic)))
    target = rule_of(stack)
    assert target["Arn"] == arn
    role = synth_template(stack)["Resources"][target["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
    assert "events.amazonaws.com" in str(role["AssumeRolePolicyDocument"])
    publish, key = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert (publish["Action"], publish["Resource"]) == ("sns:Publish", arn)
    assert ":kms:eu-central-1:222222222222:key/*" in str(key["Resource"])
    assert "sns.eu-central-1." in str(key["Condition"]["StringLike"]["kms:ViaService"])


@pytest.mark.parametrize("account", ["111111111111", None])
def test_a_topic_of_the_same_account_or_of_one_that_is_not_known_needs_no_role(account: str | None) -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account=account, region="eu-central-1"))
    topic = sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-central-1:111111111111:on-call")
    EcsService(stack, "Orders", props(alarms=Alarms(topic=topic)))
    assert "RoleArn" not in rule_of(stack)


def test_a_topic_that_the_app_makes_in_another_account_lets_the_services_account_publish() -> None:
    app = cdk_app()
    theirs = cdk.Stack(app, "Central", env=cdk.Environment(account="222222222222", region="eu-central-1"))
    topic = sns.Topic(theirs, "OnCall", topic_name="on-call", master_key=kms.Key(theirs, "Key"))
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(account="111111111111", region="eu-central-1"))
    EcsService(stack, "Orders", props(alarms=Alarms(topic=topic)))
    assert "RoleArn" in rule_of(stack)
    (policy,) = of_type(synth_template(theirs), "AWS::SNS::TopicPolicy")
    statements = {each["Sid"]: str(each["Principal"]) for each in policy["PolicyDocument"]["Statement"]}
    assert "111111111111:root" in statements["EventsPublish"]
    (key,) = of_type(synth_template(theirs), "AWS::KMS::Key")
    assert "111111111111:root" in str(key["KeyPolicy"])


def test_the_owner_of_a_topic_is_asked_to_let_alarms_and_events_publish() -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account="111111111111", region="eu-central-1"))
    topic = sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:eu-central-1:222222222222:on-call")
    EcsService(stack, "Orders", props(alarms=Alarms(topic=topic)))
    advice = str([each.entry.data for each in Annotations.from_stack(stack).find_info("*", Match.any_value())])
    advice += str([each.entry.data for each in Annotations.from_stack(stack).find_warning("*", Match.any_value())])
    assert "cloudwatch.amazonaws.com" in advice
    assert "arn:aws:iam::111111111111:root" in advice


def test_what_is_wrong_with_the_stacks_load_balancer_is_said_once() -> None:
    with pytest.raises(PatternValidationError) as refused:
        EcsServiceStack(
            cdk_app(),
            "Shop",
            services={"Orders": props("orders"), "Prices": props("prices")},
            load_balancer=LoadBalancer(public=True),
        )
    assert [each.path for each in refused.value.issues] == ["EcsServiceStack.load_balancer.domain_name"]


@pytest.mark.parametrize(
    ("given", "path", "line"),
    [
        (NoLoadBalancer(reason="a queue"), "load_balancer", "omit load_balancer"),
        ("internal", "load_balancer", "load_balancer=LoadBalancer()  # internal"),
        (True, "load_balancer", "load_balancer=LoadBalancer()  # internal"),
        (LoadBalancer(public="yes"), "load_balancer.public", "public=True"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_a_ready_stack_takes_a_load_balancer_alone(given: Any, path: str, line: str) -> None:
    app = cdk_app()
    with pytest.raises(PatternValidationError) as refused:
        EcsServiceStack(
            app, "Shop", services={"Orders": props("orders"), "Prices": props("prices")}, load_balancer=given
        )
    assert [(each.code, each.path) for each in refused.value.issues] == [("NAWS-TYPE-001", path)]
    assert refused.value.issues[0].remedy.splitlines()[0] == line
    assert app.node.try_find_child("Shop") is None


def test_conventions_name_the_load_balancer_of_another_stack() -> None:
    app = cdk_app()
    platform, shop = cdk.Stack(app, "Platform"), cdk.Stack(app, "Shop")
    vpc = ec2.Vpc(platform, "Vpc")
    shared = elbv2.ApplicationLoadBalancer(platform, "Shared", vpc=vpc)
    nothing = elbv2.ListenerAction.fixed_response(404)
    http = elbv2.ApplicationProtocol.HTTP
    shared.add_listener("Http", port=8000, protocol=http, open=False, default_action=nothing)
    Conventions(load_balancer=shared, vpc=vpc).apply(app)
    orders = EcsService(shop, "Orders", EcsServiceProps(image=IMAGE, route=Route(paths=["/orders/*"])))
    template = synth_template(shop)
    assert of_type(template, f"{BALANCER}::LoadBalancer") == of_type(template, f"{BALANCER}::Listener") == []
    (rule,) = of_type(template, f"{BALANCER}::ListenerRule")
    assert "Platform" in str(rule["ListenerArn"])
    assert orders.url is not None
    assert orders.url.endswith(":8000")


def test_a_route_is_added_later() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    orders = EcsService(stack, "Orders", props("orders"))
    orders.add_route(Route(paths=["/baskets/*"]))
    with pytest.raises(PatternValidationError, match=r"NAWS-ROUTE-\d+ \(limit\)  route.paths"):
        orders.add_route(Route(paths=["baskets"]))
    template = synth_template(stack)
    rules = of_type(template, f"{BALANCER}::ListenerRule")
    assert sorted(each["Conditions"][0]["PathPatternConfig"]["Values"][-1] for each in rules) == [
        "/baskets/*",
        "/orders/*",
    ]
    (service,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::ECS::Service"]
    assert len([name for name in service["DependsOn"] if name.startswith("NawsRoute")]) == 2
