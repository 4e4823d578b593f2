"""Rules on redirects: each with its line."""

from pathlib import Path
from typing import Any

import pytest

from naws.core.authoring import Rule
from naws.portal_website import checks_redirect_targets, checks_redirects
from naws.portal_website.checks_redirect_targets import TARGET_RULES
from naws.portal_website.checks_redirects import REDIRECT_RULES, RedirectsPart
from naws.portal_website.plan_folder import read_folder
from naws.portal_website.plan_redirects import given_redirects, read_redirects
from site_folders import DIST, PAGES, write

RULES = (*REDIRECT_RULES, *TARGET_RULES)


def part(text: str | dict[str, str], **given: Any) -> RedirectsPart:
    redirects = read_redirects(text) if isinstance(text, str) else given_redirects(text)
    return RedirectsPart(redirects=redirects, **({"folder": read_folder("")} | given))


def found(rule: Rule[RedirectsPart], text: str | dict[str, str], **given: Any) -> list[tuple[str, str]]:
    return [(each.path.removeprefix('source["_redirects"]:'), each.remedy) for each in rule.issues(part(text, **given))]


GOOD = """
# moved
/old /new 302
/blog/*      /news/:splat        301!
/shop/:item  https://shop.example.com:8443/:item?from=:item#a 308
/find        https://www.example.com/find 301
/x/:a/*      /y/:splat/:a 301
/img/*       /pictures/:splat    200
/*           /index.html         200
"""


def test_good_redirects_break_no_rule() -> None:
    assert [issue for rule in RULES for issue in rule.issues(part(GOOD))] == []
    tokens = part({"/old": "${Token[TOKEN.1]}", "/x/*": "https://${Token[TOKEN.2]}/:splat"}, domains=("${Token[T.3]}",))
    assert [issue for rule in RULES for issue in rule.issues(tokens)] == []


def test_the_form_of_a_line() -> None:
    text = "old /new\nhttps://example.com/a/* /a/:splat\n/a?b=1 /c\n/broken\n/h //www.example.com\n"
    assert found(checks_redirects.has_form, text) == [
        ("1", "/old /new 302"),
        ("2", "/a/* /a/:splat 302"),
        ("3", "/a /c 302"),
        ("4", "/broken /… 302"),
        ("5", "/h https://www.example.com 302"),
    ]
    hosts = (
        "http://blog.example.com/* https://www.example.com/blog/:splat 301!\n"
        "http://blog.example.com/* /blog/:splat\n"
        "https://old.example.com/a https://www.example.com/b\n"
        "https://www.example.com/a https://WWW.example.com/b\n"
    )
    assert found(checks_redirects.has_form, hosts) == [
        ("1", "# http://blog.example.com/* https://www.example.com/blog/:splat 301!"),
        ("2", "# http://blog.example.com/* /blog/:splat"),
        ("3", "# https://old.example.com/a https://www.example.com/b"),
        ("4", "/a https://WWW.example.com/b 302"),
    ]
    given = part({"old": "/new"})
    (issue,) = checks_redirects.has_form.issues(given)
    assert (issue.path, issue.remedy) == ('redirects["old"]', 'redirects={"/old": "/new"}')


@pytest.mark.parametrize(
    ("target", "expected", "remedy"),
    [
        ("/x 302", "a target alone: it is answered with 301, and 302 is a line of the file _redirects", "/x"),
        ("/x  301", "a target alone: it is answered with 301", "/x"),
        ("/x y 200!", "a target alone: it is answered with 301, and 200! is a line of the file _redirects", "/x%20y"),
        ("/x y", "a target without blanks", "/x%20y"),
        ("https://example.com/a 308", None, "https://example.com/a"),
        ("/x ", "a target without blanks", "/x"),
    ],
)
def test_a_line_of_the_file_is_no_target(target: str, expected: str | None, remedy: str) -> None:
    (issue,) = checks_redirects.has_form.issues(part({"/old": target}))
    assert issue.remedy == f'redirects={{"/old": "{remedy}"}}'
    assert expected in (None, issue.expected)


def test_a_line_without_a_status_is_another_one_elsewhere() -> None:
    text = "/a /b\n/c /d 301\n/e /f Country=de\n/g/* /h/:splat\n"
    assert found(checks_redirects.has_status, text) == [("1", "/a /b 301"), ("4", "/g/* /h/:splat 301")]
    assert found(checks_redirects.has_status, {"/a": "/b"}) == []


def test_what_the_site_needs_is_not_redirected(tmp_path: Path) -> None:
    files = DIST | {"assets/large.png": "", "größe.svg": ""}
    files["index.html"] += '<img src="/gr%C3%B6%C3%9Fe.svg">'
    given = {"folder": read_folder(str(write(tmp_path, files))), "immutable": ("/assets/*",)}
    rules = (checks_redirect_targets.hides_no_need, checks_redirect_targets.hides_nothing)
    text = (
        "/assets/index-B3k9dx1y.js /x\n/assets/* /x\n/assets/large.png /x\n/assets/* /x 200\n"
        "/gr%C3%B6%C3%9Fe.svg /x\n/assets/:name /x 200!\n"
    )
    assert [[line for line, _ in found(rule, text, **given)] for rule in rules] == [["1", "2", "5", "6"], ["3"]]


def test_statuses() -> None:
    text = "/a /b 404\n/c /d 3o1\n/api/* https://api.example.com/:splat 200\n/e /f 200\n"
    assert found(checks_redirects.status, text) == [
        ("1", "/a /b 301"),
        ("2", "/c /d 301"),
        ("3", 'api={"/api/*": HttpEndpoint.of_domain("api.example.com")}'),
    ]


def test_conditions() -> None:
    assert found(checks_redirects.unconditional, "/ /de 302 Language=de\n/s q=:q /f 301\n") == [
        ("1", "/ /de 302"),
        ("2", "/s /f 301"),
    ]


@pytest.mark.parametrize(
    ("line", "remedies"),
    [
        ("/a/*/b/* /c/:splat", ["/a/* /c/:splat 302"]),
        ("/a/* /c/:slug", ["/a/* /c/:splat 302"]),
        ("/a/:id /c/:ids", ["/a/:id /c/:id 302"]),
        ("/a /c/:splat", ["/a /c/ 302"]),
        ("/a/* /c/*", ["/a/* /c/:splat 302"]),
        ("/a/:x/:x /c/:x", ["/a/:x/:x… /c/:x 302"]),
        ("/a/:x/* https://example.com:8080/:x/:splat", []),
    ],
)
def test_placeholders(line: str, remedies: list[str]) -> None:
    assert [remedy for _, remedy in found(checks_redirects.placeholders, line)] == remedies


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("/a /b\n/b /a\n", ["1"]),
        ("/a /a\n", ["1"]),
        ("/* /x/:splat\n", ["1"]),
        ("/* /index.html 301\n", ["1"]),
        ("/a/* /b/:splat\n/b/* /a/:splat\n/c /a/1\n", ["1"]),
        ("/* https://www.example.com/:splat\n", ["1"]),
        ("/* https://other.example.com/:splat\n", []),
        ("/a /b\n/b /c\n", []),
        ("/* /index.html 200\n", []),
        ("".join(f"/{n} /{n + 1}\n" for n in range(30)), []),
    ],
)
def test_loops(text: str, lines: list[str]) -> None:
    assert [line for line, _ in found(checks_redirect_targets.ends, text, domains=("www.example.com",))] == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("/a /b\n/a /c\n", ["2"]),
        ("/a /b\n/a/ /c\n", ["2"]),
        ("/a/* /b/:splat\n/a/x /c\n/a/:y /d\n/a/z/* /e\n", ["3", "4"]),
        ("/a/:x /b\n/a/* /c\n", []),
        ("/a/x /b\n/a/* /c\n", []),
        ("/* /index.html 200\n/a /b\n", []),
    ],
)
def test_what_is_never_reached(text: str, lines: list[str]) -> None:
    assert [line for line, _ in found(checks_redirect_targets.reached, text)] == lines


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("/out/* https://:splat", True),
        ("/out/:host https://:host/", True),
        ("/out/* https://example.com:splat", True),
        ("/out/:x https://:x.example.com/", True),
        ("/out/* https://example.com/:splat", False),
        ("/out/* https://example.com:8443/:splat", False),
        ("/out /in", False),
    ],
)
def test_the_host_is_ones_own(line: str, wrong: bool) -> None:  # noqa: FBT001  # a table's column
    assert bool(found(checks_redirect_targets.own_host, line)) is wrong


def test_pages_that_are_led_to_and_hidden(tmp_path: Path) -> None:
    given = {"folder": read_folder(str(write(tmp_path, PAGES))), "kind": "pages", "apis": ("/api/*",)}
    text = (
        "/kontakt /contact\n/a /about#team\n/b /\n/c /404.html\n/d /api/x\n/e /about/\n/f /a\n/g/* /:splat\n/h /abuot\n"
    )
    leads = checks_redirect_targets.leads_to_page
    assert found(leads, text, **given) == [("1", "/kontakt /… 302"), ("9", "/h /about 302")]
    files = "/a /about\n/b /b.pdf\n/c /404.html?x=1\n/d /config.json\n/e /api/x.json\n/f /g.js\n/g.js /x\n"
    spa = given | {"kind": "spa", "published": ("config.json",)}
    assert found(leads, files, **spa) == [("2", "/b /… 302")]
    hiding = "/about /\n/about.html /\n/404.html /\n/new /about\n/* /about\n"
    assert found(checks_redirect_targets.hides_nothing, hiding, **given) == [
        ("1", "# /about /"),
        ("3", "# /404.html /"),
    ]


def test_what_a_redirect_hides_beside_pages(tmp_path: Path) -> None:
    files = PAGES | {"assets/index-B3k9dx1y.js": "", "img/a.png": "", "größe.html": ""}
    given = {
        "folder": read_folder(str(write(tmp_path, files))),
        "kind": "pages",
        "immutable": ("/assets/*",),
        "published": ("config.json",),
    }
    text = "/assets/* /x\n/config.json /x\n/img/* /pictures/:splat 200\n/blog/* /x\n/img/* /x 301\n"
    assert [line for line, _ in found(checks_redirect_targets.hides_nothing, text, **given)] == ["1", "2", "3"]
    text = "/* /index.html 200\n/about /x.html 200\n/about /x.html 200!\n/gr%C3%B6%C3%9Fe /x\n"
    assert [line for line, _ in found(checks_redirect_targets.hides_nothing, text, **given)] == ["3", "4"]
    many = {f"a-page-with-a-long-name-{number}/index.html": "" for number in range(200)}
    given["folder"] = read_folder(str(write(tmp_path, many)))
    assert [line for line, _ in found(checks_redirect_targets.hides_nothing, "/* /index.html 200\n", **given)] == ["1"]


def test_paths_of_an_api() -> None:
    text = "/api/old /new\n/apidocs /new\n/a/* /b\n"
    assert [line for line, _ in found(checks_redirect_targets.of_the_site, text, apis=("/api/*",))] == ["1"]


def test_the_field_is_in_the_place_of_the_file(tmp_path: Path) -> None:
    folder = read_folder(str(write(tmp_path, {"_redirects": "# moved\n/old /new\n"})))
    assert found(checks_redirects.one_place, {"/a": "/b"}, folder=folder) == [("redirects", "omit redirects")]
    assert found(checks_redirects.one_place, "/old /new\n", folder=folder) == []
