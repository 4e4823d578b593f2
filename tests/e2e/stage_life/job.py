"""Adds an object, an item and a row, and logs how many of each there are: what was lost is missing."""

import json
import os
import sys

import boto3
import pg8000.dbapi


def main() -> int:
    version, run = os.environ["VERSION"], os.environ["NAWS_EXECUTION"]
    s3, bucket = boto3.client("s3"), os.environ["INBOX_BUCKET"]
    s3.put_object(Bucket=bucket, Key=run, Body=version)
    dynamodb, table = boto3.client("dynamodb"), os.environ["ORDERS_TABLE"]
    dynamodb.put_item(TableName=table, Item={"id": {"S": run}})
    login = {part: os.environ[f"LEDGER_{part.upper()}"] for part in ("host", "database", "user", "password")}
    with pg8000.dbapi.connect(**login, port=int(os.environ["LEDGER_PORT"]), ssl_context=True) as ledger:
        cursor = ledger.cursor()
        cursor.execute("create table if not exists runs (id text primary key)")
        cursor.execute("insert into runs values (%s)", (run,))
        ledger.commit()
        cursor.execute("select count(*) from runs")
        ((rows,),) = cursor.fetchall()
    objects, items = s3.list_objects_v2(Bucket=bucket)["KeyCount"], dynamodb.scan(TableName=table)["Count"]
    sys.stdout.write(json.dumps({"run": run, "version": version, "counts": [objects, items, rows]}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
