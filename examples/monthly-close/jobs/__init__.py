"""The two programs of the month's close that run in containers, and what both need."""

import json
import os
import re
from typing import Any

import boto3
from botocore.config import Config

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def payload() -> dict[str, Any]:
    """What the run works on: at least a month, such as "2026-10".

    Raises:
        SystemExit: there is none, or its month is no month.
    """
    given = json.loads(os.environ.get("NAWS_PAYLOAD", "{}"))
    if not MONTH.fullmatch(str(given.get("month"))):
        raise SystemExit(f'expected a payload with a month such as "2026-10", not {given!r}')
    return given


def bucket() -> Any:
    """A client of S3; an endpoint of one's own has its buckets in the path, because they have no host names."""
    style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"
    return boto3.client("s3", config=Config(s3={"addressing_style": style}))


def table() -> Any:
    """The table of sums: a row for each month and region."""
    return boto3.resource("dynamodb").Table(os.environ["SUMS_TABLE"])
