"""File assets: packed and put into the embedded S3, as the asset manifest says."""

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from naws.cli.assembly import StackArtifact
from naws.cli.child import run_to_end
from naws.cli.destinations import Target, file_destinations
from naws.cli.errors import CliError

# The oldest time a zip can hold: the same content gives the same archive.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ONE_BY_ONE = TransferConfig(use_threads=False)
"""Parts side by side would be in the embedded AWS's memory together, and not be there earlier."""


def publish_files(stack: StackArtifact, s3: Any, target: Target) -> None:
    """Put the stack's file assets where its template expects them.

    Raises:
        CliError: An asset's own packaging command failed.
    """
    for asset in stack.assets["files"].values():
        with tempfile.TemporaryDirectory(prefix="naws-asset-") as scratch:
            packed = _pack(asset["source"], stack.directory, Path(scratch))
            for bucket, key in file_destinations(asset, target):
                s3.upload_file(str(packed), bucket, key, Config=_ONE_BY_ONE)


def _pack(source: dict[str, Any], directory: Path, scratch: Path) -> Path:
    if command := source.get("executable"):
        made = run_to_end(command, directory, os.environ)
        if made.returncode:
            raise CliError(f"An asset's command failed: {' '.join(command)}", made.stderr)
        return directory / made.stdout.strip()
    path = directory / source["path"]
    return _zipped(path, scratch / "asset.zip") if source.get("packaging") == "zip" and path.is_dir() else path


def _zipped(directory: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(p for p in directory.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(directory)), _ZIP_TIME)
            entry.external_attr = path.stat().st_mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    return archive
