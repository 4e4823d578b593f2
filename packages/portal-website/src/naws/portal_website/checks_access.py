"""Rules on who may look at a site: the password, sign-in, and what everybody can read as `/config.json`."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from naws.core import HttpEndpoint
from naws.core.authoring import Field, Finding, Rule, Verbatim, is_text, limit, looks_secret, practice
from naws.portal_website.plan_prefixes import LONGEST_PREFIX, TAKEN, prefix_of
from naws.portal_website.props import Password, SignIn

_BASIC = "https://www.rfc-editor.org/rfc/rfc7617#section-2"
_CLIENT = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"
_DOMAIN = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html"
_PREFIXES = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html"
_SCOPES = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html"
_PUBLIC = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_secrets.html"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LIVE = ("prod", "production", "live", "prd")
_OF_OPENID = ("email", "profile", "phone")
_HERE = ("localhost", "127.0.0.1", "[::1]")
_LARGEST_CONFIG = 400_000
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_POOL = 'user_pool=cognito.UserPool.from_user_pool_id(stack, "Pool", "eu-central-1_aB1cD2eF3")'


@dataclass(frozen=True, kw_only=True)
class AccessPart:
    """Who may look at a site, and what it tells everybody.

    Attributes:
        password: one for everybody. None: none is asked for.
        sign_in: how people sign in. None: nobody does.
        config: what is published as `/config.json`.
        stage: of the conventions, such as "prod". None: none.
        secrets: names in `config` whose values refer to a secret.
        apis: what answers under the site's own domain, by its path.
    """

    password: Password | None = None
    sign_in: SignIn | None = None
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    stage: str | None = None
    secrets: Sequence[str] = ()
    apis: Mapping[str, HttpEndpoint] = field(default_factory=dict[str, HttpEndpoint])


@limit(
    code="NAWS-EDGE-060",
    title="A password is given by its SHA-256",
    source=_BASIC,
    example='password=Password("team", sha256="open sesame")',
    fix=f'password=Password("team", sha256="{_HASH}")',
)
def by_hash(part: AccessPart) -> Iterator[Finding]:
    """64 small hexadecimal digits; the password itself stands in no template. `printf %s "…" | sha256sum` has them."""
    if part.password is None or not is_text(part.password.sha256) or _SHA256.fullmatch(part.password.sha256):
        return
    given = part.password.sha256.strip()
    small = (
        f'sha256="{given.lower()}"' if _SHA256.fullmatch(given.lower()) else 'sha256="…"  # printf %s "…" | sha256sum'
    )
    shown = "the digits in capitals" if _SHA256.fullmatch(given.lower()) else "something else"
    yield Field("password.sha256").finding("64 small hexadecimal digits", small, shown=shown)


@limit(
    code="NAWS-EDGE-061",
    title="The name beside a password has no colon",
    source=_BASIC,
    example=f'password=Password("team:shop", sha256="{_HASH}")',
    fix=f'password=Password("team", sha256="{_HASH}")',
)
def user_name(part: AccessPart) -> Iterator[Finding]:
    """A browser sends both with a colon between them: what follows the first one is taken for the password."""
    user = None if part.password is None else part.password.user
    if is_text(user) and (not user.strip() or ":" in user or not user.isprintable()):
        better = re.sub(r"[^\w.-]", "", user.partition(":")[0]) or "team"
        shown = "a name with a colon" if ":" in user else "no name"
        yield Field("password.user").finding("a name without a colon", f'user="{better}"', shown=shown)


@practice(
    code="NAWS-EDGE-062",
    title="A password for everybody is of a site that is not public yet",
    source=_PUBLIC,
    example=f'conventions=Conventions(stage="prod"), password=Password("team", sha256="{_HASH}")',
    fix=f'conventions=Conventions(stage="test"), password=Password("team", sha256="{_HASH}")',
)
def not_live(part: AccessPart) -> Iterator[Finding]:
    """It is one secret of many people, which stands as a hash without salt in the function, and is asked for by 401.

    People who use a site sign in.
    """
    stage = part.stage
    if part.password is not None and is_text(stage) and stage.lower() in _LIVE:
        yield Field("password").finding(
            f"none in the stage {stage}", "omit password\nsign_in=SignIn()", shown=f"one of {part.password.user}"
        )


@limit(
    code="NAWS-EDGE-063",
    title="Signing in leads back to a path of the site",
    source=_CLIENT,
    example='sign_in=SignIn(callback_path="https://www.example.com/callback")',
    fix='sign_in=SignIn(callback_path="/callback")',
)
def leads_back(part: AccessPart) -> Iterator[Finding]:
    """The site's own address is put before it. Cognito refuses a fragment: what follows # never leaves the browser."""
    if part.sign_in is None:
        return
    for name in ("callback_path", "sign_out_path"):
        path = getattr(part.sign_in, name)
        if is_text(path) and (not path.startswith("/") or path.startswith("//") or re.search(r"[#\s]", path)):
            parsed = urlsplit(path)
            better = f"/{parsed.path.lstrip('/')}" if not re.search(r"\s", path) else "/callback"
            yield Field(f"sign_in.{name}", path).finding("a path such as /callback", f'{name}="{better}"')


@limit(
    code="NAWS-EDGE-064",
    title="A developer's address is one of this machine, or has HTTPS",
    source=_CLIENT,
    example='sign_in=SignIn(local=["localhost:5173"])',
    fix='sign_in=SignIn(local=["http://localhost:5173"])',
)
def local_addresses(part: AccessPart) -> Iterator[Finding]:
    """Cognito takes http:// of localhost alone. The paths are put behind it: it ends with its port."""
    for index, address in enumerate(() if part.sign_in is None else part.sign_in.local):
        if not is_text(address):
            continue
        parsed = urlsplit(address if "://" in address else f"http://{address}")
        host = parsed.hostname or ""
        scheme = "http" if f"{host}" in {each.strip("[]") for each in _HERE} else "https"
        right = parsed.scheme == "https" or (parsed.scheme == "http" and scheme == "http" and "://" in address)
        if not right or parsed.path.strip("/") or parsed.query or parsed.fragment:
            better = f"{parsed.scheme if right else scheme}://{parsed.netloc or 'localhost:5173'}"
            expected = "http://localhost with a port, or an address with https://, and no path"
            yield Field(f"sign_in.local[{index}]", address).finding(expected, f'"{better}"')


@limit(
    code="NAWS-EDGE-065",
    title="The prefix of a sign-in page is small letters, digits and hyphens",
    source=f"{_DOMAIN}, {_PREFIXES}",
    example='sign_in=SignIn(domain_prefix="Shop_Portal")',
    fix='sign_in=SignIn(domain_prefix="shop-portal")',
)
def prefix(part: AccessPart) -> Iterator[Finding]:
    """It has 63 at most, no hyphen at its ends, and none of the words aws, amazon and cognito."""
    given = None if part.sign_in is None else part.sign_in.domain_prefix
    if not is_text(given):
        return
    taken = next((word for word in TAKEN if word in given.lower()), "")
    if _PREFIX.fullmatch(given) and not taken:
        return
    better = prefix_of(given)[:LONGEST_PREFIX].strip("-") or "shop-portal"
    expected = f'a prefix without "{taken}"' if taken else "1 to 63 of a-z, 0-9 and -"
    yield Field("sign_in.domain_prefix", given).finding(expected, f'domain_prefix="{better}"')


@limit(
    code="NAWS-EDGE-066",
    title="A pool that is given comes with the name of its sign-in page",
    source=_DOMAIN,
    example=f"sign_in=SignIn({_POOL})",
    fix=f'sign_in=SignIn({_POOL}, domain_name="login.example.com")',
)
def page_of_pool(part: AccessPart) -> Iterator[Finding]:
    """Nothing of a pool says where its sign-in page is; of one that is made here it is decided here."""
    given = part.sign_in
    if given is None:
        return
    if given.user_pool is not None and given.domain_name is None:
        name = '"shop.auth.eu-central-1.amazoncognito.com"'
        yield Field("sign_in.domain_name", None).finding("the host of its sign-in page", f"domain_name={name}")
    if given.user_pool is None and given.domain_name is not None:
        yield Field("sign_in.domain_name", given.domain_name).finding(
            "none without user_pool: a made pool has domain_prefix", "omit domain_name"
        )
    if given.user_pool is not None and given.domain_prefix is not None:
        yield Field("sign_in.domain_prefix", given.domain_prefix).finding(
            "none with user_pool, whose page its owner made", "omit domain_prefix"
        )
    name = given.domain_name
    if is_text(name) and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        host = urlsplit(name if "://" in name else f"https://{name}").hostname or "login.example.com"
        yield Field("sign_in.domain_name", name).finding("a host alone", f'domain_name="{host}"')


@limit(
    code="NAWS-EDGE-067",
    title="What tokens are for begins with openid",
    source=_SCOPES,
    example='sign_in=SignIn(scopes=["email"])',
    fix='sign_in=SignIn(scopes=["openid", "email"])',
)
def scopes(part: AccessPart) -> Iterator[Finding]:
    """Cognito gives email, profile and phone only beside openid, and no identity token without it. 50 at most."""
    if part.sign_in is None or not all(map(is_text, part.sign_in.scopes)):
        return
    given, most = part.sign_in.scopes, 50
    wrong = [each for each in given if not re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}", each)]
    if (set(given) & set(_OF_OPENID) or not given) and "openid" not in given:
        better = ", ".join(f'"{each}"' for each in ("openid", *given))
        yield Field("sign_in.scopes", list(given)).finding("openid among them", f"scopes=[{better}]")
    elif wrong or len(given) > most:
        yield Field("sign_in.scopes", list(given)).finding(
            f"at most {most} names without blanks", 'scopes=["openid", "email", "profile"]'
        )


@practice(
    code="NAWS-EDGE-068",
    title="What a site reads as /config.json is no secret",
    source=_PUBLIC,
    example='config={"apiKey": "q8Zr1xTn5LwV"}',
    fix='config={"apiUrl": "/api"}',
)
def public(part: AccessPart) -> Iterator[Finding]:
    """Anybody can read it. Accept a key that is made for browsers, such as one of a map."""
    for name, value in part.config.items():
        if is_text(name) and is_text(value) and looks_secret(name, value):
            expected = "nothing that only some may know: the file is public"
            remedy = f"omit {name} from config"
            yield Finding(path=f'config["{name}"]', value=Verbatim("a secret"), expected=expected, remedy=remedy)


@limit(
    code="NAWS-EDGE-069",
    title="What a site reads as /config.json fits into a request of CloudFormation",
    source="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
    example='config={"texts": "hello " * 100_000}',
    fix='config={"texts": "/texts.json"}',
)
def short(part: AccessPart) -> Iterator[Finding]:
    """The function that publishes it gets it as it is and as it was, in one request of up to 1 MB."""
    size = len(json.dumps(dict(part.config), default=str))
    if size > _LARGEST_CONFIG:
        largest = max(part.config, key=lambda name: len(str(part.config[name])))
        expected = f"at most {_LARGEST_CONFIG:,} bytes of JSON; the largest is {largest}"
        remedy = f'config={{"{largest}": "/{largest}.json"}}  # a file of the folder'
        yield Field("config").finding(expected, remedy, shown=f"{size:,} bytes")


ACCESS_RULES: tuple[Rule[AccessPart], ...] = (
    by_hash,
    user_name,
    not_live,
    leads_back,
    local_addresses,
    prefix,
    page_of_pool,
    scopes,
    public,
    short,
)
