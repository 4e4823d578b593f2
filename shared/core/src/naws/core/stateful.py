"""What holds data, and how its loss is acknowledged before `naws guard` lets it pass.

Importing this loads nothing of CDK: the command line and the rules read the list, too.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import CfnResource
    from constructs import IConstruct

CODE = "NAWS-REPLACE-001"
"""Which acknowledgement lets something stateful be removed or replaced."""

METADATA = "naws:acknowledged"
"""The key of a resource's metadata, or of a template's, that acknowledgements stand under."""

STATEFUL_TYPES: frozenset[str] = frozenset(
    f"AWS::{name}"
    for name in (
        # A replaced certificate authority or key makes unreadable, or invalid, what was made with it.
        *("ACMPCA::CertificateAuthority", "KMS::Key", "KMS::ReplicaKey", "SecretsManager::Secret"),
        *("AmazonMQ::Broker", "Kinesis::Stream", "MSK::Cluster", "MSK::ServerlessCluster", "SQS::Queue"),
        *("Backup::BackupVault", "Backup::LogicallyAirGappedBackupVault", "Events::Archive", "Logs::LogGroup"),
        *("Cassandra::Keyspace", "Cassandra::Table", "DSQL::Cluster", "DynamoDB::GlobalTable", "DynamoDB::Table"),
        *("DocDB::DBCluster", "DocDB::DBInstance", "DocDBElastic::Cluster", "QLDB::Ledger", "SDB::Domain"),
        *("Neptune::DBCluster", "Neptune::DBInstance", "NeptuneGraph::Graph", "HealthLake::FHIRDatastore"),
        *("RDS::DBCluster", "RDS::DBInstance", "RDS::GlobalCluster", "Lightsail::Database"),
        *("EMR::Cluster", "Glue::Database", "Glue::Table", "Redshift::Cluster", "RedshiftServerless::Namespace"),
        *("ElastiCache::CacheCluster", "ElastiCache::ReplicationGroup", "ElastiCache::ServerlessCache"),
        *("MemoryDB::Cluster", "Timestream::Database", "Timestream::InfluxDBInstance", "Timestream::Table"),
        *("Elasticsearch::Domain", "OpenSearchServerless::Collection", "OpenSearchService::Domain"),
        *("EC2::Volume", "EFS::FileSystem", "FSx::FileSystem", "FSx::StorageVirtualMachine", "FSx::Volume"),
        *("Lightsail::Bucket", "Lightsail::Disk", "S3::Bucket", "S3Express::DirectoryBucket"),
        *("S3Tables::Namespace", "S3Tables::Table", "S3Tables::TableBucket"),
        *("S3Vectors::Index", "S3Vectors::VectorBucket"),
        *("CodeArtifact::Domain", "CodeArtifact::Repository", "CodeCommit::Repository", "ECR::Repository"),
        # Users and their passwords; records that others made; an account; whatever a nested stack has.
        *("Cognito::IdentityPool", "Cognito::UserPool", "Route53::HostedZone"),
        *("Organizations::Account", "CloudFormation::Stack"),
    )
)
"""CloudFormation types that hold data, or without which data cannot be read."""


def acknowledge_replacement(scope: "IConstruct", reason: str, *, logical_id: str | None = None) -> None:
    """Let `naws guard` pass when CloudFormation would remove or replace one stateful resource.

    It is written into the template's metadata as `NAWS-REPLACE-001` with its reason, where a reviewer reads it. Take
    the line out once it is deployed: it would let the next loss pass, too.

    Args:
        scope: the resource, as CDK's construct of it or as a construct with one such resource in it, like `DataBucket`;
            its stack when `logical_id` is given.
        reason: why its data may go.
        logical_id: of something that the app no longer has, as `naws guard` names it. Omitted: `scope` is the resource.

    Raises:
        ValueError: there is no reason.
        TypeError: `scope` is no resource, or has several that hold data: they are named.
    """
    import aws_cdk as cdk  # noqa: PLC0415  # see the module's docstring

    if not reason.strip():
        raise ValueError("acknowledge_replacement needs a reason that a reviewer can read")
    if logical_id is not None:
        options = cdk.Stack.of(scope).template_options
        metadata = dict(options.metadata or {})
        lost: dict[str, str] = metadata.get(METADATA, {}).get(CODE, {})
        options.metadata = {**metadata, METADATA: {CODE: {**lost, logical_id: reason}}}
        return
    resource = scope if cdk.CfnResource.is_cfn_resource(scope) else scope.node.default_child
    found = [resource] if isinstance(resource, cdk.CfnResource) else [*_stateful(scope)]
    if len(found) != 1:
        names = " or ".join(each.node.path.removesuffix("/Resource") for each in found) or "such as its bucket or table"
        raise TypeError(f"{scope.node.path} is no resource: give one, {names}, or a logical_id=")
    (resource,) = found
    resource.add_metadata(METADATA, {**(resource.get_metadata(METADATA) or {}), CODE: reason})


def _stateful(scope: "IConstruct") -> "Iterator[CfnResource]":
    import aws_cdk as cdk  # noqa: PLC0415  # see the module's docstring

    for each in scope.node.find_all():
        if isinstance(each, cdk.CfnResource) and each.cfn_resource_type in STATEFUL_TYPES:
            yield each


def acknowledged(template: dict[str, Any], logical_id: str) -> str | None:
    """The reason for which a template lets one of its resources, or one that it no longer has, be lost."""
    of_resource = template.get("Resources", {}).get(logical_id, {}).get("Metadata", {}).get(METADATA, {}).get(CODE)
    return of_resource or _of_template(template).get(logical_id)


def acknowledged_ids(template: dict[str, Any]) -> set[str]:
    """The logical ids that a template acknowledges by name, because the app no longer has them."""
    return {*_of_template(template)}


def _of_template(template: dict[str, Any]) -> dict[str, str]:
    return template.get("Metadata", {}).get(METADATA, {}).get(CODE, {})
