"""Another workflow."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from aws_cdk import aws_stepfunctions as sfn

from naws.core.bindings.granting import allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of

_PARTS_OF_ARN = 7
_QUALIFIER = "states:StateMachineQualifier"


@suggesting
@dataclass(frozen=True)
class WorkflowBinding:
    """Executions of a Step Functions state machine that are started. The program finds `<NAME>_STATE_MACHINE_ARN`.

    Another pattern that runs as a workflow stands for its own in `bindings`.

    Attributes:
        machine: which; one that was imported by the ARN of an alias or a version is started by that one only.
        name: first part of the variable's name. Omitted: the state machine's construct id.
        variables: other names by part, of which there is one: `{"state_machine_arn": "NEXT"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("state_machine_arn",)

    machine: sfn.IStateMachine
    _: KW_ONLY
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The right to start executions, and the state machine's ARN.

        Step Functions asks for permission on the state machine, also when an alias or a version of it is named.
        Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
        """
        arn: str = asked(self.machine, "state_machine_arn")
        parts = arn.split(":")
        unqualified, qualifier = ":".join(parts[:_PARTS_OF_ARN]), parts[_PARTS_OF_ARN:]
        only = {"ForAnyValue:StringEquals": {_QUALIFIER: qualifier}} if qualifier else None
        source = Source(field="machine", kind="state machine", home=home_of(self.machine), arn=unqualified)
        usual = f"{variable_name(self.name or id_of(self.machine))}_STATE_MACHINE_ARN"
        variables = named({"state_machine_arn": (usual, arn)}, self.variables)
        return needs_of(source, [allow(["states:StartExecution"], unqualified, conditions=only)], variables)
