"""What CloudFormation cannot take back when the first deployment of a stack fails."""

from collections.abc import Iterator, Mapping
from typing import Any


def unremovable(resources: Mapping[str, Any]) -> list[str]:
    """The logical ids of what is protected from deletion, and would be deleted when a first deployment fails.

    CloudFormation does not switch the protection off: the stack is `ROLLBACK_FAILED` then, and somebody has to.
    A database that is protected is left out: retained it would need its network, which the stack may have made.

    Args:
        resources: those of a template.
    """
    return [name for name, made in resources.items() if made.get("DeletionPolicy") != "Retain" and _protected(made)]


def _protected(made: Mapping[str, Any]) -> bool:
    return any(
        str(value).lower() in {"true", "active"} for value in _switches(made["Type"], made.get("Properties", {}))
    )


def _switches(kind: str, given: Mapping[str, Any]) -> Iterator[Any]:
    match kind:
        case "AWS::Cognito::UserPool":
            yield given.get("DeletionProtection")
        case "AWS::DynamoDB::Table":
            yield given.get("DeletionProtectionEnabled")
        case "AWS::DynamoDB::GlobalTable":
            yield from (each.get("DeletionProtectionEnabled") for each in given["Replicas"])
        case "AWS::ElasticLoadBalancingV2::LoadBalancer":
            attributes = given.get("LoadBalancerAttributes", ())
            yield from (each["Value"] for each in attributes if each["Key"] == "deletion_protection.enabled")
        case _:
            return
