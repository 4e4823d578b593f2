"""IAM statements of a template, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from naws.core.parsed_json import is_array, is_object


class Statement(NamedTuple):
    """One statement of an identity policy: the policy's logical id and the statement's parts as lists."""

    logical_id: str
    effect: str
    actions: list[str]
    resources: list[Any]


def resources_of(template: Mapping[str, Any], *types: str) -> dict[str, Mapping[str, Any]]:
    """Properties by logical id of the resources of these types."""
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] in types
    }


def identity_statements(template: Mapping[str, Any]) -> Iterator[Statement]:
    """Statements that say what a role may do; resource policies and trust policies are not among them."""
    for logical_id, properties in resources_of(template, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy").items():
        yield from _statements(logical_id, properties["PolicyDocument"])
    for logical_id, properties in resources_of(template, "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group").items():
        for policy in properties.get("Policies", ()):
            yield from _statements(logical_id, policy["PolicyDocument"])


def requires_tls(document: Mapping[str, Any]) -> bool:
    """Whether a resource policy denies every principal that comes without TLS."""
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and str(statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
        for statement in as_list(document["Statement"])
    )


def as_list(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    if value is None:
        return []
    return value if is_array(value) else [value]


def reference_of(value: Any) -> str:
    """The logical id that `Ref` or `Fn::GetAtt` names, otherwise the value's text."""
    if is_object(value) and "Ref" in value:
        return str(value["Ref"])
    if is_object(value) and "Fn::GetAtt" in value:
        return str(as_list(value["Fn::GetAtt"])[0]).partition(".")[0]
    return str(value)


def _statements(logical_id: str, document: Mapping[str, Any]) -> Iterator[Statement]:
    for statement in as_list(document["Statement"]):
        yield Statement(
            logical_id, statement["Effect"], as_list(statement.get("Action")), as_list(statement.get("Resource"))
        )
