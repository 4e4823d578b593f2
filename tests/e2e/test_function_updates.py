"""What changes of a function from one deployment to the next, on the embedded AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from naws.cli.aws import Aws
from naws.core import NoAlarms
from naws.lambda_service import LambdaService, LambdaServiceProps
from naws.testing.synth import cdk_app

pytestmark = pytest.mark.e2e

QUIET: dict[str, Any] = {
    "code": lambda_.Code.from_inline("def handler(event, context): return event"),
    "handler": "index.handler",
    "alarms": NoAlarms(reason="a test"),
    "removal_policy": cdk.RemovalPolicy.DESTROY,
}


NAME = "leaves-its-network"
MOVES = {"PricesSecurityGroup", "PricesRoleNetworkAllowed"}


def test_a_function_leaves_its_network_and_comes_back(deploy: Callable[[Path], Any], aws: Aws, tmp_path: Path) -> None:
    def deploy_it(folder: str, *, attached: bool) -> set[str]:
        """What is there of what comes and goes with the network."""
        app = cdk_app(tmp_path / folder)
        stack = cdk.Stack(app, "Leaves", stack_name=NAME)
        vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1, restrict_default_security_group=False)
        LambdaService(stack, "Prices", LambdaServiceProps(**QUIET, vpc=vpc if attached else None))
        app.synth()
        deploy(Path(app.outdir))
        pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=NAME)
        every = {each["LogicalResourceId"][:-8] for page in pages for each in page["StackResourceSummaries"]}
        return every & MOVES

    assert deploy_it("in", attached=True) == MOVES
    assert deploy_it("out", attached=False) == set()
    assert deploy_it("back", attached=True) == MOVES
