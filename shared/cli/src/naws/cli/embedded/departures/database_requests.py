"""What RDS refuses of databases."""

import re
from typing import Any

from naws.cli.embedded.departures.database_records import CLUSTER, INSTANCE, KINDS, MEMBER_OF, Kind, Record
from naws.cli.embedded.departures.patching import Original, departure
from naws.cli.embedded.departures.refusals import RefusedError, refuse_first
from naws.cli.embedded.departures.services import rds
from naws.cli.embedded.departures.templates import Made, is_true

_PASSWORD = re.compile(r"[!-~]*", re.ASCII)
_NO_CHARACTERS = re.compile(r"[/@\"]")
_SHORTEST_PASSWORD = 8
_RESERVED = ("admin", "rdsadmin")
_COMBINATION = "InvalidParameterCombination"
_VERSION, _ALLOWED = "EngineVersion", "AllowMajorVersionUpgrade"
# Whoever restores or copies has a master user already.
_HAS_MASTER = re.compile(r"Source|Snapshot|Global|Restore")
_PROTECTED = {INSTANCE: "DB Instance", CLUSTER: "Cluster"}


@departure(
    "Amazon RDS API Reference, CreateDBInstance and CreateDBCluster (MasterUserPassword, MasterUsername); sentences of "
    "AWS: hashicorp/terraform-provider-aws#38394 (short), crossplane/crossplane#88 (characters), aws/aws-cdk#5076 and "
    "aws-cloudformation/cfn-lint#4425 (reserved), getmoto/moto#8724 and ansible-collections/amazon.aws#1783 (blank)"
)
def masters() -> None:
    """A new database has a master user with a name that PostgreSQL does not reserve, and a password that may be one."""
    for kind in KINDS:
        kind.check_requests("create", _check_request)
        kind.check_requests("modify", _check_password_of)
        kind.wrap_template("create", _created)
        kind.wrap_template("update", _updated)


@departure(
    "Amazon RDS API Reference, DeleteDBInstance (SkipFinalSnapshot, FinalDBSnapshotIdentifier); AWS's sentences: "
    "hashicorp/terraform-provider-aws#26233 (instance) and #33539 (snapshot), "
    "aws-cloudformation/aws-cloudformation-resource-providers-rds#2 (cluster)"
)
def protected_databases() -> None:
    """A protected database is not deleted, by API or with its stack, and by API none without a word on its snapshot."""
    for kind in KINDS:
        kind.check_requests("delete", _check_deletion)
        kind.wrap_template("delete", _deleted)


@departure(
    "Amazon RDS API Reference, ModifyDBInstance and ModifyDBCluster (AllowMajorVersionUpgrade); AWS's sentence: "
    "hashicorp/terraform#8471 (instance) and hashicorp/terraform-provider-aws#13389 (cluster); what CloudFormation "
    "sends: aws-cloudformation/aws-cloudformation-resource-providers-rds (Translator)"
)
def major_upgrades() -> None:
    """PostgreSQL goes to a higher major version only where a request allows it, as a template's does for a cluster."""
    for kind in KINDS:
        kind.check_requests("modify", _check_upgrade_request)
    INSTANCE.wrap_template("update", _upgraded)


def _check_request(kind: Kind, request: dict[str, Any]) -> None:
    _check(kind, {name: rds._p(request, name) for name in request})


def _check_password_of(_kind: Kind, request: dict[str, Any]) -> None:
    _check_password(rds._p(request, "MasterUserPassword"))


def _created(kind: Kind, original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
    _check(kind, properties)
    if properties.get(f"{kind.name}Identifier") in kind.records:
        raise RefusedError(f"DB {kind.name.removeprefix('DB').lower()} already exists")
    return original(logical_id, properties, stack)


def _updated(_kind: Kind, original: Original, physical_id: str, old: Any, new: dict[str, Any], *rest: Any) -> Made:
    _check_password(new.get("MasterUserPassword"))
    return original(physical_id, old, new, *rest)


def _check_upgrade_request(kind: Kind, request: dict[str, Any]) -> None:
    _check_upgrade(kind.of(request), {name: rds._p(request, name) for name in (_VERSION, _ALLOWED)})


def _upgraded(kind: Kind, original: Original, physical_id: str, old: Any, new: dict[str, Any], *rest: Any) -> Made:
    _check_upgrade(kind.records.get(physical_id), new)
    return original(physical_id, old, new, *rest)


def _check_upgrade(record: Record | None, wanted: dict[str, Any]) -> None:
    if record is None or not wanted.get(_VERSION) or "postgres" not in record["Engine"]:
        return
    present, next_one = (int(str(each).partition(".")[0]) for each in (record[_VERSION], wanted[_VERSION]))
    if next_one > present and not is_true(wanted.get(_ALLOWED)):
        raise RefusedError(f"The {_ALLOWED} flag must be present when upgrading to a new major version.", _COMBINATION)


def _check(kind: Kind, given: dict[str, Any]) -> None:
    user, password = given.get("MasterUsername"), given.get("MasterUserPassword")
    managed = is_true(given.get("ManageMasterUserPassword"))
    is_member = kind is INSTANCE and given.get(MEMBER_OF)
    needed = not is_member and not any(_HAS_MASTER.search(name) for name in given if given[name])
    blank = "The parameter {} must be provided and must not be blank."
    reserved = "postgres" in str(given.get("Engine")) and user in _RESERVED
    refuse_first(
        (
            (needed and not user, blank.format("MasterUsername")),
            (needed and not (password or managed), blank.format("MasterUserPassword")),
            (reserved, f"MasterUsername {user} cannot be used as it is a reserved word used by the engine"),
        ),
        "InvalidParameterValue",
    )
    if password and managed:
        sentence = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
        raise RefusedError(sentence, _COMBINATION)
    _check_password(password)


def _check_password(password: str | None) -> None:
    invalid = "The parameter MasterUserPassword is not a valid password"
    characters = "Only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
    wrong = password and (not _PASSWORD.fullmatch(password) or _NO_CHARACTERS.search(password))
    refuse_first(
        (
            (bool(wrong), f"{invalid}. {characters}"),
            (
                bool(password) and len(password or "") < _SHORTEST_PASSWORD,
                f"{invalid} because it is shorter than {_SHORTEST_PASSWORD} characters.",
            ),
        ),
        "InvalidParameterValue",
    )


def _check_deletion(kind: Kind, request: dict[str, Any]) -> None:
    record = kind.of(request)
    if record is None:
        return
    _check_protection(kind, record)
    says = is_true(rds._p(request, "SkipFinalSnapshot")) or rds._p(request, "FinalDBSnapshotIdentifier")
    if not says and not (kind is INSTANCE and record.get(MEMBER_OF)):
        sentence = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise RefusedError(sentence, _COMBINATION)


def _deleted(kind: Kind, original: Original, physical_id: str, properties: dict[str, Any]) -> None:
    _check_protection(kind, kind.records.get(physical_id) or {})
    original(physical_id, properties)


def _check_protection(kind: Kind, record: dict[str, Any]) -> None:
    if record.get("DeletionProtection"):
        what = f"Cannot delete protected {_PROTECTED[kind]}"
        raise RefusedError(f"{what}, please disable deletion protection and try again.", _COMBINATION)
