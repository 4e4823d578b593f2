"""The construct: its builders, in order."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core import PatternContext
from naws.core.authoring import StateMachineTarget, TriggeredPattern, build_output
from naws.lambda_service._workflow import build_workflow, succeeded
from naws.lambda_service.checks import CHECKS
from naws.lambda_service.plan import Plan, resolve
from naws.lambda_service.props import LambdaServiceProps


class LambdaService(TriggeredPattern):
    """Labels what a schedule, an event or a queue message brings.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "lambda-service"
    checks = CHECKS
    _plan: Plan

    def __init__(self, scope: Construct, construct_id: str, props: LambdaServiceProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: LambdaServiceProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        letters = self._build_dead_letters(plan)
        self._workflow = build_workflow(self, plan)
        resource = cast("cdk.CfnResource", self._workflow.node.default_child)
        arn = self._workflow.state_machine_arn
        self._build_alarms(plan, StateMachineTarget(arn=arn), lambda _: succeeded(arn))
        self._build_triggers(plan, resource)
        build_output(self, "DeadLetterQueueUrl", letters.queue_url)
        return resource

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The state machine that runs are executions of."""
        return self._workflow  # pyright: ignore[reportReturnType]  # jsii renames parameters
