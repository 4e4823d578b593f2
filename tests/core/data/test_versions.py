"""The major version of a database: given, it may be another one later; not given, it goes nowhere by itself."""

from typing import Any

import aws_cdk as cdk
import pytest

from naws.core import NewVpc
from naws.core.data import AuroraServerlessV2, Database, DatabaseProps, PostgresInstance
from naws.testing import cdk_app, synth_template

ENGINES = {"instance": PostgresInstance, "aurora": AuroraServerlessV2}
ALLOWED = "AllowMajorVersionUpgrade"


def resources(engine: PostgresInstance | AuroraServerlessV2) -> dict[str, Any]:
    stack = cdk.Stack(cdk_app(), "Data")
    Database(stack, "Kept", DatabaseProps(engine=engine, vpc=NewVpc()))
    return synth_template(stack)["Resources"]


def with_flag(made: dict[str, Any]) -> dict[str, Any]:
    return {each["Type"]: each["Properties"][ALLOWED] for each in made.values() if ALLOWED in each["Properties"]}


def test_rds_may_upgrade_an_instance_to_a_version_that_is_given() -> None:
    assert with_flag(resources(PostgresInstance(version="17"))) == {"AWS::RDS::DBInstance": True}


def test_rds_refuses_another_version_that_nobody_gave() -> None:
    assert with_flag(resources(PostgresInstance())) == {}


@pytest.mark.parametrize("given", [{}, {"version": "17"}], ids=["omitted", "given"])
def test_a_cluster_has_no_such_property_as_cloudformation_allows_it(given: dict[str, str]) -> None:
    assert with_flag(resources(AuroraServerlessV2(**given))) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ENGINES)
def test_the_version_that_is_not_given_stays(name: str) -> None:
    """Another one would upgrade the clusters of everybody who gives none."""
    made = [each["Properties"].get("EngineVersion") for each in resources(ENGINES[name]()).values()]
    assert [each for each in made if each] == ["17"]


@pytest.mark.parametrize("name", ENGINES)
def test_an_upgrade_replaces_the_parameter_group_alone(name: str) -> None:
    before, after = (resources(ENGINES[name](version=version)) for version in ("16", "17"))
    assert [*before] == [*after]
    changed = {
        before[logical_id]["Type"]: {
            key for key in each["Properties"] if each["Properties"][key] != before[logical_id]["Properties"].get(key)
        }
        for logical_id, each in after.items()
        if each != before[logical_id]
    }
    kind = "DBInstance" if name == "instance" else "DBCluster"
    assert changed == {
        f"AWS::RDS::{kind}": {"EngineVersion"},
        f"AWS::RDS::{kind.removesuffix('Instance')}ParameterGroup": {"Description", "Family"},
    }
