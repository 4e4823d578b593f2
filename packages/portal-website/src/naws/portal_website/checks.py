"""Checks of a plan before it is built: every rule that a website is held to."""

from collections.abc import Iterator
from typing import Any

from naws.core.authoring import (
    ACKNOWLEDGEMENT_RULES,
    CONTEXT_CHECKS,
    ENCRYPTION_KEY_RULES,
    GIVEN_RULES,
    OPERATIONS_CHECKS,
    READY_STACK_RULES,
    Check,
    Rule,
    bind,
    of,
    types,
    zone_name,
)
from naws.portal_website.checks_access import ACCESS_RULES, AccessPart
from naws.portal_website.checks_certificate import CERTIFICATE_RULES
from naws.portal_website.checks_csp import CSP_RULES
from naws.portal_website.checks_domain import DOMAIN_RULES, DomainPart, of_one
from naws.portal_website.checks_edge import EDGE_CHECKS
from naws.portal_website.checks_files import FILE_RULES
from naws.portal_website.checks_folder import FOLDER_RULES, FolderPart
from naws.portal_website.checks_header_names import HEADER_NAME_RULES
from naws.portal_website.checks_headers import HEADER_RULES, HeadersPart
from naws.portal_website.checks_hosts import HOST_RULES
from naws.portal_website.checks_immutable import IMMUTABLE_RULES
from naws.portal_website.checks_leftovers import LEFTOVER_RULES
from naws.portal_website.checks_lists import LIST_RULES, GivenList
from naws.portal_website.checks_missing import MISSING_RULES
from naws.portal_website.checks_pages import CALLBACK_RULES, PAGE_RULES, CallbackPart
from naws.portal_website.checks_paths import PATH_RULES, ApiPart, PathsPart
from naws.portal_website.checks_published import PUBLISHED_RULES
from naws.portal_website.checks_redirect_targets import TARGET_RULES
from naws.portal_website.checks_redirects import REDIRECT_RULES, RedirectsPart
from naws.portal_website.checks_synth import SYNTH_RULES
from naws.portal_website.checks_viewer import FunctionPart, bytes_of, fits
from naws.portal_website.plan import CONFIG, Plan
from naws.portal_website.plan_viewer import api_function, site_function, site_parts


def _folder(plan: Plan) -> Iterator[FolderPart]:
    headers = plan.headers.given
    if plan.props.source is None:  # pyright: ignore[reportUnnecessaryComparison] - it stands in for a mismatch
        return
    yield FolderPart(
        folder=plan.files.folder,
        kind=plan.props.kind,
        immutable=plan.files.immutable,
        immutable_paths=plan.props.immutable_paths,
        apis=_paths_of(plan),
        published=_published(plan),
        csp=headers.csp,
        csp_sources=headers.csp_sources,
        not_found_page=plan.props.not_found_page,
        release=plan.props.release,
        folders=plan.viewer.folders,
    )


def _apis(plan: Plan) -> Iterator[PathsPart]:
    if not plan.apis:
        return
    parts = [
        ApiPart(
            pattern=each.path,
            name=each.endpoint.name,
            request_timeout=each.request_timeout,
            authorizer=each.endpoint.authorizer,
            strips=bool(each.prefix),
            answers=each.endpoint.paths,
        )
        for each in plan.apis
    ]
    yield PathsPart(
        apis=parts,
        folder=plan.files.folder,
        immutable=plan.files.immutable,
        published=_published(plan),
        domains=plan.domain.names,
    )


def _redirects(plan: Plan) -> Iterator[RedirectsPart]:
    if plan.files.redirects:
        yield RedirectsPart(
            redirects=plan.files.redirects,
            folder=plan.files.folder,
            kind=plan.props.kind,
            apis=_paths_of(plan),
            domains=plan.domain.names,
            immutable=plan.files.immutable,
            published=_published(plan),
        )


def _headers(plan: Plan) -> Iterator[HeadersPart]:
    folder, names = plan.files.folder, plan.domain.names
    yield HeadersPart(
        plan=plan.headers,
        pages=len(folder.script_hashes),
        folder=folder,
        host=names[0] if names else "",
        zone=zone_name(plan.domain.zone) or "",
    )


def _domain(plan: Plan) -> Iterator[DomainPart]:
    yield DomainPart(plan=plan.domain, edge=plan.edge)


def _access(plan: Plan) -> Iterator[AccessPart]:
    yield AccessPart(
        password=plan.props.password,
        sign_in=plan.sign_in,
        config=plan.files.config,
        stage=plan.context.conventions.stage,
        secrets=plan.files.secrets,
        apis={each.path: each.endpoint for each in plan.apis},
    )


def _callback(plan: Plan) -> Iterator[CallbackPart]:
    if plan.sign_in is not None:
        folder, kind = plan.files.folder, plan.props.kind
        yield CallbackPart(path=plan.sign_in.callback_path, folder=folder, kind=kind, apis=_paths_of(plan))


def _lists(plan: Plan) -> Iterator[GivenList]:
    props = plan.props
    yield GivenList("domain_names", props.domain_names)
    yield GivenList("immutable_paths", props.immutable_paths or ())
    yield GivenList("strip_prefix", () if isinstance(props.strip_prefix, bool) else props.strip_prefix or ())
    if props.sign_in is not None:
        yield GivenList("sign_in.local", props.sign_in.local)
    for name, sources in props.headers.csp_sources.items():
        yield GivenList(f'headers.csp_sources["{name}"]', sources)


def _functions(plan: Plan) -> Iterator[FunctionPart]:
    parts = bytes_of(site_parts(plan.viewer))
    yield FunctionPart(path="site function", code=site_function(plan.viewer), parts=parts)
    for each in plan.apis:
        yield FunctionPart(path=f'function of api["{each.path}"]', code=api_function(plan.viewer, each.prefix))


def _paths_of(plan: Plan) -> tuple[str, ...]:
    return tuple(each.path for each in plan.apis)


def _published(plan: Plan) -> tuple[str, ...]:
    return (CONFIG,) if plan.files.has_config else ()


CHECKS: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    *bind(_folder, (*FOLDER_RULES, *MISSING_RULES, *FILE_RULES, *LEFTOVER_RULES, *IMMUTABLE_RULES, *PAGE_RULES)),
    *bind(_apis, PATH_RULES),
    *bind(_redirects, (*REDIRECT_RULES, *TARGET_RULES)),
    *bind(_headers, (*HEADER_RULES, *HEADER_NAME_RULES, *CSP_RULES, *HOST_RULES)),
    *bind(_domain, (rule for rule in DOMAIN_RULES if rule is not of_one)),
    *bind(_domain, CERTIFICATE_RULES),
    *bind(_access, (*ACCESS_RULES, *PUBLISHED_RULES)),
    *bind(_callback, CALLBACK_RULES),
    *bind(_lists, LIST_RULES),
    fits.on(_functions),
    *EDGE_CHECKS,
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
    *of(lambda plan: plan.operations, OPERATIONS_CHECKS),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)
RULES: tuple[Rule[Any], ...] = (
    *{rule.code: rule for rule in (*(check.rule for check in CHECKS), *SYNTH_RULES)}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *READY_STACK_RULES,
)
"""Every rule that a website is held to, for `naws rules`, `naws explain` and the documentation."""
