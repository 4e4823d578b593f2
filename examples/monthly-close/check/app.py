"""Whether a month's sums are plausible: each region has one, and none is far from that of the month before."""

import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

FACTOR = 10
table = boto3.resource("dynamodb").Table(os.environ["SUMS_TABLE"])


class Implausible(Exception):  # noqa: N818  # its name is what the workflow reads
    """The sums are not to be shown to anybody."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The sums of the month, in cents, and their total.

    Raises:
        Implausible: with everything that is doubtful.
    """
    sums, before = sums_of(event["month"]), sums_of(month_before(event["month"]))
    found = [doubt(region, sums.get(region), before.get(region)) for region in event["regions"]]
    if doubts := [each for each in found if each]:
        raise Implausible("; ".join(doubts))
    return {"cents": sums, "total": sum(sums.values())}


def sums_of(month: str) -> dict[str, int]:
    """The cents of each region."""
    rows = table.query(KeyConditionExpression=Key("month").eq(month))["Items"]
    return {row["region"]: int(row["cents"]) for row in rows}


def month_before(month: str) -> str:
    """Of "2026-01" it is "2025-12"."""
    year, number = map(int, month.split("-"))
    return f"{year - (number == 1)}-{(number - 2) % 12 + 1:02}"


def doubt(region: str, cents: int | None, before: int | None) -> str:
    """What is wrong with a region's sum; empty when nothing is."""
    if cents is None:
        return f"{region} has no sum"
    if cents <= 0:
        return f"{region} has sold nothing: {cents}"
    if before and not before / FACTOR < cents < before * FACTOR:
        return f"{region} has {cents}, and had {before} in the month before"
    return ""
