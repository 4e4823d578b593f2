"""The path that is proposed in place of one that no pattern of a load balancer may be."""

import re

import pytest

from naws.ecs_service.checks_routes import few_wildcards, path_form
from naws.ecs_service.plan_routes import plan_route
from naws.ecs_service.props import Route


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("orders/*", "/orders/*"),
        ("https://example.com/orders/*#top", "/orders/*"),
        ("/orders?page=1", "/orders"),
        ("/orders/{id}/*", "/orders/*/*"),
        ("/bücher/*", "/b*cher/*"),
        ("/b%C3%BCcher/*", "/b*cher/*"),
        ("/my orders/*", "/my*orders/*"),
        ("/日本語/*", "/*/*"),
        ("/ä*/*", "/*/*"),
        ("/b?ü/*", "/b?*/*"),
        ("/ä/b/ö/c/ü/d/é/e/è/f/ñ", "/*/b/*/c/*/d/*/e/*"),
        ("/ä?????", "/*???*"),
        ("", "/"),
    ],
)
def test_the_nearest_path(given: str, better: str) -> None:
    (issue,) = path_form.issues(plan_route(Route(paths=[given]), "route"))
    assert issue.remedy == f'"{better}"'
    left = plan_route(Route(paths=[better]), "route")
    assert [*path_form.issues(left), *few_wildcards.issues(left)] == []


@pytest.mark.parametrize("length", [129, 200])
def test_a_path_too_long_is_cut(length: int) -> None:
    (issue,) = path_form.issues(plan_route(Route(paths=["/" + "a" * length]), "route"))
    assert re.fullmatch(r'"/a{127}"', issue.remedy)
