"""One region's sales of a month: `sales/<month>/<region>.csv` of the bucket becomes a row of the table."""

import csv
import os
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from . import bucket, payload, table


def summed(lines: Iterable[str]) -> dict[str, int]:
    """How many orders there are, and their cents.

    Raises:
        SystemExit: a line has no whole number of cents.
    """
    orders = cents = 0
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            cents += int(row["cents"])
        except (KeyError, TypeError, ValueError):
            raise SystemExit(f"line {number} has no cents: {row}") from None
        orders += 1
    return {"orders": orders, "cents": cents}


def load(s3: Any, sums: Any, month: str, region: str) -> dict[str, Any]:
    """Write the row; a second attempt writes the same one.

    Raises:
        SystemExit: nobody has uploaded the sales.
    """
    name, key = os.environ["SALES_BUCKET"], f"sales/{month}/{region}.csv"
    try:
        lines = s3.get_object(Bucket=name, Key=key)["Body"].iter_lines()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        raise SystemExit(f"there is no s3://{name}/{key}") from None
    row = {"month": month, "region": region, **summed(line.decode() for line in lines)}
    sums.put_item(Item=row)
    return row


if __name__ == "__main__":
    given = payload()
    print(load(bucket(), table(), given["month"], given["region"]))
