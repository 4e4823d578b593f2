"""What pages load of other hosts, and the policy that is enforced."""

from pathlib import Path
from typing import Any

import pytest

from naws.portal_website import SecurityHeaders
from naws.portal_website.checks_headers import HeadersPart
from naws.portal_website.checks_hosts import others_are_allowed
from naws.portal_website.plan_folder import read_folder
from naws.portal_website.plan_headers import plan_headers
from site_folders import write

TAG = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
IMPORTED = 'import x from "https://esm.sh/x@1"'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(files: dict[str, str], *, host: str = "", csp: Any = "enforce", **given: Any) -> list[tuple[str, str]]:
    write(Path("dist"), {"index.html": "", **files})
    plan = plan_headers(SecurityHeaders(csp=csp, **given), [])
    issues = others_are_allowed.issues(HeadersPart(plan=plan, folder=read_folder("dist"), host=host))
    assert {each.path for each in issues} <= {"headers.csp_sources"}
    return [(each.expected, each.remedy.partition("\n")[0]) for each in issues]


GOOGLE = '<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Inter">'
MAP = '<script type="importmap">{"imports": {"x": "https://esm.sh/x"}}</script>'
STYLE = """@font-face { src: url(https://f.example.com/a.woff2) }
p { background: url('//i.example.com/a') }
"""
FONT = '<link rel="preload" as="font" href="https://f.example.com/a.woff2">'
NOT_LOADED = '<link rel="preconnect" href="https://a.example.com"><a href="https://b.example.com">x</a>'


@pytest.mark.parametrize(
    ("name", "text", "added"),
    [
        ("index.html", TAG, ["www.googletagmanager.com in script-src: index.html:1"]),
        ("index.html", TAG + TAG.replace("js?", "x?"), ["www.googletagmanager.com in script-src: index.html:1"]),
        ("index.html", "\n<img srcset='//a.example.com/x.png 2x'>", ["a.example.com in img-src: index.html:2"]),
        ("index.html", '<iframe src="http://b.example.com:8443/">', ["b.example.com:8443 in frame-src: index.html:1"]),
        ("index.html", '<video src="https://c.example.com">', ["c.example.com in media-src: index.html:1"]),
        ("index.html", '<object data="https://o.example.com/a">', ["o.example.com in object-src: index.html:1"]),
        ("index.html", '<link rel="icon" href="//i.example.com/a">', ["i.example.com in img-src: index.html:1"]),
        ("index.html", FONT, ["f.example.com in font-src: index.html:1"]),
        ("index.html", MAP, ["esm.sh in script-src: index.html:1"]),
        (
            "about/index.html",
            GOOGLE,
            [
                "fonts.googleapis.com in style-src: about/index.html:1",
                "fonts.gstatic.com in font-src: about/index.html:1",
            ],
        ),
        ("a.css", STYLE, ["f.example.com in font-src: a.css:1", "i.example.com in img-src: a.css:2"]),
        ("a.css", '@import "https://s.example.com/a.css";', ["s.example.com in style-src: a.css:1"]),
        ("a.js", IMPORTED, ["esm.sh in script-src: a.js:1"]),
        ("sw.js", 'importScripts("https://w.example.com/w.js")', ["w.example.com in script-src: sw.js:1"]),
        ("a.js", f"// {IMPORTED}", []),
        ("index.html", NOT_LOADED, []),
        ("index.html", '<img src="data:image/png;base64,AA"><script src="https://{{host}}/a.js"></script>', []),
    ],
)
def test_what_is_blocked(name: str, text: str, added: list[str]) -> None:
    assert [each for each, _ in found({name: text})] == [f"https://{each} loads it" for each in added]


@pytest.mark.parametrize(
    "sources",
    [
        {"script-src": ["https://www.googletagmanager.com"]},
        {"script-src": ["https://*.googletagmanager.com"]},
        {"script-src": ["*.googletagmanager.com:443"]},
        {"script-src": ["WWW.googletagmanager.com/gtag/"]},
        {"script-src": ["https://www.googletagmanager.com/gtag/js"]},
        {"script-src": ["https:"]},
        {"script-src": ["'strict-dynamic'"]},
        {"script-src": ["${Token[TOKEN.1]}"]},
        {"script-src-elem": ["https://www.googletagmanager.com"]},
    ],
)
def test_what_is_allowed_already(sources: dict[str, list[str]]) -> None:
    assert found({"index.html": TAG}, csp_sources=sources) == []


@pytest.mark.parametrize(
    "source",
    ["https://googletagmanager.com", "https://*.www.googletagmanager.com", "https://www.googletagmanager.com/gtm/",
     "https://www.googletagmanager.com:8443", "data:", "'unsafe-inline'"],
)  # fmt: skip
def test_what_allows_something_else(source: str) -> None:
    assert len(found({"index.html": TAG}, csp_sources={"script-src": [source]})) == 1


def test_the_line_to_paste_has_what_is_given() -> None:
    page = TAG + '<iframe src="https://b.example.com"></iframe><img src="https://c.example.com/a">'
    given = {"script-src": ["https://a.example.com"], "child-src": ["'self'"], "connect-src": ["https://d.example.com"]}
    (_, remedy), *others = found({"index.html": page}, csp_sources=given)
    assert remedy == (
        'csp_sources={"script-src": ["https://a.example.com", "https://www.googletagmanager.com"], '
        '"child-src": ["\'self\'", "https://b.example.com"], "connect-src": ["https://d.example.com"], '
        '"img-src": ["https://c.example.com"]}'
    )
    assert [each for _, each in others] == [remedy, remedy]


def test_whoever_is_the_site_itself_and_policies_that_stop_nothing() -> None:
    own = {"index.html": '<script src="https://www.example.com/a.js"></script>'}
    assert found(own, host="www.example.com") == []
    assert len(found(own, host="example.com")) == 1
    assert found(own, csp="report") == found(own, csp=None) == []


def test_what_allows_nothing_gives_way_in_the_line_to_paste() -> None:
    ((_, remedy),) = found({"index.html": TAG}, csp_sources={"script-src": ["'none'"]})
    assert remedy == 'csp_sources={"script-src": ["https://www.googletagmanager.com"]}'
