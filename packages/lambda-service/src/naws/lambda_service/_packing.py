"""Packing: sources and wheels become one archive, once, in a folder that every synthesis of the user shares.

plan --hash--> <cache>/<hash>/package.zip      when it is there, nothing else happens
                             /seen.json        what was seen in it, for the rules
"""

import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from naws.core.authoring import asked, path_of, stack_of
from naws.lambda_service._uv import install, refused
from naws.lambda_service.checks_package import PackingFailure, kept
from naws.lambda_service.plan_code import CodePlan
from naws.lambda_service.plan_package import Package, SharedObject, shared_objects_in
from naws.lambda_service.plan_sources import Source, files_in

CACHE_VARIABLE = "NAWS_PACKAGE_CACHE"
"""The environment variable that names the folder of packages; it is read when something is packed."""
_ARCHIVE, _SEEN = "package.zip", "seen.json"
_NOISE = ("__pycache__", "*.pyc", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock")
"""What an installer writes for itself: it differs by host and tool."""
_SCRIPTS = ("/bin",)
"""Commands of dependencies: their first line has the path of the host's interpreter."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_LEVEL = 4
"""Of zlib: one hundredth larger than its default, in less than half of the time."""
_REGULAR = 0o100000
_KEPT_FOR = 30 * 86_400
"""Seconds that a package is kept without being used."""


def lambda_code(scope: Construct, plan: CodePlan) -> tuple[lambda_.Code, Package | None]:
    """The code for CDK, packed unless it is in the cache; and the package, which rules judge.

    Args:
        scope: the pattern. When its stack is not to be bundled (`aws:cdk:bundling-stacks`), as in `cdk ls`, nothing is
            packed, and there is no package.
        plan: the code, which has passed the checks.

    Raises:
        PatternValidationError: when it cannot be packed.
    """
    if not asked(stack_of(scope), "bundling_required"):
        # CDK bundles nothing then either; it wants to know that there is something to bundle.
        never = cdk.BundlingOptions(image=cdk.DockerImage.from_registry("scratch"))
        return lambda_.Code.from_asset(str(plan.folder), asset_hash=plan.hash, bundling=never), None
    package = pack(plan, path_of(scope))
    return lambda_.Code.from_asset(str(package.archive), asset_hash=plan.hash), package


def pack(plan: CodePlan, where: str) -> Package:
    """The package of a plan: from the cache, or else packed into it.

    Args:
        plan: the code.
        where: the construct path, for the report.

    Raises:
        PatternValidationError: when uv is missing, or refuses, with its own sentence; when it cannot be kept.
    """
    cache = _cache()
    folder = cache / plan.hash
    if not _is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)  # somebody took a file out of it
        _make(plan, where, folder)
        _forget_unused(cache)
    with suppress(OSError):  # a cache that may only be read is as good
        os.utime(folder)
    seen = json.loads((folder / _SEEN).read_text())
    objects = tuple(SharedObject(**each) for each in seen.pop("shared_objects"))
    return Package(archive=folder / _ARCHIVE, target=plan.target, shared_objects=objects, path=plan.path, **seen)


def _cache() -> Path:
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "naws" / "packages"


def _is_whole(folder: Path) -> bool:
    return all((folder / each).is_file() for each in (_ARCHIVE, _SEEN))


def _scratch(plan: CodePlan, where: str, cache: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder to work in, where the package will be."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".new-", dir=cache)
    except OSError as error:
        expected = f"a folder for packages that can be written: {cache}; {error.strerror}"
        remedy = f'export {CACHE_VARIABLE}="$HOME/.cache/naws"'
        raise refused(where, kept, PackingFailure(plan=plan, expected=expected, remedy=remedy)) from error


def _make(plan: CodePlan, where: str, folder: Path) -> None:
    """Make a package beside its place and move it there at once: a second process sees all of it, or nothing."""
    with _scratch(plan, where, folder.parent) as scratch:
        made, wheels = Path(scratch, "made"), Path(scratch, "wheels")
        made.mkdir()
        if plan.lock.names:
            target = "this machine" if plan.target.local else plan.target.architecture
            sys.stderr.write(f"packing {plan.code.folder} and its dependencies for {target}, {plan.runtime}\n")
            install(plan, where, wheels, Path(scratch))
        by_name = {each.name: each for each in (*files_in(wheels, _SCRIPTS, without=_NOISE), *plan.sources)}
        files = [by_name[name] for name in sorted(by_name)]
        (made / _SEEN).write_text(json.dumps(_seen(files)))
        _zip(files, made / _ARCHIVE)
        try:
            made.rename(folder)
        except OSError:
            if not _is_whole(folder):  # another process was first, else it is an error
                raise


def _seen(files: list[Source]) -> dict[str, object]:
    return {
        "size": sum(each.file.stat().st_size for each in files),
        "files": len(files),
        "shared_objects": [asdict(each) for each in shared_objects_in(files)],
    }


def _zip(files: Iterable[Source], archive: Path) -> None:
    """The same bytes for the same files: in the order given, without the times and owners of the host."""
    with zipfile.ZipFile(archive, "w") as opened:
        for each in files:
            entry = zipfile.ZipInfo(each.name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, (_REGULAR | each.mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(entry, each.file.read_bytes(), compresslevel=_LEVEL)


def _forget_unused(cache: Path) -> None:
    """Take away what nothing has used for long, also what a process left that was killed."""
    oldest = time.time() - _KEPT_FOR
    for each in cache.iterdir():
        if each.is_dir() and each.stat().st_mtime < oldest:
            shutil.rmtree(each, ignore_errors=True)
