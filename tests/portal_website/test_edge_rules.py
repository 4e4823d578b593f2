"""Rules on paths, headers, names, access, functions, and on the distribution as it will be deployed."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_wafv2 as wafv2
from botocore.session import get_session

from naws.core import Iam, NoAlarms, Public
from naws.core.authoring import Rule
from naws.portal_website import (
    checks_access,
    checks_domain,
    checks_edge,
    checks_header_names,
    checks_headers,
    checks_paths,
    checks_viewer,
)
from naws.portal_website.checks_access import ACCESS_RULES, AccessPart
from naws.portal_website.checks_domain import DOMAIN_RULES, DomainPart
from naws.portal_website.checks_headers import BUILT_HEADER_RULES, HEADER_RULES, BuiltHeaders, HeadersPart
from naws.portal_website.checks_paths import PATH_RULES, ApiPart, PathsPart
from naws.portal_website.checks_viewer import VIEWER_RULES, FunctionPart, bytes_of
from naws.portal_website.plan import DomainPlan, EdgePlan
from naws.portal_website.plan_folder import File, Folder
from naws.portal_website.plan_headers import plan_headers
from naws.portal_website.plan_viewer import Moved, ViewerPlan, site_function, site_parts
from naws.portal_website.props import Password, SecurityHeaders, SignIn, WebAcl

TOKEN = "${Token[TOKEN.1]}"
HASH = "0123456789abcdef" * 4


def remedies(rule: Rule[Any], part: object) -> list[tuple[str, str]]:
    return [(each.path, each.remedy.splitlines()[0]) for each in rule.issues(part)]


def nothing(rules: Any, part: object) -> bool:
    return [issue for rule in rules for issue in rule.issues(part)] == []


def paths(*patterns: str | ApiPart, files: tuple[str, ...] = (), **given: Any) -> PathsPart:
    folder = Folder("dist", exists=True, files=tuple(File(name, Path(name), 1) for name in files))
    apis = [each if isinstance(each, ApiPart) else ApiPart(pattern=each) for each in patterns]
    return PathsPart(apis=apis, folder=folder, **given)


def test_paths_that_are_right() -> None:
    right = paths(
        "/api/orders/*", "/api/*", "/v?/*", "*.json", "/a~b/'c'/*", TOKEN, files=("index.html", "assets/a.js")
    )
    assert nothing(PATH_RULES, right)


@pytest.mark.parametrize(
    ("pattern", "better"),
    [
        ("api/*", "/api/*"),
        ("https://example.com/api/*", "/api/*"),
        ("/api/{id}", "/api/*"),
        ("/" + "a" * 255, "/api/*"),
    ],
)
def test_patterns_of_paths(pattern: str, better: str) -> None:
    assert remedies(checks_paths.pattern, paths(pattern)) == [(f'api["{pattern}"]', f'api={{"{better}": …}}')]


@pytest.mark.parametrize("pattern", ["/api/über/*", "/%C3%BCber/*", "über/*", "/a b/*", "/a,b/{id}", "/api/*,"])
def test_no_other_path_takes_the_place_of_one_that_cloudfront_refuses(pattern: str) -> None:
    (issue,) = checks_paths.pattern.issues(paths(pattern))
    assert issue.remedy == "another path, of ASCII letters and digits, of the endpoint and of api"
    assert "such as /api/orders/*" in issue.expected


def test_paths_that_take_too_much_or_too_little() -> None:
    assert remedies(checks_paths.whole_folder, paths("/api*", "/a.*")) == [('api["/api*"]', 'api={"/api/*": …}')]
    assert remedies(checks_paths.below, paths("/api", "/b", "/b/*")) == [('api["/api"]', 'api={"/api/*": …}')]
    hidden = paths("/assets/*", "/c*", "/x/*", files=("assets/a.js", "assets/b.js"), published=("config.json",))
    assert [each.path for each in checks_paths.hides_nothing.issues(hidden)] == ['api["/assets/*"]', 'api["/c*"]']
    inside = paths("/api/*", immutable=("/api/static/*",))
    assert len(checks_paths.hides_nothing.issues(inside)) == 1
    assert [each.path for each in checks_paths.reached.issues(paths("/api/*", "/api/a/*", "/b/*", "/api/?"))] == [
        'api["/api/a/*"]',
        'api["/api/?"]',
    ]


def test_endpoints_that_a_site_cannot_have() -> None:
    part = paths(
        ApiPart(pattern="/a/*", request_timeout=300),
        ApiPart(pattern="/b/*", authorizer=Iam()),
        ApiPart(pattern="/c/*", request_timeout=120, authorizer=Public(reason="-"), strips=True),
        ApiPart(pattern="*.json", strips=True),
        ApiPart(pattern="/d/*", request_timeout=0.5),
    )
    assert [each.path for each in checks_paths.answers_in_time.issues(part)] == ['api["/a/*"]', 'api["/d/*"]']
    assert [each.path for each in checks_paths.unsigned.issues(part)] == ['api["/b/*"]']
    assert [each.path for each in checks_paths.strips.issues(part)] == ['api["*.json"]']


def headers(hashes: int = 0, **given: Any) -> HeadersPart:
    plan = plan_headers(SecurityHeaders(**given), [f"{number:043d}=" for number in range(hashes)])
    return HeadersPart(plan=plan, pages=hashes)


def test_subdomains_of_a_whole_domain_are_asked_by_https_alone_on_purpose() -> None:
    def found(host: str = "example.com", zone: str = "example.com", **given: Any) -> list[tuple[str, str]]:
        plan = plan_headers(SecurityHeaders(**given), ())
        return remedies(checks_header_names.with_subdomains, HeadersPart(plan=plan, host=host, zone=zone))

    advised = [("headers.hsts_subdomains", "headers=SecurityHeaders(hsts_subdomains=False)")]
    assert found() == found("Example.com", "example.com.") == advised
    beside = [("headers.hsts_subdomains", "hsts_subdomains=False")]
    assert found("shop.example.com", "shop.example.com", frame="DENY") == beside
    assert found("www.example.com") == found(zone="") == found("", "") == found(TOKEN, TOKEN) == []
    assert found(hsts_subdomains=True) == found(hsts_subdomains=False) == found(hsts=cdk.Duration.seconds(0)) == []


def test_headers_that_are_right() -> None:
    for right in (
        headers(),
        headers(custom={f"x-{n}": "1" for n in range(9)}),
        headers(csp="enforce", custom={f"x-{n}": "1" for n in range(10)}),
        headers(
            csp_sources={
                "img-src": ["*", "https:"],
                "connect-src": ["https://*.example.com", "wss://a.example.com:8443"],
            }
        ),
        headers(csp_sources={"script-src": ["'sha256-abc='", "'wasm-unsafe-eval'", TOKEN]}, custom={"x-a": TOKEN}),
        headers(hashes=20),
    ):
        assert nothing(HEADER_RULES, right)


def test_headers_that_cloudfront_refuses() -> None:
    assert remedies(checks_headers.few, headers(custom={f"x-{n}": "1" for n in range(10)})) == [
        ("headers.custom", 'csp="enforce"')
    ]
    long = {f"x-{n}": "1" * 1_700 for n in range(7)}
    assert [each.value for each in checks_headers.few.issues(headers(custom=long, csp=None))] == ["11,921 characters"]
    wrong = headers(custom={"X Robots": "a", "x-long": "a" * 1_784, "x-lines": "a\nb", "x-empty": "", "x" * 257: "a"})
    assert [each.path for each in checks_headers.has_form.issues(wrong)] == [
        'headers.custom["X Robots"]',
        'headers.custom["x-long"]',
        'headers.custom["x-lines"]',
        'headers.custom["x-empty"]',
        f'headers.custom["{"x" * 257}"]',
    ]
    security = headers(custom={"x-frame-options": "DENY", "Content-Security-Policy-Report-Only": "a"})
    assert remedies(checks_headers.not_security, security) == [
        ('headers.custom["x-frame-options"]', 'frame="DENY"'),
        ('headers.custom["Content-Security-Policy-Report-Only"]', "csp_sources={…}"),
    ]
    assert len(checks_headers.csp_fits.issues(headers(hashes=40, csp="enforce"))) == 1
    assert checks_headers.csp_fits.issues(headers(hashes=40, csp=None)) == []


def test_pages_with_many_scripts_are_never_refused_by_the_policy_that_is_made() -> None:
    many = headers(hashes=800)
    (issue,) = [issue for rule in HEADER_RULES for issue in rule.issues(many)]
    assert issue.path == "headers.csp"
    assert "800 are different" in issue.expected
    assert "script-src 'self' 'unsafe-inline';" in many.plan.policy()
    assert "sha256" not in many.plan.policy()
    reserved = plan_headers(SecurityHeaders(), [f"{number:043d}=" for number in range(27)], reserved=264)
    assert reserved.too_many
    sources = {"img-src": [f"https://{number}.images.example.com" for number in range(60)]}
    given = headers(hashes=800, csp_sources=sources)
    (issue,) = checks_headers.csp_fits.issues(given)
    assert (issue.path, "inline" in issue.expected) == ("headers.csp_sources", False)
    custom = headers(custom={f"x-{number}": "1" * 1_700 for number in range(6)})
    (issue,) = checks_headers.few.issues(custom)
    assert issue.value == "10,218 characters"
    assert issue.expected.endswith("beside the policy that only reports")


@pytest.mark.parametrize(
    ("directive", "source", "rule", "better"),
    [
        ("script-src", "*", checks_headers.csp_is_narrow, '"https://js.example.com"'),
        ("script-src", "'unsafe-eval'", checks_headers.csp_is_narrow, '"https://js.example.com"'),
        ("script-src", "'unsafe-inline'", checks_headers.csp_is_narrow, '"https://js.example.com"'),
        ("connect-src", "https:", checks_headers.csp_is_narrow, '"https://api.example.com"'),
        ("connect-src", "https://api.*.example.com", checks_headers.csp_has_form, '"https://*.example.com"'),
        ("connect-src", "https://*.a.*.com", checks_headers.csp_has_form, '"https://*.example.com"'),
        ("connect-src", "*example.com", checks_headers.csp_has_form, '"*.example.com"'),
        ("script-src", "self", checks_headers.csp_has_form, "\"'self'\""),
        ("script-src", "sha256-abc=", checks_headers.csp_has_form, "\"'sha256-abc='\""),
        (
            "img-src",
            "https://a.example.com https://b.example.com",
            checks_headers.csp_has_form,
            '"https://a.example.com"',
        ),
    ],
)
def test_sources_of_a_policy(directive: str, source: str, rule: Rule[HeadersPart], better: str) -> None:
    part = headers(csp_sources={directive: [source]})
    assert remedies(rule, part) == [(f'headers.csp_sources["{directive}"][0]', better)]


def built(**config: Any) -> BuiltHeaders:
    return BuiltHeaders(properties={"responseHeadersPolicyConfig": config})


def test_the_policy_of_headers_as_it_is_deployed() -> None:
    items = [{"header": f"x-{n}", "value": TOKEN} for n in range(10)]
    assert nothing(BUILT_HEADER_RULES, built(customHeadersConfig={"items": items}))
    assert nothing(BUILT_HEADER_RULES, built(customHeadersConfig=TOKEN, securityHeadersConfig=TOKEN))
    wrong = built(
        customHeadersConfig={"items": [*items, {"header": "X-Frame-Options", "value": "a" * 2_000}]},
        securityHeadersConfig={"strictTransportSecurity": {"preload": True}},
    )
    assert [each.value for each in checks_headers.built_within.issues(wrong)] == [
        "11 headers",
        "2,000 characters",
        "a custom header",
    ]
    assert len(checks_headers.no_preload.issues(wrong)) == 1


def domain(*names: str, zone: Any = None, certificate: Any = None, place: Any = "here", **given: Any) -> DomainPart:
    plan = DomainPlan(
        names=names, zone=zone, zone_path="hosted_zone", certificate=certificate, certificate_path="certificate"
    )
    operations: Any = NoAlarms(reason="-")
    edge = EdgePlan(
        place=place,
        web_acl=given.pop("web_acl", None),
        web_acl_path="web_acl",
        wants_logs=True,
        operations=operations,
    )
    return DomainPart(plan=plan, edge=edge, **given)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="us-east-1"))


@pytest.fixture
def zone(stack: cdk.Stack) -> Any:
    return route53.HostedZone.from_hosted_zone_attributes(stack, "Z", hosted_zone_id="Z1", zone_name="example.com")


def test_names_that_are_right(stack: cdk.Stack, zone: Any) -> None:
    made = acm.Certificate(stack, "C", domain_name="example.com", subject_alternative_names=["*.example.com"])
    imported = acm.Certificate.from_certificate_arn(stack, "I", "arn:aws:acm:us-east-1:1:certificate/a")
    for right in (
        domain(),
        domain("example.com", "www.example.com", zone=zone),
        domain("example.com", "*.example.com", certificate=made),
        domain("shop.example.com", certificate=imported, place=None),
        domain(TOKEN, zone=zone),
        domain(web_acl=WebAcl()),
        domain(web_acl=WebAcl(rate_limit=int(cdk.Token.as_number({"Ref": "P"})))),
    ):
        assert nothing(DOMAIN_RULES, right)


def test_names_that_are_wrong(stack: cdk.Stack, zone: Any) -> None:
    made = acm.Certificate(stack, "C", domain_name="*.example.com")
    assert len(checks_domain.certified.issues(domain("www.example.com"))) == 1
    assert remedies(checks_domain.named, domain(certificate=made)) == [
        ("domain_names", 'domain_names=["www.example.com"]')
    ]
    wrong = domain(
        "*.example.com",
        "https://Www.example.com/",
        "a.example.com.",
        "a.*.example.com",
        "b.example.com",
        "b.example.com",
    )
    assert remedies(checks_domain.host_names, wrong) == [
        ("domain_names[0]", '"www.example.com"'),
        ("domain_names[1]", '"www.example.com"'),
        ("domain_names[2]", '"a.example.com"'),
        ("domain_names[3]", '"*.example.com"'),
        ("domain_names[5]", "omit domain_names[5]"),
    ]
    written = {
        "www.example.com.": ("no dot at its end", '"www.example.com"'),
        "www.exämple.com": ("letters of ASCII, as DNS has them", '"www.xn--exmple-cua.com"'),
        "WWW.Straße.de": ("letters of ASCII, as DNS has them", '"www.xn--strae-oqa.de"'),
        "https://bücher.example/": ("letters of ASCII, as DNS has them", '"xn--bcher-kva.example"'),
        "https://www.example.com:443/a": ("a host alone, without a scheme, a port and a path", '"www.example.com"'),
        "WWW.example.com": ("small letters", '"www.example.com"'),
        "a.*.example.com": ("such as www.example.com", '"www.example.com"'),
        "example": ("such as www.example.com", '"www.example.com"'),
        "my shop.example.com": ("such as www.example.com", '"my-shop.example.com"'),
    }
    for given, (expected, better) in written.items():
        (issue,) = checks_domain.host_names.issues(domain(given))
        assert (issue.expected, issue.remedy) == (expected, better)
    (_, issue) = checks_domain.host_names.issues(domain("a_.b", "a.*.b"))
    assert issue.expected == "such as www.example.com, or *.example.com for all below"
    assert len(checks_domain.few_names.issues(domain(*(f"a{n}.example.com" for n in range(101))))) == 1
    assert [
        each.path for each in checks_domain.covers.issues(domain("a.example.com", "example.com", certificate=made))
    ] == ["domain_names[1]"]
    assert remedies(checks_domain.in_zone, domain("www.example.org", zone=zone)) == [
        ("domain_names[0]", '"www.example.com"')
    ]
    assert remedies(checks_domain.with_www, domain("example.com", zone=zone)) == [
        ("domain_names", 'domain_names=["example.com", "www.example.com"]')
    ]
    assert remedies(checks_domain.with_www, domain("www.example.com")) == [
        ("domain_names", 'domain_names=["www.example.com", "example.com"]')
    ]


@pytest.mark.parametrize(
    ("names", "zone_name", "certified", "better"),
    [
        (["www.example.com"], "example.com", "", ["shop.example.com"]),
        (["example.com"], "example.com", "", ["shop.example.com"]),
        (["www.example.com"], "www.example.com", "", ["shop.www.example.com"]),
        (["example.co.uk"], "", "", ["shop.example.co.uk"]),
        (["a.example.co.uk"], "", "", ["shop.a.example.co.uk"]),
        (["www.example.co.uk"], "", "", ["shop.example.co.uk"]),
        (["a.example.com"], "", "*.example.com", ["shop.example.com"]),
        (["*.example.com"], "example.com", "", ["shop.example.com"]),
        (["shop.example.com"], "example.com", "", ["site.example.com"]),
        (["example.com", "new.example.com"], "example.com", "", ["shop.example.com", "new.example.com"]),
        (
            ["new.example.com", "example.com", "www.example.com"],
            "example.com",
            "",
            ["new.example.com", "shop.example.com"],
        ),
    ],
)
def test_a_name_of_another_website(
    stack: cdk.Stack, names: list[str], zone_name: str, certified: str, better: list[str]
) -> None:
    zone: Any = zone_name and route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z1", zone_name=zone_name
    )
    certificate = acm.Certificate(stack, "C", domain_name=certified) if certified else None
    others = [(each.upper(), "Shop/Other") for each in names if not each.startswith("new")]
    part = domain(*names, zone=zone or None, certificate=certificate, others=[*others, (TOKEN, "x")])
    (issue,) = checks_domain.of_one.issues(part)
    listed = ", ".join(f'"{each}"' for each in better)
    assert (issue.path, issue.expected) == ("domain_names", "names that Shop/Other has not")
    assert issue.remedy.splitlines()[0] == f"domain_names=[{listed}]"


def test_what_is_made_in_us_east_1(zone: Any) -> None:
    unknown = domain("www.example.com", zone=zone, place=None, web_acl=WebAcl())
    assert [each.path for each in checks_domain.region_is_known.issues(unknown)] == ["certificate", "web_acl"]


def test_web_acls(stack: cdk.Stack) -> None:
    def acl(scope: str) -> Any:
        return wafv2.CfnWebACL(
            stack,
            scope,
            scope=scope,
            default_action=cast("Any", {"allow": {}}),
            visibility_config=cast(
                "Any", {"cloudWatchMetricsEnabled": True, "metricName": "a", "sampledRequestsEnabled": True}
            ),
        )

    assert nothing(DOMAIN_RULES, domain(web_acl=acl("CLOUDFRONT")))
    assert [each.value for each in checks_domain.global_acl.issues(domain(web_acl=acl("REGIONAL")))] == [
        "scope REGIONAL"
    ]
    arn = "arn:aws:wafv2:{}:123456789012:{}/webacl/security/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert nothing(DOMAIN_RULES, domain(web_acl=arn.format("us-east-1", "global")))
    assert nothing(DOMAIN_RULES, domain(web_acl=TOKEN))
    wrong = [arn.format("us-east-1", "regional"), arn.format("eu-west-1", "global"), "security", ""]
    found = [issue.value for each in wrong for issue in checks_domain.global_acl.issues(domain(web_acl=each))]
    assert found == ["scope REGIONAL", "a web ACL of eu-west-1", "'security'", "''"]
    assert len(checks_domain.rates.issues(domain(web_acl=WebAcl(rate_limit=5)))) == 1
    assert len(checks_domain.offices.issues(domain(web_acl=WebAcl(rate_limit=50)))) == 1


def test_access_that_is_right(stack: cdk.Stack) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "P", "us-east-1_aB1cD2eF3")
    for right in (
        AccessPart(),
        AccessPart(password=Password("team", sha256=HASH), stage="test"),
        AccessPart(password=Password(TOKEN, sha256=TOKEN), stage=TOKEN),
        AccessPart(sign_in=SignIn(), stage="prod", config={"apiUrl": "/api", "mapStyle": "a", "token": TOKEN}),
        AccessPart(sign_in=SignIn(user_pool=pool, domain_name="login.example.com", callback_path="/a/b?c=1")),
        AccessPart(sign_in=SignIn(domain_prefix="shop-1", local=["http://localhost:5173", "https://dev.example.com"])),
        AccessPart(sign_in=SignIn(scopes=["orders/read"], callback_path=TOKEN, local=[TOKEN], domain_prefix=TOKEN)),
    ):
        assert nothing(ACCESS_RULES, right)


def test_passwords() -> None:
    plain = AccessPart(password=Password("team:a", sha256="open sesame"), stage="Prod")
    issues = checks_access.by_hash.issues(plain)
    assert "open sesame" not in issues[0].render()
    assert remedies(checks_access.by_hash, AccessPart(password=Password("a", sha256=HASH.upper()))) == [
        ("password.sha256", f'sha256="{HASH}"')
    ]
    assert remedies(checks_access.user_name, plain) == [("password.user", 'user="team"')]
    assert remedies(checks_access.not_live, plain) == [("password", "omit password")]


def test_sign_in(stack: cdk.Stack) -> None:
    pool = cognito.UserPool.from_user_pool_id(stack, "P", "us-east-1_aB1cD2eF3")

    def wrong(rule: Rule[AccessPart], **given: Any) -> list[tuple[str, str]]:
        return remedies(rule, AccessPart(sign_in=SignIn(**given)))

    paths = {"callback_path": "https://a.example.com/callback#x", "sign_out_path": "bye"}
    assert wrong(checks_access.leads_back, **paths) == [
        ("sign_in.callback_path", 'callback_path="/callback"'),
        ("sign_in.sign_out_path", 'sign_out_path="/bye"'),
    ]
    local = ["localhost:5173", "http://dev.example.com", "http://localhost:5173/callback"]
    assert wrong(checks_access.local_addresses, local=local) == [
        ("sign_in.local[0]", '"http://localhost:5173"'),
        ("sign_in.local[1]", '"https://dev.example.com"'),
        ("sign_in.local[2]", '"http://localhost:5173"'),
    ]
    assert wrong(checks_access.prefix, domain_prefix="Shop_Portal") == [
        ("sign_in.domain_prefix", 'domain_prefix="shop-portal"')
    ]
    assert wrong(checks_access.prefix, domain_prefix="my-aws-shop") == [
        ("sign_in.domain_prefix", 'domain_prefix="my-shop"')
    ]
    assert [path for path, _ in wrong(checks_access.page_of_pool, user_pool=pool)] == ["sign_in.domain_name"]
    assert [path for path, _ in wrong(checks_access.page_of_pool, domain_name="https://a.example.com")] == [
        "sign_in.domain_name",
        "sign_in.domain_name",
    ]
    assert wrong(checks_access.scopes, scopes=["email"]) == [("sign_in.scopes", 'scopes=["openid", "email"]')]
    assert len(wrong(checks_access.scopes, scopes=["openid", "a b"])) == 1


def test_configuration_is_public() -> None:
    part = AccessPart(config={"apiKey": "q8Zr1xTn5LwV", "url": "https://example.com"})
    issues = checks_access.public.issues(part)
    assert [each.path for each in issues] == ['config["apiKey"]']
    assert "q8Zr1xTn5LwV" not in issues[0].render()


def test_functions_at_the_edge() -> None:
    small = ViewerPlan(release="0" * 12, password=("a", HASH), main_domain="example.com", kind="pages")
    assert nothing(VIEWER_RULES, FunctionPart(path="function", code=site_function(small)))
    assert nothing(VIEWER_RULES, FunctionPart(path="function", code=TOKEN, runtime=TOKEN))
    many = ViewerPlan(
        release="0" * 12,
        redirects=[Moved(source=f"/old/{n}/long/path", target=f"/new/{n}/long/path", status=301) for n in range(300)],
    )
    large = FunctionPart(path="function", code=site_function(many), parts=bytes_of(site_parts(many)))
    (issue,) = checks_viewer.fits.issues(large)
    assert issue.path == "redirects"
    assert "redirects take 1" in issue.expected
    foreign = FunctionPart(
        path="function",
        code='import x from "lodash";\nexports.main = () => require("fs-extra")',
        runtime="cloudfront-js-1.0",
    )
    assert [each.path for each in checks_viewer.runs.issues(foreign)] == [
        "function.runtime",
        "function.code",
        "function.code",
        "function.code",
    ]


PARTITIONS: list[Any] = get_session().get_component("data_loader").load_data("endpoints")["partitions"]


@pytest.mark.parametrize("partition", PARTITIONS, ids=lambda each: each["partition"])
def test_other_partitions_of_aws_are_refused(partition: Any) -> None:
    """By botocore's list of them, which has CloudFront in `aws` and `aws-cn` alone."""
    plan: Any = SimpleNamespace(context=SimpleNamespace(home=SimpleNamespace(region="")))
    refused = set[bool]()
    for region in partition["regions"]:
        plan.context.home.region = region
        refused.add(bool(checks_edge.has_cloudfront.issues(plan)))
    assert refused == {partition["partition"] != "aws"}
    assert ("cloudfront" in partition["services"]) == (partition["partition"] in {"aws", "aws-cn"})
