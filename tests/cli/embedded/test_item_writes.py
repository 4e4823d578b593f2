import json
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from naws.cli.embedded.departures import item_writes

LEASE = {
    "TableName": "leases",
    "Key": {"k": {"S": "one"}},
    "UpdateExpression": "ADD holders :me",
    "ConditionExpression": "attribute_not_exists(holders)",
}


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """MiniStack's own module, with a condition that takes its time, so that two writers certainly meet."""
    module = import_module("ministack.services.dynamodb")
    before = {name: value for name, value in vars(module).items() if name.endswith(("_item", "_items"))}
    judge = module._evaluate_condition

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.1)
        return judge(*arguments)

    monkeypatch.setattr(module, "_evaluate_condition", slowly)
    keys = [{"AttributeName": "k", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "k", "AttributeType": "S"}]
    made = {"TableName": "leases", "KeySchema": keys, "AttributeDefinitions": attributes}
    module._create_table({**made, "BillingMode": "PAY_PER_REQUEST"})
    yield module
    module._delete_table({"TableName": "leases"})
    vars(module).update(before)


def _writers(dynamodb: Any) -> list[int]:
    answers: list[int] = []

    def write(name: str) -> None:
        values = {":me": {"SS": [name]}}
        answers.append(dynamodb._update_item(json.loads(json.dumps({**LEASE, "ExpressionAttributeValues": values})))[0])

    threads = [threading.Thread(target=write, args=(f"run-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_of_writers_at_once_one_meets_its_condition(dynamodb: Any) -> None:
    item_writes.one_write_at_a_time.install()
    assert _writers(dynamodb) == [200, 400, 400, 400]
