"""Colour for people: only on a terminal, and only where an app asks for it."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest

from naws.core.issues import Issue, PatternValidationError
from naws.core.terminal import coloured

FAILING = """
from naws.core.issues import Issue, PatternValidationError
{ask}
raise PatternValidationError("Reports/Nightly", [Issue(
    code="NAWS-SIZE-002", level="limit", path="cpu", value="1", expected="256", remedy="cpu=256", source="a page")])
"""
ASK = "from naws.core.terminal import colour_errors; colour_errors()"
RED = "\033[31mNAWS-SIZE-002\033[0m"


def issue(level: str = "practice") -> Issue:
    return Issue(
        code="NAWS-TASK-007",
        level=level,  # type: ignore[arg-type]
        path='container["a"].user',
        value="'root'",
        expected="a user other than root",
        remedy='user="1000:1000"\nomit it',
        source="https://example.com",
    )


def on_a_terminal(script: str, variables: Mapping[str, str] | None = None) -> str:
    """What a script writes when its standard error is a terminal."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    environment = {**clean, "TERM": "xterm", **(variables or {})}
    subprocess.run([sys.executable, "-c", script], stderr=theirs, env=environment, check=False)
    os.close(theirs)
    printed = b""
    try:
        while part := os.read(ours, 65_536):
            printed += part
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def test_codes_fields_and_sources_are_told_apart_and_nothing_else_changes() -> None:
    report = str(PatternValidationError("Reports/Nightly", [issue(), issue("limit")]))

    shown = coloured(f"Traceback\n{report}")

    assert "  \033[31mNAWS-TASK-007\033[0m (limit)  \033[1mcontainer[\"a\"].user = 'root'\033[0m\n" in shown
    assert "\n    source     \033[2mhttps://example.com\033[0m\n" in shown
    assert "\n    expected   a user other than root\n" in shown
    assert re.sub("\033\\[\\d+m", "", shown) == f"Traceback\n{report}"


def test_other_text_stays_as_it_is() -> None:
    text = "Traceback:\n    source = 1\n  NAWS-1 (limit) x\nKeyError: 'more'\n    more  to say\n"

    assert coloured(text) == text


def test_on_a_terminal_an_app_that_asks_for_it_has_colour() -> None:
    printed = on_a_terminal(FAILING.format(ask=ASK))

    assert RED in printed
    assert printed.startswith("Traceback")


@pytest.mark.parametrize(
    ("ask", "variables"), [("", {}), (ASK, {"NO_COLOR": "1"}), (ASK, {"TERM": "dumb"})], ids=["not asked", "no", "dumb"]
)
def test_otherwise_a_terminal_is_not_sent_any(ask: str, variables: dict[str, str]) -> None:
    printed = on_a_terminal(FAILING.format(ask=ask), variables)

    assert "NAWS-SIZE-002 (limit)" in printed
    assert RED not in printed


def test_a_log_file_is_not_sent_any() -> None:
    script = FAILING.format(ask=ASK)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert "NAWS-SIZE-002 (limit)" in done.stderr
    assert "\033" not in done.stderr


def test_another_error_goes_to_the_hook_that_was_there() -> None:
    script = f"import sys; sys.excepthook = lambda *_: print('mine'); {ASK}; raise KeyError"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("mine\n", "")
