"""Rules on what files refer to: each with the file, the line and what is probably wanted."""

from pathlib import Path

import pytest

from naws.core.authoring import Rule
from naws.portal_website.checks_folder import FolderPart
from naws.portal_website.checks_missing import called_is_there, is_there, no_packages
from naws.portal_website.plan_folder import read_folder
from site_folders import write

MODULE = '<script type="module" src="/a.js"></script>'
MAP = '<script type="importmap">\n{"imports": {"react": "/react.js", "lib/": "/lib/"}}</script>'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(rule: Rule[FolderPart], files: dict[str, str]) -> list[tuple[str, str]]:
    write(Path("dist"), {"index.html": MODULE, **files})
    issues = rule.issues(FolderPart(folder=read_folder("dist")))
    return [(each.path, each.remedy.partition("\n")[0]) for each in issues]


BUILD = "rm -r … && …  # the build, into an empty folder"


@pytest.mark.parametrize(
    ("files", "issues"),
    [
        (
            {"a.js": '\nnew Worker(new URL("./w-abc.js", import.meta.url), {type: "module"})', "w-abd.js": ""},
            [('source["a.js"]:2', "./w-abc.js  ->  ./w-abd.js")],
        ),
        ({"a.js": "", "index.html": MAP}, [('source["index.html"]:2', BUILD)]),
        ({"a.js": '\nexport * from "./util"', "util.js": ""}, [('source["a.js"]:2', "./util  ->  ./util.js")]),
        ({"a.js": "", "m.css": '@import "b.css";', "css/b.css": ""}, [('source["m.css"]:1', "b.css  ->  css/b.css")]),
        ({"a.js": 'import "./lib/b.js"', "b.js": ""}, [('source["a.js"]:1', "./lib/b.js  ->  ./b.js")]),
        ({"a.js": 'new Worker(new URL("" + new URL("w.js", import.meta.url).href, import.meta.url))', "w.js": ""}, []),
        ({"a.js": "", "index.html": '<link rel="modulepreload" href="/b.js">'}, [('source["index.html"]:1', BUILD)]),
        ({"a.js": 'import "./lazy-B3k9dx1y.js"', "main-C4dx8kQz.js": ""}, [('source["a.js"]:1', BUILD)]),
        (
            {"a.js": 'import "./lazy-B3k9dx1y.js"', "lazy-C4dx8kQz.js": ""},
            [('source["a.js"]:1', "./lazy-B3k9dx1y.js  ->  ./lazy-C4dx8kQz.js")],
        ),
        (
            {"a.js": 'import "./lazy-B3k9dx1y.js"', "lazy-C4dx8kQz.js": "", "lazy-D5ey9lRa.js": ""},
            [('source["a.js"]:1', BUILD)],
        ),
        ({"a.js": 'import "./registerSW.js"', "sw.js": ""}, [('source["a.js"]:1', BUILD)]),
        (
            {"index.html": '<astro-island component-url="/c.js" renderer-url="/r.js" props="{}">', "c.js": ""},
            [('source["index.html"]:1', BUILD)],
        ),
    ],
)  # fmt: skip
def test_what_is_missing(files: dict[str, str], issues: list[tuple[str, str]]) -> None:
    assert found(is_there, files) == issues


@pytest.mark.parametrize(
    ("script", "remedies"),
    [
        ('new URL("./pdf-a.wasm", import.meta.url)', ["./pdf-a.wasm  ->  ./pdf-b.wasm"]),
        ('navigator.serviceWorker.register("/sw.js")', [BUILD]),
        ('new SharedWorker("/w.mjs")', [BUILD]),
        ('importScripts("./b.mjs")', [BUILD]),
        ('new URL("./pdf-b.wasm", import.meta.url); new URL(".", import.meta.url); new URL(x, import.meta.url)', []),
        ('new URL("https://example.com/x.wasm", import.meta.url); new URL("x.wasm", document.baseURI)', []),
        ('// new Worker("/w.mjs")\ntext = "importScripts(\'./b.mjs\')"', []),
    ],
)
def test_what_is_called_and_missing(script: str, remedies: list[str]) -> None:
    files = {"a.js": script, "pdf-b.wasm": ""}
    assert [remedy for _, remedy in found(called_is_there, files)] == remedies
    assert found(is_there, files) == []


@pytest.mark.parametrize(
    ("files", "remedy"),
    [
        ({"assets/a-B3k9dx1y.js": ""}, 'base: "/"  // in vite.config'),
        ({"_next/static/a-B3k9dx1y.js": ""}, 'basePath: ""  // in next.config'),
        ({"_astro/a-B3k9dx1y.js": ""}, 'base: "/"  // in astro.config'),
        ({"static/js/main.073c9b0a.js": ""}, '"homepage": "/"  // in package.json'),
    ],
)
def test_a_build_with_a_base_path(files: dict[str, str], remedy: str) -> None:
    page = "".join(f'<script src="/app/{name}"></script>' for name in files)
    assert found(is_there, {"index.html": page, **files}) == [('source["index.html"]:1', remedy)]


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        ({"a.js": '// x\nimport React from "react"'}, ['source["a.js"]:2']),
        ({"a.js": 'import{a}from"./b.js"', "b.js": '"use strict";import"node:fs"'}, ['source["b.js"]:1']),
        ({"index.html": '\n<script type="module">\nimport "vue"\n</script>'}, ['source["index.html"]:3']),
        ({"index.html": MAP + MODULE, "a.js": 'import "react";import "lib/x.js";import "vue"'}, ['source["a.js"]:1']),
        ({"index.html": MAP + MODULE, "a.js": 'import "react";import "https://example.com/x.js"'}, []),
        ({"a.js": 'x = `\nimport React from "react"\n`'}, []),
        ({"a.js": 'import("react")', "server.js": 'import "express"'}, []),
        ({"index.html": '<script src="/importmap.js"></script>' + MODULE, "a.js": 'import "react"'}, []),
    ],
)
def test_a_package_that_no_browser_knows(files: dict[str, str], paths: list[str]) -> None:
    assert [path for path, _ in found(no_packages, files)] == paths
