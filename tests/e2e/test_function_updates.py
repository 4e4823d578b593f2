"""What changes of a function from one deployment to the next, on the embedded AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from naws.cli.aws import Aws
from naws.cli.errors import CliError
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


def test_references_are_written_another_way(deploy: Callable[[Path], Any], tmp_path: Path) -> None:
    """Lambda publishes no version of a function that is as it was: without a description the stack is rolled back."""

    def deploy_it(number: int, strength: str, *, described: bool = True, revision: str = "1") -> None:
        app = cdk_app(tmp_path / str(number))
        stage = cdk.Stage(app, "Refers")
        cdk.CrossStackReferences.of(stage).consume(cdk.ReferenceStrength[strength])
        queue = sqs.Queue(cdk.Stack(stage, "Data"), "Queue")
        stack = cdk.Stack(stage, "Prices")
        variables = {"QUEUE": queue.queue_arn, "REVISION": revision}
        made = LambdaService(stack, "Prices", LambdaServiceProps(**QUIET, environment=variables))
        if not described:
            resource: Any = made.function.node.default_child
            resource.description = None
        app.synth()
        deploy(Path(app.outdir))

    for number, strength in enumerate(("STRONG", "BOTH", "WEAK", "STRONG")):
        deploy_it(number, strength)
    deploy_it(4, "STRONG", described=False)
    with pytest.raises(CliError, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy_it(5, "BOTH", described=False)
    deploy_it(6, "BOTH", described=False, revision="2")
