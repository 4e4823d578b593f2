"""Secrets of a container definition."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service

_ARN_PARTS = 7


@departure(
    source="Amazon ECS Developer Guide, 'Pass sensitive data to an Amazon ECS container'",
    replaces=(
        "ecs._resolve_container_secrets",
        "ecs._SecretResolutionError",
        "secretsmanager.resolve_secret_string",
        "ssm.resolve_parameter_value",
    ),
)
def container_secrets() -> None:
    """A secret's JSON key, version stage or version id is honoured and a SecureString is decrypted.

    A value that cannot be had keeps the task from starting.
    """
    replace(service("ecs"), "_resolve_container_secrets", lambda _: _resolve_all)


def _resolve_all(container: dict[str, Any]) -> dict[str, str]:
    secrets: list[dict[str, str]] = container.get("secrets", [])
    return {secret["name"]: _resolve(secret["valueFrom"]) for secret in secrets}


def _resolve(reference: str) -> str:
    if ":secretsmanager:" not in reference:
        value = service("ssm").resolve_parameter_value(reference, decrypt=True)
        return _present(value, reference)
    parts = [*reference.split(":"), "", "", ""]
    key, stage, version = parts[_ARN_PARTS : _ARN_PARTS + 3]
    arn = ":".join(parts[:_ARN_PARTS])
    text = service("secretsmanager").resolve_secret_string(arn, stage or "AWSCURRENT", version or None)
    return _member(_present(text, reference), key, reference) if key else _present(text, reference)


def _present(value: str | None, reference: str) -> str:
    if value is None:
        raise service("ecs")._SecretResolutionError(f"unable to retrieve {reference}: it does not exist")
    return value


def _member(text: str, key: str, reference: str) -> str:
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        message = f"unable to retrieve {reference}: retrieved secret did not contain json key {key}"
        raise service("ecs")._SecretResolutionError(message) from None
    return value if isinstance(value, str) else json.dumps(value)
