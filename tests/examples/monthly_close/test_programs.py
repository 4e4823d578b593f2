"""The programs of the example in this process, with a bucket and a table that only remember."""

import io
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

Program = Callable[[str], ModuleType]


class Bucket:
    def __init__(self, **objects: bytes) -> None:
        self.objects = {name.replace("__", "/"): body for name, body in objects.items()}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803  # boto3's names
        assert Bucket == "sales"
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body = self.objects[Key]
        return {"Body": StreamingBody(io.BytesIO(body), len(body))}

    def put_object(self, *, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803  # as above
        self.objects[Key] = Body


class Table:
    """Rows by month and region."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = [*rows]

    def put_item(self, *, Item: dict[str, Any]) -> None:  # noqa: N803  # as above
        key = (Item["month"], Item["region"])
        self.rows = [*(row for row in self.rows if (row["month"], row["region"]) != key), Item]

    def query(self, *, KeyConditionExpression: Any) -> dict[str, Any]:  # noqa: N803  # as above
        _, month = KeyConditionExpression.get_expression()["values"]
        return {"Items": [row for row in self.rows if row["month"] == month]}


def row(month: str, region: str, cents: int) -> dict[str, Any]:
    return {"month": month, "region": region, "cents": cents, "orders": 1}


def key(month: str, region: str) -> str:
    return f"sales/{month}/{region}.csv"


def test_sales_are_summed_and_a_second_attempt_changes_nothing(program: Program) -> None:
    bucket, table, load = Bucket(), Table(), program("jobs/load.py").load
    bucket.objects[key("2026-10", "north")] = b"order,cents\n1,4900\n2,100\n3,-500\n"
    for _ in range(2):
        assert load(bucket, table, "2026-10", "north")["cents"] == 4500
    assert table.rows == [{**row("2026-10", "north", 4500), "orders": 3}]


@pytest.mark.parametrize(("body", "line"), [(b"order,cents\n1,4900\n2,a lot\n", 3), (b"order\n1\n", 2)])
def test_a_line_without_cents_is_named_and_nothing_is_written(program: Program, body: bytes, line: int) -> None:
    bucket, table = Bucket(), Table()
    bucket.objects[key("2026-10", "north")] = body
    with pytest.raises(SystemExit, match=f"line {line} has no cents"):
        program("jobs/load.py").load(bucket, table, "2026-10", "north")
    assert table.rows == []


def test_sales_that_nobody_uploaded(program: Program) -> None:
    with pytest.raises(SystemExit, match=r"there is no s3://sales/sales/2026-10/north\.csv"):
        program("jobs/load.py").load(Bucket(), Table(), "2026-10", "north")


@pytest.mark.parametrize("given", ['{"month": "2026-10"}', '{"month": "2026-13"}', '{"month": 202610}', "{}"])
def test_a_month_is_one(program: Program, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAWS_PAYLOAD", given)
    payload = program("jobs/load.py").payload
    if given == '{"month": "2026-10"}':
        assert payload() == {"month": "2026-10"}
    else:
        with pytest.raises(SystemExit, match='expected a payload with a month such as "2026-10"'):
            payload()


def test_the_report_has_what_was_loaded_and_who_approved_it(program: Program) -> None:
    bucket, table = Bucket(), Table(row("2026-10", "north", 1), row("2026-10", "south", 2), row("2026-09", "south", 9))
    program("jobs/report.py").report(bucket, table, "2026-10", "anna")
    assert json.loads(bucket.objects["reports/2026-10.json"]) == {
        "month": "2026-10",
        "cents": {"north": 1, "south": 2},
        "total": 3,
        "approved_by": "anna",
    }


def test_a_month_without_sums_has_no_report(program: Program) -> None:
    with pytest.raises(SystemExit, match="there are no sums of 2026-10"):
        program("jobs/report.py").report(bucket := Bucket(), Table(), "2026-10", "anna")
    assert bucket.objects == {}


@pytest.fixture
def check(program: Program, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = program("check/app.py")
    before = (row("2025-12", "north", 100), row("2025-12", "south", 100))
    monkeypatch.setattr(module, "table", Table(*before, row("2026-01", "north", 150), row("2026-01", "south", 90)))
    return module


def test_plausible_sums_are_the_answer(check: ModuleType) -> None:
    answer = check.handler({"month": "2026-01", "regions": ["north", "south"]}, None)
    assert answer == {"cents": {"north": 150, "south": 90}, "total": 240}


def test_everything_doubtful_is_named_at_once(check: ModuleType) -> None:
    check.table.put_item(Item=row("2026-01", "north", 1000))
    check.table.put_item(Item=row("2026-01", "south", 0))
    with pytest.raises(check.Implausible) as raised:
        check.handler({"month": "2026-01", "regions": ["north", "south", "west"]}, None)
    assert str(raised.value) == (
        "north has 1000, and had 100 in the month before; south has sold nothing: 0; west has no sum"
    )


def test_the_month_before_a_month(check: ModuleType) -> None:
    assert [check.month_before(each) for each in ("2026-01", "2026-12")] == ["2025-12", "2026-11"]
