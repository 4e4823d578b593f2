"""Where the things of a processor are, as outputs of its stack."""

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import Construct


def build_output(scope: Construct, name: str, value: str) -> None:
    """Say where something is, under a logical id that no other construct in the stack can have."""
    cdk.CfnOutput(scope, name, value=value)


def name_outputs(processors: Mapping[str, Construct]) -> None:
    """Name the outputs of a ready stack after their processors, where that tells them apart; else CDK's names stay.

    Args:
        processors: construct id to processor.
    """
    plain = {construct_id: _plain(construct_id) for construct_id in processors}
    for construct_id, processor in processors.items():
        name = plain[construct_id]
        if name and [*plain.values()].count(name) == 1:
            for output in processor.node.children:
                if isinstance(output, cdk.CfnOutput):
                    output.override_logical_id(f"{name}{output.node.id}")


def _plain(construct_id: str) -> str:
    """A construct id as a logical id has it: letters and digits of ASCII alone."""
    return "".join(each for each in construct_id if each.isascii() and each.isalnum())
