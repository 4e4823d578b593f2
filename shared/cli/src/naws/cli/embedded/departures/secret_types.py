"""Secrets: their names, and those of templates."""

import re
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import secretsmanager
from naws.cli.embedded.departures.templates import Made, wrap_template

_NAME = re.compile(r"[\w/+=.@!-]+", re.ASCII)


@departure("CloudFormation User Guide, AWS::SecretsManager::Secret (Ref is the secret's ARN)")
def secret_reference() -> None:
    """``Ref`` of a secret is its ARN, by which a container definition names it; MiniStack gives the name."""
    wrap_template("SecretsManager::Secret", create=_created, update=_updated, delete=_deleted)


def _created(original: Original, *arguments: Any) -> Made:
    _, attributes = original(*arguments)
    return attributes["Arn"], attributes


def _updated(original: Original, arn: str, *rest: Any, **named: Any) -> Made:
    name, attributes = original(_name(arn), *rest, **named)
    return members(secretsmanager._secrets.get(name)).get("ARN", name), attributes


def _deleted(original: Original, arn: str, properties: dict[str, Any]) -> None:
    original(_name(arn), properties)


def _name(arn: str) -> str:
    secrets = secretsmanager._secrets
    return next((name for name, secret in secrets.items() if secret["ARN"] == arn), arn)


@departure(
    "AWS Secrets Manager API Reference, 'CreateSecret' (Name); answers of AWS recorded in "
    "localstack/localstack, tests/aws/services/secretsmanager/test_secretsmanager.snapshot.json"
)
@patch(check_requests, secretsmanager, "_create_secret")
def secret_names(request: dict[str, Any]) -> None:
    """A name has letters, digits and ``-/_+=.@!`` only."""
    if not _NAME.fullmatch(request.get("Name") or "x"):
        expected = "Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        raise RefusedError(f"Invalid name. {expected}")
