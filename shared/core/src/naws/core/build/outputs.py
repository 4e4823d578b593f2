"""Outputs of the stack with the names and ARNs of a pattern's resources."""

import aws_cdk as cdk
from constructs import Construct


def build_output(scope: Construct, name: str, value: str) -> None:
    """Add a `CfnOutput` of where something is, under a logical id that no other construct in the stack can have."""
    cdk.CfnOutput(scope, name, value=value)
