"""What uv is asked for: the requirements of a lock, and their wheels for a platform. A refusal becomes an issue."""

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from naws.core import Issue, PatternValidationError
from naws.core.authoring import Rule
from naws.lambda_service.checks_package import PackingFailure, download, locked, tool, unchanged, wheels
from naws.lambda_service.plan_code import CodePlan
from naws.lambda_service.plan_locks import REQUIREMENTS, normalised

_QUIET = ("--quiet", "--no-progress", "--color=never", "--no-python-downloads")
_UNSOLVED = re.compile(r"Because .+?unsatisfiable\.")
_NO_WHEELS = re.compile(r"no (usable |matching )?wheels|Wheels are |[Bb]uilding source dist")
_FOR_THE_OTHER = re.compile(r"Wheels are available for .*linux\w*_x86_64")
"""Uv's hint, where an index has the wheel for Lambda's other architecture."""
_FRAME = re.compile(r"^[^\w(`]*((error|cause|Caused by): )?")
_LONGEST = 400


def install(plan: CodePlan, where: str, into: Path, scratch: Path) -> None:
    """Put the wheels of a plan's lock into a folder.

    Args:
        plan: the code.
        where: the construct path, for the report.
        into: the folder, which is made.
        scratch: a folder for what is needed on the way.

    Raises:
        PatternValidationError: when uv is missing, or refuses; with its own sentence.
    """
    uv = _find_uv()
    if uv is None:
        remedy = 'pip install "naws-lambda-service[python]"'
        raise refused(where, tool, PackingFailure(plan=plan, expected="uv, to pack what is locked", remedy=remedy))
    requirements = _lock_of(plan)
    if plan.lock.project:
        requirements = scratch / "requirements.txt"
        done = _run(plan, [uv, "export", *_QUIET, *_exported(plan), f"--output-file={requirements}"])
        if done.returncode:
            raise _unlocked(where, plan, f"a lock that uv can read; uv: {_sentence(done.stderr)}")
    done = _run(plan, [uv, "pip", "install", *_QUIET, *_installed(plan), f"--target={into}", f"-r{requirements}"])
    if done.returncode:
        raise _failure(where, plan, done.stderr)
    unpinned = sorted(set(_names_in(into)) - set(plan.lock.names))
    if unpinned:
        raise _unlocked(where, plan, f'"==" and a version for what the others require: it has no {unpinned[0]}')


def _find_uv() -> str | None:
    """The uv of the extra `python`, else that on the path."""
    try:
        return str(importlib.import_module("uv").find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def _exported(plan: CodePlan) -> Iterator[str]:
    """The lock as it is, with hashes; its interpreter need not be there, so any will do."""
    yield from ("--frozen", "--no-default-groups", "--no-emit-project", "--no-header", "--no-annotate")
    yield from (f"--python={sys.executable}", f"--package={plan.lock.project}")


def _installed(plan: CodePlan) -> Iterator[str]:
    """Wheels alone, for the platform and the interpreter of the target; a whole lock needs no resolution."""
    yield from ("--only-binary=:all:", "--no-compile-bytecode", f"--python={sys.executable}")
    if plan.lock.project:
        yield "--no-deps"
    if not plan.target.local:
        yield from (f"--python-platform={plan.target.platform}", f"--python-version={plan.target.python}")


def _lock_of(plan: CodePlan) -> Path:
    return (plan.lock.file or plan.folder / REQUIREMENTS).resolve()


def _run(plan: CodePlan, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # Where the lock is, so that uv reads the indexes of its project.
    return subprocess.run(command, cwd=_lock_of(plan).parent, capture_output=True, text=True, check=False)


def _names_in(folder: Path) -> Iterator[str]:
    for each in folder.glob("*.dist-info"):
        yield normalised(each.name.partition("-")[0])


def _unlocked(where: str, plan: CodePlan, problem: str) -> PatternValidationError:
    issues: list[Issue] = locked.issues(replace(plan, lock=replace(plan.lock, problem=problem)))
    return PatternValidationError(where, issues)


def refused(where: str, rule: Rule[PackingFailure], failure: PackingFailure) -> PatternValidationError:
    """The error of a package that cannot be packed."""
    return PatternValidationError(where, rule.issues(failure))


def _failure(where: str, plan: CodePlan, stderr: str) -> PatternValidationError:
    """What uv could not install."""
    upgrade = plan.lock.upgrade
    if "Hash mismatch" in stderr:
        rule, expected, remedy = unchanged, "what was locked, and no other content under its name", upgrade
    elif _NO_WHEELS.search(stderr):
        platform = f"{plan.target.platform}, Python {plan.target.python}"
        rule, expected, remedy = wheels, f"wheels for {platform}", upgrade
        if plan.target.architecture == "arm64" and not plan.target.local and _FOR_THE_OTHER.search(stderr):
            remedy = f"{upgrade}\narchitecture=lambda_.Architecture.X86_64"
    else:
        again = "UV_DEFAULT_INDEX=https://…  # or once with a network: uv keeps what it downloads"
        rule, expected, remedy = download, "an index that has what is locked", again
    failure = PackingFailure(plan=plan, expected=expected, reason=_sentence(stderr), remedy=remedy)
    return refused(where, rule, failure)


def _sentence(stderr: str) -> str:
    """The sentence that uv gives as the reason, without its warnings, frames and hints."""
    lines = [_FRAME.sub("", line).strip() for line in stderr.splitlines() if not line.startswith(("warning", "hint"))]
    text = " ".join(filter(None, lines))
    unsolved = _UNSOLVED.search(text)
    return (unsolved[0] if unsolved else text)[:_LONGEST]
