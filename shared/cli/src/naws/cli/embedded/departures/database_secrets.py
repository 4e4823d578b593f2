"""Master passwords that RDS makes and keeps in a secret of its own."""

import json
import uuid
from typing import Any

from naws.cli.embedded.departures.database_records import INSTANCE, KINDS, MEMBER_OF, Kind, Record
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import provisioners, rds, secretsmanager
from naws.cli.embedded.departures.templates import Made, is_true

_SECRET = "MasterUserSecret"  # noqa: S105  # a member's name
_SWITCH = "ManageMasterUserPassword"


@departure(
    "Amazon RDS User Guide, 'Password management with Amazon RDS and AWS Secrets Manager'; CloudFormation User Guide, "
    "AWS::RDS::DBInstance and AWS::RDS::DBCluster (ManageMasterUserPassword, GetAtt MasterUserSecret.SecretArn)"
)
def managed_passwords() -> None:
    """A database with a managed password has a secret with user and password, which comes and goes with it.

    MiniStack makes one for clusters by API only. The secret is not rotated.
    """
    for kind in KINDS:
        kind.wrap_template("create", _created)
        kind.wrap_template("update", _updated)
        kind.wrap_template("delete", _deleted)
        for verb in ("create", "modify"):
            kind.wrap_request(verb, _requested)
        kind.wrap_request("delete", _deletion_requested)
    wrap(provisioners, ("_rds_db_instance_attrs", "_rds_db_cluster_attrs"), _attributes)
    wrap(rds, "_instance_xml", _described)


def _created(kind: Kind, original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
    made = original(logical_id, properties, stack)
    _manage(kind, kind.records[made[0]], properties)
    return made


def _updated(kind: Kind, original: Original, physical_id: str, old: Any, new: dict[str, Any], *rest: Any) -> Made:
    made = original(physical_id, old, new, *rest)
    _manage(kind, kind.records[made[0]], {_SWITCH: "false", **new})
    return made


def _deleted(kind: Kind, original: Original, physical_id: str, properties: dict[str, Any]) -> None:
    record = kind.records.get(physical_id)
    original(physical_id, properties)
    if record:
        _give_up(record)


def _requested(kind: Kind, original: Original, request: dict[str, Any]) -> Any:
    response = original(request)
    record = kind.of(request)
    if record and not failed(response):
        _manage(kind, record, {name: rds._p(request, name) for name in (_SWITCH, f"{_SECRET}KmsKeyId")})
    return response


def _deletion_requested(kind: Kind, original: Original, request: dict[str, Any]) -> Any:
    record = kind.of(request)
    response = original(request)
    if record and not failed(response):
        _give_up(record)
    return response


def _manage(kind: Kind, record: Record, wanted: dict[str, Any]) -> None:
    """Make the secret or give it up, as the switch says; one that is not there changes nothing."""
    switch = wanted.get(_SWITCH, "")
    if is_true(switch) and not record.get(_SECRET) and not (kind is INSTANCE and record.get(MEMBER_OF)):
        password = rds._generate_master_user_password()
        key = wanted.get(f"{_SECRET}KmsKeyId") or members(wanted.get(_SECRET)).get("KmsKeyId")
        arn = secretsmanager.create_secret_in_process(
            f"rds!{'db' if kind is INSTANCE else 'cluster'}-{uuid.uuid4()}",
            json.dumps({"username": record["MasterUsername"], "password": password}),
            description=f"Secret managed by RDS for {record[f'{kind.name}Identifier']}",
        )
        record[_SECRET] = {"SecretArn": arn, "SecretStatus": "active", **({"KmsKeyId": key} if key else {})}
        record["_MasterUserPassword"] = password
    elif switch and not is_true(switch):
        _give_up(record)


def _give_up(record: Record) -> None:
    if secret := record.pop(_SECRET, None):
        secretsmanager.delete_secret_in_process(secret["SecretArn"])


def _attributes(original: Original, record: Record) -> dict[str, str]:
    secret = record.get(_SECRET)
    return {**original(record), **({f"{_SECRET}.SecretArn": secret["SecretArn"]} if secret else {})}


def _described(original: Original, record: Record) -> str:
    secret = "".join(f"<{name}>{value}</{name}>" for name, value in members(record.get(_SECRET)).items())
    return original(record) + (f"<{_SECRET}>{secret}</{_SECRET}>" if secret else "")
