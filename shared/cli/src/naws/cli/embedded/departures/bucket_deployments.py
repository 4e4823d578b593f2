"""CDK's deployments of files into buckets, without the function that makes them on AWS and its AWS CLI."""

import json
import logging
import tempfile
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from botocore.exceptions import ClientError

from naws.cli.embedded.departures.bucket_deployment_markers import replace_markers
from naws.cli.embedded.departures.bucket_deployment_sync import (
    CommandError,
    Sync,
    download,
    prefix_of,
    remove,
    size_of,
)
from naws.cli.embedded.departures.custom_handlers import Clients, Properties, clients_of, function_of, normalised
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.templates import provide_custom

_LOG = logging.getLogger(__name__)
_CLI = "/opt/awscli/aws"
_OWNED = "aws-cdk:cr-owned"
_MEBIBYTE = 1024 * 1024
_DISK_FULL = "[Errno 28] No space left on device"
_INVALIDATION_SECONDS, _POLL_SECONDS = 13 * 60, 0.2
_UNCONFIRMED = (
    "Unable to confirm that cache invalidation was successful. This may be a CloudFront regression as reported in "
    "https://github.com/aws/aws-cdk/issues/15891"
)

Made = tuple[str, dict[str, Any]]


@departure(
    "aws-cdk-lib 2.275, custom-resource-handlers, aws-s3-deployment/bucket-deployment-handler/index.py; "
    "the AWS CLI that its layer has: aws/aws-cli, awscli/customizations/s3"
)
def bucket_deployments() -> None:
    """Files of assets and of data are deployed into a bucket as CDK's handler does it, with its role's permissions.

    Every file is written at every change, even one that is as it was: the handler unpacks each archive anew, and then
    the AWS CLI takes its files for newer. Excludes are asked before includes, and the last that matches decides. What
    was deployed under another prefix or into another bucket goes first, unless it is retained.

    The archives and what is in them have to find place on the function's disk. Its memory and its time are not
    measured: 15 minutes and 128 MiB may be too little for a large site on AWS.
    """
    provide_custom("CDKBucketDeployment", _create, _update, _delete)


def _create(_logical_id: str, properties: Properties, _stack: str) -> Made:
    return _done(f"aws.cdk.s3deployment.{uuid.uuid4()}", properties, _Deployment.write)


def _update(physical_id: str, old: Properties, new: Properties, _stack: str) -> Made:
    before = normalised(old)
    return _done(physical_id, new, lambda deployment: deployment.change(before))


def _delete(physical_id: str, properties: Properties) -> None:
    _done(physical_id, properties, _Deployment.remove)


def _done(physical_id: str, properties: Properties, work: Callable[["_Deployment"], list[str] | None]) -> Made:
    given = normalised(properties)
    config = function_of(given)
    with clients_of(config) as client:
        deployment = _Deployment(client, given, config)
        try:
            versions = work(deployment)
        except BadZipFile as error:
            raise RuntimeError(str(error)) from error
        deployment.invalidate()
    keys: list[str] = given["SourceObjectKeys"] if given.get("OutputObjectKeys", "true") == "true" else []
    named: dict[str, Any] = {"DestinationBucketArn": given.get("DestinationBucketArn"), "SourceObjectKeys": keys}
    with_versions = given.get("OutputObjectVersionIds", "false") == "true"
    return physical_id, {**named, **({"SourceObjectVersionIds": versions or []} if with_versions else {})}


@dataclass(frozen=True)
class _Deployment:
    """One deployment, by what CloudFormation sends."""

    client: Clients
    given: Properties
    config: Properties

    @property
    def _s3(self) -> Any:
        return self.client("s3")

    @property
    def _prefix(self) -> str:
        prefix = self.given.get("DestinationBucketKeyPrefix", "")
        return "" if prefix == "/" else prefix

    @property
    def _retained(self) -> bool:
        return self.given.get("RetainOnDelete", "true") == "true"

    def write(self) -> list[str]:
        """Deploy the files; returns the versions of the objects where they are asked for."""
        bucket, prefix = self.given["DestinationBucketName"], prefix_of(self._prefix)
        with tempfile.TemporaryDirectory() as folder:
            contents = Path(folder, "contents")
            contents.mkdir()
            self._unpack(Path(folder), contents)
            sync = Sync(
                self._s3,
                contents,
                bucket,
                prefix,
                [(kind.lower(), each) for kind in ("Exclude", "Include") for each in self._list(kind)],
                self.given.get("Prune", "true").lower() == "true",
                self.given.get("SystemMetadata", {}),
                self.given.get("UserMetadata", {}),
            )
            with _command(self._sync_command(contents, bucket)):
                sync.run()
        asked = self.given.get("OutputObjectVersionIds", "false") == "true"
        return (
            [self._version(bucket, f"{prefix}{Path(key).name}") for key in self._list("SourceObjectKeys")]
            if asked
            else []
        )

    def change(self, old: Properties) -> list[str]:
        """Deploy the files after another deployment, whose own go first when they stand elsewhere."""
        bucket, prefix = old.get("DestinationBucketName", ""), old.get("DestinationBucketKeyPrefix", "")
        before, now = f"s3://{bucket}/{prefix}", f"s3://{self.given['DestinationBucketName']}/{self._prefix}"
        if not self._retained and before != now:
            with _command(["s3", "rm", before, "--recursive"]):
                remove(self._s3, bucket, prefix_of(prefix))
        return self.write()

    def remove(self) -> None:
        """Delete what was deployed, unless it is retained or another deployment owns it."""
        bucket = self.given["DestinationBucketName"]
        if self._retained or self._owned(bucket):
            return
        with _command(["s3", "rm", f"s3://{bucket}/{self._prefix}", "--recursive"]):
            remove(self._s3, bucket, prefix_of(self._prefix))

    def invalidate(self) -> None:
        """Let a distribution fetch the files anew, and wait until it does."""
        distribution = self.given.get("DistributionId", "")
        if not distribution:
            return
        paths = self.given.get("DistributionPaths") or [f"/{prefix_of(self._prefix).lstrip('/')}*"]
        cloudfront = self.client("cloudfront")
        batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": str(uuid.uuid4())}
        made = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)["Invalidation"]
        # The handler compares with what is never a boolean: it waits whenever the property is there, even if "false".
        deadline = time.monotonic() + _INVALIDATION_SECONDS
        try:
            while cloudfront.get_invalidation(DistributionId=distribution, Id=made["Id"])["Invalidation"]["Status"] != (
                "Completed"
            ):
                if time.monotonic() > deadline:
                    raise RuntimeError(_UNCONFIRMED)
                time.sleep(_POLL_SECONDS)
        except ClientError as error:
            raise RuntimeError(_UNCONFIRMED) from error

    def _list(self, name: str) -> list[str]:
        return self.given.get(name) or []

    def _unpack(self, folder: Path, contents: Path) -> None:
        buckets, keys = self.given["SourceBucketNames"], self.given["SourceObjectKeys"]
        markers: list[Any] = self.given.get("SourceMarkers") or [{} for _ in buckets]
        if len(markers) != len(buckets):
            raise ValueError("'source_markers' and 's3_source_zips' must be the same length")
        configs: list[Any] = self.given.get("SourceMarkersConfig") or []
        disk = _Disk(self.config)
        for bucket, key, own, how in zip_longest(buckets, keys, markers, configs):
            whole = self.given.get("Extract", "true") != "true"
            file = contents / Path(key).name if whole else folder / str(uuid.uuid4())
            with _command(["s3", "cp", f"s3://{bucket}/{key}", str(contents if whole else file)]):
                disk.take(size_of(self._s3, bucket, key))
                download(self._s3, bucket, key, file)
            if not whole:
                with ZipFile(file) as archive:
                    disk.take(sum(each.file_size for each in archive.infolist()))
                    archive.extractall(contents)
                    names = archive.namelist()
                replace_markers(contents, names, members(own), members(how))

    def _sync_command(self, contents: Path, bucket: str) -> list[str]:
        excluded = [word for each in self._list("Exclude") for word in ("--exclude", each)]
        included = [word for each in self._list("Include") for word in ("--include", each)]
        pruned = ["--delete"] if self.given.get("Prune", "true").lower() == "true" else []
        return [
            "s3",
            "sync",
            *pruned,
            *excluded,
            *included,
            str(contents),
            f"s3://{bucket}/{self._prefix}",
            *self._metadata(),
        ]

    def _metadata(self) -> list[str]:
        system = [
            word for key, value in self.given.get("SystemMetadata", {}).items() for word in (f"--{key.lower()}", value)
        ]
        user = {key.lower(): value for key, value in self.given.get("UserMetadata", {}).items()}
        named = ["--metadata", json.dumps(user, separators=(",", ":"))] if user else []
        return [*system, *named, "--metadata-directive", "REPLACE"] if system or named else []

    def _version(self, bucket: str, key: str) -> str:
        try:
            return str(self._s3.head_object(Bucket=bucket, Key=key).get("VersionId", ""))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
                return ""
            raise

    def _owned(self, bucket: str) -> bool:
        tag = f"{_OWNED}:{self._prefix}" if self._prefix else _OWNED
        try:
            tags = self._s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
        except ClientError:
            return False
        return any(each["Key"].startswith(tag) for each in tags)


class _Disk:
    """What the function may write, in bytes."""

    def __init__(self, config: Properties) -> None:
        own = members(config.get("EphemeralStorage")).get("Size") or 512
        mounted = "MOUNT_PATH" in members(members(config.get("Environment")).get("Variables"))
        self._left = None if mounted else int(own) * _MEBIBYTE

    def take(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise OSError(_DISK_FULL)


@contextmanager
def _command(words: list[str]) -> Generator[None]:
    """Fail as the handler does when a command of the AWS CLI fails; what the command wrote is in the server's log."""
    try:
        yield
    except CommandError as error:
        _LOG.warning("aws %s: %s", " ".join(words), error)
        raise RuntimeError(f"Command '{[_CLI, *words]}' returned non-zero exit status {error.status}.") from error
