"""Secrets: their names, and those of templates."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import re
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service

_NAME = re.compile(r"[\w/+=.@!-]+", re.ASCII)
_TYPE = "AWS::SecretsManager::Secret"


@departure(
    source="CloudFormation User Guide, AWS::SecretsManager::Secret (Ref is the secret's ARN)",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "secretsmanager._secrets"),
)
def secret_reference() -> None:
    """``Ref`` of a secret is its ARN, by which a container definition names it; MiniStack gives the name."""
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS
    original = dict(handlers[_TYPE])

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        _, attributes = original["create"](logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(arn: str, *rest: Any, **named: Any) -> tuple[str, dict[str, str]]:
        updated = original["update"](_name(arn), *rest, **named)
        physical_id: str = updated[0]
        return _arn(physical_id), updated[1]

    def delete(arn: str, properties: dict[str, Any]) -> None:
        original["delete"](_name(arn), properties)

    handlers[_TYPE] = {**original, "create": create, "update": update, "delete": delete}


def _name(arn: str) -> str:
    secrets = service("secretsmanager")._secrets
    return next((name for name, secret in secrets.items() if secret["ARN"] == arn), arn)


def _arn(name: str) -> str:
    secret = service("secretsmanager")._secrets.get(name)
    return secret["ARN"] if secret else name


@departure(
    source="AWS Secrets Manager API Reference, 'CreateSecret' (Name); answers of AWS recorded in "
    "localstack/localstack, tests/aws/services/secretsmanager/test_secretsmanager.snapshot.json",
    replaces=("secretsmanager._create_secret",),
)
def secret_names() -> None:
    """A name has letters, digits and ``-/_+=.@!`` only."""
    replace(service("secretsmanager"), "_create_secret", _of_valid_name)


def _of_valid_name(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def create(request: dict[str, Any]) -> Any:
        if _NAME.fullmatch(request.get("Name") or "x"):
            return original(request)
        expected = "Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        answer = service("secretsmanager").error_response_json
        return answer("ValidationException", f"Invalid name. {expected}", 400)

    return create
