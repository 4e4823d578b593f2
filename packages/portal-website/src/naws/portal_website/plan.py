"""The plan of a website: every default filled in, every unit unified, every name decided. Pure, but for the folder.

`None` is left only where it is an answer of its own (no certificate, no password).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from aws_cdk.interfaces import aws_wafv2 as wafv2

from naws.core import HttpEndpoint, NoAlarms, PatternContext
from naws.core.authoring import (
    Given,
    OperationsPlan,
    PatternPlan,
    Unconverted,
    asked,
    check_types,
    home_of,
    is_number,
    is_text,
    key_given,
    known,
    of_operations,
    path_of,
    plan_operations,
    seconds,
    stack_of,
    targets_of,
    web_acl_home,
)
from naws.portal_website.plan_folder import Folder, read_folder
from naws.portal_website.plan_headers import HeadersPlan, plan_headers
from naws.portal_website.plan_names import Immutable, matches_any
from naws.portal_website.plan_published import refers_to_secret
from naws.portal_website.plan_redirects import Redirect, address_of, file_of, given_redirects, passed_pages
from naws.portal_website.plan_viewer import USUAL_EXTENSIONS, Moved, ViewerPlan
from naws.portal_website.props import PortalWebsiteProps, SignIn, WebAcl

EDGE_REGION = "us-east-1"
"""Of CloudFront's certificates, web ACLs, metrics and log delivery."""
CONFIG = "config.json"
"""Where the site finds what belongs to its stage."""
RELEASE_LENGTH = 12
"""Hexadecimal digits of a release's id."""
_NOT_FOUND = "404.html"
_LONGEST_PAGE = 264
"""Of `https://` and a domain name with a blank before it."""
_NO_REGION = "the region of the stack is not known, and CloudFront's metrics are in us-east-1"


@dataclass(frozen=True, kw_only=True)
class FilesPlan:
    """The files, and the release that they are.

    Attributes:
        folder: what is in it.
        own: the id of the release that they are.
        active: the id of the release that is shown: that one, or the one that is pinned.
        pinned: whether it is.
        immutable: path patterns of what is cached for a year and never removed.
        outside: path patterns of what is outside of the releases; those, or more that older releases may have.
        inside: files that they have, and that are in the release all the same.
        redirects: those that are given, else those of the folder.
        config: what is published as `/config.json`, without what sign-in adds.
        has_config: whether that is published; otherwise the folder's own is, if it has one.
        secrets: names in `config` whose values refer to a secret.
    """

    folder: Folder
    own: str
    active: str
    pinned: bool
    immutable: tuple[str, ...]
    outside: tuple[str, ...]
    inside: tuple[str, ...]
    redirects: tuple[Redirect, ...]
    config: Mapping[str, str]
    has_config: bool
    secrets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DomainPlan:
    """The names of the site. The first is the main one.

    Attributes:
        names: those; none: CloudFront's.
        zone: where they are written. None: somebody else writes them.
        zone_path: the field that gives it.
        certificate: for them. None: none, or one is made.
        certificate_path: the field that gives it.
        zone_waits: whether the id of the zone is known only when the stack of the site is deployed.
        names_wait: the places of the names of which the same holds.
    """

    names: tuple[str, ...]
    zone: route53.IHostedZone | None
    zone_path: str
    certificate: acm.ICertificate | None
    certificate_path: str
    zone_waits: bool = False
    names_wait: tuple[int, ...] = ()

    @property
    def makes_certificate(self) -> bool:
        """Whether one is made."""
        return bool(self.names) and self.certificate is None and self.zone is not None

    @property
    def waits_for_certificate(self) -> bool:
        """Whether only the deployment of the site's stack knows the ARN of one that is given."""
        given = self.certificate if self.names else None
        return given is not None and home_of(given).region is None


@dataclass(frozen=True, kw_only=True)
class EdgePlan:
    """What AWS wants in us-east-1.

    Attributes:
        place: "here" in the stack itself, "apart" in stacks of their own; None: the region is not known.
        web_acl: filters requests: one that is given, or how one is made. None: none.
        web_acl_path: the field that gives it.
        wants_logs: whether access logs are to be kept: not those of a site that goes.
        operations: the alarms as they can be there: to a topic of us-east-1, and none where the region is not known.
    """

    place: Literal["here", "apart"] | None
    web_acl: wafv2.IWebACLRef | WebAcl | str | None
    web_acl_path: str
    wants_logs: bool
    operations: OperationsPlan

    @property
    def access_logs(self) -> bool:
        """Whether they are kept, which takes a region that is known."""
        return self.wants_logs and self.place is not None


@dataclass(frozen=True, kw_only=True)
class ApiPlan:
    """What answers under the site's own domain.

    Attributes:
        path: the path pattern.
        endpoint: what answers.
        prefix: what is taken off the path. Empty: nothing.
        request_timeout: seconds that it has for an answer. None: only the deployment knows.
    """

    path: str
    endpoint: HttpEndpoint
    prefix: str
    request_timeout: float | None


@dataclass(frozen=True, kw_only=True)
class Plan(PatternPlan):
    """A website, decided.

    Attributes:
        files: the files, and the release that they are.
        domain: its names.
        edge: what AWS wants in us-east-1.
        apis: what answers under its domain.
        headers: what browsers get with every answer.
        not_found_page: of "pages" without an API, in the folder. None: that of the pattern, where no API is.
        sign_in: how people sign in. None: nobody does.
        viewer: what the functions at the edge do.
    """

    props: PortalWebsiteProps
    files: FilesPlan
    domain: DomainPlan
    edge: EdgePlan
    apis: tuple[ApiPlan, ...]
    headers: HeadersPlan
    not_found_page: str | None
    sign_in: SignIn | None
    viewer: ViewerPlan


def resolve(props: PortalWebsiteProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open; a value of the wrong type counts as not given."""
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    context = replace(context, conventions=conventions)
    files, domain = _files(props, context), _domain(props, context)
    operations = plan_operations(props, context, 0)
    edge = _edge(props, context, operations)
    return Plan(
        props=props,
        mismatches=mismatches + more,
        context=context,
        operations=operations,
        files=files,
        domain=domain,
        edge=edge,
        apis=tuple(_apis(props)),
        headers=plan_headers(props.headers, files.folder.script_hashes, reserved=_reserved(props.sign_in)),
        not_found_page=_not_found(props, files.folder),
        sign_in=props.sign_in,
        viewer=_viewer(props, files, domain),
        given=tuple(_given(props, domain, edge, operations, context)),
        key=key_given(props, context),
    )


def _files(props: PortalWebsiteProps, context: PatternContext) -> FilesPlan:
    folder = read_folder(props.source or "")  # None stands in for a mismatch
    own = folder.asset_hash[:RELEASE_LENGTH]
    immutable = folder.immutable
    if props.immutable_paths is not None:
        given = tuple(each for each in props.immutable_paths if is_text(each))
        immutable = Immutable(cached=given, outside=given)
    return FilesPlan(
        folder=folder,
        own=own,
        active=own if props.release is None else props.release,
        pinned=props.release is not None,
        immutable=immutable.cached,
        outside=immutable.outside,
        inside=immutable.inside,
        redirects=folder.redirects if props.redirects is None else given_redirects(props.redirects),
        config=dict(props.config),
        has_config=bool(props.config) or props.sign_in is not None,
        secrets=tuple(name for name, value in props.config.items() if refers_to_secret(value, context.above)),
    )


def _domain(props: PortalWebsiteProps, context: PatternContext) -> DomainPlan:
    own_zone, own = props.hosted_zone is not None, props.certificate is not None
    names, conventions = tuple(props.domain_names), context.conventions
    zone = (props.hosted_zone or conventions.hosted_zone) if names else props.hosted_zone
    return DomainPlan(
        names=names,
        names_wait=tuple(index for index, name in enumerate(names) if _waits(name, context)),
        zone=zone,
        zone_waits=zone is not None and _waits(asked(zone, "hosted_zone_id"), context),
        zone_path="hosted_zone" if own_zone else "Conventions.hosted_zone",
        certificate=(props.certificate or conventions.edge_certificate) if names else props.certificate,
        certificate_path="certificate" if own else "Conventions.edge_certificate",
    )


def _waits(value: str, context: PatternContext) -> bool:
    """Whether a value is one of the stack that the website is in, or of one that this stack is nested in."""
    return any(context.path.startswith(f"{path_of(stack_of(each))}/") for each in targets_of(value))


def _edge(props: PortalWebsiteProps, context: PatternContext, operations: OperationsPlan) -> EdgePlan:
    region = context.home.region
    own = props.web_acl is not None
    goes = operations.removal_policy == cdk.RemovalPolicy.DESTROY
    return EdgePlan(
        place=None if region is None else "here" if region == EDGE_REGION else "apart",
        web_acl=props.web_acl if own else context.conventions.edge_web_acl,
        web_acl_path="web_acl" if own else "Conventions.edge_web_acl",
        wants_logs=props.access_logs and not goes,
        operations=_of_edge(operations, region),
    )


def _of_edge(operations: OperationsPlan, region: str | None) -> OperationsPlan:
    """The alarms in us-east-1: an alarm is sent to a topic of its own region alone."""
    if region is None:
        return replace(operations, given=NoAlarms(reason=_NO_REGION), alarms=None, topic=None)
    there = operations.topic is not None and _may_be_there(*operations.topic, apart=region != EDGE_REGION)
    return operations if there else replace(operations, topic=None)


def _may_be_there(path: str, topic: sns.ITopic, *, apart: bool) -> bool:
    """Whether a topic is in us-east-1, or is given for a stack there by an ARN that only its deployment knows.

    For stacks apart a convention's is as likely one of the site's region, and what a stack of another region knows
    comes to them by CDK's custom resources alone.
    """
    region = home_of(topic).region
    if region is not None or not apart:
        return region in (None, EDGE_REGION)
    stacks = (stack_of(each) for each in targets_of(asked(topic, "topic_arn")))
    return path == "alarms.topic" and all(asked(each, "region") == EDGE_REGION for each in stacks)


def _apis(props: PortalWebsiteProps) -> Iterator[ApiPlan]:
    for path, endpoint in props.api.items():
        strips = props.strip_prefix if isinstance(props.strip_prefix, bool) else path in (props.strip_prefix or ())
        prefix = path.rstrip("*").rstrip("/") if strips else ""
        waits = seconds(endpoint.request_timeout, 0)
        timeout = waits if is_number(waits) or isinstance(waits, Unconverted) else None
        yield ApiPlan(path=path, endpoint=endpoint, prefix=prefix, request_timeout=timeout)


def _reserved(sign_in: SignIn | None) -> int:
    """Characters that the address of the sign-in page has in the security policy at most."""
    return 0 if sign_in is None else _LONGEST_PAGE


def _not_found(props: PortalWebsiteProps, folder: Folder) -> str | None:
    """Only of "pages" without an API: CloudFront shows it for whatever answers with 404."""
    if props.kind != "pages" or props.api:
        return None
    return props.not_found_page or (_NOT_FOUND if _NOT_FOUND in folder.names else None)


def _viewer(props: PortalWebsiteProps, files: FilesPlan, domain: DomainPlan) -> ViewerPlan:
    given = props.password
    folders, others = _pages(files.folder.names)
    extensions = sorted({*USUAL_EXTENSIONS, *(each.lower() for each in files.folder.extensions)})
    return ViewerPlan(
        release=files.active,
        kind=props.kind,
        extensions=extensions,
        folders=folders,
        others=others if props.kind == "pages" else (),
        named=_named(files.folder.names, extensions) if props.kind == "pages" else (),
        outside=files.outside,
        inside=files.inside,
        dotted=not any(matches_any(files.outside, name) for name in files.folder.bare if name not in files.inside),
        redirects=list(_moved(files, props.kind)),
        pages=passed_pages(files.redirects, files.folder.names) if props.kind == "pages" else (),
        main_domain=domain.names[0] if len(domain.names) > 1 else None,
        password=None if given is None else (given.user, given.sha256),
    )


def _moved(files: FilesPlan, kind: str) -> Iterator[Moved]:
    """The redirects that are followed; what would show another file in the place of one that is there is not."""
    for each in files.redirects:
        is_hidden = each.gives_way and not each.is_dynamic and file_of(each.source, files.folder.names, kind)
        if each.is_whole and not (each.is_fallback and kind == "spa") and not is_hidden:
            gives_way = each.gives_way and each.is_dynamic and not each.used
            yield Moved(source=each.source, target=each.target, status=each.status, gives_way=gives_way)


def _pages(names: Iterable[str]) -> tuple[bool, Sequence[str]]:
    """Whether most pages are `about/index.html` and not `about.html`, and those that are the other way."""
    every = [each.removesuffix(".html") for each in names if each.endswith(".html")]
    folders = {f"/{each.removesuffix('/index')}" for each in every if each.endswith("/index")}
    plain = {f"/{each}" for each in every if each.rpartition("/")[2] not in ("index", "404")}
    most = len(folders) >= len(plain)
    return most, sorted(plain - folders if most else folders - plain)


def _named(names: Collection[str], extensions: Collection[str]) -> Sequence[str]:
    """The addresses of pages that end as those of files do: of `blog/next.js.html`, `/blog/next.js`."""
    addresses = {address_of(each) for each in names if each.endswith(".html")}
    endings = tuple(f".{each}" for each in extensions)
    return sorted(each for each in addresses if each.lower().endswith(endings) and each[1:] not in names)


def _given(
    props: PortalWebsiteProps,
    domain: DomainPlan,
    edge: EdgePlan,
    operations: OperationsPlan,
    context: PatternContext,
) -> Iterator[Given]:
    """What is given, and where it lives."""
    there = replace(context.home, region=EDGE_REGION)
    yield from (each for each in of_operations(props, operations, context) if each.kind != "topic")
    at_edge = replace(context, home=there)
    yield from (each for each in of_operations(props, edge.operations, at_edge) if each.kind == "topic")
    if domain.certificate is not None:
        path = domain.certificate_path
        yield Given(path=path, kind="edge certificate", home=home_of(domain.certificate), here=there)
    if domain.names and domain.zone is not None:
        yield Given(path=domain.zone_path, kind="hosted zone", home=home_of(domain.zone), here=context.home)
    if edge.web_acl is not None and not isinstance(edge.web_acl, WebAcl):
        yield Given(path=edge.web_acl_path, kind="web ACL", home=web_acl_home(edge.web_acl), here=there)
    pool = None if props.sign_in is None else props.sign_in.user_pool
    # Of names that are known the client of a pool of this app stands beside it, wherever that is.
    if pool is not None and not (domain.names and isinstance(pool, cognito.UserPool)):
        # Its id begins with its region, which one that was imported by it says nowhere else.
        pool_id = asked(pool, "user_pool_id")
        home = replace(home_of(pool), region=pool_id.partition("_")[0]) if known(pool_id) else home_of(pool)
        yield Given(path="sign_in.user_pool", kind="user pool", home=home, here=context.home)
