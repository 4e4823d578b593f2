"""S3 behind botocore's client, which makes each request whole and reads each answer, but sends none."""

import base64
import hashlib
import io
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class Stored:
    """An object: its content, what is known of it, and when it was written."""

    body: bytes
    headers: dict[str, str]
    at: datetime

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body).hexdigest()}"'


@dataclass
class Store:
    """Buckets by name, and the requests that were made of them: `PUT site/a.js`, `COPY site/b.js`."""

    buckets: dict[str, dict[str, Stored]] = field(default_factory=lambda: {"site": {}, "assets": {}})
    requests: list[str] = field(default_factory=list[str])
    refused: set[str] = field(default_factory=set[str])
    now: datetime = datetime(2026, 12, 1, tzinfo=UTC)
    largest_read: int = 0

    def client(self, _: str = "s3", config: Config | None = None) -> Any:
        """A client of boto3's that asks this."""
        made = _session().client(
            "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=config
        )
        made.meta.events.register("before-send.s3", self._answered)
        return made

    def put(self, bucket: str, key: str, body: bytes = b"", **headers: str) -> None:
        """Have an object there, a minute later than the one before."""
        self.now += timedelta(minutes=1)
        self.buckets[bucket][key] = Stored(body, headers, self.now)

    @property
    def site(self) -> dict[str, Stored]:
        return self.buckets["site"]

    def written(self, kind: str = "PUT") -> list[str]:
        """The keys of the site that were written, without marks, in order."""
        found = [each.removeprefix(f"{kind} site/") for each in self.requests if each.startswith(f"{kind} site/")]
        return sorted(each for each in found if not each.startswith((".releases/", ".shown")))

    def _answered(self, request: Any, **_: Any) -> AWSResponse:
        asked = _Asked.of(request)
        self.requests.append(asked.line)
        if asked.line in self.refused:
            answer = _error(403, "AccessDenied")
        elif asked.bucket not in self.buckets:
            answer = _error(404, "NoSuchBucket")
        elif "list-type" in asked.query:
            answer = 200, self._listing(asked.bucket, asked.query["prefix"][0]), {}
        else:
            answer = {"POST": self._removed, "DELETE": self._removed, "PUT": self._put, "COPY": self._copied}.get(
                asked.kind, self._read
            )(asked)
        status, body, more = answer
        self.largest_read = max(self.largest_read, len(body)) if asked.kind == "GET" else self.largest_read
        return AWSResponse(request.url, status, more, _Raw(b"" if asked.kind == "HEAD" else body))

    def _listing(self, bucket: str, prefix: str) -> bytes:
        found = {key: one for key, one in sorted(self.buckets[bucket].items()) if key.startswith(prefix)}
        form = "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag></Contents>"
        lines = "".join(form.format(escape(key), one.at.isoformat(), one.etag) for key, one in found.items())
        return f"<ListBucketResult>{lines}</ListBucketResult>".encode()

    def _removed(self, asked: "_Asked") -> Answer:
        namespace = "{http://s3.amazonaws.com/doc/2006-03-01/}"
        several = ET.fromstring(asked.body).iter(f"{namespace}Key") if asked.kind == "POST" else ()
        for key in (asked.key, *(str(each.text) for each in several)):
            self.buckets[asked.bucket].pop(key, None)
        return (200, b"<DeleteResult/>", {}) if asked.kind == "POST" else (204, b"", {})

    def _put(self, asked: "_Asked") -> Answer:
        self.put(asked.bucket, asked.key, asked.body, **asked.known)
        return 200, b"", {}

    def _copied(self, asked: "_Asked") -> Answer:
        source, _, name = unquote(asked.headers["x-amz-copy-source"]).partition("/")
        found = self.buckets[source][name]
        if asked.headers.get("x-amz-copy-source-if-match", found.etag) != found.etag:
            return _error(412, "PreconditionFailed")
        assert asked.headers["x-amz-metadata-directive"] == "REPLACE"
        self.put(asked.bucket, asked.key, found.body, **asked.known)
        return 200, f"<CopyObjectResult><ETag>{found.etag}</ETag></CopyObjectResult>".encode(), {}

    def _read(self, asked: "_Asked") -> Answer:
        if asked.key not in self.buckets[asked.bucket]:
            return _error(404, "NoSuchKey")
        content = self.buckets[asked.bucket][asked.key].body
        first, last = re.findall(r"\d+", asked.headers.get("range", f"bytes=0-{len(content) - 1}"))
        part = content[int(first) : int(last) + 1]
        return (206 if "range" in asked.headers else 200), part, {"Content-Length": str(len(part))}


@dataclass(frozen=True)
class _Asked:
    """A request as it goes out."""

    kind: str
    bucket: str
    key: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, request: Any) -> "_Asked":
        url = urlsplit(request.url)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        kind = "COPY" if "x-amz-copy-source" in headers else request.method
        query = parse_qs(url.query, keep_blank_values=True)
        return cls(
            kind, url.netloc.partition(".")[0], unquote(url.path[1:]), query, headers, _content(request, headers)
        )

    @property
    def line(self) -> str:
        return f"{self.kind} {self.bucket}/{self.key}"

    @property
    def known(self) -> dict[str, str]:
        return {name: self.headers[name] for name in ("content-type", "cache-control") if name in self.headers}


def _error(status: int, code: str) -> Answer:
    return status, f"<Error><Code>{code}</Code><Message>It is {status}</Message></Error>".encode(), {}


@cache
def _session() -> Any:
    return boto3.session.Session()


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _content(request: Any, headers: dict[str, str]) -> bytes:
    """The body as S3 has it: a part with its length before it, and checksums behind the last."""
    sent = request.body or b""
    body = b"".join(iter(lambda: sent.read(1 << 16), b"")) if hasattr(sent, "read") else sent
    if "aws-chunked" not in headers.get("content-encoding", ""):
        assert len(body) == int(headers.get("content-length", len(body)))
        crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        assert headers.get("x-amz-checksum-crc32", crc) == crc
        return body
    content = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            assert body.startswith(b"x-amz-checksum-")
            assert len(content) == int(headers["x-amz-decoded-content-length"])
            return content
        content, body = content + body[: int(size, 16)], body[int(size, 16) + 2 :]
