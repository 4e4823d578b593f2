"""What runs a database.

PostgresInstance     RDS for PostgreSQL: one instance, of a size that is chosen
AuroraServerlessV2   Aurora PostgreSQL: a cluster that grows and shrinks by itself
"""

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2

from naws.core.spelling import suggesting

DEFAULT_VERSION = "17"
"""The major version that is not given. It stays: CloudFormation tells Aurora with each change of it to upgrade.

Source: https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds, which has
`allowMajorVersionUpgrade(true)` in the `Translator` of `AWS::RDS::DBCluster`
"""


@suggesting
@dataclass(frozen=True, kw_only=True)
class PostgresInstance:
    """RDS for PostgreSQL.

    Attributes:
        version: the major version; RDS chooses its minor versions and upgrades them. Another one later upgrades, for
            good. Omitted: 17, and RDS refuses to go on from another one.
        instance_type: its size. Omitted: t4g.micro, two burstable vCPUs with 1 GiB, the smallest.
        allocated_storage_gib: gp3 storage at first, 20 to 65,536 GiB.
        max_allocated_storage_gib: up to how much it grows by itself, 10% more or above. None: it does not grow.
        multi_az: whether a standby waits in another zone, which costs the same again. Omitted: none does.
    """

    version: str | None = None
    instance_type: ec2.InstanceType | None = None
    allocated_storage_gib: int = 20
    max_allocated_storage_gib: int | None = 100
    multi_az: bool = False


@suggesting
@dataclass(frozen=True, kw_only=True)
class AuroraServerlessV2:
    """Aurora PostgreSQL on Serverless v2 instances.

    Attributes:
        version: the major version; Aurora chooses its minor versions and upgrades them. Another one later upgrades, for
            good. Omitted: 17.
        min_capacity: in ACU of some 2 GiB each, 0 to 256 in steps of 0.5; with 0 it pauses when nobody connects.
        max_capacity: in ACU, 1 to 256 in steps of 0.5.
        multi_az: whether a reader waits in another zone, which costs the same again. Omitted: none does.
        enable_data_api: whether programs outside of the network may ask it over HTTPS, by a binding `via="data-api"`.
    """

    version: str | None = None
    min_capacity: float = 0.5
    max_capacity: float = 4
    multi_az: bool = False
    enable_data_api: bool = False
