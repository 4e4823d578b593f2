"""Where the things of a pattern are, as outputs of its stack."""

import aws_cdk as cdk
from constructs import Construct


def build_output(scope: Construct, name: str, value: str) -> None:
    """An output of where something is, under a logical id that no other construct in the stack can have."""
    cdk.CfnOutput(scope, name, value=value)
