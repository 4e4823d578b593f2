"""Requests about functions that Lambda refuses, in its words."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e
INVALID = "InvalidParameterValueException"
CONSTRAINT = "failed to satisfy constraint: Member must"
VARIABLES = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
)


def variables(**given: str) -> dict[str, Any]:
    return {"Environment": {"Variables": given}}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"Timeout": 901},
        "ValidationException",
        f"Value '901' at 'timeout' {CONSTRAINT} have value less than or equal to 900",
    ),
    (
        {"MemorySize": 10241},
        "ValidationException",
        f"Value '10241' at 'memorySize' {CONSTRAINT} have value less than or equal to 10240",
    ),
    (
        {"EphemeralStorage": {"Size": 10241}},
        "ValidationException",
        f"Value '10241' at 'ephemeralStorage.size' {CONSTRAINT} have value less than or equal to 10240",
    ),
    (
        {"Handler": "app handler"},
        "ValidationException",
        f"Value 'app handler' at 'handler' {CONSTRAINT} satisfy regular expression pattern: [^\\s]+",
    ),
    (
        {"Role": "r1"},
        "ValidationException",
        f"Value 'r1' at 'role' {CONSTRAINT} satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::",
    ),
    ({"Timeout": 901, "MemorySize": 10241}, "ValidationException", "2 validation errors detected: "),
    (variables(AWS_REGION="x", TABLE="y"), INVALID, "Reserved keys used in this request: AWS_REGION"),
    (variables(LARGE="x" * 4096), INVALID, f'{VARIABLES} exceeded the 4KB limit. String measured: {{"LARGE":"xxx'),
    ({"Runtime": "python3.7"}, INVALID, "The runtime parameter of python3.7 is no longer supported for creating or"),
    ({"Runtime": "python4.0"}, INVALID, "Value python4.0 at 'runtime' failed to satisfy constraint: Member must"),
    (
        {"Layers": [f"arn:aws:lambda:us-east-1:000000000000:layer:l{number}:1" for number in range(6)]},
        INVALID,
        "Cannot reference more than 5 layers.",
    ),
    (
        {
            "Layers": [
                "arn:aws:lambda:us-east-1:000000000000:layer:l:1",
                "arn:aws:lambda:us-east-1:000000000000:layer:l:2",
            ]
        },
        INVALID,
        "Two different versions of the same layer are not allowed to be referenced in the same function. arn:",
    ),
    (
        {"Layers": ["arn:aws:lambda:eu-west-1:000000000000:layer:l:1"]},
        INVALID,
        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
    ),
    (
        {"Role": "arn:aws:iam::000000000000:role/no-such-role"},
        INVALID,
        "The role defined for the function cannot be assumed by Lambda.",
    ),
]


@pytest.mark.parametrize(("given", "code", "text"), REFUSED)
def test_a_function_is_refused_when_it_is_made_or_changed(
    functions: Any, given: dict[str, Any], code: str, text: str
) -> None:
    name = functions.make()
    for call in (
        lambda: functions.client.create_function(**functions.request(**given)),
        lambda: functions.client.update_function_configuration(FunctionName=name, **given),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code
        assert text in caught.value.response["Error"]["Message"]


def test_the_largest_that_is_taken(functions: Any) -> None:
    given = {"Timeout": 900, "MemorySize": 10240, "EphemeralStorage": {"Size": 10240}}
    fits = variables(LARGE="x" * (4096 - len('{"LARGE":""}')))
    assert functions.make(Runtime="python3.14", **given, **fits)


def test_a_role_that_trusts_somebody_else(functions: Any, bench: Any) -> None:
    role = bench.role_of(trusted=["ecs-tasks.amazonaws.com"])
    with pytest.raises(ClientError, match=r"The role defined for the function cannot be assumed by Lambda\."):
        functions.make(Role=role)


@pytest.mark.parametrize("missing", ["Runtime", "Handler"])
def test_a_package_has_a_runtime_and_a_handler(functions: Any, missing: str) -> None:
    request = functions.request()
    del request[missing]
    with pytest.raises(ClientError, match="Runtime and Handler are mandatory parameters for functions created with"):
        functions.client.create_function(**request)


def test_a_template_is_refused_for_the_same(functions: Any, bench: Any) -> None:
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": functions.role,
        "Code": {"ZipFile": "def handler(*_): pass"},
        "Timeout": 901,
    }
    stack, _ = bench.deploy({"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any("at 'timeout' failed to satisfy" in event.get("ResourceStatusReason", "") for event in events)


def test_a_template_reserves_concurrency(functions: Any, bench: Any) -> None:
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": functions.role,
        "Code": {"ZipFile": "def handler(*_): return 1"},
        "ReservedConcurrentExecutions": 0,
    }
    resources = {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    _, outputs = bench.deploy(resources, {"Name": {"Value": {"Ref": "Function"}}})
    with pytest.raises(ClientError) as caught:
        functions.client.invoke(FunctionName=outputs["Name"])
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_a_hundred_stay_unreserved(functions: Any) -> None:
    name = functions.make()
    text = (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        r"its minimum value of \[100\]\."
    )
    with pytest.raises(ClientError, match=text):
        functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=901)


def test_unchanged_code_is_no_new_version(functions: Any) -> None:
    name = functions.client.create_function(**functions.request())["FunctionName"]
    first, again = (functions.client.publish_version(FunctionName=name)["Version"] for _ in range(2))
    assert first == again == "1"
    functions.client.update_function_code(FunctionName=name, ZipFile=functions.archive("def handler(*_): pass"))
    assert functions.client.publish_version(FunctionName=name)["Version"] == "2"


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_an_event_that_is_too_large(functions: Any, kind: str, limit: int) -> None:
    name = functions.make("def handler(event, context):\n    return len(event)")
    event = "x" * (limit - 2)
    assert functions.invoke(name, event, InvocationType=kind)["StatusCode"] in {200, 202}
    with pytest.raises(ClientError) as caught:
        functions.invoke(name, f"{event}x", InvocationType=kind)
    assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    text = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
    assert caught.value.response["Error"]["Message"] == text


def test_an_event_that_is_no_json(functions: Any) -> None:
    with pytest.raises(ClientError) as caught:
        functions.client.invoke(FunctionName=functions.make(), Payload=b"{no json")
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert "Could not parse request body into json" in json.dumps(caught.value.response)
