"""A real browser before the embedded AWS. Without one, or without what it takes, these tests are skipped and say so."""

import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws
from tests.browser.edge import served

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
AXE = "NAWS_AXE"
"""Names the file `axe.min.js` of axe-core, which judges whether a page is accessible."""
PICTURES = "NAWS_PICTURES"
"""Set to 1 where the pictures of the guide are to be taken anew."""
GUIDE = Path(__file__).parents[2] / "docs" / "pictures"


@pytest.fixture(scope="session")
def executable() -> str:
    """The browser's program."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("Playwright is not installed: uv sync --group browser")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("there is no browser: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    if AXE not in os.environ:
        pytest.skip(f"axe-core is not there: npm install axe-core, and {AXE}=…/node_modules/axe-core/axe.min.js")
    return Path(os.environ[AXE]).read_text()


@pytest.fixture(scope="module")
def browser(executable: str, embedded: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser to which every name of the internet is the embedded AWS, by HTTPS.

    It ends with its module: while Playwright lives, an event loop runs in this thread, and other tests start their own.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # in a group of its own

    with served(embedded.endpoint_url, tmp_path_factory.mktemp("edge")) as port, sync_playwright() as playwright:
        rules = f"MAP * 127.0.0.1:{port}, EXCLUDE *.localhost"
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules={rules}"]
        running = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield running
        running.close()


class Tab:
    """A tab, and what went wrong in it."""

    def __init__(self, page: Any) -> None:
        self.page, self.problems, self.answers = page, list[str](), dict[str, int]()
        page.set_default_timeout(15_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("response", lambda answer: self.answers.update({answer.url: answer.status}))

    def _console(self, message: Any) -> None:
        elsewhere = ".amazoncognito." in message.location["url"]  # the sign-in page is not the site's
        if message.type in ("error", "warning") and not elsewhere:
            self.problems.append(f"{message.type}: {message.text}")

    def ask(self, path: str, **options: Any) -> dict[str, Any]:
        """The answer to a request that the page sends."""
        script = """async ([path, options]) => {
            const answer = await fetch(path, options);
            return {status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text()};
        }"""
        return self.page.evaluate(script, [path, options])

    def inaccessible(self, axe: str) -> list[str]:
        """What axe-core finds against WCAG 2.2 AA and its best practices."""
        self.page.evaluate(axe)
        found = self.page.evaluate("axe.run()")
        return [f"{each['id']}: {json.dumps([node['html'] for node in each['nodes']])}" for each in found["violations"]]

    def picture(self, name: str) -> None:
        """Take the guide's picture of what is shown, where that is asked for."""
        if os.environ.get(PICTURES) == "1":
            self.page.screenshot(path=GUIDE / f"{name}.png")

    def too_wide(self) -> int:
        """Pixels by which the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens tabs of a person of their own."""
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1200, "height": 800})
    yield lambda: Tab(context.new_page())
    context.close()
