"""portal-website: a website that switches atomically, with the API of other patterns under its own domain."""

from naws.core import (
    Alarms,
    Conventions,
    HttpEndpoint,
    Issue,
    Jwt,
    NoAlarms,
    PatternContext,
    PatternValidationError,
    Public,
)
from naws.core.authoring import PatternInfo
from naws.portal_website.checks import RULES
from naws.portal_website.construct import PortalWebsite
from naws.portal_website.props import Password, PortalWebsiteProps, SecurityHeaders, SignIn, WebAcl
from naws.portal_website.stack import PortalWebsiteStack

PATTERN = PatternInfo(
    name=PortalWebsite.pattern_name,
    construct=PortalWebsite,
    props=PortalWebsiteProps,
    stack=PortalWebsiteStack,
    rules=RULES,
)
"""Its description, under the entry point group `naws.patterns`."""

__all__ = [
    "Alarms",
    "Conventions",
    "HttpEndpoint",
    "Issue",
    "Jwt",
    "NoAlarms",
    "Password",
    "PatternContext",
    "PatternValidationError",
    "PortalWebsite",
    "PortalWebsiteProps",
    "PortalWebsiteStack",
    "Public",
    "SecurityHeaders",
    "SignIn",
    "WebAcl",
]
