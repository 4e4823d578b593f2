"""Where the bytes of objects are kept."""

import mmap
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, Self

from naws.cli.embedded.departures.json_values import is_object
from naws.cli.embedded.departures.patching import Original, bound, departure, edit, patch, wrap
from naws.cli.embedded.departures.services import s3

_LEAST_BYTES = 32 * 1024
"""Smaller bodies stay in memory: a file takes a block of the disk."""
_FILE, _PREFIX = "naws_file", "body-"

_ranged: ContextVar[bool] = ContextVar("naws_object_range", default=False)


class _File:
    """A body in a file, which is removed when nothing names it any more."""

    def __init__(self, write: Callable[[IO[bytes]], Any]) -> None:
        folder = Path(s3.DATA_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        handle, self._path = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
        weakref.finalize(self, Path(self._path).unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as file:
            write(file)
            self._size = file.tell()

    def __len__(self) -> int:
        return self._size

    @classmethod
    def of(cls, body: Any) -> Any:
        """A body as it is kept: a small one in memory."""
        return body if len(body) < _LEAST_BYTES or isinstance(body, cls) else cls(lambda file: file.write(body))

    def copied(self, into: IO[bytes]) -> None:
        """Write it behind what a file has."""
        with open(self._path, "rb") as file:  # noqa: PTH123  # beside os.fdopen
            shutil.copyfileobj(file, into)

    def read(self) -> bytes:
        return Path(self._path).read_bytes()

    def mapped(self) -> mmap.mmap:
        """The body to take a part of, which alone is read."""
        with open(self._path, "rb") as file:  # noqa: PTH123  # a mapping takes the number of a file
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __deepcopy__(self, _: Any) -> Self:
        return self


@departure("Amazon S3 User Guide, 'Uploading objects': an object has up to 5 GB in one request, and 50 TB in parts")
def bodies_in_files() -> None:
    """What is stored costs no memory: bodies of 32 KiB and more are files, which go with their objects.

    The parts of an upload are, too, and become one file. Versions of a versioned bucket are in memory.
    A request for a range reads no more than that.
    """
    edit(
        s3,
        "_complete_multipart_upload",
        ('hashlib.md5(stored["body"]).digest()', """bytes.fromhex(stored["etag"].strip('"'))"""),
        ('b"".join(combined_parts)', "_naws_joined(bucket_name, combined_parts)"),
        names={"_naws_joined": _joined},
    )
    wrap(s3, ("_upload_part", "_upload_part_copy"), _uploaded)
    wrap(s3, ("_put_object", "_complete_multipart_upload", "_copy_object"), _stored)
    wrap(s3, "_read_body", _read)
    for left in Path(s3.DATA_DIR).glob(f"{_PREFIX}*"):  # by a process that was killed
        left.unlink(missing_ok=True)


def _uploaded(original: Original, *given: Any) -> Any:
    answer = original(*given)
    upload = s3._multipart_uploads.get(s3._qp(given[-2], "uploadId"))
    for part in upload["parts"].values() if is_object(upload) else ():
        part["body"] = _File.of(part["body"])
    return answer


def _joined(bucket: str, parts: list[Any]) -> Any:
    if s3._bucket_versioning.get(bucket):
        return b"".join(part.read() if isinstance(part, _File) else part for part in parts)

    def write(file: IO[bytes]) -> None:
        for part in parts:
            part.copied(file) if isinstance(part, _File) else file.write(part)

    return _File(write)


def _stored(original: Original, bucket_name: str, *rest: Any, **named: Any) -> Any:
    answer = original(bucket_name, *rest, **named)
    bucket = s3._buckets.get(bucket_name)
    key = rest[0] if rest and isinstance(rest[0], str) else None
    record: Any = bucket["objects"].get(key) if is_object(bucket) and key else None
    if record is not None:
        _keep(record)
    return answer


def _keep(record: dict[str, Any]) -> None:
    body = record.get("body")
    if body is not None:
        record.pop(_FILE, None)
        kept = _File.of(body)
        if isinstance(kept, _File):
            record[_FILE], record["body"] = kept, None


def _read(original: Original, bucket: str, key: str, record: dict[str, Any]) -> Any:
    file: _File | None = record.get(_FILE) if record.get("body") is None else None
    if file is None:
        return original(bucket, key, record)
    return file.mapped() if _ranged.get() else file.read()


@departure("Amazon S3 API Reference, 'GetObject': Range")
@patch(wrap, s3, "_get_object")
def ranges(original: Original, bucket: str, key: str, headers: dict[str, str], parameters: Any = None) -> Any:
    """A request for a range reads that range."""
    with bound(_ranged, bool(headers.get("range"))):
        status, sent, body = original(bucket, key, headers, parameters)
    return status, sent, bytes(body) if isinstance(body, mmap.mmap) else body
