"""The example's app, synthesised as the CDK's command does, without an account; and the folder that it deploys."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from naws.testing import assert_encrypted, assert_log_retention, cfn_lint

pytestmark = pytest.mark.exhaustive

NAMED = re.compile(r"[a-z]+-[0-9a-f]{10}\.(js|css)")


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


def test_both_apis_take_tokens_of_the_site_alone(template: dict[str, Any]) -> None:
    routes = of_type(template, "AWS::ApiGatewayV2::Route")
    assert {each["AuthorizationType"] for each in routes} == {"JWT"}
    audiences = [each["JwtConfiguration"]["Audience"] for each in of_type(template, "AWS::ApiGatewayV2::Authorizer")]
    (client,) = (name for name, each in template["Resources"].items() if each["Type"] == "AWS::Cognito::UserPoolClient")
    assert audiences == [[{"Ref": client}]] * 2


def test_both_apis_are_behind_the_site(template: dict[str, Any]) -> None:
    (distribution,) = of_type(template, "AWS::CloudFront::Distribution")
    behaviours = distribution["DistributionConfig"]["CacheBehaviors"]
    assert [each["PathPattern"] for each in behaviours] == ["/shop/*", "/sums/*"]


def test_names_of_modules_follow_from_what_is_in_them(load: Callable[[str], ModuleType], tmp_path: Path) -> None:
    build = load("build.py").build
    once, again = build(into=tmp_path / "once"), build(into=tmp_path / "again")
    names = sorted(path.name for path in (once / "assets").iterdir())
    assert names == sorted(path.name for path in (again / "assets").iterdir())
    assert all(NAMED.fullmatch(name) for name in names)
    texts = "".join(path.read_text() for path in once.rglob("*.*") if path.suffix in {".js", ".html"})
    assert {found[0] for found in re.finditer(r"[a-z]+-[0-9a-f]{10}\.(?:js|css)", texts)} == set(names)


def test_a_module_that_changes_is_another_and_so_is_who_loads_it(
    load: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    module, web = load("build.py"), tmp_path / "web"
    web.mkdir()
    for name, text in {"index.html": '"/assets/app.js"', "app.js": 'import("./view.js")', "view.js": "1"}.items():
        (web / name).write_text(text)
    before = {path.name for path in (module.build(web, tmp_path / "dist") / "assets").iterdir()}
    (web / "view.js").write_text("2")
    after = {path.name for path in (module.build(web, tmp_path / "dist") / "assets").iterdir()}
    assert len(before) == len(after) == 2
    assert before.isdisjoint(after)
