"""The props of the pattern and the values that they take: no logic and no scope."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_route53 as route53
from aws_cdk.interfaces import aws_wafv2 as wafv2

from naws.core import HttpEndpoint
from naws.core.authoring import Hint, Hints, Operated, suggesting


@suggesting
@dataclass(frozen=True, kw_only=True)
class SecurityHeaders:
    """Headers that browsers get with every answer, errors too.

    Attributes:
        csp: "report" has browsers name in their console what the content security policy would stop, "enforce" has
            them stop it; None: no policy.
        csp_sources: more that a directive allows, such as `{"img-src": ["https://images.example.com"]}`; `["'none'"]`:
            nothing at all.
        frame: which pages may show this one in a frame: those of the site itself, or with "DENY" none.
        hsts: how long browsers ask for the site by HTTPS alone. Omitted: two years. Zero: not at all.
        hsts_subdomains: whether they ask for its subdomains so, too. Omitted: they do.
        custom: further headers by name, up to ten with the policy that only reports.
    """

    csp: Literal["report", "enforce"] | None = "report"
    csp_sources: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    frame: Literal["SAMEORIGIN", "DENY"] = "SAMEORIGIN"
    hsts: cdk.Duration | None = None
    hsts_subdomains: bool | None = None
    custom: Mapping[str, str] = field(default_factory=dict[str, str])


@suggesting
@dataclass(frozen=True)
class Password:
    """One name and one password for everybody, for a site that is not public yet. It protects nothing of value.

    Attributes:
        user: the name.
        sha256: the SHA-256 of the password, 64 hexadecimal digits: `printf %s "…" | sha256sum`.
    """

    user: str
    _: KW_ONLY
    sha256: str


@suggesting
@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Sign-in by Cognito, as a public client with PKCE; the site finds its values in `/config.json`.

    Attributes:
        user_pool: who may sign in, also by the identity providers that it has by then; an imported pool gets those of
            `register_identity_provider`. Omitted: one is made, in which an administrator makes the users.
        domain_prefix: of the sign-in page, `https://<prefix>.auth.<region>.amazoncognito.com`, of a pool that is made.
            A pool has one at a time, so that another one is refused. Omitted: one that is derived from the stack and
            the website.
        domain_name: of the sign-in page of a given pool, such as `"login.example.com"`. Omitted: that of a made pool.
        scopes: what a token is for.
        callback_path: where the sign-in page leads back to.
        sign_out_path: where signing out leads back to.
        local: further addresses of developers, such as `"http://localhost:5173"`. Omitted: none.
    """

    _hints: ClassVar[Hints] = {"scopes": Hint(between=","), "local": Hint(between=",")}
    user_pool: cognito.IUserPool | None = None
    domain_prefix: str | None = None
    domain_name: str | None = None
    scopes: Sequence[str] = ("openid", "email", "profile")
    callback_path: str = "/"
    sign_out_path: str = "/"
    local: Sequence[str] = ()


@suggesting
@dataclass(frozen=True, kw_only=True)
class WebAcl:
    """A web ACL that is made: rules of AWS against known attacks, and a limit of requests from one address.

    Attributes:
        rate_limit: requests of one address in five minutes; those above are refused.
    """

    rate_limit: int = 2000


@dataclass(frozen=True, kw_only=True)
class PortalWebsiteProps(Operated):
    """Everything that can be given to a website; only `source` has to be."""

    _elsewhere: ClassVar[dict[str, str]] = {
        "path": 'give source="web/dist", the folder that a build left',
        "website_index_document": "index.html is the page of a folder",
        "error_responses": 'give not_found_page="404.html"; a single-page app needs none',
        "default_root_object": "index.html is the page of a folder",
        "log_bucket": "access logs are kept already; access_logs=False keeps none",
        "domain_name": 'give domain_names=["www.example.com"]',
        "distribution_paths": "nothing has to be invalidated: a release has names of its own",
        "prune": "nothing has to be pruned: the newest ten releases are kept",
        "spa": 'give kind="spa"',
    }
    _hints: ClassVar[Hints] = {
        "source": Hint(example='"web/dist"'),
        "immutable_paths": Hint(between=","),
        "domain_names": Hint(between=","),
        "web_acl": Hint(example="WebAcl()"),
        "api": Hint(
            instead={"NoneType": "give the LambdaService endpoint=HttpApi(authorizer=…): without it there is none"}
        ),
    }
    source: str
    """The folder that a build left, relative to where the app is run; with `index.html`."""
    kind: Literal["spa", "pages"] = "spa"
    """"spa": every address without a file is answered with `index.html`, and the app in it decides. "pages": every page
    is a file, `/about` is `about/index.html` or `about.html`."""
    immutable_paths: Sequence[str] | None = None
    """Folders whose files have a hash in their names, such as `"/assets/*"`: cached for a year, and never removed, so
    that open tabs find theirs after a deployment. Omitted: those of well-known tools that are found in `source`."""
    api: Mapping[str, HttpEndpoint] = field(default_factory=dict[str, HttpEndpoint])
    """What answers under the site's own domain: `{"/api/*": orders.endpoint}`. Omitted: nothing else does."""
    strip_prefix: bool | Sequence[str] = False
    """True: `/api/orders` reaches the endpoint of `/api/*` as `/orders`. A list, such as `["/api/*"]`: of these paths
    alone, given in `api` or by `add_api`."""
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the site reads as `/config.json`, tokens too; it belongs to the stage, and anybody can read it.
    Omitted: only what `sign_in` adds."""
    domain_names: Sequence[str] = ()
    """Names of your own. The first is the site's, the others redirect to it. Omitted: CloudFront's name."""
    hosted_zone: route53.IHostedZone | None = None
    """Where the names are written, and a certificate is proved. Omitted: the convention's, else you do."""
    certificate: acm.ICertificate | None = None
    """For the names, of us-east-1. Omitted: the convention's `edge_certificate`, else one is made in `hosted_zone`."""
    redirects: Mapping[str, str] | None = None
    """Old paths by new ones, which are answered with 301: `{"/old": "/new"}`. Omitted: those of `_redirects`."""
    headers: SecurityHeaders = field(default_factory=SecurityHeaders)
    """Headers that browsers get with every answer, errors too."""
    not_found_page: str | None = None
    """Shown with status 404 where there is no page, of "pages" without `api`. Omitted: `404.html`, if it is there."""
    password: Password | None = None
    """For a site that is not public yet. Omitted: anybody may look."""
    sign_in: SignIn | None = None
    """Omitted: nobody signs in."""
    release: str | None = None
    """The id of an older release, whose files are kept, to go back to it. Omitted: the folder's own."""
    web_acl: wafv2.IWebACLRef | WebAcl | str | None = None
    """Filters requests, of us-east-1 and scope CLOUDFRONT, or its ARN; `WebAcl()` makes one. Omitted: the convention's
    `edge_web_acl`, else none."""
    access_logs: bool = True
    """A line of each request is kept for 90 days, in a bucket of us-east-1 that outlives its stack: with
    `removal_policy=DESTROY` there are none, and none where the region is not known."""
