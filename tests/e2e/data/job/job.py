"""Runs the SQL and makes the calls of its payload as its role may; logs what it was answered as a line of JSON."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import psycopg2
from botocore.exceptions import ClientError


def rows(database: str, statements: list[str]) -> Any:
    """The rows of the last statement, asked as the user whose secret was filled in."""
    parts = ("HOST", "PORT", "DATABASE", "SSLMODE", "USER", "PASSWORD")
    of = {part: os.environ[f"{database}_{part}"] for part in parts}
    with psycopg2.connect(
        host=of["HOST"], port=of["PORT"], dbname=of["DATABASE"], sslmode=of["SSLMODE"], user=of["USER"],
        password=of["PASSWORD"], connect_timeout=10,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall()


def answer(service: str, operation: str, arguments: dict[str, Any]) -> Any:
    """The answer of AWS, or its refusal."""
    try:
        found = getattr(boto3.client(service), operation)(**arguments)
    except ClientError as refused:
        return {"refused": refused.response["Error"]["Code"], "message": refused.response["Error"]["Message"]}
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def main() -> int:
    payload = json.loads(os.path.expandvars(os.environ["NAWS_PAYLOAD"]))
    seen = {
        "execution": os.environ["NAWS_EXECUTION"],
        "rows": rows(payload.get("database", "ORDERS"), payload["sql"]) if "sql" in payload else None,
        "answers": [answer(*call) for call in payload.get("calls", [])],
        "files": os.environ["FILES_PATH"],
        "mounted": Path(os.environ["FILES_PATH"]).is_dir(),
    }
    sys.stdout.write(json.dumps(seen, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
