"""The workflows of a template, as concrete as `run_workflow` needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from naws.core.parsed_json import is_object
from naws.testing._references import Reference, resolved

_ACCOUNT = "123456789012"
_REGION = "us-east-1"
_PSEUDO = {
    "AWS::AccountId": _ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": _REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{_REGION}:{_ACCOUNT}:stack/Stack/1",
    "AWS::StackName": "Stack",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_REGION}:{_ACCOUNT}:table/{{}}",
    "AWS::ECS::Cluster": f"arn:aws:ecs:{_REGION}:{_ACCOUNT}:cluster/{{}}",
    "AWS::ECS::TaskDefinition": f"arn:aws:ecs:{_REGION}:{_ACCOUNT}:task-definition/{{}}:1",
    "AWS::IAM::Role": f"arn:aws:iam::{_ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/{{}}",
    "AWS::Lambda::Alias": f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:{{}}:live",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_REGION}:{_ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{_REGION}:{_ACCOUNT}:secret:{{}}-AbCdEf",
    "AWS::SNS::Topic": f"arn:aws:sns:{_REGION}:{_ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_REGION}:{_ACCOUNT}:stateMachine:{{}}",
}
_URL = f"https://sqs.{_REGION}.amazonaws.com/{_ACCOUNT}/{{}}"
# The value of Ref where it is not the resource's name; a bucket's and a cluster's name, for one, are Ref.
_REFS = {
    "AWS::SQS::Queue": _URL,
    **{
        resource_type: _ARNS[resource_type]
        for resource_type in (
            "AWS::ECS::TaskDefinition",
            "AWS::Lambda::Alias",
            "AWS::SecretsManager::Secret",
            "AWS::SNS::Topic",
            "AWS::StepFunctions::StateMachine",
        )
    },
}


def workflow_definitions(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The definition of every state machine by logical id, with made-up names and ARNs for references.

    Account 123456789012, region us-east-1; a resource's name is its logical id.

    Raises:
        UnresolvedError: a definition holds a function that only CloudFormation can resolve.
    """
    return {
        logical_id: _definition(resource["Properties"], physical(template))
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    }


def physical(template: Mapping[str, Any]) -> Reference:
    """Make up the value of a reference, as it may look once deployed."""
    resources: Mapping[str, Any] = template["Resources"]
    parameters: Mapping[str, Any] = template.get("Parameters", {})

    def reference(logical_id: str, attribute: str | None) -> str:
        if logical_id in _PSEUDO:
            return _PSEUDO[logical_id]
        if logical_id in parameters:
            return str(parameters[logical_id].get("Default", logical_id))
        resource_type = resources[logical_id]["Type"]
        if attribute is None:
            return _REFS.get(resource_type, "{}").format(logical_id)
        if attribute == "QueueUrl":
            return _URL.format(logical_id)
        if attribute.endswith("Arn"):
            return _ARNS.get(resource_type, _unlisted(resource_type)).format(logical_id)
        return logical_id if attribute.endswith("Name") else f"{logical_id}.{attribute}"

    return reference


def _unlisted(resource_type: str) -> str:
    service, _, kind = resource_type.removeprefix("AWS::").lower().partition("::")
    return f"arn:aws:{service}:{_REGION}:{_ACCOUNT}:{kind}/{{}}"


def _definition(properties: Mapping[str, Any], reference: Reference) -> dict[str, Any]:
    if "Definition" in properties:
        return resolved(properties["Definition"], reference)
    text: str = resolved(properties["DefinitionString"], reference)
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(resolved(value, reference)))
    definition = json.loads(text)
    if not is_object(definition):
        raise TypeError(f"a state machine's definition is an object, not {definition!r}")
    return dict(definition)
