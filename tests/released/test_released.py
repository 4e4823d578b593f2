"""Whoever upgrades from a released version loses nothing that holds data."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kept import VERSION, losses, templates
from naws.core import STATEFUL_TYPES
from naws.testing import cdk_app
from naws.testing.synth import template_of
from subjects import scenarios

TOOLS = Path(sys.executable).parent
KEPT = templates()
SOME = [pytest.param(name, marks=pytest.mark.exhaustive) for name in KEPT]


def released(name):
    return json.loads(KEPT[name].read_text())


def synthesised(name, folder):
    """Today's template of a kept scenario, and the assembly that it is in."""
    return template_of(built(name, folder))


def built(name, folder):
    """The stack of a kept scenario, after its app's synthesis."""
    app = cdk_app(folder)
    stack = scenarios()[KEPT[name].name.removesuffix(".template.json").replace(".", "/")](app)
    app.synth()
    return stack


def test_every_scenario_of_this_version_is_kept():
    names = {name.replace("/", ".") for name in scenarios()}
    assert names <= {path.name.removesuffix(".template.json") for path in KEPT.values()}, (
        "run: uv run python tests/released/kept.py"
    )
    assert any(path.parent.name == VERSION for path in KEPT.values())


@pytest.mark.parametrize("name", KEPT)
def test_an_upgrade_loses_nothing(name, tmp_path):
    assert [*losses(released(name), synthesised(name, tmp_path))] == []


def diff(name, old, folder):
    """What the CDK's own command says would happen to what holds data."""
    stack = built(name, folder / "cdk.out")
    (folder / "old.json").write_text(json.dumps(old))
    variables = {**os.environ, "PATH": os.pathsep.join([str(TOOLS), os.environ["PATH"]])}
    variables |= {"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_HOME": str(folder / "home")}
    # Alone: a website's has stacks before and after it.
    command = ["cdk", "diff", stack.node.path, "--exclusively", "--app", "cdk.out", "--template", "old.json"]
    command += ["--no-color", "--no-notices"]
    found = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    lines = re.findall(
        r"^\[.\] (\S+) .*?(\S+) (replace|may be replaced|destroy|orphan)$", found.stdout + found.stderr, re.MULTILINE
    )
    return {logical_id: what for kind, logical_id, what in lines if kind in STATEFUL_TYPES}


def stateful(template, kind="AWS::SQS::Queue"):
    return next(name for name, one in template["Resources"].items() if one["Type"] == kind)


def changed(template):
    """As if a queue had had another name, and there had been a bucket."""
    old = copy.deepcopy(template)
    old["Resources"][stateful(old)].setdefault("Properties", {})["QueueName"] = "once"
    old["Resources"]["Gone"] = {"Type": "AWS::S3::Bucket"}
    return old


@pytest.mark.parametrize("name", SOME)
def test_the_cdk_command_agrees(name, tmp_path):
    assert diff(name, released(name), tmp_path) == {}


@pytest.mark.exhaustive
def test_both_find_what_is_replaced_and_removed(tmp_path):
    name = f"{VERSION}-ecs_task_processor.queue"
    old = changed(released(name))
    queue = stateful(old)
    assert diff(name, old, tmp_path) == {queue: "replace", "Gone": "destroy"}
    replaced, removed = losses(old, released(name))
    assert replaced.startswith(f"{queue} (AWS::SQS::Queue) is replaced: QueueName from once to ")
    assert removed == "Gone (AWS::S3::Bucket) is removed"


def test_what_may_be_replaced_is_a_loss_and_what_holds_no_data_is_none():
    def table(key):
        return {"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": key}}}}

    assert [*losses(table("a"), table("b"))] == ["T (AWS::DynamoDB::Table) is replaced: KeySchema from a to b"]
    role = {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "a"}}}}
    assert [*losses(role, {"Resources": {}})] == []


def test_a_changed_id_of_anything_that_holds_data_is_a_loss():
    old = released(f"{VERSION}-core.data")
    kinds = {each["Type"] for each in old["Resources"].values()} & STATEFUL_TYPES
    holding = ("DynamoDB::Table", "EFS::FileSystem", "RDS::DBCluster", "RDS::DBInstance", "S3::Bucket")
    assert kinds >= {f"AWS::{each}" for each in holding}
    for name, one in old["Resources"].items():
        new = {each: other for each, other in old["Resources"].items() if each != name}
        lost = [*losses(old, {"Resources": {**new, f"{name}2": one}})]
        assert lost == ([f"{name} ({one['Type']}) is removed"] if one["Type"] in STATEFUL_TYPES else [])
