"""Deploys a whole cloud assembly to the embedded AWS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.assets import publish_files
from naws.cli.aws import Aws
from naws.cli.bootstrap import bootstrap
from naws.cli.cloudformation import deploy_stack, physical_ids
from naws.cli.dockerfiles import proposed_command
from naws.cli.engine import DevCommand, DevCommands, Engine
from naws.cli.images import build_images
from naws.cli.parameters import stand_in
from naws.cli.progress import Progress
from naws.cli.stacks import EmbeddedStack, Resources

_TASK_DEFINITION = "AWS::ECS::TaskDefinition"


@dataclass(frozen=True)
class Deployer:
    """Deploys stacks.

    Attributes:
        aws: The embedded AWS.
        engine: What runs tasks: image assets are built for containers only.
        commands: Where the dev commands are recorded for the task engine.
        app_directory: Where task processes run.
        progress: Shows how it goes on.
    """

    aws: Aws
    engine: Engine
    commands: DevCommands
    app_directory: Path
    progress: Progress

    def deploy(self, stacks: list[StackArtifact]) -> list[EmbeddedStack]:
        """Deploy the stacks in the given order; what is nested in one follows it.

        Raises:
            CliError: A build or a stack failed; those before it stay.
        """
        return [each for stack in stacks for each in self._deploy(stack)]

    def _deploy(self, stack: StackArtifact) -> list[EmbeddedStack]:
        self.progress.stack_started(stack)
        aws = self.aws.at(stack.account, stack.region)
        bootstrap(stack, aws)
        publish_files(stack, aws.client("s3"), aws.target)
        if self.engine.url:
            build_images(stack, self.engine.url, aws.target, self.progress.build_step)
        stand_in(stack, aws, self.progress.note)
        # Before anything exists that could start a task, as far as the families are known by then.
        for each in stack.whole:
            self._record(each, {})
        outputs = deploy_stack(stack, aws, lambda event: self.progress.stack_event(stack, event))
        deployed = EmbeddedStack(stack, aws, outputs, physical_ids(aws, stack.name))
        whole = [*_with_nested(deployed)]
        for each in whole:
            self._record(each.artifact, each.resources)
            self._warn(each.artifact)
        self.progress.stack_deployed(deployed)
        return whole

    def _record(self, stack: StackArtifact, resources: Resources) -> None:
        found = [
            DevCommand(family, container, tuple(command), str(self.app_directory))
            for logical_id, container, command in stack.dev_commands
            if (family := _family(stack.template["Resources"][logical_id], resources.get(logical_id)))
        ]
        self.commands.add(found)

    def _warn(self, stack: StackArtifact) -> None:
        if self.engine.kind == "container":
            return
        prepared = {logical_id for logical_id, _, _ in stack.dev_commands}
        for logical_id, resource in stack.template.get("Resources", {}).items():
            if resource["Type"] == _TASK_DEFINITION and logical_id not in prepared:
                self.progress.note(
                    f"{_owner(stack, logical_id)} has no dev_command: its tasks cannot start without a container "
                    f"engine. Start Docker or podman, or give its props\n"
                    f"  {self._proposed(stack, resource)}"
                )

    def _proposed(self, stack: StackArtifact, resource: dict[str, Any]) -> str:
        containers: list[dict[str, Any]] = resource.get("Properties", {}).get("ContainerDefinitions") or [{}]
        command = proposed_command(stack, containers[0], self.app_directory)
        return f"dev_command={json.dumps(command)}," if command else 'dev_command=["…"],  # what its image runs'


def _with_nested(stack: EmbeddedStack) -> Iterator[EmbeddedStack]:
    yield stack
    for logical_id, nested in stack.artifact.nested.items():
        if logical_id in stack.resources:
            name = stack.resources[logical_id][1].split("/")[1]
            yield from _with_nested(EmbeddedStack(nested.called(name), stack.aws, {}, physical_ids(stack.aws, name)))


def _owner(stack: StackArtifact, logical_id: str) -> str:
    """The pattern that a resource is of, as people name it; the resource itself where it is of none."""
    path = stack.paths.get(logical_id, logical_id).strip("/")
    patterns = [runs.path for runs in stack.runs.values() if path.startswith(f"{runs.path}/")]
    return max(patterns, key=len, default=path)


def _family(resource: dict[str, Any], physical: tuple[str, str] | None) -> str | None:
    if physical:
        return physical[1].rsplit("/", 1)[-1].split(":")[0]
    family = resource.get("Properties", {}).get("Family")
    return family if isinstance(family, str) else None
