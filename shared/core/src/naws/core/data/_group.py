"""The security group of data in a VPC."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from naws.core.build.network import describable


def build_security_group(scope: Construct, construct_id: str, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    """One that lets nothing in and nothing out: whoever connects opens it from his side, in his own stack."""
    return ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        allow_all_outbound=False,
        description=describable("Who may reach {}", construct_id),
    )
