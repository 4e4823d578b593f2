"""Bodies of objects: in files of the disk, whole or in parts, and gone with their objects."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.embedded.policies import bucket, refusal

pytestmark = pytest.mark.e2e
FIRST, LAST = os.urandom(5 * 2**20), os.urandom(100)
"""S3 asks for 5 MiB at least of every part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
ETAG = f'"{hashlib.md5(hashlib.md5(FIRST).digest() + hashlib.md5(LAST).digest()).hexdigest()}-2"'


class Upload:
    """An upload of two parts."""

    def __init__(self, bench: Any, name: str) -> None:
        self.s3, self._folder = bench.client("s3"), Path(bench.aws.log_file).parent / "s3"
        self.of = {"Bucket": name, "Key": "large"}
        self.of["UploadId"] = self.s3.create_multipart_upload(**self.of)["UploadId"]
        self._before = self._bodies()
        self.parts = [
            {"PartNumber": number, "ETag": self.s3.upload_part(**self.of, PartNumber=number, Body=body)["ETag"]}
            for number, body in enumerate((FIRST, LAST), 1)
        ]

    def complete(self, parts: Any = None) -> Any:
        return self.s3.complete_multipart_upload(**self.of, MultipartUpload={"Parts": parts or self.parts})

    @property
    def on_disk(self) -> list[int]:
        """The sizes of the files that there are since."""
        return [path.stat().st_size for path in self._bodies() - self._before]

    def _bodies(self) -> set[Path]:
        return set(self._folder.glob("body-*"))


@pytest.mark.parametrize("versioned", [False, True])
def test_parts_become_one_object(bench: Any, versioned: Any) -> None:
    name, s3 = bucket(bench), bench.client("s3")
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    upload = Upload(bench, name)
    assert upload.on_disk == [len(FIRST)]  # a small part takes no block of the disk
    assert [each["Size"] for each in s3.list_parts(**upload.of)["Parts"]] == [len(FIRST), len(LAST)]
    made = upload.complete()
    assert made["ETag"] == ETAG
    assert upload.on_disk == [len(FIRST + LAST)]
    found = s3.get_object(Bucket=name, Key="large")
    assert (found["Body"].read(), found["ETag"], found["ContentLength"]) == (
        FIRST + LAST,
        ETAG,
        len(FIRST + LAST),
    )
    ranged = s3.get_object(Bucket=name, Key="large", Range=f"bytes={len(FIRST) - 2}-{len(FIRST) + 1}")
    assert ranged["Body"].read() == FIRST[-2:] + LAST[:2]
    if versioned:
        s3.put_object(Bucket=name, Key="large", Body=b"newer")
        older = s3.get_object(Bucket=name, Key="large", VersionId=made["VersionId"])
        assert older["Body"].read() == FIRST + LAST
    s3.delete_object(Bucket=name, Key="large")
    assert upload.on_disk == []


def test_what_is_refused_leaves_the_parts_and_what_is_given_up_does_not(bench: Any) -> None:
    upload = Upload(bench, bucket(bench))
    wrong = [{**upload.parts[0], "ETag": '"0123456789abcdef0123456789abcdef"'}, upload.parts[1]]
    assert refusal(lambda: upload.complete(wrong))[0] == "InvalidPart"
    assert upload.on_disk == [len(FIRST)]
    upload.s3.abort_multipart_upload(**upload.of)
    assert upload.on_disk == []


def test_a_part_can_be_of_another_object(bench: Any) -> None:
    name, s3 = bucket(bench), bench.client("s3")
    s3.put_object(Bucket=name, Key="whole", Body=FIRST)
    upload = Upload(bench, name)
    copied = s3.upload_part_copy(
        **upload.of, PartNumber=1, CopySource=f"{name}/whole", CopySourceRange=f"bytes=0-{len(FIRST) - 1}"
    )
    assert copied["CopyPartResult"]["ETag"] == upload.parts[0]["ETag"]
    upload.complete()
    assert s3.get_object(Bucket=name, Key="large")["Body"].read() == FIRST + LAST
