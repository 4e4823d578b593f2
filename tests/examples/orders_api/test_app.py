"""The example's app, synthesised as the CDK's command does, without an account."""

import json
from pathlib import Path
from typing import Any

import pytest

from naws.testing import assert_encrypted, assert_least_privilege, assert_log_retention, cfn_lint

pytestmark = pytest.mark.exhaustive

TRACES = dict.fromkeys(("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "has no resource")


@pytest.fixture(scope="module")
def template(assembly: Path) -> dict[str, Any]:
    (path,) = (assembly / "assembly-Prod").glob("ProdShop*.template.json")
    return json.loads(path.read_text())


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_the_template_checkers_find_nothing(template: dict[str, Any]) -> None:
    assert cfn_lint(template) == []
    assert_encrypted(template)
    assert_log_retention(template)
    assert_least_privilege(template, TRACES)


def test_both_functions_are_packed_with_the_same_lock(template: dict[str, Any]) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    assert {(each["Handler"], each["Runtime"], *each["Architectures"]) for each in functions} == {
        ("app.handler", "python3.14", "arm64")
    }
    assert len({each["Code"]["S3Key"] for each in functions}) == 2


def test_every_route_asks_for_a_signature(template: dict[str, Any]) -> None:
    routes = {each["RouteKey"]: each["AuthorizationType"] for each in of_type(template, "AWS::ApiGatewayV2::Route")}
    assert routes == dict.fromkeys(("GET /orders", "POST /orders", "GET /orders/{id}"), "AWS_IAM")
