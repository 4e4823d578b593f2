"""`aws s3 sync` and `aws s3 rm` as CDK's handler of bucket deployments runs them.

Source: aws/aws-cli, awscli/customizations/s3: filters.py (every filter is asked, the last that matches decides),
filegenerator.py (a folder that is an object is no file), comparator.py and syncstrategy (what is older than the file is
written anew, what filters leave out is not deleted either).
"""

import fnmatch
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from naws.cli.embedded.departures.bucket_deployment_types import content_type

_TRANSFER = TransferConfig(use_threads=False)
_OPTIONS = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
    "expires": "Expires",
    "sse": "ServerSideEncryption",
    "sse-kms-key-id": "SSEKMSKeyId",
    "storage-class": "StorageClass",
    "website-redirect": "WebsiteRedirectLocation",
}
_WITHOUT_EFFECT = frozenset({"sse-c-copy-source"})
_WRONG_USE = 252


class CommandError(Exception):
    """A command of the AWS CLI failed.

    Attributes:
        lines: What it wrote.
        status: Its exit code.
    """

    def __init__(self, *lines: str, status: int = 1) -> None:
        super().__init__("\n".join(lines))
        self.lines, self.status = lines, status


@dataclass
class Sync:
    """One synchronisation of a folder with a prefix of a bucket.

    Attributes:
        prefix: Empty, or with a slash at its end.
        filters: ``exclude`` or ``include`` with a pattern, in the order of the command.
        prune: Whether objects go that are no files.
        system: Options of the command, by their names without dashes.
        user: Metadata of the objects.
    """

    s3: Any
    folder: Path
    bucket: str
    prefix: str
    filters: list[tuple[str, str]]
    prune: bool
    system: dict[str, str]
    user: dict[str, str]
    _failures: list[str] = field(default_factory=list[str])

    def run(self) -> None:
        """Upload all files, and delete what is none.

        Raises:
            CommandError: Something failed; what follows an upload that failed is still done.
        """
        options = self._options()
        with _command():
            known = list(_keys(self.s3, self.bucket, self.prefix))
        files = dict(self._files())
        for path, file in files.items():
            self._upload(path, file, options)
        for key in known if self.prune else ():
            path = key.removeprefix(self.prefix)
            if path not in files and self._included(f"{self.bucket}/{key}"):
                self._failures += _delete(self.s3, self.bucket, key)
        if self._failures:
            raise CommandError(*self._failures)

    def _options(self) -> dict[str, Any]:
        names = {name.lower(): value for name, value in self.system.items()}
        if unknown := [name for name in names if name not in _OPTIONS and name not in _WITHOUT_EFFECT]:
            given = ", ".join(f"--{name}, {names[name]}" for name in unknown)
            raise CommandError("", f"Unknown options: {given}", status=_WRONG_USE)
        options: dict[str, Any] = {_OPTIONS[name]: value for name, value in names.items() if name in _OPTIONS}
        user = {name.lower(): value for name, value in self.user.items()}
        return {**options, **({"Metadata": user} if user else {})}

    def _files(self) -> Iterator[tuple[str, Path]]:
        for folder, _, names in os.walk(self.folder, followlinks=True):
            for name in names:
                file = Path(folder, name)
                if file.is_file() and self._included(os.fspath(file)):
                    yield file.relative_to(self.folder).as_posix(), file

    def _included(self, path: str) -> bool:
        # A pattern stands behind both roots, whichever a path has: one that begins with a slash matches nothing.
        included = True
        for kind, pattern in self.filters:
            for root in (os.fspath(self.folder), f"{self.bucket}/{self.prefix}"):
                if fnmatch.fnmatchcase(path, os.path.join(root, pattern)):  # noqa: PTH118  # as the CLI joins them
                    included = kind == "include"
        return included

    def _upload(self, path: str, file: Path, options: dict[str, Any]) -> None:
        key = f"{self.prefix}{path}"
        extra = {"ContentType": content_type(path), **options}
        try:
            self.s3.upload_file(os.fspath(file), self.bucket, key, ExtraArgs=extra, Config=_TRANSFER)
        except (S3UploadFailedError, ClientError, BotoCoreError) as error:
            reason = str(error).partition(f"{self.bucket}/{key}: ")[2] or str(error)
            self._failures.append(f"upload failed: ./{path} to s3://{self.bucket}/{key} {reason}")


def remove(s3: Any, bucket: str, prefix: str) -> None:
    """Delete every object under a prefix, which is empty or ends with a slash."""
    with _command():
        keys = list(_keys(s3, bucket, prefix, folders=True))
    if failures := [line for key in keys for line in _delete(s3, bucket, key)]:
        raise CommandError(*failures)


def download(s3: Any, bucket: str, key: str, file: Path) -> None:
    """Copy an object to a file."""
    with _command():
        s3.download_file(bucket, key, os.fspath(file), Config=_TRANSFER)


def size_of(s3: Any, bucket: str, key: str) -> int:
    """How many bytes an object has, which the CLI asks before it copies it."""
    with _command():
        return int(s3.head_object(Bucket=bucket, Key=key)["ContentLength"])


def prefix_of(key_prefix: str) -> str:
    """The prefix as the CLI takes a folder: with a slash at its end."""
    return key_prefix if not key_prefix or key_prefix.endswith("/") else f"{key_prefix}/"


@contextmanager
def _command() -> Generator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, ParamValidationError) as error:
        raise CommandError(f"fatal error: {error}") from error


def _keys(s3: Any, bucket: str, prefix: str, *, folders: bool = False) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", ()):
            if folders or each["Size"] or not each["Key"].endswith("/"):
                yield each["Key"]


def _delete(s3: Any, bucket: str, key: str) -> list[str]:
    try:
        s3.delete_object(Bucket=bucket, Key=key)
    except (ClientError, BotoCoreError) as error:
        return [f"delete failed: s3://{bucket}/{key} {error}"]
    return []
