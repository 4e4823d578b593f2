"""What `naws verify` says of functions and what stands around them, by what AWS answers of each."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from naws.cli.checkers import CHECKERS, Resource

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:mails"
ROLE = "arn:aws:iam::111111111111:role/service/shop-role"
PHYSICAL = {"Role": "shop-role", "Logs": "shop-logs", "Version": f"{ARN}:7", "Function": "mails", "Api": "a1"}
FUNCTION = {
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "Runtime": "python3.14",
    "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
}
FOUND = {
    "Role": ROLE,
    "Runtime": "python3.14",
    "State": "Active",
    "LastUpdateStatus": "Successful",
    "LoggingConfig": {"LogGroup": "shop-logs"},
    "VpcConfig": {"VpcId": ""},
}
ALIAS = {"FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]}}
LATER = {
    "FunctionName": {"Ref": "Function"},
    "Qualifier": "live",
    "MaximumRetryAttempts": 2,
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Queue", "Arn"]}}},
}
STAGE = {
    "ApiId": {"Ref": "Api"},
    "AccessLogSettings": {"Format": "{}"},
    "DefaultRouteSettings": {"ThrottlingRateLimit": "100"},
}
LOGGED = {"AccessLogSettings": {"DestinationArn": "arn"}, "DefaultRouteSettings": {"ThrottlingRateLimit": 100.0}}
GROUP = {
    "ApplicationName": "shop",
    "AlarmConfiguration": {"Enabled": True},
    "AutoRollbackConfiguration": {"Enabled": True},
}
SAFE = {"alarmConfiguration": {"enabled": True}, "autoRollbackConfiguration": {"enabled": True}}


def asked(kind: str, declared: Mapping[str, Any], physical: str, **answers: Any) -> list[tuple[str, bool]]:
    """The facts, and whether each is as declared; a service answers only what is named here."""
    requests = {name: lambda _answer=answer, **_: _answer for name, answer in answers.items()}
    place: Any = SimpleNamespace(client=lambda _: SimpleNamespace(**requests))
    found = CHECKERS[f"AWS::{kind}"](Resource(place, physical, declared, PHYSICAL))
    return [(fact.text, fact.good) for fact in found]


@pytest.mark.parametrize(
    ("declared", "answered", "facts"),
    [
        ({}, {}, [("active", True)]),
        ({}, {"State": "Inactive", "StateReasonCode": "Idle"}, [("idle", True)]),
        ({}, {"State": "Pending", "StateReason": "The function is being created."},
         [("pending: The function is being created.", False)]),
        ({}, {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "The image is gone."},
         [("active", True), ("its last update is Failed: The image is gone.", False)]),
        ({}, {"RuntimeVersionConfig": {"Error": {"ErrorCode": "Blocked", "Message": "python3.8 is blocked."}}},
         [("active", True), ("its runtime has Blocked: python3.8 is blocked.", False)]),
        ({}, {"Runtime": "python3.13"}, [("active", True), ("runtime python3.13 instead of python3.14", False)]),
        ({}, {"Role": "arn:aws:iam::1:role/other"}, [("active", True), ("role other instead of shop-role", False)]),
        ({}, {"LoggingConfig": {"LogGroup": "/aws/lambda/mails"}},
         [("active", True), ("log group /aws/lambda/mails instead of shop-logs", False)]),
        ({"VpcConfig": {"SubnetIds": ["s"]}}, {"VpcConfig": {"VpcId": "v"}}, [("active", True), ("in a VPC", True)]),
        ({"VpcConfig": {"SubnetIds": ["s"]}}, {}, [("active", True), ("in no VPC", False)]),
        ({}, {"VpcConfig": {"VpcId": "v"}}, [("active", True), ("in a VPC", False)]),
        ({"Role": ROLE}, {}, [("active", True)]),
        ({"Role": {"Fn::ImportValue": "role"}}, {"Role": "arn:aws:iam::1:role/other"}, [("active", True)]),
    ],
)  # fmt: skip
def test_a_function(declared: Any, answered: Any, facts: Any) -> None:
    found = {**FOUND, **answered}
    assert asked("Lambda::Function", {**FUNCTION, **declared}, "mails", get_function_configuration=found) == facts


@pytest.mark.parametrize(
    ("answered", "facts"),
    [
        ({"FunctionVersion": "7"}, [("version 7", True)]),
        ({"FunctionVersion": "6"}, [("version 6 instead of 7", False)]),
        ({"FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}}},
         [("version 7", True), ("10% go to version 8", False)]),
    ],
)  # fmt: skip
def test_an_alias(answered: Any, facts: Any) -> None:
    assert asked("Lambda::Alias", ALIAS, f"{ARN}:live", get_alias=answered) == facts


@pytest.mark.parametrize(
    ("answered", "fact"),
    [
        ({"Status": "READY", "AvailableProvisionedConcurrentExecutions": 5}, ("5 environments kept warm", True)),
        ({"Status": "FAILED", "StatusReason": "FUNCTION_ERROR_INIT_FAILURE"},
         ("0 environments kept warm: FAILED: FUNCTION_ERROR_INIT_FAILURE", False)),
    ],
)  # fmt: skip
def test_what_is_kept_warm(answered: Any, fact: Any) -> None:
    declared = {**ALIAS, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 5}}
    found = {"get_alias": {"FunctionVersion": "7"}, "get_provisioned_concurrency_config": answered}
    assert asked("Lambda::Alias", declared, f"{ARN}:live", **found)[1:] == [fact]


@pytest.mark.parametrize(
    ("declared", "answered", "facts"),
    [
        ({}, {"State": "Enabled", "LastProcessingResult": "OK"}, [("enabled", True)]),
        ({}, {"State": "Disabled"}, [("disabled", False)]),
        ({"Enabled": False}, {"State": "Disabled"}, [("disabled", True)]),
        ({"Enabled": "false"}, {"State": "Enabled"}, [("enabled", False)]),
        ({}, {"State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed"},
         [("enabled", True), ("PROBLEM: Function call failed", False)]),
    ],
)  # fmt: skip
def test_a_mapping(declared: Any, answered: Any, facts: Any) -> None:
    assert asked("Lambda::EventSourceMapping", declared, "id", get_event_source_mapping=answered) == facts


@pytest.mark.parametrize(
    ("answered", "facts"),
    [
        ({"MaximumRetryAttempts": 2, "DestinationConfig": {"OnFailure": {"Destination": "arn"}}},
         [("2 retries", True), ("failures are kept", True)]),
        ({"MaximumRetryAttempts": 0}, [("0 retries", False), ("failures are lost", False)]),
    ],
)  # fmt: skip
def test_asynchronous_invocations(answered: Any, facts: Any) -> None:
    later = {"get_function_event_invoke_config": answered}
    assert asked("Lambda::EventInvokeConfig", LATER, "id", **later) == facts


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        ("Lambda::EventInvokeConfig", {**LATER, "FunctionName": {"Fn::ImportValue": "name"}}),
        ("ApiGatewayV2::Stage", {**STAGE, "ApiId": {"Fn::ImportValue": "id"}}),
        ("CodeDeploy::DeploymentGroup", {**GROUP, "ApplicationName": {"Fn::ImportValue": "name"}}),
    ],
)
def test_a_part_of_what_is_imported(kind: str, declared: Any) -> None:
    assert asked(kind, declared, "id") == [("of a resource that is not known here: not asked", True)]


def test_a_url() -> None:
    answers = {"get_function_url_config": {"AuthType": "NONE"}}
    public, signed = ({"Qualifier": "live", "AuthType": kind} for kind in ("NONE", "AWS_IAM"))
    assert asked("Lambda::Url", public, f"{ARN}:live", **answers) == [("authorization NONE", True)]
    assert asked("Lambda::Url", signed, ARN, **answers) == [("authorization NONE instead of AWS_IAM", False)]


@pytest.mark.parametrize(
    ("declared", "hidden", "facts"),
    [
        (None, False, []),
        (True, True, [("under its own domain only", True)]),
        (False, True, [("under its own domain only", False)]),
        ("true", False, [("under API Gateway's name, too", False)]),
    ],
)
def test_an_api(declared: Any, hidden: Any, facts: Any) -> None:
    properties, answer = {"DisableExecuteApiEndpoint": declared}, {"DisableExecuteApiEndpoint": hidden}
    assert asked("ApiGatewayV2::Api", properties, "a1", get_api=answer) == [("present", True), *facts]


@pytest.mark.parametrize(
    ("answered", "facts"),
    [
        (LOGGED, [("deployed", True), ("logs requests", True), ("100 requests a second", True)]),
        ({**LOGGED, "LastDeploymentStatusMessage": "Successfully deployed stage with deployment ID 'd'"},
         [("deployed", True), ("logs requests", True), ("100 requests a second", True)]),
        ({**LOGGED, "LastDeploymentStatusMessage": "Deployment attempt failed: no role"},
         [("Deployment attempt failed: no role", False), ("logs requests", True), ("100 requests a second", True)]),
        ({}, [("deployed", True), ("logs no requests", False), ("0 requests a second", False)]),
    ],
)  # fmt: skip
def test_a_stage(answered: Any, facts: Any) -> None:
    assert asked("ApiGatewayV2::Stage", STAGE, "$default", get_stage=answered) == facts


def test_a_domain_name() -> None:
    waiting = {"DomainNameStatus": "UPDATING", "DomainNameStatusMessage": "soon"}
    answer = {"DomainNameConfigurations": [{"DomainNameStatus": "AVAILABLE"}, waiting]}
    facts = [("available", True), ("updating: soon", False)]
    assert asked("ApiGatewayV2::DomainName", {}, "api.example.com", get_domain_name=answer) == facts


@pytest.mark.parametrize(
    ("answered", "facts"),
    [
        (SAFE, [("nothing deployed yet", True), ("watched by alarms", True), ("rolled back when it fails", True)]),
        ({**SAFE, "lastAttemptedDeployment": {"status": "Succeeded"}},
         [("succeeded", True), ("watched by alarms", True), ("rolled back when it fails", True)]),
        ({"lastAttemptedDeployment": {"status": "Failed"}},
         [("failed", False), ("not watched by alarms", False), ("not rolled back when it fails", False)]),
    ],
)  # fmt: skip
def test_a_deployment_group(answered: Any, facts: Any) -> None:
    found = {"get_deployment_group": {"deploymentGroupInfo": answered}}
    assert asked("CodeDeploy::DeploymentGroup", GROUP, "steps", **found) == facts
