# ruff: noqa: E501  # a table: one mistake stays together
"""What a user reads after a mistake, whole and to the letter; what is legal is accepted, and so are tokens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cognito as cognito
from endpoints import INTERNAL, ORDERS

from naws.portal_website import PATTERN
from naws.testing import MistakeContract
from site_folders import write_examples

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ZONE = 'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(stack, "Z", hosted_zone_id="Z0123456789", zone_name="example.com")'
CERTIFICATE = (
    'certificate=acm.Certificate.from_certificate_arn(stack, "C", "arn:aws:acm:{}:123456789012:certificate/1")'
)
API = '"/api/*": HttpEndpoint.of_domain("api.example.com")'

MISTAKES: tuple[tuple[str, str], ...] = (
    ("a folder that is not there", 'source="web/dits"'),
    ("a path", 'source=Path("web/dist")'),
    ("CDK's word for the folder", 'path="web/dist"'),
    ("a folder with secrets", 'source="web/careless"'),
    ("a chunk that is not there", 'source="web/broken"'),
    ("a redirect of no status", 'source="web/wrong-status", kind="pages"'),
    ("a word that is no kind", 'kind="website"'),
    ("CDK's word for a fallback", "error_responses=[]"),
    ("an index document", 'website_index_document="index.html"'),
    ("one name", 'domain_name="www.example.com"'),
    ("a name without a certificate", 'domain_names=["www.example.com"]'),
    ("a certificate of another region", f'domain_names=["www.example.com"], {CERTIFICATE.format("eu-central-1")}'),
    ("an address for a name", f'domain_names=["https://www.example.com/"], {CERTIFICATE.format("us-east-1")}'),
    ("a service for its endpoint", 'api={"/api/*": internal}'),
    ("text for an endpoint", 'api={"/api/*": "api.example.com"}'),
    ("a path without a slash", 'api={"api/*": HttpEndpoint.of_domain("api.example.com")}'),
    ("an endpoint that asks for signatures", 'api={"/api/*": internal.endpoint}'),
    ("a wide policy", 'headers=SecurityHeaders(csp="enforce", csp_sources={"script-src": ["*"]})'),
    ("a policy as text", "headers=SecurityHeaders(csp=\"default-src 'self'\")"),
    ("a password as text", 'password=Password("team", sha256="open sesame")'),
    ("a password alone", 'password="open sesame"'),
    ("True for sign-in", "sign_in=True"),
    ("a prefix with capitals", 'sign_in=SignIn(domain_prefix="Shop")'),
    ("a pool without a page", 'sign_in=SignIn(user_pool=cognito.UserPool.from_user_pool_id(stack, "P", "eu-central-1_aB1cD2eF3"))'),
    ("True for a web ACL", "web_acl=True"),
    ("a topic of the stack's region", 'alarms=Alarms(topic=sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:eu-central-1:123456789012:on-call"))'),
    ("a log bucket", 'log_bucket=s3.Bucket(stack, "Logs")'),
    ("a secret in the settings", 'config={"apiKey": "AKIAIOSFODNN7EXAMPLE"}'),
    ("a snapshot", "removal_policy=cdk.RemovalPolicy.SNAPSHOT"),
)  # fmt: skip

LEGAL: tuple[str, ...] = (
    "", 'kind="spa"', 'source="web/pages", kind="pages"', 'source="web/pages", kind="pages", not_found_page="404.html"',
    f"api={{{API}}}", f"api={{{API}}}, strip_prefix=True", 'api={"/api/*": orders.endpoint}',
    'config={"stage": "prod"}', 'redirects={"/old": "/"}',
    f'domain_names=["shop.example.com"], {ZONE}', f'domain_names=["shop.example.com"], {CERTIFICATE.format("us-east-1")}',
    'headers=SecurityHeaders(csp=None, frame="DENY", hsts=cdk.Duration.days(1), hsts_subdomains=False)',
    'headers=SecurityHeaders(csp="enforce", csp_sources={"img-src": ["https://images.example.com"]})',
    f'password=Password("team", sha256="{HASH}")',
    "sign_in=SignIn()", 'sign_in=SignIn(domain_prefix="shop-portal", local=["http://localhost:5173"])',
    'sign_in=SignIn(user_pool=cognito.UserPool(stack, "P"), domain_name="login.example.com")',
    'release="0123456789ab"', "web_acl=WebAcl()", "web_acl=WebAcl(rate_limit=500)", "access_logs=False",
    'alarms=NoAlarms(reason="a demonstration")', 'alarms=Alarms(email="team@example.com")',
    'alarms=Alarms(topic=sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:us-east-1:123456789012:on-call"))',
    "removal_policy=cdk.RemovalPolicy.RETAIN",
)  # fmt: skip

QUIET = 'alarms=NoAlarms(reason="a demonstration"), access_logs=False'
TOKENS: tuple[str, ...] = (
    f'config={{"table": text}}, {QUIET}',
    f"sign_in=SignIn(domain_prefix=text), {QUIET}",
    f'headers=SecurityHeaders(csp_sources={{"connect-src": [text]}}), {QUIET}',
    f"headers=SecurityHeaders(hsts=cdk.Duration.seconds(number)), {QUIET}",
    f'api={{"/api/*": HttpEndpoint.of_domain(text)}}, {QUIET}',
)  # fmt: skip


class TestMistakes(MistakeContract):
    pattern = PATTERN
    construct_id = "Portal"
    mistakes = MISTAKES
    legal = LEGAL
    tokens: ClassVar = TOKENS

    def required(self) -> Mapping[str, Any]:
        return {"source": "web/dist"}

    def built(self, typed: str, stack: cdk.Stack, **more: Any) -> Any:
        names = {"cognito": cognito, "Path": Path, "orders": ORDERS, "internal": INTERNAL}
        return super().built(typed, stack, **names, **more)

    @pytest.fixture(autouse=True)
    def files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the table names."""
        write_examples(tmp_path)
        monkeypatch.chdir(tmp_path)
