"""The report of a month that was approved: the rows of the table become `reports/<month>.json` of the bucket."""

import json
import os
from typing import Any

from boto3.dynamodb.conditions import Key

from . import bucket, payload, table


def report(s3: Any, sums: Any, month: str, approved_by: str) -> dict[str, Any]:
    """Write the object; a second attempt writes the same one.

    Raises:
        SystemExit: the month has no sums.
    """
    rows = sums.query(KeyConditionExpression=Key("month").eq(month))["Items"]
    if not rows:
        raise SystemExit(f"there are no sums of {month}")
    by_region = {row["region"]: int(row["cents"]) for row in rows}
    made = {"month": month, "cents": by_region, "total": sum(by_region.values()), "approved_by": approved_by}
    body = json.dumps(made, indent=2).encode()
    s3.put_object(
        Bucket=os.environ["SALES_BUCKET"], Key=f"reports/{month}.json", Body=body, ContentType="application/json"
    )
    return made


if __name__ == "__main__":
    given = payload()
    print(report(bucket(), table(), given["month"], given["approved_by"]))
