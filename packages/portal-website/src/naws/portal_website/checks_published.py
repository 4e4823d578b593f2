"""Rules on what everybody can read or reach: settings of `/config.json`, and APIs below a password."""

from collections.abc import Iterator

from naws.core import Public
from naws.core.authoring import Field, Finding, Rule, Verbatim, advice, is_text, limit
from naws.portal_website.checks_access import AccessPart

_REFERENCES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SIGN_IN = "signIn"
"""What the site finds of sign-in under."""


@limit(
    code="NAWS-EDGE-070",
    title="Sign-in has the name signIn of /config.json",
    source="docs/patterns/portal-website.md: the site reads signIn in /config.json",
    example='sign_in=SignIn(), config={"signIn": "/login"}',
    fix='sign_in=SignIn(), config={"login": "/login"}',
)
def own_name(part: AccessPart) -> Iterator[Finding]:
    """What is given under that name would not be published."""
    if part.sign_in is not None and SIGN_IN in part.config:
        yield Field(f'config["{SIGN_IN}"]', part.config[SIGN_IN]).finding(
            "another name: sign_in publishes this one", f"omit {SIGN_IN} from config\nomit sign_in"
        )


@limit(
    code="NAWS-EDGE-071",
    title="A secret of Secrets Manager or Parameter Store is not published",
    source=_REFERENCES,
    example='config={"key": cdk.SecretValue.secrets_manager("maps").unsafe_unwrap()}',
    fix='config={"keyUrl": "/api/key"}',
)
def no_secrets(part: AccessPart) -> Iterator[Finding]:
    """CloudFormation would fill in its value, and anybody could read it. An API asks for it, and uses it."""
    for name in part.secrets:
        yield Finding(
            path=f'config["{name}"]',
            value=Verbatim("a reference to a secret"),
            expected="nothing that only some may know: the file is public",
            remedy=f"omit {name} from config",
        )


@advice(
    code="NAWS-EDGE-072",
    title="An API below a site with a password judges its senders itself",
    source="docs/patterns/portal-website.md: a password is asked for before the site's files alone",
    example=f"""
    # Its authorizer is Public(…).
    password=Password("team", sha256="{_HASH}"), api={{"/catalogue/*": catalogue.endpoint}}
    """,
    fix=f'password=Password("team", sha256="{_HASH}"), api={{"/api/*": orders.endpoint}}',
)
def open_below(part: AccessPart) -> Iterator[Finding]:
    """A browser sends one `Authorization` alone, the password's or a token: paths of APIs are not asked for it."""
    if part.password is None:
        return
    for path, endpoint in part.apis.items():
        given, others = endpoint.authorizer, is_text(endpoint.name) and "." in endpoint.name
        if not others and (given is None or isinstance(given, Public)):
            yield Finding(
                path=f'api["{path}"]',
                value=Verbatim(endpoint.name or "an endpoint"),
                expected="an endpoint with the authorizer Jwt(…): anybody may send requests to it",
                remedy="give its service HttpApi(authorizer=website.authorizer), and the site sign_in=SignIn()",
            )


PUBLISHED_RULES: tuple[Rule[AccessPart], ...] = (own_name, no_secrets, open_below)
