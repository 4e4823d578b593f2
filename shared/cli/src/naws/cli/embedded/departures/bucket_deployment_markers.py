"""Markers in the files of a deployment, in whose place values stand that only CloudFormation knows."""

import json
from pathlib import Path
from typing import Any


def replace_markers(folder: Path, names: list[str], markers: dict[str, Any], config: dict[str, Any]) -> None:
    """Put values in the place of their markers, line by line, in files that an archive has.

    Source: aws-cdk-lib, bucket-deployment-handler/index.py, `replace_markers`.

    Args:
        folder: Where the archive was unpacked.
        names: Its files.
        markers: The values by their markers.
        config: ``jsonEscape`` is ``true`` for files of JSON, where a value stands between marks.
    """
    if not markers:
        return
    escaped = str(config.get("jsonEscape", "false")).lower() == "true"
    known = {key.encode(): (_in_json(value) if escaped else value).encode() for key, value in markers.items()}
    for name in names:
        file = folder / name
        if not file.is_dir():
            _replace(file, known)


def _replace(file: Path, known: dict[bytes, bytes]) -> None:
    new = file.with_name(f"{file.name}.new")
    with file.open("rb") as source, new.open("wb") as target:
        for read in source:
            line = read
            for marker, value in known.items():
                line = line.replace(marker, value)
            target.write(line)
    new.replace(file)


def _in_json(value: Any) -> str:
    text = json.dumps(value)
    return text[1:-1] if text.startswith('"') and text.endswith('"') else text
