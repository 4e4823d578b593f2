"""Settings of tables that templates give, of `Table` and of `GlobalTable`, which CDK's TableV2 is."""

from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure
from naws.cli.embedded.departures.services import dynamodb, responses
from naws.cli.embedded.departures.templates import BOTH, Made, complete_template, is_true, wrap_template


@departure(
    "CloudFormation User Guide, AWS::DynamoDB::Table (PointInTimeRecoverySpecification, TimeToLiveSpecification) and "
    "AWS::DynamoDB::GlobalTable (SSESpecification, and Replicas: what concerns one region stands there)"
)
def template_table_settings() -> None:
    """A table of a template is recoverable, protected and encrypted, and items expire, as the template has it."""
    complete_template("DynamoDB::Table", BOTH, _settle)
    wrap_template("DynamoDB::GlobalTable", update=_updated)
    complete_template("DynamoDB::GlobalTable", BOTH, _settle_replica)


def _updated(original: Original, name: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Made:
    """Keep the table, and its items, as long as its keys stay: MiniStack looks for it under another name."""
    stays = {"TableName": name} if "TableName" not in old and old.get("KeySchema") == new.get("KeySchema") else {}
    return original(name, {**old, **stays}, {**stays, **new}, *rest)


def _settle(name: str, properties: dict[str, Any]) -> None:
    recovery = members(properties.get("PointInTimeRecoverySpecification"))
    dynamodb._pitr_settings[name] = is_true(recovery.get("PointInTimeRecoveryEnabled"))
    expiry = members(properties.get("TimeToLiveSpecification"))
    if expiry.get("AttributeName"):
        given = {**expiry, "Enabled": is_true(expiry.get("Enabled"))}
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": given})
    else:
        dynamodb._ttl_settings.pop(name, None)


def _settle_replica(name: str, properties: dict[str, Any]) -> None:
    replicas: list[dict[str, Any]] = properties["Replicas"]
    (own,) = [each for each in replicas if each.get("Region") == responses.get_region()] or [dict[str, Any]()]
    key = members(own.get("SSESpecification")).get("KMSMasterKeyId")
    encryption = members(properties.get("SSESpecification"))
    request = {**encryption, "Enabled": is_true(encryption.get("SSEEnabled"))}
    table = dynamodb._tables[name]
    table["DeletionProtectionEnabled"] = is_true(own.get("DeletionProtectionEnabled"))
    given = {**request, "KMSMasterKeyId": key} if key else request
    table["SSEDescription"] = dynamodb._sse_description_from_spec(given) if encryption else None
    _settle(name, {**properties, **own})
