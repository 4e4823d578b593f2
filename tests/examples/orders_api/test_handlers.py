"""The handlers of the example in this process, with a table and a queue that only remember."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyItemAlreadyExistsError
from botocore.exceptions import ClientError

CONTEXT = SimpleNamespace(
    function_name="orders",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:1:function:orders:live",
    aws_request_id="r-1",
    get_remaining_time_in_millis=lambda: 10_000,
)


class Table:
    """Items by their id."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def put_item(self, *, Item: dict[str, Any]) -> None:  # noqa: N803  # boto3's names
        self.items[Item["id"]] = Item

    def get_item(self, *, Key: dict[str, str]) -> dict[str, Any]:  # noqa: N803  # as above
        found = self.items.get(Key["id"])
        return {} if found is None else {"Item": found}

    def scan(self, **_: Any) -> dict[str, Any]:
        return {"Items": [*self.items.values()]}

    def update_item(self, *, Key: dict[str, str], **_: Any) -> None:  # noqa: N803  # as above
        if Key["id"] not in self.items:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")
        self.items[Key["id"]]["mailed"] = True


class Queue:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  # as above
        self.sent.append({"url": QueueUrl, **json.loads(MessageBody)})


@pytest.fixture
def orders(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = load("orders")
    monkeypatch.setattr(module, "table", Table())
    monkeypatch.setattr(module, "queue", Queue())
    return module


def ask(module: ModuleType, route: str, body: str | None = None, **parameters: str) -> tuple[int, Any]:
    """The answer to a request as API Gateway sends it; `{name}` of the route are `parameters`."""
    method, path = route.split()
    event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path.format(**parameters),
        "pathParameters": parameters,
        "headers": {},
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {"http": {"method": method, "path": path.format(**parameters)}, "stage": "$default"},
    }
    answer = module.handler(event, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def test_an_order_is_kept_shown_and_its_mail_asked_for(orders: ModuleType) -> None:
    status, order = ask(orders, "POST /orders", '{"item": "lamp", "quantity": 2}')
    assert (status, order) == (201, {"id": order["id"], "item": "lamp", "quantity": 2})
    assert ask(orders, "GET /orders/{id}", id=order["id"]) == (200, order)
    assert ask(orders, "GET /orders") == (200, {"orders": [order]})
    assert orders.queue.sent == [{"url": "https://sqs.us-east-1.amazonaws.com/1/mails", "order": order["id"]}]


@pytest.mark.parametrize(
    "body",
    [
        *(None, "", "{", "[]", '{"item": "", "quantity": 1}', '{"item": "lamp", "quantity": 0}'),
        *('{"item": "lamp", "quantity": true}', f'{{"item": "lamp", "quantity": {"9" * 45}}}'),
    ],
)
def test_what_is_no_order_is_answered_with_what_is_expected(orders: ModuleType, body: str | None) -> None:
    status, answer = ask(orders, "POST /orders", body)
    assert status == 400
    assert answer["message"].startswith("expected ")
    assert (orders.table.items, orders.queue.sent) == ({}, [])


def test_an_order_that_there_is_not(orders: ModuleType) -> None:
    assert ask(orders, "GET /orders/{id}", id="o-1") == (404, {"statusCode": 404, "message": "there is no order o-1"})


class Seen:
    """What Powertools remembers of messages, by their ids."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def save_inprogress(self, data: Any, **_: Any) -> None:
        if data["messageId"] in self.ids:
            raise IdempotencyItemAlreadyExistsError
        self.ids.add(data["messageId"])

    def save_success(self, **_: Any) -> None:
        pass

    def delete_record(self, data: Any, **_: Any) -> None:
        self.ids.discard(data["messageId"])

    def get_record(self, **_: Any) -> Any:
        return SimpleNamespace(is_expired=False, status="COMPLETED", response_json_as_dict=lambda: None)


@pytest.fixture
def mails(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module, seen = load("mails"), Seen()
    monkeypatch.setattr(module, "orders", Table())
    for name in ("save_inprogress", "save_success", "delete_record", "get_record"):
        monkeypatch.setattr(module.sent, name, getattr(seen, name))
    return module


def batch(**messages: str) -> dict[str, Any]:
    """Messages by their ids, each about an order."""
    records = [
        {"messageId": name, "body": json.dumps({"order": order}), "eventSource": "aws:sqs"}
        for name, order in messages.items()
    ]
    return {"Records": records}


def test_of_a_batch_only_what_failed_comes_again(mails: ModuleType) -> None:
    mails.orders.items = {"o-1": {"id": "o-1"}, "o-3": {"id": "o-3"}}
    answer = mails.handler(batch(one="o-1", two="o-2", three="o-3"), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "two"}]}
    assert all(each["mailed"] for each in mails.orders.items.values())


def test_a_message_that_comes_twice_is_worked_on_once(mails: ModuleType) -> None:
    mails.orders.items = {"o-1": {"id": "o-1"}}
    mails.handler(batch(one="o-1"), CONTEXT)
    mails.orders.items["o-1"].pop("mailed")
    assert mails.handler(batch(one="o-1"), CONTEXT) == {"batchItemFailures": []}
    assert "mailed" not in mails.orders.items["o-1"]
