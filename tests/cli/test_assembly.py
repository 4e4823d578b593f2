import json

import pytest

from naws.cli.assembly import Annotation, read_missing, read_stacks
from naws.core.runs import Runs

EMPTY = {"Resources": {}}


def names(directory):
    return [stack.id for stack in read_stacks(directory)]


def test_stacks_come_after_those_they_depend_on(assembly):
    assembly.stack("Alarms", EMPTY, after=["Reports"])
    assembly.stack("Reports", EMPTY, after=["Network"])
    directory = assembly.stack("Network", EMPTY)
    assert names(directory) == ["Network", "Reports", "Alarms"]


def test_stacks_of_stages_are_found_with_the_files_of_their_own_directory(assembly):
    assembly.stack("Top", EMPTY)
    assembly.stage("Prod").stack("Prod-Reports", {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    stacks = {stack.id: stack for stack in read_stacks(assembly.write())}
    assert set(stacks) == {"Top", "Prod-Reports"}
    assert "Q" in stacks["Prod-Reports"].template["Resources"]


@pytest.mark.parametrize("separate", [False, True])
def test_metadata_tells_paths_dev_commands_and_annotations(assembly, separate):
    metadata = {
        "/R/Task/Resource": [
            {"type": "aws:cdk:logicalId", "data": "Task1"},
            {"type": "naws:dev-command", "data": {"container": "main", "command": ["python", "-m", "job"]}},
        ],
        "/R/Queue/Resource": [{"type": "aws:cdk:logicalId", "data": "Queue1"}],
        "/R": [{"type": "aws:cdk:warning", "data": "careful"}, {"type": "aws:cdk:error", "data": "wrong"}],
    }
    (stack,) = read_stacks(assembly.stack("R", EMPTY, metadata=metadata, separate=separate))
    assert stack.paths == {"Task1": "/R/Task/Resource", "Queue1": "/R/Queue/Resource"}
    assert list(stack.dev_commands) == [("Task1", "main", ["python", "-m", "job"])]
    assert stack.annotations == [Annotation("warning", "/R", "careful"), Annotation("error", "/R", "wrong")]


def test_the_runs_of_its_patterns_are_read_from_its_template(assembly):
    noted = {"pattern": "drums", "path": "R/P", "kind": "workflow", "queues": ["Work"]}
    resources = {
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Metadata": {"naws:runs": noted}},
        "Queue": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "R/Queue"}},
    }
    (stack,) = read_stacks(assembly.stack("R", {"Resources": resources}))
    assert stack.runs == {"Machine": Runs(pattern="drums", path="R/P", kind="workflow", queues=["Work"])}


def test_a_stack_fits_anywhere_unless_it_names_account_and_region(assembly):
    assembly.stack("Any", EMPTY)
    assembly.stack("Fixed", EMPTY, environment="aws://111122223333/eu-west-1", stackName="fixed-name")
    stacks = {stack.id: stack for stack in read_stacks(assembly.write())}
    assert (stacks["Any"].account, stacks["Any"].region, stacks["Any"].name) == (None, None, "Any")
    fixed = stacks["Fixed"]
    assert (fixed.account, fixed.region, fixed.name) == ("111122223333", "eu-west-1", "fixed-name")


def test_assets_are_those_of_the_manifests_it_depends_on(assembly):
    assembly.stack("Other", EMPTY, files={"b": {"source": {}}})
    assembly.stack("R", EMPTY, files={"a": {"source": {}}}, images={"c": {"source": {}}})
    stack = next(stack for stack in read_stacks(assembly.write()) if stack.id == "R")
    assert {kind: list(entries) for kind, entries in stack.assets.items()} == {"files": ["a"], "dockerImages": ["c"]}


def test_missing_look_ups_of_all_stages_are_asked_once(assembly):
    query = {"key": "vpc:1", "provider": "vpc-provider", "props": {}}
    assembly.manifest["missing"] = [query]
    stage = assembly.stage("Prod")
    stage.manifest["missing"] = [query, {**query, "key": "vpc:2"}]
    stage.write()
    assert [entry["key"] for entry in read_missing(assembly.write())] == ["vpc:1", "vpc:2"]


def test_what_is_nested_has_the_paths_of_its_own_resources_where_logical_ids_are_the_same(assembly):
    named = {
        "/R/P/Queue/Resource": "Queue",
        "/R/N.NestedStack/N.NestedStackResource": "Nested",
        "/R/N/P/Queue/Resource": "Queue",
    }
    metadata = {path: [{"type": "aws:cdk:logicalId", "data": name}] for path, name in named.items()}
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://s3/assets/inner.json"}}
    files = {"inner": {"source": {"path": "inner.json"}, "destinations": {"here": {"objectKey": "inner.json"}}}}
    queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
    directory = assembly.stack(
        "R", {"Resources": {**queue, "Nested": nested}}, metadata=metadata, files=files, separate=True
    )
    (directory / "inner.json").write_text(json.dumps({"Resources": queue}))
    (stack,) = read_stacks(directory)
    assert stack.paths["Queue"] == "/R/P/Queue/Resource"
    outer, inner = stack.whole
    assert (outer, inner.display_name, inner.paths) == (stack, "R/N", {"Queue": "/R/N/P/Queue/Resource"})
    assert (inner.template["Resources"], inner.called("R-Nested-1").name) == (queue, "R-Nested-1")
