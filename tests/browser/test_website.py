"""Websites in a real browser: addresses, answers, headers, releases that switch while a tab is open, and back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from naws.cli import running
from naws.cli.aws import Aws
from naws.cli.main import app as command_line
from naws.cli.stacks import EmbeddedStack

pytestmark = pytest.mark.e2e

APP = Path(__file__).parent / "website" / "app.py"
ONCE, TWICE = "first", "second"


@pytest.fixture(scope="module")
def release(
    deploy: Callable[[Path], list[EmbeddedStack]], executable: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], EmbeddedStack]:
    """Deploys a version of the three websites."""
    assert executable

    def deployed(version: str) -> EmbeddedStack:
        folder = tmp_path_factory.mktemp(version)
        variables = {**os.environ, "VERSION": version, "CDK_OUTDIR": str(folder / "cdk.out")}
        subprocess.run([sys.executable, str(APP)], cwd=folder, env=variables, check=True)
        (stack,) = deploy(folder / "cdk.out")
        return stack

    return deployed


@pytest.fixture(scope="module")
def urls(release: Callable[[str], EmbeddedStack]) -> dict[str, str]:
    """Where each website is, the first version of it."""
    outputs = release(ONCE).outputs
    return {
        name.removesuffix("Url"): value for name, value in outputs.items() if name in {"AppUrl", "DraftUrl", "DocsUrl"}
    }


@pytest.fixture
def naws(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command in a folder whose embedded AWS is found by itself."""
    monkeypatch.chdir(tmp_path)
    state_dir = tmp_path / ".naws" / "local"
    state_dir.mkdir(parents=True)
    running.note(state_dir, aws.endpoint_url, [aws.target])
    given = {"ENDPOINT_URL": aws.endpoint_url, "ACCESS_KEY_ID": aws.target.account, "SECRET_ACCESS_KEY": "local"}
    for name, value in {**given, "REGION": aws.target.region}.items():  # for `naws verify`, as `naws local` prints them
        monkeypatch.setenv(f"AWS_{name}", value)
    return lambda *arguments: CliRunner().invoke(command_line, arguments)


def text(tab: Any) -> str:
    return tab.page.locator("#place").inner_text()


def test_addresses_of_an_app(urls: dict[str, str], tab: Any) -> None:
    opened = tab()
    for path in ("/", "/orders/17", "/users/jane.doe"):
        opened.page.goto(urls["App"] + path)
        assert text(opened) == f"{ONCE} at {path}"
    opened.page.locator("button").click()
    opened.page.get_by_text(f"more of {ONCE}").wait_for()
    assert opened.problems == []
    assert opened.ask("/missing.js")["status"] == 404


def test_what_an_endpoint_answers_is_no_page(urls: dict[str, str], tab: Any) -> None:
    opened = tab()
    opened.page.goto(urls["App"])
    found = opened.ask("/api/hello")
    assert (found["status"], found["text"]) == (200, '{"path": "/hello"}')
    missing = opened.ask("/api/none")
    assert (missing["status"], missing["headers"]["content-type"]) == (404, "application/json")
    assert missing["text"] == '{"message":"Not Found"}'


def test_a_service_in_containers_answers_under_the_sites_own_name(urls: dict[str, str], tab: Any) -> None:
    opened = tab()
    opened.page.goto(urls["App"])
    found = opened.ask("/catalogue/shirts?size=M", headers={"x-asked": "yes"})
    assert (found["status"], json.loads(found["text"])["path"]) == (200, "/catalogue/shirts")
    assert json.loads(found["text"])["version"] == ONCE
    assert opened.ask("/catalogues")["text"] == opened.ask("/")["text"]  # a page of the app, and not the service's


def test_headers_are_those_of_success_and_error(urls: dict[str, str], tab: Any) -> None:
    opened = tab()
    opened.page.goto(urls["App"])
    assets = [url for url in opened.answers if "/assets/" in url]
    statuses = {"/": 200, "/missing.js": 404, assets[0]: 200, "/api/hello": 200, "/api/none": 404}
    for path, status in statuses.items():
        found = opened.ask(path)
        headers = found["headers"]
        assert found["status"] == status
        assert headers["strict-transport-security"].startswith("max-age=63072000")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert "script-src 'self'" in headers["content-security-policy-report-only"]
    assert opened.ask(assets[0])["headers"]["cache-control"] == "public,max-age=31536000,immutable"
    assert opened.ask("/")["headers"]["cache-control"] == "no-cache"


def test_a_password(urls: dict[str, str], browser: Any, tab: Any) -> None:
    refused = pytest.raises(
        Exception, match=r"ERR_(INVALID_AUTH|HTTP_RESPONSE)"
    )  # the browser asks, and nobody answers
    with refused:
        tab().page.goto(urls["Draft"])
    for password in ("wrong", "sesame"):
        credentials = {"username": "team", "password": password}
        context = browser.new_context(ignore_https_errors=True, http_credentials=credentials)
        with refused if password == "wrong" else nullcontext():
            page = context.new_page()
            assert page.goto(urls["Draft"] + "/deep").status == 200
            assert page.locator("#place").inner_text() == f"{ONCE} at /deep"
        context.close()


def test_pages_redirects_and_what_is_not_there(urls: dict[str, str], tab: Any) -> None:
    opened = tab()
    for path, ends, title in (
        ("/", "/", "Home"),
        ("/about", "/about/", "About"),
        ("/old", "/about/", "About"),
        ("/größe", "/gr%C3%B6%C3%9Fe/", "Größe"),
        ("/über", "/gr%C3%B6%C3%9Fe/", "Größe"),
        ("/help", "/help", "About"),
    ):
        opened.page.goto(urls["Docs"] + path)
        assert (opened.page.url, opened.page.title()) == (urls["Docs"] + ends, title)
    opened.page.goto(urls["Docs"] + "/blog/2026/x?page=2")
    assert opened.page.url == urls["Docs"] + "/about/?from=2026/x"
    # Asked by the page: beside a text that it shows a browser asks for `/favicon.ico` and may report the 404.
    assert opened.ask("/help.txt")["text"] == "help"
    assert opened.problems == []
    answer = opened.page.goto(urls["Docs"] + "/nowhere/")
    assert (answer.status, opened.page.title()) == (404, "Nothing here")


def test_a_release_switches_while_a_tab_is_open_and_back(
    urls: dict[str, str], release: Callable[[str], EmbeddedStack], naws: Callable[..., Any], tab: Any
) -> None:
    old, url = tab(), urls["App"]
    old.page.goto(url + "/orders")
    before = release(TWICE).outputs["AppShownRelease"]
    old.page.locator("button").click()  # a chunk of the version before, which it has not loaded yet
    old.page.get_by_text(f"more of {ONCE}").wait_for()
    old.page.reload()
    assert text(old) == f"{TWICE} at /orders"
    assert naws("verify", "Sites").exit_code == 0

    back = naws("rollback", "Sites/App")
    assert (back.exit_code, "release=" in back.output) == (2, False)  # nobody agreed
    back = naws("rollback", "Sites/App", "--yes")
    assert back.exit_code == 0, back.output
    assert 'release="' in back.output
    old.page.reload()
    assert text(old) == f"{ONCE} at /orders"
    old.page.locator("button").click()
    old.page.get_by_text(f"more of {ONCE}").wait_for()
    drifted = naws("verify", "Sites", "--json")
    assert drifted.exit_code == 1
    assert "the template has" in drifted.output
    assert "it was rolled back" in drifted.output

    assert naws("rollback", "Sites/App", before).exit_code == 0
    assert f"shows release {before}" in naws("status", "Sites/App").output
    old.page.reload()
    assert text(old) == f"{TWICE} at /orders"
    assert old.problems == []
