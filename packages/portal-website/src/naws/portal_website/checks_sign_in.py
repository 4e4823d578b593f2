"""Rules on sign-in: its page, and where it may lead back to."""

import re
from collections.abc import Iterator, Sequence

from naws.core.authoring import Field, Finding, is_text, limit, practice, shortened
from naws.portal_website.props import SignIn

_DOMAIN = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html"
_CLIENT = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"
_SCOPES = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html"
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED = ("aws", "amazon", "cognito")
_SAFE = re.compile(r"https://[^\s/]+/?|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?/?")
_POOL = 'sign_in=SignIn(user_pool=cognito.UserPool.from_user_pool_id(stack, "Pool", "eu-central-1_abc")'


@limit(
    code="NAWS-SIGNIN-001",
    title="The prefix of a sign-in page is letters, digits and hyphens",
    source=_DOMAIN,
    example='sign_in=SignIn(domain_prefix="Shop_Portal")',
    fix='sign_in=SignIn(domain_prefix="shop-portal")',
)
def prefix_legal(given: SignIn) -> Iterator[Finding]:
    """Cognito refuses capitals, other characters, more than 63 of them, and names of AWS: aws, amazon, cognito."""
    prefix = given.domain_prefix
    if not is_text(prefix):
        return
    reserved = [each for each in _RESERVED if each in prefix]
    if _PREFIX.fullmatch(prefix) and not reserved:
        return
    legal = shortened(re.sub("[^a-z0-9-]+", "-", prefix.lower()), 63)
    for each in _RESERVED:
        legal = legal.replace(each, "")
    expected = "1 to 63 small letters, digits and hyphens, no hyphen at either end, and no " + ", ".join(_RESERVED)
    yield Field("sign_in.domain_prefix", prefix).finding(expected, f'domain_prefix="{legal.strip("-") or "shop"}"')


@limit(
    code="NAWS-SIGNIN-002",
    title="A pool of users has one sign-in page",
    source=_DOMAIN,
    example=f"{_POOL})",
    fix=f'{_POOL}, domain_name="login.example.com")',
)
def page_known(given: SignIn) -> Iterator[Finding]:
    """Of a pool that is given nobody knows here where people sign in; of one that is made it is made, too."""
    if given.user_pool is not None and given.domain_name is None:
        yield Field("sign_in.domain_name").finding(
            "the name of the pool's sign-in page", 'domain_name="login.example.com"', shown="not given"
        )
    if given.user_pool is not None and given.domain_prefix is not None:
        yield Field("sign_in.domain_prefix", given.domain_prefix).finding(
            "no prefix: it is for the page of a pool that is made", "omit domain_prefix"
        )
    if given.user_pool is None and given.domain_name is not None:
        yield Field("sign_in.domain_name", given.domain_name).finding(
            "no name: it is for the page of a pool that is given", "omit domain_name"
        )


@limit(
    code="NAWS-SIGNIN-003",
    title="Sign-in leads back to a path of the site",
    source=_CLIENT,
    example='sign_in=SignIn(callback_path="signed-in")',
    fix='sign_in=SignIn(callback_path="/signed-in")',
)
def paths_of_site(given: SignIn) -> Iterator[Finding]:
    """The path is written behind the site's name, and Cognito compares the whole address; a fragment it refuses."""
    for name in ("callback_path", "sign_out_path"):
        path = getattr(given, name)
        if is_text(path) and (not path.startswith("/") or "#" in path or " " in path):
            legal = "/" + re.split(r"[# ]", re.sub(r"^\w+://[^/]*", "", path))[0].lstrip("/")
            yield Field(f"sign_in.{name}", path).finding("a path such as /signed-in", f'{name}="{legal}"')


@limit(
    code="NAWS-SIGNIN-004",
    title="Sign-in leads back by HTTPS, to a developer's machine also without",
    source=_CLIENT,
    example='sign_in=SignIn(local=["http://dev.example.com"])',
    fix='sign_in=SignIn(local=["http://localhost:5173"])',
)
def addresses_safe(given: SignIn) -> Iterator[Finding]:
    """Cognito takes HTTP for localhost alone: elsewhere whoever listens has the code, and with it the session."""
    for index, address in enumerate(given.local):
        if is_text(address) and not _SAFE.fullmatch(address):
            host = re.sub(r"^\w+://|[/?#].*$", "", address)
            line = "http://localhost:5173" if "localhost" in host or not host else f"https://{host}"
            yield Field(f"sign_in.local[{index}]", address).finding(
                "an address without a path: https://…, or http://localhost with a port", f'"{line}"'
            )


@practice(
    code="NAWS-SIGNIN-005",
    title="A token names who signed in: openid is among the scopes",
    source=_SCOPES,
    example='sign_in=SignIn(scopes=["email"])',
    fix='sign_in=SignIn(scopes=["openid", "email"])',
)
def with_openid(given: SignIn) -> Iterator[Finding]:
    """Without it there is no ID token, and `email` and `profile` are refused."""
    scopes = given.scopes
    if isinstance(scopes, Sequence) and all(map(is_text, scopes)) and "openid" not in scopes:  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        listed = ", ".join(f'"{each}"' for each in ("openid", *scopes))
        yield Field("sign_in.scopes", list(scopes)).finding('scopes with "openid"', f"scopes=[{listed}]")


SIGN_IN_RULES = (prefix_legal, page_known, paths_of_site, addresses_safe, with_openid)
"""Each gets a `SignIn`."""
