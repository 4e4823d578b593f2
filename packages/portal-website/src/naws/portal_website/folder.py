"""The folder that a build left: a placeholder until the whole one is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What is in the folder."""

    source: str
    exists: bool
    size: int = 0
    extensions: tuple[str, ...] = ()
    immutable: tuple[str, ...] = ()
    script_hashes: tuple[str, ...] = ()
    redirects: Mapping[str, str] = field(default_factory=dict[str, str])
    asset_hash: str = ""


def read_folder(source: str) -> Folder:
    """Read it."""
    root = Path(source)
    if not root.is_dir():
        return Folder(source=source, exists=False)
    files = sorted(each for each in root.rglob("*") if each.is_file())
    whole = sha256()
    for each in files:
        whole.update(str(each.relative_to(root)).encode() + b"\0" + each.read_bytes())
    known = [f"/{name}/*" for name in ("assets", "_astro", "_nuxt") if (root / name).is_dir()]
    return Folder(
        source=source,
        exists=True,
        size=sum(each.stat().st_size for each in files),
        extensions=tuple(sorted({each.suffix.lstrip(".") for each in files if each.suffix})),
        immutable=tuple(known),
        asset_hash=whole.hexdigest(),
    )
