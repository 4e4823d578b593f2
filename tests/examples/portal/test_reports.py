"""The reports' API: what it takes, what it starts and what it answers."""

import io
import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

CONTEXT = SimpleNamespace(
    function_name="reports", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="one"
)


class AbsentError(Exception):
    pass


class InvalidError(Exception):
    pass


class Runs:
    """Step Functions, as far as it is asked."""

    exceptions = SimpleNamespace(ExecutionDoesNotExist=AbsentError, InvalidArn=InvalidError)

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.found: dict[str, Any] | Exception = {"status": "RUNNING"}

    def start_execution(self, **given: Any) -> None:
        self.started.append(given)

    def describe_execution(self, **given: Any) -> dict[str, Any]:
        self.asked = given["executionArn"]
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def api(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Any:
    module = load("reports/app.py")
    monkeypatch.setattr(module, "runs", Runs())
    return module


def ask(api: Any, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", "requestId": "1"},
        "body": body,
        "isBase64Encoded": False,
    }
    answer = api.handler(event, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_report_is_started_under_an_id_of_its_own(api: Any) -> None:
    status, found = ask(api, "POST", "/reports", '{"report": "März", "region": "North"}')
    assert (status, found["status"]) == (202, "RUNNING")
    (started,) = api.runs.started
    assert started["name"] == found["id"]
    assert started["name"].startswith("portal-")
    assert json.loads(started["input"]) == {"report": "März", "region": "North"}


@pytest.mark.parametrize("body", ["", "[1]", '"x"', '{"rows": "x"}', '{"report": 1}', '{"report": ""}', "{"])
def test_what_is_no_report_is_400(api: Any, body: str) -> None:
    status, found = ask(api, "POST", "/reports", body)
    assert status == 400
    assert "expected" in found["message"]
    assert api.runs.started == []


def test_a_report_that_is_being_made(api: Any) -> None:
    assert ask(api, "GET", "/reports/portal-1") == (200, {"id": "portal-1", "status": "RUNNING"})
    assert api.runs.asked == "arn:aws:states:us-east-1:111111111111:execution:report:portal-1"


def test_a_report_that_is_done(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    def get_object(**given: str) -> dict[str, Any]:
        asked.append(given)
        return {"Body": io.BytesIO(b'{"title": "x"}')}

    monkeypatch.setattr(api, "bucket", SimpleNamespace(get_object=get_object))
    api.runs.found = {"status": "SUCCEEDED"}
    assert ask(api, "GET", "/reports/portal-1")[1]["summary"] == {"title": "x"}
    assert asked == [{"Bucket": "sales", "Key": "reports/portal-1/summary.json"}]


def test_a_report_that_was_not_made_says_why(api: Any) -> None:
    api.runs.found = {"status": "FAILED", "error": "Naws.TaskFailed"}
    assert ask(api, "GET", "/reports/portal-1")[1]["why"] == "Naws.TaskFailed"


@pytest.mark.parametrize("error", [AbsentError(), InvalidError()])
def test_there_is_no_such_report(api: Any, error: Exception) -> None:
    api.runs.found = error
    assert ask(api, "GET", "/reports/portal-9")[0] == 404
