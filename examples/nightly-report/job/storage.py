"""The bucket: what to read, as streams of lines that survive a broken connection, and what to write; and the table."""

import gzip
import io
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .parameters import Parameters
from .problems import BadDataError, NoInputError, ServiceError

LINE_CHARACTERS = 65_536
BLOCK_BYTES = 256 * 1024
RESUMES = 5
MISSING = {"NoSuchBucket", "NoSuchKey", "404", "ResourceNotFoundException"}


def client(environ: Mapping[str, str], service: str) -> Any:
    """A client; an endpoint of one's own gets path-style addresses, because its buckets have no host names."""
    own_endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    config = Config(
        s3={"addressing_style": "path" if own_endpoint else "auto"},
        connect_timeout=5,
        retries={"mode": "standard"},
        read_timeout=20,  # below any sensible stop timeout: a stalled read must not outlive SIGTERM's grace
    )
    return cast("Any", boto3).client(service, region_name=environ.get("AWS_REGION"), config=config)


@contextmanager
def aws_errors(doing: str) -> Generator[None]:
    """Turn the SDK's errors into the job's own: what is not there is NoInputError, all else ServiceError."""
    try:
        yield
    except ClientError as error:
        code: str = cast("Any", error).response["Error"]["Code"]
        raise (NoInputError if code in MISSING else ServiceError)(f"{doing}: {error}") from error
    except BotoCoreError as error:
        raise ServiceError(f"{doing}: {error}") from error


def fetch(s3: Any, bucket: str, key: str) -> bytes:
    """A small object whole: the payload that did not fit into the environment."""
    with aws_errors(f"read the payload s3://{bucket}/{key}"):
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    """The CSV objects under a prefix in the order of their names; markers and other files are left out."""
    with aws_errors(f"list s3://{bucket}/{prefix}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                if item["Key"].endswith((".csv", ".csv.gz")):
                    yield item["Key"]


class ObjectStream(io.RawIOBase):
    """The bytes of one object; a broken connection is resumed where it broke, in the same version of the object."""

    def __init__(self, get: Callable[..., Any]) -> None:
        self._get, self._at, self._resumes = get, 0, 0
        first: Any = get()
        self._body, self._etag, self._size = first["Body"], first["ETag"], first["ContentLength"]
        self.compressed: bool = first.get("ContentEncoding") == "gzip"

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As io.RawIOBase."""
        while self._at < self._size:
            try:
                data: bytes = self._body.read(len(buffer))
                break
            except BotoCoreError:
                self._resumes += 1
                if self._resumes > RESUMES:
                    raise
                self._body = self._get(Range=f"bytes={self._at}-", IfMatch=self._etag)["Body"]
        else:
            return 0
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Drop the connection too: what was not read is not wanted any more."""
        if hasattr(self, "_body"):
            self._body.close()
        super().close()


@contextmanager
def lines(s3: Any, bucket: str, key: str) -> Generator[Iterator[str]]:
    """The lines of a CSV object, gzip or not; a line without end comes in pieces, so memory stays bounded."""
    with aws_errors(f"read s3://{bucket}/{key}"), ObjectStream(partial(s3.get_object, Bucket=bucket, Key=key)) as raw:
        blocks: Any = io.BufferedReader(raw, BLOCK_BYTES)
        if raw.compressed or key.endswith(".gz"):
            blocks = gzip.GzipFile(fileobj=blocks)
        text = io.TextIOWrapper(blocks, encoding="utf-8-sig", errors="replace", newline="")
        try:
            yield iter(lambda: text.readline(LINE_CHARACTERS), "")
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise BadDataError(f"s3://{bucket}/{key} is not a whole gzip file: {error}") from error


def write(s3: Any, bucket: str, key: str, content: str, content_type: str) -> None:
    """Write one report, replacing what an earlier attempt of the same run wrote."""
    with aws_errors(f"write s3://{bucket}/{key}"):
        s3.put_object(Bucket=bucket, Key=key, Body=content.encode(), ContentType=content_type)


def record(dynamodb: Any, parameters: Parameters, summary: Mapping[str, Any]) -> None:
    """Write the run's row, replacing that of an earlier attempt."""
    texts = {
        "run": parameters.run,
        "trigger": parameters.trigger,
        "title": parameters.title,
        "report": f"s3://{parameters.bucket}/{parameters.folder}",
    }
    item = {name: {"S": text} for name, text in texts.items()}
    item |= {name: {"N": str(figure)} for name, figure in summary["totals"].items()}
    with aws_errors(f"write the run's row to {parameters.table}"):
        dynamodb.put_item(TableName=parameters.table, Item=item)
