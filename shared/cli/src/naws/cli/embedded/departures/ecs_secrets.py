"""Secrets of a container definition."""

import json
from typing import Any

from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.services import ecs, secretsmanager, ssm

_ARN_PARTS = 7


@departure("Amazon ECS Developer Guide, 'Pass sensitive data to an Amazon ECS container'")
@patch(replace, ecs, "_resolve_container_secrets")
def container_secrets(container: dict[str, Any]) -> dict[str, str]:
    """A secret's JSON key, version stage or version id is honoured and a SecureString is decrypted.

    A value that cannot be had keeps the task from starting.
    """
    secrets: list[dict[str, str]] = container.get("secrets", [])
    return {secret["name"]: _resolve(secret["valueFrom"]) for secret in secrets}


def _resolve(reference: str) -> str:
    if ":secretsmanager:" not in reference:
        return _present(ssm.resolve_parameter_value(reference, decrypt=True), reference)
    parts = [*reference.split(":"), "", "", ""]
    key, stage, version = parts[_ARN_PARTS : _ARN_PARTS + 3]
    arn = ":".join(parts[:_ARN_PARTS])
    found = secretsmanager.resolve_secret_string(arn, stage or "AWSCURRENT", version or None)
    text = _present(found, reference)
    return _member(text, key, reference) if key else text


def _present(value: str | None, reference: str) -> str:
    if value is None:
        raise ecs._SecretResolutionError(f"unable to retrieve {reference}: it does not exist")
    return value


def _member(text: str, key: str, reference: str) -> str:
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        message = f"unable to retrieve {reference}: retrieved secret did not contain json key {key}"
        raise ecs._SecretResolutionError(message) from None
    return value if isinstance(value, str) else json.dumps(value)
