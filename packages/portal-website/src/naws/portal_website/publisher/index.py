"""The function that publishes a website: it runs in Lambda, answers CloudFormation, and imports nothing of ours.

A file is uploaded when nothing in the bucket has its content. S3 has the MD5 of what came in one request as its ETag,
under S3's own encryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
"""

import hashlib
import io
import json
import re
import time
import urllib.request
import zipfile
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

INDEX, CONFIG, NOT_FOUND, MARKS, SHOWN = "index.html", "config.json", ".404.html", ".releases/", ".shown"
YEAR, REVALIDATED = "public,max-age=31536000,immutable", "no-cache"
BLOCK, SMALL = 8 << 20, 4 << 20
"""Bytes: of the archive that are read at once, and of a file that is kept in memory."""
THREADS, AHEAD, ATTEMPTS = 12, 16, 3
MARGIN = 60
"""Seconds before the function's end in which it stops and answers."""
LATE = "15 minutes were not enough. What was uploaded stays: deployed again, it goes on from there"
UNKNOWN = "application/octet-stream"
SETTINGS = "Custom::NawsConfig"
"""The resource that has `config.json`. Out of a template it goes last in an update, and that is never rolled back."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Publish a website or its settings, or remove those that go; whatever happens, CloudFormation has an answer."""
    given, failed = event["ResourceProperties"], ""
    try:
        site = Site(given["Bucket"], time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN)
        if event["RequestType"] == "Delete":
            with suppress(site.s3.exceptions.NoSuchBucket):  # somebody was faster
                site.remove_of(event["ResourceType"], given)
        elif event["ResourceType"] == SETTINGS:
            site.settle(given)
        else:
            site.publish(given, event.get("OldResourceProperties", {}).get("Release", ""))
    except Exception as error:  # noqa: BLE001  # an answer is due for each
        failed = f"{type(error).__name__}: {error}"
        print(failed)
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"PhysicalResourceId": given["Bucket"], "Status": "FAILED" if failed else "SUCCESS"}
    body = json.dumps({**answer, "Reason": failed[:500]}).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


class Site:
    """The bucket of a website.

    Args:
        bucket: its name.
        until: when the function has to answer, by the monotonic clock.
    """

    def __init__(self, bucket: str, until: float) -> None:
        retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
        config = Config(max_pool_connections=THREADS, connect_timeout=10, retries=retries)
        self.s3: Any = boto3.client("s3", config=config)
        self.bucket, self.until = bucket, until

    def publish(self, given: dict[str, Any], before: str) -> None:
        """Have a release there, and note that it is shown after another."""
        marks = {each["Key"].removeprefix(MARKS): each for each in self.listed(MARKS)}
        self.complete(given, marks)
        if "NotFound" in given:
            page = {"ContentType": "text/html; charset=utf-8", "CacheControl": REVALIDATED}
            self.put(NOT_FOUND, given["NotFound"].encode(), **page)
        self.note(given, before, marks)

    def settle(self, given: dict[str, Any]) -> None:
        """Publish the settings that are given, else those of the folder."""
        if "Config" in given:
            body = json.dumps({each["Name"]: each["Value"] for each in given["Config"]}).encode()
        else:
            body = self.s3.get_object(Bucket=self.bucket, Key=f"{given['Uploaded']}/{CONFIG}")["Body"].read()
        self.put(CONFIG, body, ContentType="application/json", CacheControl=REVALIDATED)

    def remove_of(self, kind: str, given: dict[str, Any]) -> None:
        """Remove what a resource published: the settings always, files only when their bucket goes, too."""
        if kind == SETTINGS:
            self.s3.delete_object(Bucket=self.bucket, Key=CONFIG)
        elif given.get("Empty") == "true":
            self.remove("")

    def complete(self, given: dict[str, Any], marks: dict[str, Any]) -> None:
        """Upload what is missing: a release that has its mark, and the same paths outside of it, lacks nothing."""
        own, release = given["Uploaded"], given["Release"]
        if not (is_complete(own, given, marks) and self.has(f"{own}/{INDEX}")):
            Upload(self, given, next(iter(newest_first(marks, {own})), "")).run()
        if not self.has(f"{release}/{INDEX}"):
            raise LookupError(f"release {release} has no files in {self.bucket}: they were removed, or never uploaded")

    def note(self, given: dict[str, Any], before: str, marks: dict[str, Any]) -> None:
        """Note what is shown and what is used, and remove what is older than some others, first what nobody sees."""
        own, release = given["Uploaded"], given["Release"]
        used = dict.fromkeys((own, release))
        for each in used:
            self.put(f"{MARKS}{each}", outside(given) if each == own or is_complete(each, given, marks) else b"")
        line = self.line(before, release, marks)
        kept = dict.fromkeys([*used, *reversed(line), *newest_first(marks, {*line})])
        for old in [*kept][int(given["Keep"]) :]:
            print(f"removing release {old}")
            self.s3.delete_object(Bucket=self.bucket, Key=f"{old}/{INDEX}")  # without it none is taken for complete
            self.remove(f"{old}/")
            self.s3.delete_object(Bucket=self.bucket, Key=f"{MARKS}{old}")

    def line(self, before: str, release: str, marks: dict[str, Any]) -> list[str]:
        """Write down which releases were shown, one after the other, and return those that are there still."""
        known: dict[str, Any] = {"line": [*reversed(newest_first(marks, {release})), release]}
        with suppress(self.s3.exceptions.NoSuchKey):
            known = json.loads(self.s3.get_object(Bucket=self.bucket, Key=SHOWN)["Body"].read())
        known = moved(known, before, release)
        line = [each for each in known["line"] if each in marks or each == release]
        self.put(SHOWN, json.dumps({**known, "line": line}))
        return line

    def put(self, key: str, body: Any, **more: Any) -> None:
        """Upload an object in one request."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def has(self, key: str) -> bool:
        """Whether an object is there."""
        return any(each["Key"] == key for each in self.listed(key))

    def listed(self, prefix: str) -> Iterator[dict[str, Any]]:
        """The objects under a prefix."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            self.in_time()
            yield from page.get("Contents", [])

    def remove(self, prefix: str) -> None:
        """Remove all objects under a prefix."""
        keys = [{"Key": each["Key"]} for each in self.listed(prefix)]
        for start in range(0, len(keys), 1000):
            self.in_time()
            some = {"Objects": keys[start : start + 1000], "Quiet": True}
            errors = self.s3.delete_objects(Bucket=self.bucket, Delete=some).get("Errors")
            if errors:
                raise RuntimeError(f"{len(errors)} files stay, the first {errors[0]}")

    def in_time(self) -> None:
        """Stop while there is time to answer."""
        if time.monotonic() > self.until:
            raise TimeoutError(LATE)


class Upload:
    """The upload of a release.

    Args:
        site: where to.
        given: the properties of the resource.
        before: the release that was used last, in which most files are the same. Empty: there is none.
    """

    def __init__(self, site: Site, given: dict[str, Any], before: str) -> None:
        self.site, self.given, self.own = site, given, given["Uploaded"]
        self.immutable = [expression(each) for each in given.get("Immutable", [])]
        prefixes = {re.split("[*?]", each)[0] for each in given.get("Immutable", [])}
        prefixes |= {f"{each}/" for each in (self.own, before) if each}
        self.there = {each["Key"]: each["ETag"] for prefix in prefixes for each in site.listed(prefix)}
        self.stored = {found: key for key, found in self.there.items()}

    def run(self) -> None:
        """Send the files of the archive: small ones by some threads, a large one by this, which alone reads."""
        counts, running = Counter[str](), set[Future[str]]()
        read = Archive(self.site, self.given["ArchiveBucket"], self.given["ArchiveKey"])
        with zipfile.ZipFile(io.BufferedReader(read, BLOCK)) as archive, ThreadPoolExecutor(THREADS) as pool:
            for entry in archive.infolist():
                self.site.in_time()
                if entry.is_dir() or entry.filename in self.given["Unpublished"]:
                    continue
                if entry.file_size > SMALL:
                    with archive.open(entry) as file:
                        counts[self.send(entry, file)] += 1
                    continue
                if len(running) >= AHEAD:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    counts.update(each.result() for each in done)
                running.add(pool.submit(self.send, entry, io.BytesIO(archive.read(entry))))
            counts.update(each.result() for each in running)
        print(f"release {self.own}: {dict(counts)}")

    def send(self, entry: zipfile.ZipInfo, file: Any) -> str:
        """Have a file there; what was done for it."""
        name, bucket = entry.filename, self.site.bucket
        # The settings are no file of a year, whatever the paths: they are copied to where they are read.
        outside = name != CONFIG and any(each.fullmatch(name) for each in self.immutable)
        key, cache = (name, YEAR) if outside else (f"{self.own}/{name}", REVALIDATED)
        kind = self.given["Types"].get(PurePosixPath(name).suffix.lower(), UNKNOWN)
        settings = {"ContentType": kind, "CacheControl": cache}
        found = etag(file)
        if self.there.get(key) == found:
            return "as it was"
        if found in self.stored:
            copied = {"CopySource": {"Bucket": bucket, "Key": self.stored[found]}, "CopySourceIfMatch": found}
            with suppress(ClientError):  # it was replaced just now, or somebody tagged it: then the file is sent
                self.site.s3.copy_object(Bucket=bucket, Key=key, MetadataDirective="REPLACE", **copied, **settings)
                return "copied"
        file.seek(0)
        # S3 compares it with what comes, and the client need not read the file once more.
        checksum = b64encode(entry.CRC.to_bytes(4, "big")).decode()
        self.site.put(key, file, ContentLength=entry.file_size, ChecksumCRC32=checksum, **settings)
        return "uploaded"


class Archive(io.RawIOBase):
    """An object of S3 that is read where it is asked for."""

    def __init__(self, site: Site, bucket: str, key: str) -> None:
        self.site, self.of, self.at = site, {"Bucket": bucket, "Key": key}, 0
        try:
            self.size = int(site.s3.head_object(**self.of)["ContentLength"])
        except ClientError as error:
            raise LookupError(
                f"{bucket}/{key} cannot be read: {error}. CDK uploads it when the app is deployed"
            ) from error

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go on elsewhere."""
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def tell(self) -> int:
        """Where it goes on."""
        return self.at

    def readinto(self, buffer: Any) -> int:
        """Read as many bytes as there are, and as the buffer takes."""
        size = min(len(buffer), self.size - self.at)
        if size > 0:
            buffer[:size] = self.part(f"bytes={self.at}-{self.at + size - 1}")
            self.at += size
        return max(size, 0)

    def part(self, asked: str) -> bytes:
        """A part: the client does not ask anew for what breaks off while it is read."""
        for left in reversed(range(ATTEMPTS)):
            self.site.in_time()
            try:
                return self.site.s3.get_object(**self.of, Range=asked)["Body"].read()
            except BotoCoreError:
                if not left:
                    raise
        raise AssertionError


def newest_first(marks: dict[str, Any], but: set[str]) -> list[str]:
    """The marked releases but some, that which was used last first."""
    return sorted(marks.keys() - but - {""}, key=lambda each: marks[each]["LastModified"], reverse=True)


def moved(known: dict[str, Any], before: str, release: str) -> dict[str, Any]:
    """What is known of the releases that were shown, when one is shown instead of another.

    One that was not in the line is its end. One that was is, too: those behind it are what somebody went back from.
    What undoes the last move has the line from before that: so does an update that CloudFormation rolls back.
    """
    line, last = known["line"], known.get("last", {})
    if last.get("before") == release:
        before, at = last["release"], last["line"]
    elif before == release:
        return known
    else:
        at = line
    at = at[: at.index(release)] if release in at else at
    return {"line": [*at, release], "last": {"before": before, "release": release, "line": line}}


def is_complete(release: str, given: dict[str, Any], marks: dict[str, Any]) -> bool:
    """Whether a release was uploaded whole, with the same paths outside of it."""
    return release in marks and marks[release]["ETag"] == etag(io.BytesIO(outside(given)))


def outside(given: dict[str, Any]) -> bytes:
    """What decides which files are in the folder of a release, and which outside of it or nowhere."""
    return json.dumps([given.get("Immutable", []), given["Unpublished"]]).encode()


def etag(file: Any) -> str:
    """What S3 calls the content of a file."""
    return f'"{hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()}"'


def expression(pattern: str) -> re.Pattern[str]:
    """A path pattern of CloudFront, in which `*` has slashes, too."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
