"""What the example's app becomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from naws.testing import assert_encrypted, assert_least_privilege, assert_log_retention, cfn_lint

pytestmark = pytest.mark.exhaustive

TOKEN = {"ecr:GetAuthorizationToken": "has no resource"}


@pytest.fixture(scope="module")
def template(assembly: Path) -> dict[str, Any]:
    (path,) = (assembly / "assembly-Prod").glob("ProdShop*.template.json")
    return json.loads(path.read_text())


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def containers(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The container of each service, by the path that it answers."""
    found = [each["ContainerDefinitions"][0] for each in of_type(template, "AWS::ECS::TaskDefinition")]
    return {"catalogue" if len(each["Environment"]) > 3 else "prices": each for each in found}


def test_the_template_checkers_find_nothing(template: dict[str, Any]) -> None:
    assert cfn_lint(template) == []
    assert_encrypted(template)
    assert_log_retention(template)
    assert_least_privilege(template, TOKEN)


def test_nothing_is_noted_about_it(assembly: Path) -> None:
    notes = [
        entry
        for path in assembly.rglob("*.metadata.json")
        for entries in json.loads(path.read_text()).values()
        for entry in entries
        if entry["type"] in ("aws:cdk:warning", "aws:cdk:error", "aws:cdk:info")
    ]
    assert notes == []
    assert json.loads((assembly / "validation-report.json").read_text())["pluginReports"] == []


def test_both_are_behind_one_load_balancer(template: dict[str, Any]) -> None:
    (balancer,) = of_type(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    rules = of_type(template, "AWS::ElasticLoadBalancingV2::ListenerRule")
    paths = {tuple(rule["Conditions"][0]["PathPatternConfig"]["Values"]) for rule in rules}
    assert paths == {("/catalogue", "/catalogue/*"), ("/prices", "/prices/*")}


def test_idle_connections_are_kept_longer_than_by_the_load_balancer(template: dict[str, Any]) -> None:
    (balancer,) = of_type(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
    for container in containers(template).values():
        told = {each["Name"]: each["Value"] for each in container["Environment"]}
        assert int(told["NAWS_KEEP_ALIVE_SECONDS"]) > int(attributes["idle_timeout.timeout_seconds"])


def test_the_catalogue_has_no_password_in_its_environment(template: dict[str, Any]) -> None:
    told = {each["Name"] for each in containers(template)["catalogue"]["Environment"]}
    assert told >= {"PRICES_URL", "PRODUCTS_HOST", "PRODUCTS_SECRET_ARN"}
    assert not any("Secrets" in each for each in containers(template).values())


def test_an_image_has_its_own_folder_and_the_shared_module(assembly: Path) -> None:
    folders = [{each.name for each in path.iterdir()} for path in assembly.glob("asset.*")]
    assert sorted(folders, key=sorted) == [{"catalogue", "serving.py"}, {"prices", "serving.py"}]
