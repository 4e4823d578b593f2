"""Versions and aliases of state machines, by requests and by templates, and what starts by them."""

import json
import uuid
from typing import Any

import botocore.exceptions
import pytest

pytestmark = pytest.mark.e2e


def passing(output: str) -> Any:
    return {"P": {"Type": "Pass", "Output": output, "End": True}}


def definition(output: str) -> str:
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "P", "States": passing(output)})


@pytest.fixture
def published(bench: Any) -> Any:
    """A machine whose two versions answer "one" and "two", and which itself answers "three"."""
    machine = bench.machine(passing("one"))
    versions = [bench.sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]]
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=definition("two"))
    versions.append(bench.sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"])
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=definition("three"))
    return machine, versions


def routes(versions: Any, *weights: int) -> Any:
    return [
        {"stateMachineVersionArn": arn, "weight": weight} for arn, weight in zip(versions, weights, strict=True)
    ]  # fmt: skip


def refusal(call: Any, **request: Any) -> Any:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]


def test_a_version_runs_as_it_was_published(bench: Any, published: Any) -> None:
    machine, (first, _) = published
    ended = bench.finished(bench.start(first))
    assert json.loads(ended["output"]) == "one"
    assert (ended["stateMachineArn"], ended["stateMachineVersionArn"]) == (machine, first)
    assert json.loads(bench.finished(bench.start(machine))["output"]) == "three"
    listed = bench.sfn.list_executions(stateMachineArn=first)["executions"]
    assert [item["executionArn"] for item in listed] == [ended["executionArn"]]


def test_an_alias_draws_by_weight_and_a_running_execution_keeps_its_version(bench: Any, published: Any) -> None:
    _, versions = published
    name = "live"
    alias = bench.sfn.create_state_machine_alias(name=name, routingConfiguration=routes(versions, 50, 50))
    alias = alias["stateMachineAliasArn"]
    ended = [bench.finished(bench.start(alias)) for _ in range(30)]
    assert {json.loads(each["output"]) for each in ended} == {"one", "two"}
    assert {each["stateMachineAliasArn"] for each in ended} == {alias}
    bench.sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routes(versions, 0, 100))
    assert json.loads(bench.finished(bench.start(alias))["output"]) == "two"


def test_a_task_waits_for_an_execution_of_an_alias(bench: Any, published: Any) -> None:
    _, versions = published
    alias = bench.sfn.create_state_machine_alias(name="nested", routingConfiguration=routes(versions[1:], 100))
    arguments = {"StateMachineArn": alias["stateMachineAliasArn"], "Input": {}}
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Arguments": arguments}
    ended = bench.execute({"Start": {**task, "End": True}})
    output = json.loads(ended["output"])
    assert (output["Output"], output["Status"]) == ("two", "SUCCEEDED")
    assert isinstance(output["StartDate"], int)


def test_a_nested_execution_that_fails_is_a_failed_task_with_its_description(bench: Any) -> None:
    inner = bench.machine({"No": {"Type": "Fail", "Error": "Naws.No", "Cause": "never"}})
    task = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True}
    ended = bench.execute({"Start": {**task, "Arguments": {"StateMachineArn": inner, "Input": {"n": 1}}}})
    assert ended["error"] == "States.TaskFailed"
    cause = json.loads(ended["cause"])
    assert (cause["Error"], cause["Cause"], cause["Status"]) == ("Naws.No", "never", "FAILED")
    assert (cause["RedriveStatus"], json.loads(cause["Input"])) == ("REDRIVABLE", {"n": 1})


def test_a_revision_is_published_once(bench: Any) -> None:
    machine = bench.machine(passing("one"))
    arns = {bench.sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"] for _ in "ab"}
    assert arns == {f"{machine}:1"}


def test_what_aws_refuses_of_aliases(bench: Any, published: Any) -> None:
    machine, versions = published
    create = bench.sfn.create_state_machine_alias
    once = create(name="a", routingConfiguration=routes(versions[:1], 100))
    assert create(name="a", routingConfiguration=routes(versions[:1], 100))["creationDate"] == once["creationDate"]
    for given, code, message in (
        (routes([machine], 100), "ValidationException", "must contain state machine version ARNs. Received"),
        (routes(versions, 70, 29), "ValidationException", "weights must equal 100. Received: [70, 29]"),
        (routes(versions[1:], 100), "ConflictException", "Failed to create alias because an alias with the same name"),
        (routes([versions[0]] * 2, 50, 50), "ValidationException", "Routing configuration must contain distinct"),
    ):
        error = refusal(create, name="a", routingConfiguration=given)
        assert error["Code"] == code
        assert message in error["Message"]
    error = refusal(bench.sfn.delete_state_machine_version, stateMachineVersionArn=versions[0])
    assert error["Message"].endswith("Current list of aliases referencing this version: [a]")


def test_a_template_publishes_and_routes(bench: Any) -> None:
    name = f"m-{uuid.uuid4().hex[:8]}"
    resources = {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineName": name, "RoleArn": bench.role, "DefinitionString": definition("one")},
        },
        "Version": {
            "Type": "AWS::StepFunctions::StateMachineVersion",
            "Properties": {
                "StateMachineArn": {"Ref": "Machine"},
                "StateMachineRevisionId": {"Fn::GetAtt": ["Machine", "StateMachineRevisionId"]},
            },
        },
        "Alias": {
            "Type": "AWS::StepFunctions::StateMachineAlias",
            "Properties": {
                "Name": "live",
                "RoutingConfiguration": [{"StateMachineVersionArn": {"Ref": "Version"}, "Weight": 100}],
            },
        },
    }
    stack, outputs = bench.deploy(
        resources, {"Alias": {"Value": {"Ref": "Alias"}}, "Version": {"Value": {"Ref": "Version"}}}
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    assert outputs["Alias"].endswith(f":stateMachine:{name}:live")
    assert bench.finished(bench.start(outputs["Alias"]))["stateMachineVersionArn"] == outputs["Version"]


def test_running_executions_end_with_the_definition_and_the_role_that_they_began_with(bench: Any) -> None:
    wait = {"Type": "Wait", "Seconds": 2, "Next": "P"}
    machine = bench.machine({"W": wait, **passing("{% $states.context.Execution.RoleArn %}")})
    execution = bench.start(machine)
    other = bench.role_of({"Effect": "Allow", "Action": "*", "Resource": "*"})
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=definition("new"), roleArn=other)
    assert json.loads(bench.finished(execution)["output"]) == bench.role
    described = bench.sfn.describe_state_machine_for_execution(executionArn=execution)
    assert (described["roleArn"], "W" in described["definition"]) == (bench.role, True)
    assert json.loads(bench.finished(bench.start(machine))["output"]) == "new"
