import gzip
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError, ResponseStreamingError
from nightly_report_job import storage
from nightly_report_job.problems import BadDataError, NoInputError, ServiceError

CONTENT = b"".join(b"%05d,some text\n" % number for number in range(50_000))


class Breaking(io.BytesIO):
    """A body whose connection breaks after so many bytes."""

    def __init__(self, content: bytes, after: int) -> None:
        super().__init__(content)
        self._left = after

    def read(self, size: int | None = -1, /) -> bytes:
        if self._left <= 0:
            raise ResponseStreamingError(error="reset by peer")
        data = super().read(min(size or 0, self._left))
        self._left -= len(data)
        return data


class Bucket:
    """S3 with one object that breaks off every ``after`` bytes."""

    def __init__(self, content: bytes, after: int = 10**9, encoding: str | None = None) -> None:
        self.content, self.after, self.encoding = content, after, encoding
        self.requests: list[dict[str, str]] = []

    def get_object(self, **request: str) -> dict[str, Any]:
        self.requests.append(request)
        start = int(request.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        rest = self.content[start:]
        body = {"Body": Breaking(rest, self.after), "ETag": '"v1"', "ContentLength": len(rest)}
        return body | ({"ContentEncoding": self.encoding} if self.encoding else {})


def read(bucket: Bucket, key: str = "x.csv") -> str:
    with storage.lines(bucket, "b", key) as lines:
        return "".join(lines)


def test_broken_connection_is_resumed_in_the_same_version() -> None:
    bucket = Bucket(CONTENT, after=300_000)
    assert read(bucket) == CONTENT.decode()
    assert [(request.get("Range"), request.get("IfMatch")) for request in bucket.requests] == [
        (None, None),
        ("bytes=300000-", '"v1"'),
        ("bytes=600000-", '"v1"'),
    ]


def test_connection_that_keeps_breaking_ends_the_run() -> None:
    with pytest.raises(ServiceError, match=r"read s3://b/x\.csv"):
        read(Bucket(CONTENT, after=50_000))


@pytest.mark.parametrize(("key", "encoding"), [("x.csv.gz", None), ("x.csv", "gzip")])
def test_gzip_is_known_by_name_or_by_encoding(key: str, encoding: str | None) -> None:
    assert read(Bucket(gzip.compress(CONTENT), encoding=encoding), key) == CONTENT.decode()


@pytest.mark.parametrize(
    "spoil", [lambda whole: whole[:-2_000], lambda whole: whole[:500] + b"\xff" * 500 + whole[1_000:]]
)
def test_damaged_gzip_is_bad_data(spoil: Any) -> None:
    with pytest.raises(BadDataError, match="not a whole gzip"):
        read(Bucket(spoil(gzip.compress(CONTENT))), "x.csv.gz")


def test_line_without_end_comes_in_pieces() -> None:
    with storage.lines(Bucket(b"x" * 200_000), "b", "x.csv") as lines:
        assert max(len(line) for line in lines) == storage.LINE_CHARACTERS


def test_byte_order_mark_is_dropped_and_wrong_bytes_are_kept_visible() -> None:
    assert read(Bucket(b"\xef\xbb\xbfdate\xff\n")) == "date\ufffd\n"


@pytest.mark.parametrize(("code", "problem"), [("NoSuchKey", NoInputError), ("AccessDenied", ServiceError)])
def test_refusal_is_told_from_absence(code: str, problem: type[Exception]) -> None:
    with pytest.raises(problem, match=code), storage.aws_errors("read"):
        raise ClientError({"Error": {"Code": code}}, "GetObject")
