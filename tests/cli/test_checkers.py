"""Every type that holds data, or that a pattern makes, is asked of its service, or there is a reason not to."""

from naws.cli.checkers import CHECKERS
from naws.core.stateful import STATEFUL_TYPES
from tests.cli.create_only import made

BY_STATUS = {
    "a way of the network, which is there or not: CloudFormation knows": (
        *("EC2::EIP", "EC2::FlowLog", "EC2::InternetGateway", "EC2::NatGateway", "EC2::Route", "EC2::RouteTable"),
        *("EC2::SecurityGroup", "EC2::Subnet", "EC2::SubnetRouteTableAssociation", "EC2::VPC", "EC2::VPCEndpoint"),
        *("EC2::SecurityGroupEgress", "EC2::SecurityGroupIngress", "EC2::VPCGatewayAttachment", "EFS::MountTarget"),
    ),
    "a part of another resource, which is asked": (
        *("ECS::ClusterCapacityProviderAssociations", "RDS::DBClusterParameterGroup", "RDS::DBParameterGroup"),
        *("RDS::DBSubnetGroup", "SecretsManager::SecretTargetAttachment"),
        *("ApiGatewayV2::ApiMapping", "ApiGatewayV2::Authorizer", "ApiGatewayV2::Integration", "ApiGatewayV2::Route"),
        *("CodeDeploy::Application", "CodeDeploy::DeploymentConfig", "Lambda::Version", "WAFv2::WebACLAssociation"),
        *("CloudFront::OriginAccessControl", "CloudFront::ResponseHeadersPolicy"),
    ),
    "how people sign in, and where lines of requests go: CloudFormation knows": (
        *("Cognito::UserPoolClient", "Cognito::UserPoolDomain"),
        *("Logs::Delivery", "Logs::DeliveryDestination", "Logs::DeliverySource"),
    ),
    "a permission: what lacks it says so when it works": (
        *("IAM::Policy", "IAM::Role", "Lambda::Permission", "SNS::TopicPolicy", "SQS::QueuePolicy"),
    ),
    "holds data, and no pattern makes it: an app that does has the status of CloudFormation": (
        *("ACMPCA::CertificateAuthority", "AmazonMQ::Broker", "Backup::BackupVault", "Cassandra::Keyspace"),
        *(
            "Backup::LogicallyAirGappedBackupVault",
            "Cassandra::Table",
            "CodeArtifact::Domain",
            "CodeCommit::Repository",
        ),
        *("CodeArtifact::Repository", "Cognito::IdentityPool", "Cognito::UserPool", "DSQL::Cluster"),
        *("DocDB::DBCluster", "DocDB::DBInstance", "DocDBElastic::Cluster", "EC2::Volume", "ECR::Repository"),
        *("EMR::Cluster", "ElastiCache::CacheCluster", "ElastiCache::ReplicationGroup", "ElastiCache::ServerlessCache"),
        *("Elasticsearch::Domain", "Events::Archive", "FSx::FileSystem", "FSx::StorageVirtualMachine", "FSx::Volume"),
        *("Glue::Database", "Glue::Table", "HealthLake::FHIRDatastore", "KMS::ReplicaKey", "Kinesis::Stream"),
        *("Lightsail::Bucket", "Lightsail::Database", "Lightsail::Disk", "MSK::Cluster", "MSK::ServerlessCluster"),
        *("MemoryDB::Cluster", "Neptune::DBCluster", "Neptune::DBInstance", "NeptuneGraph::Graph"),
        *("OpenSearchServerless::Collection", "OpenSearchService::Domain", "Organizations::Account", "QLDB::Ledger"),
        *("RDS::GlobalCluster", "Redshift::Cluster", "RedshiftServerless::Namespace", "Route53::HostedZone"),
        *("S3Express::DirectoryBucket", "S3Tables::Namespace", "S3Tables::Table", "S3Tables::TableBucket"),
        *("S3Vectors::Index", "S3Vectors::VectorBucket", "SDB::Domain", "Timestream::Database"),
        *("Timestream::InfluxDBInstance", "Timestream::Table"),
    ),
    "made only when it is proved: CloudFormation waits": ("CertificateManager::Certificate",),
    "an app's own, which its load balancer is given": ("WAFv2::WebACL",),
    "a name, which somebody's resolver knows": ("Route53::RecordSet",),
    "a stack, whose own resources are asked": ("CloudFormation::Stack",),
}


def test_every_type_is_asked_or_there_is_a_reason():
    assert len(made()) > 30
    excused = {f"AWS::{name}" for names in BY_STATUS.values() for name in names}
    assert (made() | STATEFUL_TYPES) - CHECKERS.keys() == excused
