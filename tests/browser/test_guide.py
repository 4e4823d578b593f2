"""Every page of the guide, opened offline: what it asks for, where it leads, what is drawn, and how wide it is."""

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser.conftest import Tab

pytestmark = pytest.mark.exhaustive  # it builds the guide and opens every page of it

ROOT = Path(__file__).parents[2]
MAIN = ("", "start/", "concepts/operate/", "compared/")
"""What most people open, judged in both colours; longer pages are made of the same."""
# What each link of a page leads to, headings with their anchors, and pictures that have a size.
READ = """() => ({
    links: [...document.querySelectorAll("a[href]")].map(each => each.href),
    names: [...document.querySelectorAll("[id], a[name]")].map(each => each.id || each.name),
    drawn: [...document.querySelectorAll("figure.diagram")].map(figure =>
        [...figure.querySelectorAll("svg")].filter(each => each.getBoundingClientRect().width > 100).length),
    raw: document.querySelectorAll("pre.mermaid, .mermaid, code.language-mermaid").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


@pytest.fixture(scope="module")
def site(executable: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The guide, built where there is a browser, and served: its address and its folder."""
    del executable
    folder = tmp_path_factory.mktemp("guide")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    if "No module named mkdocs" in built.stderr:
        pytest.skip("MkDocs is not installed: uv sync --group docs")
    assert built.returncode == 0, built.stderr
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", folder
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: the test says what went wrong."""


@pytest.fixture(scope="module")
def reader(executable: str) -> Iterator[Any]:
    """A browser to which no name of the internet leads anywhere."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # in a group of its own

    with sync_playwright() as playwright:
        arguments = [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        running = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="module")
def read(reader: Any, site: tuple[str, Path]) -> dict[str, dict[str, Any]]:
    """What a phone finds on each page, by the page's address below the guide's."""
    base, folder = site
    context = reader.new_context(viewport={"width": 360, "height": 780})
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.rglob("*.html")):
        path = str(file.relative_to(folder)).removesuffix("index.html")
        page = context.new_page()
        tab, asked = Tab(page), list[str]()
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{base}{path}")
        found[path] = {**page.evaluate(READ), "asked": asked, "problems": tab.problems, "answers": tab.answers}
        page.close()
    context.close()
    return found


def test_every_page_is_whole_offline(read: dict[str, dict[str, Any]], site: tuple[str, Path]) -> None:
    base, _ = site
    assert len(read) > 20
    for path, page in read.items():
        assert [each for each in page["asked"] if not each.startswith((base, "data:", "blob:"))] == [], path
        assert page["problems"] == [], path
        assert {url: status for url, status in page["answers"].items() if status >= 400} == {}, path


def test_no_page_is_wider_than_a_phone(read: dict[str, dict[str, Any]]) -> None:
    assert {path: page["wide"] for path, page in read.items() if page["wide"] > 0} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["patterns/ecs-task-processor/", "concepts/operate/", "compared/"])
def test_what_scrolls_on_a_phone_shows_that_there_is_more(
    reader: Any, site: tuple[str, Path], path: str, scheme: Any
) -> None:
    context = reader.new_context(viewport={"width": 360, "height": 780}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site[0]}{path}")
    wider = page.evaluate(
        """() => [...document.querySelectorAll(".md-content .md-typeset__scrollwrap, .md-content .diagram")]
            .filter(each => each.scrollWidth > each.clientWidth)
            .map(each => getComputedStyle(each).backgroundAttachment)"""
    )
    assert wider
    assert set(wider) == {"local, local, scroll, scroll, scroll"}
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_has_light_colours(reader: Any, site: tuple[str, Path], scheme: Any) -> None:
    context = reader.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site[0]}patterns/step-function-executor/")
    page.emulate_media(media="print", color_scheme=scheme)
    shown = """name => ["body", "h1", ".diagram text"].map(each => {
        const style = getComputedStyle(document.querySelector(each));
        return Math.max(...(each === ".diagram text" ? style.fill : style.color).match(/\\d+/g).slice(0, 3));
    })"""
    assert all(brightest < 80 for brightest in page.evaluate(shown))
    context.close()


def test_the_reference_has_names_for_headings_and_nothing_internal(site: tuple[str, Path]) -> None:
    written = (site[1] / "reference" / "index.html").read_text()
    headings = [re.sub(r"<[^>]*>", "", each) for each in re.findall(r"<h[2-4][^>]*>(.*?)</h[2-4]>", written, re.DOTALL)]
    assert [each for each in map(str.split, headings) if "=" in "".join(each)] == []
    assert [each for each in ("_elsewhere", "__init_subclass__", "foreseen", "occurred") if each in written] == []


def test_every_diagram_is_drawn_once(read: dict[str, dict[str, Any]]) -> None:
    assert sum(len(page["drawn"]) for page in read.values()) > 6
    assert {path: page["drawn"] for path, page in read.items() if set(page["drawn"]) - {1} or page["raw"]} == {}


def test_no_link_is_dead(read: dict[str, dict[str, Any]], site: tuple[str, Path]) -> None:
    base, folder = site
    names = {path: set(page["names"]) for path, page in read.items()}
    dead: list[str] = []
    for path, page in read.items():
        for link in {*page["links"]}:
            target, anchor = urlsplit(link).path.lstrip("/"), unquote(urlsplit(link).fragment)
            if not link.startswith(base):
                dead += [f"{path}: {link}"] if not link.startswith(("https://", "mailto:")) else []
            elif target not in names:
                dead += [f"{path}: {link}"] if not (folder / unquote(target)).is_file() else []
            elif anchor and anchor not in names[target] and not anchor.startswith("__"):
                dead.append(f"{path}: {link}")
    assert dead == []


# What the search of a page answers to each question first: the addresses of what stands before all else.
ASK = """async ([questions, base]) => {
    const {search} = JSON.parse(document.querySelector("#__config").textContent);
    const worker = new Worker(new URL(search, document.baseURI));
    const ask = message => new Promise(resolve => {
        worker.onmessage = ({data}) => resolve(data.data);
        worker.postMessage(message);
    });
    const index = await (await fetch(`${base}search/search_index.json`)).json();
    await ask({type: 0, data: {...index, options: {}}});
    const first = [];
    for (const question of questions) first.push((await ask({type: 2, data: question})).items[0][0].location);
    return first;
}"""


def test_search_finds_what_is_named_first(reader: Any, site: tuple[str, Path]) -> None:
    written = (ROOT / "docs" / "errors.md").read_text()
    wanted = {code: f"errors/#{code.lower()}" for code in re.findall(r"^## (NAWS-\S+)", written, re.MULTILINE)}
    wanted |= {"size-002": "errors/#naws-size-002", "ERROR NAWS-RUN-001 at Reports": "errors/#naws-run-001"}
    wanted |= {"naws send": "concepts/operate/#start-something", "redrive": "concepts/operate/#put-it-back"}
    page = reader.new_page()
    page.goto(site[0])
    found = page.evaluate(ASK, [[*wanted], site[0]])
    page.close()
    assert len(found) > 600
    assert {asked: at for asked, at in zip(wanted, found, strict=True) if at != wanted[asked]} == {}


@pytest.mark.parametrize("code", ["NAWS-SIZE-002", "NAWS-RUN-001"])
def test_the_first_result_that_is_seen_is_the_rule(reader: Any, site: tuple[str, Path], code: str) -> None:
    context = reader.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.goto(site[0])
    page.get_by_role("textbox", name="Search").press_sequentially(code)
    first = page.locator(".md-search-result__link").first
    first.filter(has_text=f"{code}:").wait_for(timeout=40_000)
    first.click()
    page.wait_for_url(f"**/errors/**{code.lower()}")
    assert page.locator(f"#{code.lower()}").is_visible()
    context.close()


@pytest.mark.parametrize("path", MAIN)
def test_main_pages_are_accessible(reader: Any, site: tuple[str, Path], axe: str, path: str) -> None:
    context = reader.new_context(viewport={"width": 1200, "height": 800})
    tab = Tab(context.new_page())
    tab.page.goto(f"{site[0]}{path}")
    tab.page.evaluate(axe)
    # The theme's button that copies a program stands in a landmark without a name.
    everything = tab.page.evaluate("axe.run({exclude: ['.md-code__nav']})")["violations"]
    assert [(each["id"], node["html"]) for each in everything for node in each["nodes"]] == []
    # What changes with the colours is their contrast, and nothing else.
    tab.page.emulate_media(color_scheme="dark")
    tab.page.wait_for_selector("body[data-md-color-scheme=slate]")
    found = tab.page.evaluate("axe.run({runOnly: ['color-contrast']})")["violations"]
    context.close()
    assert [node["html"] for each in found for node in each["nodes"]] == []
