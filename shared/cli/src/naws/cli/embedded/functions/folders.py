"""What a function's process reads: its package, its layers, and what AWS's runtime brings."""

import contextlib
import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata
from pathlib import Path

_NAME = re.compile(r"[\w.-]+")
CLIENT, SDK = "awslambdaric", "boto3"
_MODE_SHIFT = 16


def unpacked(archives: Iterable[bytes]) -> Path:
    """A folder with the files of the archives, of later ones over those of earlier ones; made once for the same."""
    archives = list(archives)
    digest = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in archives)).hexdigest()[:24]
    folder = _root() / digest
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(dir=_root()))
        for each in archives:
            _extract(each, fresh)
        fresh.chmod(0o755)
        with contextlib.suppress(OSError):  # another thread was first
            fresh.rename(folder)
    return folder


def _root() -> Path:
    root = Path(tempfile.gettempdir()) / "functions"
    root.mkdir(parents=True, exist_ok=True)
    return root


def _extract(archive: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for item in files.infolist():
            path = Path(files.extract(item, folder))
            mode = item.external_attr >> _MODE_SHIFT & 0o777
            if mode and path.is_file():
                path.chmod(mode | 0o400)


@lru_cache
def linked(name: str) -> Path:
    """A folder with an installed distribution and those it requires, and with nothing else of where it is installed.

    Raises:
        PackageNotFoundError: It is not installed.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_root()))
    for each in _with_requirements(name, set()):
        distribution = metadata.distribution(each)
        for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())
    return folder


def _with_requirements(name: str, seen: set[str]) -> set[str]:
    seen.add(name)
    for requirement in metadata.requires(name) or ():
        found = _NAME.match(requirement)
        if found and "extra ==" not in requirement and found[0] not in seen:
            _with_requirements(found[0], seen)
    return seen
