"""What is wrong with a definition is told at creation and update, by the API and by a template, and when asked for."""

import json
import uuid
from typing import Any

import pytest

from naws.cli.embedded.departures.diagnostics import diagnostics

pytestmark = pytest.mark.e2e

GOOD = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
BAD = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"}}}
MESSAGE = (
    "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, "
    'MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C\''
)
CALLBACK = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
WAITING = {"StartAt": "A", "States": {"A": CALLBACK}}
EXPRESSION = {
    "QueryLanguage": "JSONata",
    "StartAt": "A",
    "States": {"A": {**GOOD["States"]["A"], "Output": "{% 1 + %}"}},
}


def told(definition: Any, machine_type: str = "STANDARD") -> list[tuple[str, str | None]]:
    return [(found.code, found.location) for found in diagnostics(json.dumps(definition), machine_type)]


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        (GOOD, []),
        ([], [("SCHEMA_VALIDATION_FAILED", None)]),
        ({**GOOD, "States": {}}, [("SCHEMA_VALIDATION_FAILED", "/States")]),
        ({**GOOD, "States": {"A": {"Type": "Task", "End": True}}}, [("SCHEMA_VALIDATION_FAILED", "/States/A")]),
        ({**GOOD, "TimeoutSeconds": "60"}, [("SCHEMA_VALIDATION_FAILED", "/TimeoutSeconds")]),
        ({**GOOD, "Retry": []}, [("SCHEMA_VALIDATION_FAILED", "/")]),
        ({**GOOD, "QueryLanguage": "SQL"}, [("SCHEMA_VALIDATION_FAILED", "/QueryLanguage")]),
        (
            {"StartAt": 'a "b" [1].c', "States": {'a "b" [1].c': {"Type": "Pass", "End": True, "Retry": []}}},
            [("SCHEMA_VALIDATION_FAILED", '/States/a "b" [1].c')],
        ),
        (
            {"StartAt": "x" * 81, "States": {"x" * 81: {"Type": "Pass", "End": True}}},
            [("INVALID_STATE_NAME", f"/States/{'x' * 81}")],
        ),
    ],
)
def test_a_fault_is_told_with_code_and_location(definition: Any, found: Any) -> None:
    assert told(definition) == found


def test_a_longer_wait_is_told_as_aws_tells_it() -> None:
    rest = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 100_000_000, "End": True}}}
    assert list(map(str, diagnostics(json.dumps(rest)))) == [
        "SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/A/Seconds"
    ]


@pytest.mark.parametrize("name", ["EnableECSManagedTags", "StartedBy", "Nonsense"])
def test_a_parameter_that_the_ecs_integration_does_not_know(name: str) -> None:
    run = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True}
    known = {"TaskDefinition": "any", "Cluster.$": "$.cluster", "EnableExecuteCommand": True}
    definition = {"StartAt": "A", "States": {"A": {**run, "Parameters": known}}}
    assert told(definition) == []
    definition["States"]["A"]["Parameters"] = {**known, name: True}
    assert told(definition) == [("SCHEMA_VALIDATION_FAILED", "/States/A/Parameters")]


def test_names_of_two_states_differ() -> None:
    each = {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}}
    assert ("DUPLICATE_STATE_NAME", "/States/A/ItemProcessor/States/A") in told({"StartAt": "A", "States": {"A": each}})


def test_what_fails_only_an_execution_is_no_fault() -> None:
    large = {"Type": "Pass", "Result": "x" * 300_000, "End": True}
    assert told({"StartAt": "A", "States": {"A": large}}) == []


@pytest.mark.parametrize("resource", ["states:startExecution.sync", "states:startExecution.sync:2"])
def test_only_an_express_machine_cannot_wait(resource: str) -> None:
    job = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True}
    for state in (CALLBACK, job):
        inner = {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": state}}], "End": True}
        definition = {"StartAt": "A", "States": {"A": inner}}
        assert told(definition) == []
        assert told(definition, "EXPRESS") == [("SCHEMA_VALIDATION_FAILED", "/States/A/Branches[0]/States/B/Resource")]


@pytest.mark.parametrize("text", ["{", '{"StartAt": }', "[1, 2", "nul"])
def test_a_text_that_is_no_json_is_told_with_line_and_column(text: str) -> None:
    (found,) = diagnostics(text)
    assert found.code == "INVALID_JSON_DESCRIPTION"
    assert found.location == found.message.partition("\n at ")[2]
    assert found.location.startswith(f'[Source: (String)"{text}"; line: 1, column: ')


def created(bench: Any, definition: Any, **request: Any) -> str:
    request = {"name": f"d-{uuid.uuid4().hex[:8]}", "roleArn": bench.role, **request}
    return bench.sfn.create_state_machine(definition=json.dumps(definition), **request)["stateMachineArn"]


def refused(bench: Any, act: Any) -> str:
    with pytest.raises(bench.sfn.exceptions.InvalidDefinition) as error:
        act()
    return error.value.response["Error"]["Message"]


def test_a_machine_is_not_created(bench: Any) -> None:
    name = f"d-{uuid.uuid4().hex[:8]}"
    assert refused(bench, lambda: created(bench, BAD, name=name)) == MESSAGE
    machines = bench.sfn.list_state_machines()["stateMachines"]
    assert name not in {machine["name"] for machine in machines}


def test_a_machine_is_not_updated(bench: Any) -> None:
    machine = created(bench, GOOD)
    change = {"stateMachineArn": machine, "definition": json.dumps(BAD)}
    assert refused(bench, lambda: bench.sfn.update_state_machine(**change)) == MESSAGE
    assert json.loads(bench.sfn.describe_state_machine(stateMachineArn=machine)["definition"]) == GOOD
    bench.sfn.update_state_machine(stateMachineArn=machine, roleArn=bench.role)


def test_the_type_of_the_machine_is_that_of_the_request_or_of_what_is_updated(bench: Any) -> None:
    created(bench, WAITING)
    express = created(bench, GOOD, type="EXPRESS")
    change = {"stateMachineArn": express, "definition": json.dumps(WAITING)}
    for act in (
        lambda: created(bench, WAITING, type="EXPRESS"),
        lambda: bench.sfn.update_state_machine(**change),
    ):
        assert "Express state machine does not support '.waitForTaskToken'" in refused(bench, act)
    created(bench, WAITING)


def test_an_expression_that_does_not_parse_is_told_in_the_same_form(bench: Any) -> None:
    message = refused(bench, lambda: created(bench, EXPRESSION))
    assert message.startswith("Invalid State Machine Definition: 'INVALID_JSONATA_EXPRESSION: ")
    assert message.endswith(" at /States/A/Output'")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"DefinitionString": json.dumps(BAD)}, MESSAGE),
        ({"Definition": BAD}, MESSAGE),
        ({"DefinitionString": json.dumps(WAITING), "StateMachineType": "EXPRESS"}, "Express state machine does not"),
        ({"DefinitionString": json.dumps(EXPRESSION)}, "INVALID_JSONATA_EXPRESSION"),
    ],
    ids=["text", "object", "type", "expression"],
)
def test_a_template_fails_with_the_same_message(bench: Any, properties: Any, reason: str) -> None:
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": bench.role, **properties}}
    stack, _ = bench.deploy({"Machine": resource})
    assert stack["StackStatus"].startswith("ROLLBACK")
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any(reason in event.get("ResourceStatusReason", "") for event in events)


def test_whoever_asks_is_told_all_of_it(bench: Any) -> None:
    answer = bench.sfn.validate_state_machine_definition(definition=json.dumps(GOOD))
    assert (answer["result"], answer["diagnostics"], answer["truncated"]) == ("OK", [], False)
    answer = bench.sfn.validate_state_machine_definition(definition=json.dumps(BAD))
    assert (answer["result"], answer["truncated"]) == ("FAIL", False)
    assert [found["location"] for found in answer["diagnostics"]] == ["/States/A/Next", "/States/C"]
    answer = bench.sfn.validate_state_machine_definition(definition=json.dumps(BAD), maxResults=1)
    assert (answer["result"], len(answer["diagnostics"]), answer["truncated"]) == ("FAIL", 1, True)
    answer = bench.sfn.validate_state_machine_definition(definition=json.dumps(WAITING), type="EXPRESS")
    assert answer["result"] == "FAIL"
