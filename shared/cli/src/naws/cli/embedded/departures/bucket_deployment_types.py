"""Content types as the AWS CLI guesses them where CDK's handler runs: by the table of Python 3.13 and no other."""

import mimetypes
from functools import cache
from pathlib import Path

_UNKNOWN = "binary/octet-stream"
"""What S3 takes an object for that has no type. Source: Amazon S3 API Reference, 'PutObject', Content-Type."""


def content_type(path: str) -> str:
    """The type of a file by its name: that of a compressed one is what it is of, and fonts have none."""
    return _table().guess_type(path)[0] or _UNKNOWN


@cache
def _table() -> mimetypes.MimeTypes:
    table = mimetypes.MimeTypes(())
    for types in table.types_map:
        types.clear()
    for line in Path(__file__).with_suffix(".txt").read_text().splitlines():
        kind, *extensions = line.split()
        for extension in extensions:
            table.add_type(kind, extension)
    return table
