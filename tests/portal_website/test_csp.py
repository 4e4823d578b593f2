"""What a content security policy has of what is given, where a word means something only alone or only in force."""

from typing import Any

import pytest
from test_edge_rules import headers

from naws.portal_website import checks_csp

MAPS = "https://maps.example.com"


def directives(**given: Any) -> dict[str, str]:
    policy = headers(hashes=1, csp_sources=given.pop("sources"), **given).plan.policy()
    return dict(each.split(" ", 1) for each in policy.split("; "))


def found(rule: Any, **given: Any) -> list[tuple[str, str]]:
    return [(each.path, each.remedy) for each in rule.issues(headers(**given))]


def test_none_takes_the_place_of_what_a_directive_allows() -> None:
    sources = {"script-src": ["'none'"], "style-src": ["'none'"], "frame-src": ["'none'"], "worker-src": ["'self'"]}
    policy = directives(sources=sources)
    assert {name: policy[name] for name in sources} == {**dict.fromkeys(sources, "'none'"), "worker-src": "'self'"}
    assert policy["img-src"] == "'self' data:"


def test_what_sign_in_needs_is_allowed_all_the_same() -> None:
    plan = headers(csp_sources={"connect-src": ["'none'"]}).plan
    assert "connect-src 'none';" in plan.policy()
    assert "connect-src https://login.example.com;" in plan.policy(["https://login.example.com"])


def test_none_beside_others_is_refused_with_both_lines() -> None:
    sources = {"img-src": [MAPS], "frame-src": ["'none'", MAPS]}
    ((path, remedy),) = found(checks_csp.none_is_alone, csp_sources=sources)
    assert (path, remedy.splitlines()) == (
        'headers.csp_sources["frame-src"]',
        [
            f'csp_sources={{"img-src": ["{MAPS}"], "frame-src": ["{MAPS}"]}}',
            f'csp_sources={{"img-src": ["{MAPS}"], "frame-src": ["\'none\'"]}}',
        ],
    )
    for right in ({}, {"frame-src": [MAPS]}, {"frame-src": ["'none'"]}, {"frame-src": []}):
        assert found(checks_csp.none_is_alone, csp_sources=right) == []


@pytest.mark.parametrize(
    ("sources", "given", "first"),
    [
        ([MAPS], {}, 'csp="enforce"'),
        (["'self'", MAPS], {"frame": "DENY"}, 'csp="enforce"'),
        (["'none'"], {}, 'frame="DENY"'),
        (["'self'"], {"frame": "DENY"}, 'frame="SAMEORIGIN"'),
        (["'self'"], {}, None),
        (["'none'"], {"frame": "DENY"}, None),
        ([MAPS], {"csp": "enforce"}, None),
        ([MAPS], {"csp": None}, None),
        ([], {}, None),
    ],
)
def test_who_may_show_the_site_in_a_frame(sources: list[str], given: dict[str, Any], first: str | None) -> None:
    issues = found(checks_csp.frames_are_enforced, csp_sources={"frame-ancestors": sources}, **given)
    assert [each.splitlines()[0] for _, each in issues] == ([] if first is None else [first])
