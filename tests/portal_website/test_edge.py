"""What AWS wants in us-east-1: in the stack itself, in two beside it, or, of a region that is unknown, nowhere."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from folders import PAGES, SHOP
from websites import HERE, NOWHERE, THERE, production_props

from naws.core import PatternValidationError, ServiceStage
from naws.core.context import PatternContext
from naws.core.homes import Home
from naws.lambda_service import HttpApi, LambdaService, LambdaServiceProps
from naws.portal_website import (
    Alarms,
    Conventions,
    HttpEndpoint,
    NoAlarms,
    PortalWebsite,
    PortalWebsiteProps,
    PortalWebsiteStack,
    SignIn,
)
from naws.testing import cdk_app, synth_template
from naws.testing.checkers import cfn_lint
from naws.testing.templates import of_type

QUIET = {"alarms": NoAlarms(reason="it is tried out"), "access_logs": False}


def templates(app: cdk.App) -> dict[str, dict[str, Any]]:
    """The templates by the stack's name and region."""
    assembly = app.synth()
    inner = [each.nested_assembly for each in assembly.nested_assemblies]
    stacks = [stack for each in (assembly, *inner) for stack in each.stacks]
    return {f"{each.stack_name} {each.environment.region}": each.template for each in stacks}


def kinds(template: dict[str, Any], *services: str) -> Counter[str]:
    named = (each["Type"].removeprefix("AWS::") for each in template["Resources"].values())
    return Counter(each for each in named if each.startswith(services))


def production(scope: Any, env: cdk.Environment) -> PortalWebsite:
    stack = cdk.Stack(scope, "Portal", env=env)
    return PortalWebsite(stack, "Shop", production_props(stack))


def test_in_us_east_1_all_stands_in_one_stack() -> None:
    app = cdk_app()
    production(app, HERE)
    (template,) = templates(app).values()
    assert kinds(template, "CertificateManager", "WAFv2", "CloudWatch", "Logs::Delivery") == {
        "CertificateManager::Certificate": 1,
        "WAFv2::WebACL": 1,
        "CloudWatch::Alarm": 3,
        "CloudWatch::Dashboard": 1,
        "Logs::DeliverySource": 1,
        "Logs::DeliveryDestination": 1,
        "Logs::Delivery": 1,
    }


def test_access_logs_are_written_where_the_policy_allows_it_also_after_an_update() -> None:
    """CloudFront puts a folder before the path when a delivery is made, and none when it is changed."""
    app = cdk_app()
    production(app, HERE)
    (template,) = templates(app).values()
    (destination,) = of_type(template, "AWS::Logs::DeliveryDestination")
    *_, folder = destination["DestinationResourceArn"]["Fn::Join"][1]
    assert folder == "/AWSLogs/123456789012/CloudFront"
    policies = of_type(template, "AWS::S3::BucketPolicy")
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    (allowed,) = [each["Resource"] for each in statements if each.get("Sid") == "DeliveryWrites"]
    assert allowed["Fn::Join"][1][-1] == "/AWSLogs/*"


def test_elsewhere_two_stacks_are_made_of_which_one_is_before_and_one_after() -> None:
    app = cdk_app()
    production(app, THERE)
    found = templates(app)
    assert [*found] == [
        "Portal-eu-central-1-Edge us-east-1",
        "Portal eu-central-1",
        "Portal-eu-central-1-EdgeOperations us-east-1",
    ]
    before, website, after = found.values()
    assert kinds(before, "") == {"CertificateManager::Certificate": 1, "WAFv2::WebACL": 1}
    assert kinds(website, "CertificateManager", "WAFv2", "CloudWatch", "Logs::Delivery") == {}
    assert kinds(after, "CloudWatch") == {"CloudWatch::Alarm": 3, "CloudWatch::Dashboard": 1}
    (distribution,) = of_type(website, "AWS::CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    for value in (config["ViewerCertificate"]["AcmCertificateArn"], config["WebACLId"]):
        assert value["Fn::GetStackOutput"]["Region"] == "us-east-1"
        assert value["Fn::GetStackOutput"]["OutputName"] in before["Outputs"]
    source = of_type(after, "AWS::Logs::DeliverySource")[0]["ResourceArn"]
    assert "Fn::GetStackOutput" in str(source)
    assert {each["Type"].partition("::")[0] for each in after["Resources"].values()} == {"AWS"}
    for template in (before, after):
        assert cfn_lint(template) == []


def test_they_are_named_after_the_name_that_their_stack_is_deployed_under() -> None:
    app = cdk_app()
    for stage in ("test", "prod"):
        stack = cdk.Stack(app, f"Portal{stage}", stack_name=f"portal-{stage}", env=THERE)
        PortalWebsite(stack, "Shop", replace(production_props(stack), domain_names=[f"{stage}.example.com"]))
    found = templates(app)
    assert {*found} == {
        f"portal-{stage}{each}"
        for stage in ("test", "prod")
        for each in ("-eu-central-1-Edge us-east-1", " eu-central-1", "-eu-central-1-EdgeOperations us-east-1")
    }
    assert read_from(found["portal-test eu-central-1"]) == {"portal-test-eu-central-1-Edge"}
    after = found["portal-test-eu-central-1-EdgeOperations us-east-1"]
    assert read_from(after) == {"portal-test", "portal-test-eu-central-1-Edge"}


def read_from(template: Any) -> set[str]:
    """The stacks whose outputs a template reads."""
    if isinstance(template, list):
        return {name for each in template for name in read_from(each)}
    if not isinstance(template, dict):
        return set()
    own = template.get("Fn::GetStackOutput")
    named = set() if own is None else {own["StackName"]}
    return named.union(*(read_from(each) for each in template.values()))


def test_a_name_that_is_too_long_gives_way_to_a_hash() -> None:
    app = cdk_app()
    for end in ("a", "b"):
        stack = cdk.Stack(app, f"Portal{end}", stack_name="p" * 124 + end, env=THERE)
        PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP))
    names = [each.split()[0] for each in templates(app)]
    assert max(map(len, names)) == 128
    assert len({each for each in names if each.endswith("-EdgeOperations")}) == 2


def one_stack(app: cdk.App, env: cdk.Environment) -> cdk.Stack:
    return cdk.Stack(app, f"Portal-{env.region}", stack_name="shop", env=env)


def by_region(app: cdk.App, env: cdk.Environment) -> cdk.Stack:
    return cdk.Stack(app, "Portal", env=env)


def plain_stage(app: cdk.App, env: cdk.Environment) -> cdk.Stack:
    return cdk.Stack(cdk.Stage(app, "Prod"), "Portal", env=env)


def service_stage(app: cdk.App, env: cdk.Environment) -> cdk.Stack:
    return ServiceStage(app, "Prod", env=env).stack("Portal")


@pytest.mark.parametrize("made", [one_stack, by_region, plain_stage, service_stage])
def test_one_site_in_two_regions_has_two_of_each(made: Any) -> None:
    found: dict[str, dict[str, Any]] = {}
    app = cdk_app()
    for region in ("eu-central-1", "us-west-2"):
        app = app if made is one_stack else cdk_app()
        two_names(made(app, cdk.Environment(account=THERE.account, region=region)))
        found |= {} if made is one_stack else templates(app)
    at_edge = {name: each for name, each in (found or templates(app)).items() if name.endswith(" us-east-1")}
    assert len(at_edge) == 4
    assert_nothing_clashes(at_edge)


def test_one_stage_has_the_sites_of_its_regions_apart() -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=THERE)
    for region in ("eu-central-1", "us-west-2"):
        two_names(stage.stack(f"Portal-{region}", env=cdk.Environment(account=THERE.account, region=region)))
    at_edge = {name: each for name, each in templates(app).items() if name.endswith(" us-east-1")}
    assert {*at_edge} == {f"Prod-eu-central-1-{each} us-east-1" for each in ("Edge", "EdgeOperations")}
    assert_nothing_clashes(at_edge)


def test_a_site_in_another_account_than_its_stage_has_two_of_that_account() -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=THERE)
    production(stage, THERE)
    other = stage.stack("Far", env=cdk.Environment(account="210987654321", region="eu-central-1"))
    PortalWebsite(other, "Shop", replace(production_props(other), domain_names=["far.example.com"]))
    (inner,) = app.synth().nested_assemblies
    accounts = {each.stack_name: each.environment.account for each in inner.nested_assembly.stacks}
    assert accounts == {
        "Prod-Portal": "123456789012",
        "Prod-eu-central-1-Edge": "123456789012",
        "Prod-eu-central-1-EdgeOperations": "123456789012",
        "Prod-Far": "210987654321",
        "Prod-Far-eu-central-1-Edge": "210987654321",
        "Prod-Far-eu-central-1-EdgeOperations": "210987654321",
    }


def two_names(stack: cdk.Stack) -> None:
    """A site of which everything has a name that can be given."""
    Conventions(name_prefix="shop").apply(stack)
    PortalWebsite(stack, "Shop", replace(production_props(stack), domain_names=[f"{stack.region}.example.com"]))


def assert_nothing_clashes(found: dict[str, dict[str, Any]]) -> None:
    """AWS has these names once an account and region."""
    every = [each for template in found.values() for each in template["Resources"].values()]
    named = {"AWS::CloudWatch::Alarm": "AlarmName"}
    named |= {f"AWS::Logs::{each}": "Name" for each in ("DeliverySource", "DeliveryDestination")}
    # The name of a source has the id of its distribution.
    names = [(each["Type"], str(each["Properties"][named[each["Type"]]])) for each in every if each["Type"] in named]
    acls = [each["Properties"] for each in every if each["Type"] == "AWS::WAFv2::WebACL"]
    names += [("metrics", each["VisibilityConfig"]["MetricName"]) for each in acls]
    assert len(acls) == 2
    assert len(names) == len({*names}) == 12


def test_in_a_plain_stage_they_have_its_name_first() -> None:
    app = cdk_app()
    PortalWebsite(cdk.Stack(cdk.Stage(app, "Prod"), "Web", env=THERE), "Shop", PortalWebsiteProps(source=SHOP))
    assert [*templates(app)] == ["Prod-Web eu-central-1", "Prod-Web-eu-central-1-EdgeOperations us-east-1"]


def test_those_of_a_nested_stack_have_its_parents_name_and_its_own() -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", stack_name="portal-test", env=THERE)
    PortalWebsite(cdk.NestedStack(stack, "Web"), "Shop", PortalWebsiteProps(source=SHOP))
    assert "portal-test-Web-eu-central-1-EdgeOperations us-east-1" in templates(app)


@pytest.mark.parametrize("convention", [True, False])
@pytest.mark.parametrize(("account", "advised"), [("123456789012", False), ("210987654321", True)])
def test_a_web_acl_that_is_known_by_its_arn(account: str, *, advised: bool, convention: bool) -> None:
    arn = f"arn:aws:wafv2:us-east-1:{account}:global/webacl/security/1234abcd-12ab-34cd-56ef-1234567890ab"
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    Conventions(edge_web_acl=arn if convention else None).apply(stack)
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, web_acl=None if convention else arn, **QUIET))
    (made,) = of_type(synth_template(stack), "AWS::CloudFront::Distribution")
    assert made["DistributionConfig"]["WebACLId"] == arn
    found = assertions.Annotations.from_stack(stack).find_warning(
        "*", assertions.Match.string_like_regexp("NAWS-OWNER-004")
    )
    assert bool(found) is advised


ARNS: dict[str, Callable[[cdk.Stack], str]] = {
    "SSM": lambda stack: ssm.StringParameter.value_for_string_parameter(stack, "/site/certificate"),
    "import": lambda _: cdk.Fn.import_value("Certificate"),
    "parameter": lambda stack: cdk.CfnParameter(stack, "Certificate").value_as_string,
}


@pytest.mark.parametrize("where", ARNS)
def test_a_certificate_whose_arn_only_the_deployment_knows_is_watched_in_us_east_1(where: str) -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", env=THERE)
    arn = ARNS[where](stack)
    given = acm.Certificate.from_certificate_arn(stack, "Given", arn)
    props = PortalWebsiteProps(source=SHOP, domain_names=["www.example.com"], certificate=given, access_logs=False)
    PortalWebsite(stack, "Shop", props)
    found = templates(app)
    after = found["Portal-eu-central-1-EdgeOperations us-east-1"]
    (alarm,) = (each for each in of_type(after, "AWS::CloudWatch::Alarm") if each.get("MetricName") == "DaysToExpiry")
    (output,) = (name for name in found["Portal eu-central-1"]["Outputs"] if "CertificateArn" in name)
    (read,) = (each["Value"] for each in alarm["Dimensions"])
    assert read["Fn::GetStackOutput"]["OutputName"] == output
    assert found["Portal eu-central-1"]["Outputs"][output]["Value"] == stack.resolve(arn)
    assert "Custom::CrossRegion" not in str(found)


def test_only_what_is_used_is_made() -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", env=THERE)
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, **QUIET))
    assert [*templates(app)] == ["Portal eu-central-1"]


def test_of_an_unknown_region_nothing_of_it_is_made() -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal")
    made = PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, acknowledge=NOWHERE))
    (template,) = templates(app).values()
    assert kinds(template, "CloudWatch", "Logs::Delivery") == {}
    assert [*made.alarms] == []


@pytest.mark.parametrize("references", ["weak", "strong", None])
def test_a_stage_has_one_pair_of_them(references: Any) -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=THERE, references=references)
    for name in ("Web", "Docs"):
        stack = stage.stack(name)
        names = [f"{name.lower()}.example.com"]
        PortalWebsite(stack, "Shop", replace(production_props(stack), domain_names=names))
    found = templates(app)
    assert {*found} == {
        "Prod-eu-central-1-Edge us-east-1",
        "Prod-Web eu-central-1",
        "Prod-Docs eu-central-1",
        "Prod-eu-central-1-EdgeOperations us-east-1",
    }
    assert kinds(found["Prod-eu-central-1-Edge us-east-1"], "") == {
        "CertificateManager::Certificate": 2,
        "WAFv2::WebACL": 2,
    }
    assert "Fn::ImportValue" not in str(found)
    assert "Custom::CrossRegion" not in str(found)


def test_two_websites_of_a_ready_stack_share_them() -> None:
    app = cdk_app()
    websites = {name: PortalWebsiteProps(source=SHOP) for name in ("Shop", "Docs")}
    Conventions(owner="sales").apply(app)
    PortalWebsiteStack(app, "Portal", websites=websites, conventions=Conventions(service="shop"), env=THERE)
    found = templates(app)
    assert [*found] == ["Portal eu-central-1", "Portal-eu-central-1-EdgeOperations us-east-1"]
    after = found["Portal-eu-central-1-EdgeOperations us-east-1"]
    assert kinds(after, "CloudWatch", "SNS::Topic") == {
        "CloudWatch::Alarm": 4,
        "SNS::Topic": 1,
        "SNS::TopicPolicy": 1,
    }
    (topic,) = of_type(after, "AWS::SNS::Topic")
    assert {"service", "owner"} <= {each["Key"] for each in topic["Tags"]}
    assert len(of_type(found["Portal eu-central-1"], "AWS::Lambda::Function")) == 2


def test_a_topic_of_the_services_own_region_stays_theirs() -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", env=THERE)
    Conventions(alarm_topic=sns.Topic(stack, "OnCall")).apply(stack)
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, alarms=Alarms(email="a@example.com")))
    after = templates(app)["Portal-eu-central-1-EdgeOperations us-east-1"]
    assert kinds(after, "SNS") == {"SNS::Topic": 1, "SNS::TopicPolicy": 1, "SNS::Subscription": 1}


def unknown_topic(stack: cdk.Stack, arn: str) -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "OnCall", arn)


TOPICS: dict[str, Callable[[cdk.Stack], sns.ITopic]] = {
    "SSM": lambda stack: unknown_topic(stack, ssm.StringParameter.value_for_string_parameter(stack, "/ops/topic")),
    "import": lambda stack: unknown_topic(stack, cdk.Fn.import_value("OnCall")),
    "parameter": lambda stack: unknown_topic(stack, cdk.CfnParameter(stack, "Topic").value_as_string),
}


@pytest.mark.parametrize("where", TOPICS)
@pytest.mark.parametrize("convention", [True, False])
def test_a_topic_whose_arn_only_the_deployment_knows_is_used_in_us_east_1(where: str, *, convention: bool) -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", env=HERE)
    topic = TOPICS[where](stack)
    Conventions(alarm_topic=topic if convention else None).apply(stack)
    alarms = Alarms() if convention else Alarms(topic=topic)
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, alarms=alarms))
    (template,) = templates(app).values()
    assert kinds(template, "SNS") == {}
    wanted = stack.resolve(topic.topic_arn)
    assert all(each["AlarmActions"] == [wanted] for each in of_type(template, "AWS::CloudWatch::Alarm"))


def test_elsewhere_it_is_used_where_a_stack_in_us_east_1_knows_it() -> None:
    app = cdk_app()
    stack, others = cdk.Stack(app, "Portal", env=THERE), cdk.Stack(app, "Operations", env=HERE)
    for name, topic in {"Shop": TOPICS["import"](stack), "Docs": TOPICS["parameter"](others)}.items():
        PortalWebsite(stack, name, PortalWebsiteProps(source=SHOP, alarms=Alarms(topic=topic)))
    found = templates(app)
    assert kinds(found["Portal-eu-central-1-EdgeOperations us-east-1"], "SNS", "Custom") == {}
    refused = cdk.Stack(cdk_app(), "Portal", env=THERE)
    with pytest.raises(PatternValidationError) as error:
        PortalWebsite(refused, "Shop", PortalWebsiteProps(source=SHOP, alarms=Alarms(topic=TOPICS["SSM"](refused))))
    assert [each.code for each in error.value.issues] == ["NAWS-REGION-002"]


def test_elsewhere_a_conventions_topic_that_may_be_of_any_region_is_not_used_in_silence() -> None:
    app = cdk_app()
    stack = cdk.Stack(app, "Portal", env=THERE)
    Conventions(alarm_topic=TOPICS["SSM"](stack)).apply(stack)
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP))
    found = templates(app)
    assert kinds(found["Portal-eu-central-1-EdgeOperations us-east-1"], "SNS::Topic")["SNS::Topic"] == 1
    assertions.Annotations.from_stack(stack).has_warning("*", assertions.Match.string_like_regexp("NAWS-REGION-004"))


def code() -> lambda_.Code:
    return lambda_.Code.from_inline("def handler(event, context): ...")


def service(stack: cdk.Stack, site: PortalWebsite) -> LambdaService:
    endpoint = HttpApi(authorizer=site.authorizer)
    props = LambdaServiceProps(code=code(), handler="index.handler", endpoint=endpoint)
    return LambdaService(stack, "Orders", props)


def test_an_api_in_the_same_stack_takes_the_tokens_of_the_site_that_leads_to_it() -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    site = PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, sign_in=SignIn(), **QUIET))
    orders = service(stack, site)
    assert orders.endpoint is not None
    site.add_api("/api/*", orders.endpoint)
    template = synth_template(stack)
    (distribution,) = of_type(template, "AWS::CloudFront::Distribution")
    (behaviour,) = distribution["DistributionConfig"]["CacheBehaviors"]
    assert behaviour["PathPattern"] == "/api/*"
    assert "E3004" not in str(cfn_lint(template)), "a circle"


@pytest.mark.parametrize("names", [(), ("www.example.com",)])
def test_stacks_that_would_wait_for_each_other_are_refused(names: tuple[str, ...]) -> None:
    app = cdk_app()
    pools, web, apis = (cdk.Stack(app, name, env=THERE) for name in ("Pools", "Web", "Apis"))
    given = cognito.UserPool(web if names else pools, "People")
    sign_in = SignIn(user_pool=given, domain_name="login.example.com")
    zone = production_props(web).hosted_zone if names else None
    props = PortalWebsiteProps(source=SHOP, sign_in=sign_in, domain_names=names, hosted_zone=zone, **QUIET)
    site = PortalWebsite(web, "Shop", props)
    orders = service(apis, site)
    assert orders.endpoint is not None
    with pytest.raises(ValueError, match="Orders of the stack Apis takes tokens of Web") as raised:
        site.add_api("/api/*", orders.endpoint)
    assert 'sign_in=SignIn(user_pool=pool, domain_name="login.example.com")' in str(raised.value)
    with pytest.raises(ValueError, match="each stack would wait for the other"):
        PortalWebsite(web, "Other", PortalWebsiteProps(source=SHOP, api={"/api/*": orders.endpoint}, **QUIET))
    app.synth()


def test_an_api_in_another_stack_takes_them_where_the_names_are_known() -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=THERE, references="weak")
    pool = cognito.UserPool(stage.data, "People")
    web, apis = stage.stack("Web"), stage.stack("Apis")
    given = production_props(web)
    sign_in = SignIn(user_pool=pool, domain_name="login.example.com")
    props = PortalWebsiteProps(
        source=SHOP, domain_names=given.domain_names, hosted_zone=given.hosted_zone, sign_in=sign_in, **QUIET
    )
    site = PortalWebsite(web, "Shop", props)
    orders = service(apis, site)
    assert orders.endpoint is not None
    site.add_api("/api/*", orders.endpoint)
    found = templates(app)
    assert kinds(found["Prod-Data eu-central-1"], "Cognito") == {"Cognito::UserPool": 1, "Cognito::UserPoolClient": 1}


def test_the_folder_of_some_paths_is_taken_off() -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    site = PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, strip_prefix=["/api/*"], **QUIET))
    for name in ("api", "catalogue"):
        site.add_api(f"/{name}/*", HttpEndpoint.of_domain(f"{name}.example.com"))
    (distribution,) = of_type(synth_template(stack), "AWS::CloudFront::Distribution")
    behaviours = distribution["DistributionConfig"]["CacheBehaviors"]
    assert {each["PathPattern"]: "FunctionAssociations" in each for each in behaviours} == {
        "/api/*": True,
        "/catalogue/*": False,
    }


def functions_of(*paths: str) -> dict[str, tuple[str, str]]:
    """Name and code of each function of a website with APIs, whose folders are taken off, by the logical id."""
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    api = {path: HttpEndpoint.of_domain("api.example.com") for path in paths}
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, api=api, strip_prefix=True, **QUIET))
    made = synth_template(stack)["Resources"]
    kinds = {key: each["Properties"] for key, each in made.items() if each["Type"] == "AWS::CloudFront::Function"}
    return {key: (each["Name"], each["FunctionCode"]) for key, each in kinds.items()}


def test_another_api_changes_no_function_of_those_that_are_there() -> None:
    """A function is at work as soon as it is published, minutes before the distribution has its new paths."""
    before, after = functions_of("/api/*", "/svc/*"), functions_of("/api/admin/*", "/api/*", "/svc/*")
    assert before.items() <= after.items()
    assert len({name for name, _ in after.values()}) == len(after) == 4


def test_nothing_is_kept_of_requests_where_the_region_is_not_known() -> None:
    for region, kept in ((None, False), ("eu-central-1", True)):
        context = PatternContext(
            path="Portal/Shop", construct_id="Shop", conventions=Conventions(), home=Home(region=region)
        )
        assert PortalWebsite.resolve(PortalWebsiteProps(source=SHOP), context).edge.access_logs is kept


def error_pages(stack: cdk.Stack) -> dict[int, tuple[int, str]]:
    template = synth_template(stack)
    (distribution,) = of_type(template, "AWS::CloudFront::Distribution")
    (release,) = of_type(template, "Custom::NawsRelease")
    found = distribution["DistributionConfig"].get("CustomErrorResponses") or []
    assert ("NotFound" in release) is any(each["ResponsePagePath"] == "/.404.html" for each in found)
    return {each["ErrorCode"]: (each["ResponseCode"], each["ResponsePagePath"]) for each in found}


def test_nobody_sees_an_error_of_the_bucket() -> None:
    app = cdk_app()
    shop, docs, both = (cdk.Stack(app, name, env=THERE) for name in ("Shop", "Docs", "Both"))
    PortalWebsite(shop, "Site", PortalWebsiteProps(source=SHOP, **QUIET))
    made = PortalWebsite(docs, "Site", PortalWebsiteProps(source=PAGES, kind="pages", **QUIET))
    api = {"/api/*": HttpEndpoint.of_domain("api.example.com")}
    PortalWebsite(both, "Site", PortalWebsiteProps(source=SHOP, api=api, **QUIET))
    assert error_pages(shop) == dict.fromkeys((400, 404), (404, "/.404.html"))
    assert error_pages(docs) == dict.fromkeys((400, 404), (404, f"/{made.release}/404.html"))
    assert error_pages(both) == {}, "it would be the answer of the API, too"


def test_the_page_for_what_is_not_there_is_that_of_the_folder_whatever_is_shown() -> None:
    stacks = [cdk.Stack(cdk_app(), "Docs", env=THERE) for _ in range(2)]
    props = PortalWebsiteProps(source=PAGES, kind="pages", **QUIET)
    own = PortalWebsite(stacks[0], "Site", props)
    PortalWebsite(stacks[1], "Site", replace(props, release="0123456789ab"))
    # An older release may have none; that of the folder is checked, and uploaded.
    assert error_pages(stacks[1]) == error_pages(stacks[0])
    assert own.release in str(error_pages(stacks[0]))


def test_an_added_api_is_held_to_the_rules() -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    site = PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, strip_prefix=True, **QUIET))
    site.add_api("/api/*", HttpEndpoint.of_domain("api.example.com"))
    with pytest.raises(ValueError, match="NAWS-EDGE-001"):
        site.add_api("more", HttpEndpoint.of_domain("more.example.com"))
    site.add_api("/more/*", HttpEndpoint.of_domain("more.example.com"))
    template = synth_template(stack)
    (distribution,) = of_type(template, "AWS::CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    assert [each["PathPattern"] for each in config["CacheBehaviors"]] == ["/api/*", "/more/*"]
    assert [each["Id"] for each in config["Origins"]] == ["Site", "Api1", "Api2"]
    assert len(of_type(template, "AWS::CloudFront::Function")) == 3


@pytest.mark.parametrize(
    ("name", "path"),
    [("größe.html", "gr%C3%B6%C3%9Fe.html"), ("4+4 %.html", "4%2B4%20%25.html"), ("a/b.html", "a/b.html")],
)
def test_the_path_of_a_page_for_errors_is_encoded(tmp_path: Path, name: str, path: str) -> None:
    web = tmp_path / "web"
    (web / name).parent.mkdir(parents=True)
    for each in ("index.html", name):
        (web / each).write_text("<!doctype html><title>x</title>")
    stack = cdk.Stack(cdk_app(), "Docs", env=THERE)
    made = PortalWebsite(stack, "Site", PortalWebsiteProps(source=str(web), kind="pages", not_found_page=name, **QUIET))
    assert error_pages(stack) == dict.fromkeys((400, 404), (404, f"/{made.release}/{path}"))


def test_a_page_for_errors_may_be_known_at_deployment() -> None:
    stack = cdk.Stack(cdk_app(), "Docs", env=THERE)
    page = cdk.CfnParameter(stack, "Page").value_as_string
    made = PortalWebsite(stack, "Site", PortalWebsiteProps(source=PAGES, kind="pages", not_found_page=page, **QUIET))
    joined = {"Fn::Join": ["", [f"/{made.release}/", {"Ref": "Page"}]]}
    (distribution,) = of_type(synth_template(stack), "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["CustomErrorResponses"][0]["ResponsePagePath"] == joined


@pytest.mark.parametrize(
    ("stack_id", "prefix"),
    [
        ("naws-cognito-aws-eu-west-1", "n-eu-west-1-shop-"),
        ("My_Portal--x", "my-portal-x-shop-"),
        ("aamazonws", "shop-"),
    ],
)
def test_the_prefix_of_a_sign_in_page_has_single_hyphens(stack_id: str, prefix: str) -> None:
    stack = cdk.Stack(cdk_app(), stack_id.replace("_", "-"), env=THERE, stack_name=stack_id.replace("_", "-"))
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, sign_in=SignIn(), **QUIET))
    (page,) = of_type(synth_template(stack), "AWS::Cognito::UserPoolDomain")
    assert page["Domain"]["Fn::Join"][1][0] == prefix
