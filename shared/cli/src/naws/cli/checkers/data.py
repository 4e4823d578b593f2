"""What holds data: present, in use, encrypted, protected."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from naws.cli.checkers.facts import Fact, Resource, encrypted, or_none, status, switched
from naws.cli.words import counted
from naws.core.parsed_json import is_array

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def bucket(resource: Resource) -> Iterator[Fact]:
    """S3."""
    s3, name = resource.client("s3"), {"Bucket": resource.id}
    s3.head_bucket(**name)
    yield Fact("present")
    found = or_none(lambda: s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"])
    rules = [each["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for each in found or ()]
    if rules:
        yield Fact(f"encrypted ({rules[0]})")
    elif resource.gives("BucketEncryption"):
        yield Fact("not encrypted", good=False)
    versioned = s3.get_bucket_versioning(**name).get("Status") == "Enabled"
    wanted = resource.given("VersioningConfiguration", "Status") == "Enabled"
    if versioned or wanted:
        yield Fact("versioned" if versioned else "not versioned", good=versioned)
    blocks = or_none(lambda: s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"])
    off = [each for each in _BLOCKS if not blocks or not blocks.get(each)]
    if missing := [each for each in off if resource.given("PublicAccessBlockConfiguration", each)]:
        yield Fact(f"open to the public: {' and '.join(missing)} off", good=False)
    elif not off:
        yield Fact("public access blocked")


def bucket_policy(resource: Resource) -> Iterator[Fact]:
    """S3, who may use a bucket: as many statements, with the same effects and actions."""
    name = resource.given("Bucket")
    if name is None:
        yield Fact("of a bucket that is not known here: not asked")
        return
    found = _statements(json.loads(resource.client("s3").get_bucket_policy(Bucket=name)["Policy"]))
    same = found == _statements(resource.properties.get("PolicyDocument", {}))
    yield Fact(f"{len(found)} statements" if same else "other statements", good=same)


def _statements(policy: dict[str, Any]) -> list[list[str]]:
    given = policy.get("Statement", [])
    return sorted([str(each.get("Effect")), *_actions(each)] for each in (given if is_array(given) else [given]))


def _actions(statement: dict[str, Any]) -> list[str]:
    given = statement.get("Action", statement.get("NotAction"))
    return sorted(given) if is_array(given) else [str(given)]


def table(resource: Resource) -> Iterator[Fact]:
    """DynamoDB."""
    client, name = resource.client("dynamodb"), {"TableName": resource.id}
    found: dict[str, Any] = client.describe_table(**name)["Table"]
    yield status(found["TableStatus"], "ACTIVE")
    key = found.get("SSEDescription", {}).get("Status") == "ENABLED"
    yield from switched(resource, "encrypted with a KMS key", key, "SSESpecification", "SSEEnabled")
    protected = bool(found.get("DeletionProtectionEnabled"))
    yield from switched(resource, "protected from deletion", protected, "DeletionProtectionEnabled")
    wanted = ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
    if resource.given(*wanted):
        backups = client.describe_continuous_backups(**name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"
        yield from switched(resource, "recoverable to any second", recovery, *wanted)


def global_table(resource: Resource) -> Iterator[Fact]:
    """DynamoDB, as TableV2 makes it: what concerns one region stands in its replica."""
    here = (resource.place.region, {"Ref": "AWS::Region"})
    replicas: list[dict[str, Any]] = resource.properties["Replicas"]
    (own,) = [each for each in replicas if each.get("Region") in here] or [dict[str, Any]()]
    encryption = resource.properties.get("SSESpecification")
    yield from table(replace(resource, properties={**resource.properties, **own, "SSESpecification": encryption}))


def queue(resource: Resource) -> Iterator[Fact]:
    """SQS."""
    client = resource.client("sqs")
    found = client.get_queue_attributes(QueueUrl=resource.id, AttributeNames=["All"])["Attributes"]
    yield Fact("present")
    managed = found.get("SqsManagedSseEnabled") == "true"
    yield from encrypted(resource, with_key=found.get("KmsMasterKeyId"), otherwise=managed)
    yield Fact(counted(int(found.get("ApproximateNumberOfMessages", 0)), "message"))


def secret(resource: Resource) -> Iterator[Fact]:
    """Secrets Manager."""
    found = resource.client("secretsmanager").describe_secret(SecretId=resource.id)
    yield Fact("to be deleted", good=False) if found.get("DeletedDate") else Fact("present")
    yield from encrypted(resource, with_key=found.get("KmsKeyId"), otherwise=True)


def key(resource: Resource) -> Iterator[Fact]:
    """KMS."""
    client = resource.client("kms")
    yield status(client.describe_key(KeyId=resource.id)["KeyMetadata"]["KeyState"], "Enabled")
    if resource.given("EnableKeyRotation"):
        rotated = client.get_key_rotation_status(KeyId=resource.id)["KeyRotationEnabled"]
        yield from switched(resource, "rotated", rotated, "EnableKeyRotation")


def database_instance(resource: Resource) -> Iterator[Fact]:
    """RDS, an instance."""
    found = resource.client("rds").describe_db_instances(DBInstanceIdentifier=resource.id)["DBInstances"][0]
    yield status(found["DBInstanceStatus"], "available")
    yield from _database(resource, found)


def database_cluster(resource: Resource) -> Iterator[Fact]:
    """RDS, a cluster."""
    found = resource.client("rds").describe_db_clusters(DBClusterIdentifier=resource.id)["DBClusters"][0]
    yield status(found["Status"], "available")
    yield from _database(resource, found)


def _database(resource: Resource, found: dict[str, Any]) -> Iterator[Fact]:
    yield Fact(f"{found['Engine']} {found.get('EngineVersion', '')}".strip())
    yield from switched(resource, "encrypted", bool(found.get("StorageEncrypted")), "StorageEncrypted")
    yield from switched(
        resource, "protected from deletion", bool(found.get("DeletionProtection")), "DeletionProtection"
    )


def file_system(resource: Resource) -> Iterator[Fact]:
    """EFS."""
    found = resource.client("efs").describe_file_systems(FileSystemId=resource.id)["FileSystems"][0]
    yield status(found["LifeCycleState"], "available")
    yield from switched(resource, "encrypted", bool(found.get("Encrypted")), "Encrypted")
