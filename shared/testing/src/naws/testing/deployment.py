"""One stack over its life: deployed, updated and destroyed, on whatever AWS the tests have."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from naws.testing.synth import cdk_app, template_of

_FOREVER = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True)
class DeployedStack:
    """A deployed stack: the resources of its template, and their physical ids."""

    resources: dict[str, Any]
    """The resources of the template, by logical id."""
    physical: dict[str, str]
    """The physical id of each that is there, by logical id."""

    @property
    def retained(self) -> set[str]:
        """Logical ids of what stays when the stack goes."""
        return {name for name, each in self.resources.items() if each.get("DeletionPolicy") in _FOREVER}

    def replaced_by(self, other: "DeployedStack") -> list[str]:
        """Logical ids of what another has unchanged in its template, and is another resource all the same."""
        same = [name for name, each in self.resources.items() if other.resources.get(name) == each]
        return [name for name in same if self.physical[name] != other.physical[name]]

    def left_by(self, other: "DeployedStack") -> set[str]:
        """Logical ids of what another replaced, whose template asks for the old one to stay."""
        kept = {name for name, each in self.resources.items() if each.get("UpdateReplacePolicy") in _FOREVER}
        return {name for name in kept & other.physical.keys() if self.physical[name] != other.physical[name]}


class StackLife:
    """A stack that is deployed again and again.

    Args:
        name: its name, which no other stack has.
        deploy: deploys the cloud assembly in a folder.
        aws: clients of where that is, as `boto3.Session` gives them.
        folder: an empty one, for the assemblies.
    """

    def __init__(self, name: str, deploy: Callable[[Path], Any], aws: Any, folder: Path) -> None:
        self._name, self._deploy, self._folder = name, deploy, folder
        self._cloudformation = aws.client("cloudformation")
        self._deployments = 0

    def deploy(self, add: Callable[[cdk.Stack], Any]) -> DeployedStack:
        """Create the stack, or update it, with what `add` puts into it."""
        self._deployments += 1
        app = cdk_app(self._folder / f"assembly{self._deployments}")
        stack = cdk.Stack(app, "Stack", stack_name=self._name)
        add(stack)
        app.synth()
        self._deploy(Path(app.outdir))
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in self._resources()}
        return DeployedStack(template_of(stack)["Resources"], physical)

    def destroy(self) -> set[str]:
        """Delete the stack; logical ids of what CloudFormation left.

        Raises:
            botocore.exceptions.WaiterError: something could not be deleted.
        """
        stack_id = self._cloudformation.describe_stacks(StackName=self._name)["Stacks"][0]["StackId"]
        self._cloudformation.delete_stack(StackName=stack_id)
        self._cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig={"Delay": 1})
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        events = (each for page in pages for each in page["StackEvents"])
        return {each["LogicalResourceId"] for each in events if each["ResourceStatus"] == "DELETE_SKIPPED"}

    def _resources(self) -> list[dict[str, str]]:
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self._name)
        return [each for page in pages for each in page["StackResourceSummaries"]]
