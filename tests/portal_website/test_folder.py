"""What is seen in the folder that a build left."""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from naws.core.context import PatternContext
from naws.core.homes import Home
from naws.portal_website import Conventions, PortalWebsite, PortalWebsiteProps
from naws.portal_website.plan_folder import Folder, read_folder
from naws.portal_website.plan_names import Immutable, matches

VITE = {
    "index.html": '<!doctype html>\n<script type="module" src="/assets/index-B_k3dx9y.js"></script>\n<p>',
    "assets/index-B_k3dx9y.js": 'import("./Orders-C4dx8kQz.js")',
    "assets/Orders-C4dx8kQz.js": "export default 1",
    "assets/index-DiwrgTda.css": "body{background:url(./hero-Zk3mP0aQ.png)}",
    "assets/hero-Zk3mP0aQ.png": "",
    "favicon.ico": "",
}


def write(folder: Path, files: Mapping[str, str]) -> Folder:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, newline="")
    return read_folder(str(folder))


def test_a_folder_of_vite(tmp_path: Path) -> None:
    folder = write(tmp_path, VITE)
    assert folder.exists
    assert [each.name for each in folder.files] == sorted(VITE)
    assert folder.immutable == Immutable(cached=("/assets/*",), outside=("/assets/*",))
    assert folder.extensions == ("css", "html", "ico", "js", "png")
    assert folder.kind == "spa"
    assert folder.size == sum(map(len, VITE.values()))
    assert [(each.file, each.line, each.target) for each in folder.references] == [
        ("index.html", 2, "/assets/index-B_k3dx9y.js"),
        ("assets/index-DiwrgTda.css", 1, "./hero-Zk3mP0aQ.png"),
        ("assets/index-B_k3dx9y.js", 1, "./Orders-C4dx8kQz.js"),
    ]


def test_no_folder_has_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for source in ("", "  ", str(tmp_path / "none"), str(tmp_path / "file"), "a" * 5_000):
        assert (read_folder(source).exists, read_folder(source).files) == (False, ())


def test_the_hash_is_of_names_and_contents(tmp_path: Path) -> None:
    first = write(tmp_path / "a", VITE).asset_hash
    assert write(tmp_path / "b", VITE).asset_hash == first
    assert write(tmp_path / "b", {"_redirects": "/a /b"}).asset_hash == first
    assert write(tmp_path / "b", {"favicon.ico": "x"}).asset_hash != first


def test_links_are_followed_and_those_to_nothing_are_named(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.js").touch()
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "in").symlink_to(tmp_path / "outside")
    (folder / "loop").symlink_to(folder)
    (folder / "nothing").symlink_to(tmp_path / "none")
    os.mkfifo(folder / "pipe")
    found = read_folder(str(folder))
    assert [each.name for each in found.files] == ["in/a.js"]
    assert found.unreadable == ("nothing", "pipe")


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"index.html": "<script></script>"}, "spa"),
        ({"index.html": "<script></script>", "404.html": "", "silent-renew.html": ""}, None),
        ({"index.html": "<p>"}, None),
        ({"index.html": "<p>", "about/index.html": ""}, "pages"),
        ({"index.html": "<script></script>", "a.html": "", "b.html": "", "c.html": ""}, "pages"),
        ({"index.html": "<script></script>", "a.html": "", "404.html": "", "_next/static/a.js": ""}, "pages"),
        ({}, None),
    ],
)
def test_what_it_looks_like(tmp_path: Path, files: dict[str, str], kind: str | None) -> None:
    assert write(tmp_path, files).kind == kind


PAGE = """<!doctype html>\r
<base href="/shop/">
<script>\r
  var a = "<p>";\r
</script>
<script type="application/ld+json">{"a": 1}</script>
<script type="importmap">{}</script>
<script type="text/template"><a onclick="x()"></script>
<a href="javascript:void(0)" onclick="go()">x</a>
<img src="a.png" srcset="a.png 1x, b.png 2x" alt="">
<link rel="alternate" href="/feed.xml"><link rel="stylesheet" href="http://cdn.example.com/a.css">
<!-- <script src="/gone.js"></script> -->
<style>
@import "base.css";
/* url(gone.png) */
.a { background: url("x.png") }</style>
<script type="module">
import "/a.js";
</script>
"""


def test_a_page(tmp_path: Path) -> None:
    folder = write(tmp_path, {"index.html": PAGE})
    script = '\n  var a = "<p>";\n'
    first = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert [(each.line, each.sha256 == first) for each in folder.inline_scripts] == [(3, True), (7, False), (17, False)]
    assert len(folder.script_hashes) == 3
    assert [(each.line, each.attribute) for each in folder.handlers] == [(9, "href"), (9, "onclick")]
    assert folder.bases == {"index.html": "/shop/"}
    assert [(each.line, each.target) for each in folder.references] == [
        (10, "a.png"),
        (10, "b.png"),
        (11, "http://cdn.example.com/a.css"),
        (14, "base.css"),
        (16, "x.png"),
        (18, "/a.js"),
    ]
    assert [each.target for each in folder.references if each.is_plain_http] == ["http://cdn.example.com/a.css"]


@pytest.mark.parametrize(
    ("script", "targets"),
    [
        ('import{a as b}from"./a-C4dx8kQz.js";export*from"/b.js";', ["./a-C4dx8kQz.js", "/b.js"]),
        ("import './a.js'\nimport x, { y } from '../b.mjs'\n", ["./a.js", "../b.mjs"]),
        ("const f=()=>import(`./a.js`),g=import(/* webpackChunkName: 'x' */ './b.js')", ["./a.js", "./b.js"]),
        ("import React from 'react';import(`./${name}.js`)", []),
        (
            'const m=(i,m=__vite__mapDeps,d=(m.f||(m.f=["assets/a.js","assets/b.css"])))=>i',
            ["/assets/a.js", "/assets/b.css"],
        ),
        ("const text = \"\\nimport x from './gone.js'\"", []),
        ("// import('./gone.js')\n/*\nimport './gone.js';\n*/", []),
        ("const help = \"use import('./gone.js')\", a = 'import(\\'./gone.js\\')', t = `\nimport './gone.js';\n`", []),
        ("x = /[\"'`]/; y = '//'; import('./a.js')", ["./a.js"]),
        ("/* import('./a.js') */ import('./a.js')", ["./a.js"]),
        ("import.meta.url", []),
    ],
)
def test_what_a_script_imports(tmp_path: Path, script: str, targets: list[str]) -> None:
    folder = write(tmp_path, {"a.js": script, "index.html": f"<script>{script}</script>"})
    found = [each for each in folder.references if folder.runs(each)]
    assert [each.target for each in found if each.file == "a.js"] == targets
    assert [each.target for each in found if each.file == "index.html"] == targets


def test_a_pattern_matches_as_cloudfront_does() -> None:
    assert matches("/assets/*", "assets/a/b.js")
    assert matches("*.js", "a/b.js")
    assert matches("/a?.js", "ab.js")
    assert not matches("/assets/*", "assets")
    assert not matches("/A/*", "a/b")
    assert not matches("/a[b]", "ab")


def test_a_long_file_is_read_in_part_and_many_pages_are_not_all_read(tmp_path: Path) -> None:
    folder = write(tmp_path, {"index.html": "<p>", "big.js": " " * 8_000_001, "big.css": "a"})
    assert folder.unread == ("big.js",)


def test_pages_whose_addresses_end_as_those_of_files_do(tmp_path: Path) -> None:
    """Next.js' `blog/next.js.html`, Docusaurus' `docs/node.js/index.html`; a file of that name goes before a page."""
    pages = (
        "index.html",
        "about.html",
        "blog/next.js.html",
        "docs/node.js/index.html",
        "a.JS.html",
        "b.js.html",
        "c.d.html",
    )
    write(tmp_path, dict.fromkeys((*pages, "b.js"), "<!doctype html>"))
    context = PatternContext(path="Portal/Shop", construct_id="Shop", conventions=Conventions(), home=Home())
    found = {
        kind: PortalWebsite.resolve(PortalWebsiteProps(source=str(tmp_path), kind=kind), context).viewer.named
        for kind in ("pages", "spa")
    }
    assert found == {"pages": ["/a.JS", "/blog/next.js", "/docs/node.js"], "spa": ()}
