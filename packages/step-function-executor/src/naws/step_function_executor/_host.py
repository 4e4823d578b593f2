"""The host of bindings in a workflow: its role gets their rights."""

from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core import Needs
from naws.core.authoring import acknowledge_nag_wildcards, let
from naws.step_function_executor.plan_host import WorkflowKind


@dataclass(frozen=True, kw_only=True)
class WorkflowHost(WorkflowKind):
    """A workflow, as bindings are applied to it.

    Attributes:
        role: the workflow's.
        rights: what the policies of that role are below.
    """

    role: iam.IRole
    rights: Construct

    def take(self, needs: Needs) -> None:
        """Grant."""
        for each in needs.statements:
            let(self.role, each, below=self.rights)
        acknowledge_nag_wildcards(self.rights, needs.wildcards)
