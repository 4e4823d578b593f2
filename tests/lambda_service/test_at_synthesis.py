"""Rules on what will be deployed: networks, and what ordinary CDK code changed afterwards."""

import platform
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from naws.core import Conventions, PatternValidationError, Unset
from naws.core.authoring import Rule
from naws.lambda_service import FunctionUrl, HttpApi, LambdaService, LambdaServiceProps, SecretBinding, TopicBinding
from naws.lambda_service.checks_image import IMAGE_RULES
from naws.lambda_service.checks_synth import SYNTH_RULES
from naws.testing import cdk_app, synth_template

CODE = lambda_.Code.from_inline("def handler(event, context): ...")


def function(stack: cdk.Stack, **given: Any) -> LambdaService:
    return LambdaService(stack, "Orders", LambdaServiceProps(code=CODE, handler="index.handler", **given))


def codes(stack: cdk.Stack) -> list[str]:
    """Codes of the errors of a synthesis."""
    with pytest.raises(RuntimeError) as raised:
        synth_template(stack)
    return re.findall(r"(NAWS-[A-Z]+-\d{3}) \(", str(raised.value))


def warnings(stack: cdk.Stack) -> str:
    synth_template(stack)
    return str(
        [entry.data for each in stack.node.find_all() for entry in each.node.metadata if "warning" in entry.type]
    )


def closed(stack: cdk.Stack) -> ec2.Vpc:
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return ec2.Vpc(stack, "Closed", nat_gateways=0, subnet_configuration=[isolated])


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Shop")


def test_a_function_without_a_way_out_needs_the_endpoints_of_its_bindings(stack: cdk.Stack) -> None:
    bindings = [TopicBinding(sns.Topic(stack, "News")), SecretBinding(secretsmanager.Secret(stack, "Key"))]
    function(stack, vpc=closed(stack), bindings=bindings)
    with pytest.raises(RuntimeError, match="endpoints for secretsmanager, sns, which bindings use"):
        synth_template(stack)


def test_with_the_endpoints_nothing_is_wrong(stack: cdk.Stack) -> None:
    vpc = closed(stack)
    function(stack, vpc=vpc, bindings=[TopicBinding(sns.Topic(stack, "News"))])
    vpc.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)
    assert synth_template(stack)["Resources"]


def test_a_function_that_uses_no_service_needs_no_endpoint(stack: cdk.Stack) -> None:
    function(stack, vpc=closed(stack))
    assert synth_template(stack)["Resources"]


def test_a_function_has_at_most_sixteen_subnets(stack: cdk.Stack) -> None:
    subnets = [f"subnet-{number}" for number in range(18)]
    wide = {"vpc_id": "vpc-0a1b2c3d", "availability_zones": ["a", "b"], "private_subnet_ids": subnets}
    function(stack, vpc=ec2.Vpc.from_vpc_attributes(stack, "Wide", **wide))
    assert codes(stack) == ["NAWS-FN-025"]


def test_one_zone_is_advised_against(stack: cdk.Stack) -> None:
    function(stack, vpc=ec2.Vpc(stack, "Small", max_azs=1))
    assert "NAWS-NET-008" in warnings(stack)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("tracing_config", {"mode": "PassThrough"}, "tracing"),
        ("logging_config", {"logFormat": "Text", "logGroup": "a"}, "logging_format"),
        ("logging_config", {"logFormat": "JSON"}, "log_group"),
    ],
)
def test_what_makes_a_function_seen_is_not_taken_away(
    stack: cdk.Stack, name: str, value: dict[str, str], path: str
) -> None:
    made = function(stack)
    setattr(made.function.node.default_child, name, value)
    with pytest.raises(RuntimeError, match=rf"NAWS-FN-032 \(practice\)  function\.{path} = changed"):
        synth_template(stack)


@pytest.mark.parametrize(
    ("built", "architecture", "said"),
    [
        (assets.Platform.LINUX_AMD64, None, "NAWS-FN-043 (limit)"),
        (assets.Platform.LINUX_ARM64, lambda_.Architecture.X86_64, "architecture=lambda_.Architecture.ARM_64"),
        (assets.Platform.LINUX_ARM64, None, ""),
        (None, None, "NAWS-FN-044"),
        (None, lambda_.Architecture.X86_64, ""),
    ],
)
def test_an_image_runs_on_the_functions_architecture(  # noqa: PLR0913, PLR0917  # a table's columns
    stack: cdk.Stack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    built: assets.Platform | None,
    architecture: lambda_.Architecture | None,
    said: str,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    (tmp_path / "Dockerfile").write_text("FROM public.ecr.aws/lambda/python:3.14\n")
    code = lambda_.Code.from_asset_image(str(tmp_path), platform=built)
    LambdaService(stack, "Orders", LambdaServiceProps(code=code, architecture=architecture))
    try:
        found = warnings(stack)
    except RuntimeError as refused:
        found = str(refused)
    assert said in found
    assert ("NAWS-FN-04" in found) == bool(said)


OWN = [rule for rule in SYNTH_RULES if rule.code.startswith("NAWS-FN-") and rule not in IMAGE_RULES]


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.code)
def test_the_example_of_a_rule_breaks_it_and_its_fix_does_not(rule: Rule[Any]) -> None:
    for text, found in ((rule.fix, False), (rule.example, True)):
        stack = cdk.Stack(cdk_app(), "Shop")
        names = {
            "stack": stack,
            "ec2": ec2,
            "sns": sns,
            "TopicBinding": TopicBinding,
            "cdk": cdk,
            "FunctionUrl": FunctionUrl,
        }
        given = eval(f"dict({text})", names)  # the rules' own
        then = given.pop("then", lambda _: None)
        then(function(stack, **given))
        if found:
            assert codes(stack) == [rule.code]
        else:
            assert synth_template(stack)["Resources"]


ZONES = {"far": "NAWS-OWNER-002 Conventions.hosted_zone", "other": "NAWS-HTTP-029 endpoint.domain_name"}


@pytest.mark.parametrize("which", ZONES)
def test_the_zone_of_the_conventions_is_of_this_account_and_of_the_name(which: str) -> None:
    app, env = cdk_app(), cdk.Environment(account="123456789012", region="eu-central-1")
    stack = cdk.Stack(app, "Shop", env=env)
    account = "210987654321" if which == "far" else env.account
    names = cdk.Stack(app, "Names", env=cdk.Environment(account=account, region=env.region))
    zone = route53.HostedZone(names, "Zone", zone_name="example.com" if which == "far" else "example.org")
    certificate = acm.Certificate(stack, "Certificate", domain_name="orders.example.com")
    Conventions(hosted_zone=zone, certificate=certificate).apply(app)
    with pytest.raises(PatternValidationError) as error:
        function(stack, endpoint=HttpApi(domain_name="orders.example.com"))
    assert [f"{each.code} {each.path}" for each in error.value.issues] == [ZONES[which]]
    Conventions(hosted_zone=Unset).apply(stack)
    function(stack, endpoint=HttpApi(domain_name="orders.example.com"))
