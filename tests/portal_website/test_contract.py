"""The contract of any pattern for this one."""

from collections.abc import Iterable
from typing import ClassVar

import aws_cdk as cdk
from constructs import Construct
from folders import PAGES, SHOP

from naws.portal_website import (
    HttpEndpoint,
    NoAlarms,
    PortalWebsite,
    PortalWebsiteProps,
    SecurityHeaders,
    SignIn,
)
from naws.testing import PatternContract


class TestPortalWebsite(PatternContract):
    construct = PortalWebsite
    refuses_tokens: ClassVar = {
        "source": "the folder is read when the app is synthesised",
        "not_found_page": "it names a file of the folder",
    }

    def minimal_props(self) -> PortalWebsiteProps:
        return PortalWebsiteProps(source=SHOP, alarms=NoAlarms(reason="it is tried out"), access_logs=False)

    def production_props(self, scope: Construct) -> PortalWebsiteProps:
        del scope
        return PortalWebsiteProps(
            source=PAGES,
            kind="pages",
            api={"/api/*": HttpEndpoint.of_domain("api.example.com")},
            strip_prefix=True,
            config={"stage": "prod"},
            sign_in=SignIn(),
            headers=SecurityHeaders(csp="enforce"),
            alarms=NoAlarms(reason="they are elsewhere"),
            access_logs=False,
        )

    def invalid_props(self) -> Iterable[PortalWebsiteProps]:
        yield PortalWebsiteProps(source="nowhere")
        yield PortalWebsiteProps(source=SHOP, removal_policy=cdk.RemovalPolicy.SNAPSHOT)
        yield PortalWebsiteProps(source=SHOP, sign_in=SignIn(domain_prefix="Shop"))
