"""What a website is refused for, or advised of, beside what the tables of the rules have: whole stacks, and tokens."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from endpoints import CATALOGUE, Endpoint
from folders import PAGES, SHOP
from websites import HERE, THERE

from naws.core import Jwt, PatternValidationError, Public, Unset
from naws.lambda_service import HttpApi, LambdaService, LambdaServiceProps
from naws.portal_website import (
    Conventions,
    HttpEndpoint,
    NoAlarms,
    Password,
    PortalWebsite,
    PortalWebsiteProps,
    SecurityHeaders,
    SignIn,
)
from naws.portal_website.checks_paths import ApiPart, PathsPart, has_route
from naws.portal_website.plan_folder import Folder
from naws.testing import cdk_app, synth_template
from naws.testing.templates import of_type

HASH = "0123456789abcdef" * 4
QUIET: dict[str, Any] = {"alarms": NoAlarms(reason="it is tried out"), "access_logs": False}
NAMES = ["www.example.com"]


def stack_of(env: cdk.Environment = THERE) -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Portal", env=env)


def site(stack: cdk.Stack, **given: Any) -> PortalWebsite:
    values: dict[str, Any] = {"source": SHOP, **QUIET, **given}
    return PortalWebsite(stack, "Shop", PortalWebsiteProps(**values))


def found(stack: cdk.Stack, **given: Any) -> dict[str, str]:
    """The first remedy by code and path."""
    with pytest.raises(PatternValidationError) as error:
        site(stack, **given)
    return {f"{each.code} {each.path}": each.remedy.splitlines()[0] for each in error.value.issues}


def certificate(stack: cdk.Stack) -> acm.ICertificate:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
    return acm.Certificate.from_certificate_arn(stack, "Certificate", arn)


def imported(stack: cdk.Stack, zone_id: str = "Z0123456789ABC") -> route53.IHostedZone:
    return route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id=zone_id, zone_name="example.com"
    )


def test_a_zone_of_the_same_stack_cannot_be_waited_for_in_another_region() -> None:
    stack = stack_of()
    zone = route53.HostedZone(stack, "Zone", zone_name="example.com")
    refused = found(stack, domain_names=NAMES, hosted_zone=zone)
    assert [*refused] == ["NAWS-EDGE-053 hosted_zone"]
    stack = stack_of()
    given = cdk.CfnParameter(stack, "ZoneId").value_as_string
    assert [*found(stack, domain_names=NAMES, hosted_zone=imported(stack, given))] == ["NAWS-EDGE-053 hosted_zone"]


def test_a_zone_of_another_stack_is_waited_for_and_one_of_us_east_1_is_no_circle() -> None:
    app = cdk_app()
    names, stack = cdk.Stack(app, "Names", env=THERE), cdk.Stack(app, "Portal", env=THERE)
    zone = route53.HostedZone(names, "Zone", zone_name="example.com")
    site(stack, domain_names=NAMES, hosted_zone=zone)
    assert "Portal-eu-central-1-Edge" in {each.stack_name for each in app.synth().stacks}
    stack = stack_of(HERE)
    site(stack, domain_names=NAMES, hosted_zone=route53.HostedZone(stack, "Zone", zone_name="example.com"))
    assert len(of_type(synth_template(stack), "AWS::CertificateManager::Certificate")) == 1


NAME: dict[str, Callable[[cdk.Stack], str]] = {
    "a parameter of SSM": lambda stack: ssm.StringParameter.value_for_string_parameter(stack, "/site/name"),
    "a parameter": lambda stack: cdk.CfnParameter(stack, "Name").value_as_string,
}


@pytest.mark.parametrize("kind", NAME)
def test_a_name_that_only_the_deployment_knows_cannot_be_waited_for_in_another_region(kind: str) -> None:
    stack = stack_of()
    name = NAME[kind](stack)
    names = [*NAMES, name]
    assert [*found(stack, domain_names=names, hosted_zone=imported(stack))] == ["NAWS-EDGE-056 domain_names[1]"]
    site(stack, domain_names=names, certificate=certificate(stack))
    assert "Aliases" in str(synth_template(stack))
    stack = stack_of(HERE)
    site(stack, domain_names=[NAME[kind](stack)], hosted_zone=imported(stack))
    assert len(of_type(synth_template(stack), "AWS::CertificateManager::Certificate")) == 1


@pytest.mark.parametrize("convention", [True, False])
def test_no_records_are_written_into_a_zone_of_another_account(*, convention: bool) -> None:
    app = cdk_app()
    far = cdk.Stack(app, "Names", env=cdk.Environment(account="210987654321", region=THERE.region))
    stack, zone = cdk.Stack(app, "Portal", env=THERE), route53.PublicHostedZone(far, "Zone", zone_name="example.com")
    Conventions(hosted_zone=zone if convention else None).apply(stack)
    path = "Conventions.hosted_zone" if convention else "hosted_zone"
    refused = found(stack, domain_names=NAMES, hosted_zone=None if convention else zone)
    assert [*refused] == [f"NAWS-OWNER-002 {path}"]


def test_a_site_of_another_domain_does_without_the_zone_of_the_conventions() -> None:
    stack = stack_of()
    Conventions(hosted_zone=imported(stack)).apply(stack.node.root)
    given = {"domain_names": ["www.example.org"], "certificate": certificate(stack)}
    with pytest.raises(PatternValidationError) as error:
        site(stack, **given)
    (issue,) = error.value.issues
    assert issue.remedy.splitlines() == [
        "Conventions(hosted_zone=…)  # that of www.example.org",
        "Conventions(hosted_zone=Unset).apply(self)  # others write it",
    ]
    Conventions(hosted_zone=Unset).apply(stack)
    site(stack, **given)
    assert of_type(synth_template(stack), "AWS::Route53::RecordSet") == []


@pytest.mark.parametrize("kind", ["made", "made with a VPC", "imported"])
def test_a_certificate_is_not_proved_in_a_private_zone(kind: str) -> None:
    stack = stack_of(HERE)
    vpc: Any = ec2.Vpc(stack, "Vpc")
    zone: Any
    if kind == "made":
        zone = route53.PrivateHostedZone(stack, "Zone", vpc=vpc, zone_name="example.com")
    elif kind == "imported":
        zone = route53.PrivateHostedZone.from_private_hosted_zone_id(stack, "Zone", "Z0123456789ABC")
    else:
        zone = route53.HostedZone(stack, "Zone", vpcs=[vpc], zone_name="example.com")
    assert "NAWS-EDGE-052 hosted_zone" in found(stack, domain_names=NAMES, hosted_zone=zone)


def test_certificates_that_acm_does_not_make() -> None:
    stack = stack_of(HERE)
    zone = imported(stack)
    many = [f"shop{number}.example.com" for number in range(11)]
    assert found(stack, domain_names=many, hosted_zone=zone) == {
        "NAWS-EDGE-054 domain_names": 'domain_names=["shop0.example.com", "*.example.com"]'
    }
    long = f"{'a' * 53}.example.com"
    assert found(stack, domain_names=[long], hosted_zone=zone) == {
        "NAWS-EDGE-055 domain_names[0]": f'domain_names=["www.example.com", "{long}"]'
    }
    site(stack, domain_names=[long[1:]], hosted_zone=zone)


LIST: Any = cdk.Token.as_list(cdk.Fn.split(",", cdk.Fn.import_value("Names")))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (lambda zone: {"domain_names": LIST, "hosted_zone": zone}, "domain_names"),
        (lambda _: {"immutable_paths": LIST}, "immutable_paths"),
        (lambda _: {"strip_prefix": LIST}, "strip_prefix"),
        (lambda _: {"sign_in": SignIn(local=LIST)}, "sign_in.local"),
        (lambda _: {"headers": SecurityHeaders(csp_sources={"img-src": LIST})}, 'headers.csp_sources["img-src"]'),
    ],
)
def test_a_list_that_only_the_deployment_knows(given: Callable[[Any], dict[str, Any]], path: str) -> None:
    stack = stack_of(HERE)
    assert f"NAWS-EDGE-073 {path}" in found(stack, **given(imported(stack)))


def test_times_are_whole_seconds_and_durations() -> None:
    stack, of = stack_of(), HttpEndpoint.of_domain
    fraction = {"/api/*": of("api.example.com", request_timeout=cdk.Duration.millis(2500))}
    assert found(stack, api=fraction) == {
        'NAWS-EDGE-006 api["/api/*"]': "request_timeout=cdk.Duration.seconds(3)  # of the endpoint"
    }
    token = cdk.Duration.minutes(cdk.CfnParameter(stack, "Minutes", type="Number").value_as_number)
    assert [*found(stack, api={"/api/*": of("api.example.com", request_timeout=token)})] == [
        'NAWS-EDGE-006 api["/api/*"]'
    ]
    assert found(stack, headers=SecurityHeaders(hsts=cdk.Duration.millis(1500))) == {
        "NAWS-EDGE-032 headers.hsts": "hsts=cdk.Duration.seconds(2)"
    }
    number: Any = 30
    with pytest.raises(TypeError, match=r"request_timeout=cdk\.Duration\.seconds\(30\)"):
        of("api.example.com", request_timeout=number)
    with pytest.raises(TypeError, match=r'of_domain\("api\.example\.com"\)'):
        of(number)


def test_an_api_that_is_added_takes_the_page_for_what_is_not_there_away() -> None:
    stack = stack_of()
    made = site(stack, source=PAGES, kind="pages")
    made.add_api("/api/*", HttpEndpoint.of_domain("api.example.com"))
    (distribution,) = of_type(synth_template(stack), "AWS::CloudFront::Distribution")
    assert "CustomErrorResponses" not in distribution["DistributionConfig"]


def test_a_path_has_one_endpoint() -> None:
    made = site(stack_of(), api={"/api/*": HttpEndpoint.of_domain("api.example.com")})
    with pytest.raises(ValueError, match=r"leads to api\.example\.com already"):
        made.add_api("/api/*", HttpEndpoint.of_domain("other.example.com"))


def function(stack: cdk.Stack, **given: Any) -> LambdaService:
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    return LambdaService(stack, "Orders", LambdaServiceProps(code=code, handler="index.handler", **given))


def test_a_service_without_an_endpoint() -> None:
    stack = stack_of()
    refused = found(stack, api={"/api/*": function(stack).endpoint})
    assert refused == {
        'NAWS-TYPE-001 api["/api/*"]': "give the LambdaService endpoint=HttpApi(authorizer=…): without it there is none"
    }


def test_pages_of_the_same_origin_need_no_cors() -> None:
    stack = stack_of()
    made = site(stack, sign_in=SignIn())
    orders = function(stack, endpoint=HttpApi(authorizer=made.authorizer))
    assert orders.endpoint is not None
    made.add_api("/api/*", orders.endpoint)
    assert "NAWS-HTTP-017" not in warnings(stack)
    stack = stack_of()
    made = site(stack, sign_in=SignIn(local=["http://localhost:5173"]))
    function(stack, endpoint=HttpApi(authorizer=made.authorizer))
    assert "NAWS-HTTP-017" in warnings(stack)


def warnings(stack: cdk.Stack) -> str:
    return str([str(entry.data) for each in stack.node.find_all() for entry in each.node.metadata])


def reached(pattern: str, *answers: str, strips: bool = False) -> list[str]:
    part = ApiPart(pattern=pattern, name="Orders", answers=answers, strips=strips)
    return [
        each.remedy for each in has_route.issues(PathsPart(apis=[part], folder=Folder("dist", exists=True, files=())))
    ]


def test_routes_that_do_not_answer_below_the_path() -> None:
    assert reached("/api/*", "/orders/*", "/orders") == ['api={"/orders/*": …, "/orders": …}\nstrip_prefix=["/api/*"]']
    assert reached("/orders/*", "/orders") == ['api={"/orders": …}']
    assert reached("/orders", "/orders/*/items") == ['api={"/orders/*": …}']
    assert reached("/api/*", "/api/*", strips=True) == ["strip_prefix=False"]
    for pattern, *answers in (
        ("/api/*", "/*"),
        ("/api/*", "*"),
        ("/api/*", "/api/orders"),
        ("/api/orders/*", "/api/*"),
        ("/api/*", "/orders", "/api/*/items"),
        ("*.json", "/data/*"),
        ("*.json", "/data.json"),
        ("/v?/*", "/v1/orders"),
        ("/graphql", "/graphql"),
        ("/graphql", "/*"),
    ):
        assert reached(pattern, *answers) == [], (pattern, answers)
    assert reached("/api/*", "/orders", strips=True) == []
    assert reached("/api/*", "/*", strips=True) == []


@pytest.mark.parametrize(
    ("routes", "paths"),
    [
        (["GET /orders", "ANY /orders/{id}/items/{rest+}"], ["/orders", "/orders/*/items/*"]),
        (["$default"], ["/*"]),
    ],
)
def test_an_http_api_answers_the_paths_of_its_routes(routes: list[str], paths: list[str]) -> None:
    authorizer = Jwt(issuer="https://login.example.com", audience=["shop"], same_origin=True)
    endpoint = function(stack_of(), endpoint=HttpApi(authorizer=authorizer, routes=routes)).endpoint
    assert endpoint is not None
    assert endpoint.paths == paths


def test_a_site_is_not_its_own_api() -> None:
    stack = stack_of(HERE)
    given = {"domain_names": ["www.example.com", "*.example.com"], "hosted_zone": imported(stack)}
    refused = found(stack, api={"/api/*": HttpEndpoint.of_domain("API.example.com")}, **given)
    assert refused == {'NAWS-EDGE-011 api["/api/*"]': 'api={"/api/*": HttpEndpoint.of_domain("api.example.com")}'}
    site(stack, api={"/api/*": HttpEndpoint.of_domain("api.example.org")}, **given)


@pytest.mark.parametrize("region", ["eu-west-1", "eu-central-1"])
def test_a_pool_of_elsewhere(region: str) -> None:
    stack = stack_of()
    arn = f"arn:aws:cognito-idp:{region}:123456789012:userpool/{region}_aB1cD2eF3"
    pool = cognito.UserPool.from_user_pool_arn(stack, "Pool", arn)
    sign_in = SignIn(user_pool=pool, domain_name="login.example.com")
    if region == "eu-central-1":
        assert site(stack, sign_in=sign_in).user_pool is pool
    else:
        assert [*found(stack, sign_in=sign_in)] == ["NAWS-OWNER-001 sign_in.user_pool"]


def test_secrets_are_not_published_and_parameters_are() -> None:
    stack = stack_of()
    secret = secretsmanager.Secret(stack, "Key")
    plain = ssm.StringParameter.from_string_parameter_attributes(stack, "Plain", parameter_name="/plain", version=1)
    config = {
        "a": secret.secret_value.unsafe_unwrap(),
        "b": f"x{secret.secret_value_from_json('key').to_string()}",
        "c": "{{resolve:ssm-secure:/key:1}}",
        "d": plain.string_value,
        "e": secret.secret_arn,
    }
    assert [*found(stack, config=config)] == [f'NAWS-EDGE-071 config["{name}"]' for name in "abc"]
    site(stack, config={"d": config["d"], "e": config["e"]})


def test_sign_in_has_a_name_in_the_settings() -> None:
    refused = found(stack_of(), sign_in=SignIn(), config={"signIn": "/login"})
    assert refused == {'NAWS-EDGE-070 config["signIn"]': "omit signIn from config"}


@pytest.mark.parametrize(
    "name", ["Transfer-Encoding", "via", "X-Amz-Cf-Id", "x-edge-location", "Host", "Proxy-Authenticate"]
)
def test_headers_of_the_connection(name: str) -> None:
    refused = found(stack_of(), headers=SecurityHeaders(custom={name: "a"}))
    assert refused == {f'NAWS-EDGE-028 headers.custom["{name}"]': f"omit {name} from custom"}


@pytest.mark.parametrize("name", ["Cache-Control", "content-type", "Set-Cookie", "ETag", "Location"])
def test_headers_of_each_answer(name: str) -> None:
    """A `Cache-Control` for all would keep pages in browsers past the next release."""
    refused = found(stack_of(), headers=SecurityHeaders(custom={name: "a", "X-Robots-Tag": "noindex"}))
    assert refused == {f'NAWS-EDGE-028 headers.custom["{name}"]': f"omit {name} from custom"}


@pytest.mark.parametrize("given", ["/api/*", 1, None, {}])
def test_what_is_taken_off_paths_has_its_type(given: Any) -> None:
    refused = found(stack_of(), api={"/api/*": HttpEndpoint.of_domain("api.example.com")}, strip_prefix=given)
    assert [*refused] == ["NAWS-TYPE-001 strip_prefix"]


@pytest.mark.parametrize("given", [3, None])
def test_a_path_that_is_no_text_is_reported_beside_all_else(given: Any) -> None:
    refused = found(stack_of(), immutable_paths=["/assets/*", given], kind="page")
    assert {*refused} == {"NAWS-TYPE-001 immutable_paths[1]", "NAWS-TYPE-001 kind"}


def test_a_redirect_leads_where_only_the_deployment_knows() -> None:
    stack = stack_of()
    site(stack, redirects={"/old": f"/x/{cdk.Aws.REGION}/ü"})
    (function,) = of_type(synth_template(stack), "AWS::CloudFront::Function")
    parts = function["FunctionCode"]["Fn::Join"][1]
    assert [each for each in parts if isinstance(each, dict)] == [{"Ref": "AWS::Region"}]
    assert "/%C3%BC" in str(function)


def test_a_pool_by_its_id_is_of_the_region_that_the_id_begins_with() -> None:
    stack = stack_of(HERE)
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", "eu-west-1_Abcdefghi")
    sign_in = SignIn(user_pool=pool, domain_name="login.example.com")
    assert [*found(stack, sign_in=sign_in)] == ["NAWS-OWNER-001 sign_in.user_pool"]


def test_headers_that_are_there_twice_and_directives_that_are_none() -> None:
    stack = stack_of()
    twins = SecurityHeaders(custom={"X-A": "1", "x-a": "2", "X-B": "3"})
    assert [*found(stack, headers=twins)] == ['NAWS-EDGE-029 headers.custom["x-a"]']
    wrong = SecurityHeaders(csp_sources={"scripts-src": ["'self'"], "frame-src": ["'self'"]})
    assert found(stack, headers=wrong) == {
        'NAWS-EDGE-030 headers.csp_sources["scripts-src"]': 'csp_sources={"script-src": …}'
    }
    unused = SecurityHeaders(csp=None, csp_sources={"img-src": ["'self'"]})
    assert found(stack, headers=unused) == {"NAWS-EDGE-031 headers.csp_sources": 'csp="report"'}


def test_an_open_api_below_a_password() -> None:
    password, code = Password("team", sha256=HASH), "NAWS-EDGE-072"
    for endpoint, advised in (
        (CATALOGUE.endpoint, True),
        (Endpoint("Other", Jwt(issuer="https://login.example.com", audience=["shop"])), False),
        (Endpoint("api.example.com", Public(reason="who may send is its owner's affair")), False),
    ):
        stack = stack_of()
        site(stack, api={"/catalogue/*": endpoint}, password=password)
        assert (code in warnings(stack)) == advised
    stack = stack_of()
    site(stack, api={"/catalogue/*": CATALOGUE.endpoint})
    assert code not in warnings(stack)
