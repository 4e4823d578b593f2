"""Deploys a whole cloud assembly to the embedded AWS."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.assets import publish_files
from naws.cli.aws import Aws
from naws.cli.bootstrap import bootstrap
from naws.cli.cloudformation import deploy_stack, physical_ids
from naws.cli.engine import DevCommand, DevCommands, Engine
from naws.cli.engine.programs import executable, program_path, programs
from naws.cli.errors import CliError
from naws.cli.images import build_images
from naws.cli.parameters import stand_in
from naws.cli.progress import Progress
from naws.cli.stacks import EmbeddedStack, Resources
from naws.core.spelling import nearest

_TASK_DEFINITION = "AWS::ECS::TaskDefinition"
_SCRIPTS = (".py", ".sh", ".js", ".mjs", ".ts", ".rb", ".jar")


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
        """Deploy the stacks in the given order.

        Raises:
            CliError: A dev command cannot be started; or a build or a stack failed, of which those before it stay.
        """
        if not self.engine.url:
            for stack in stacks:
                self._check_dev_commands(stack)
        return [self._deploy(stack) for stack in stacks]

    def _deploy(self, stack: StackArtifact) -> EmbeddedStack:
        self.progress.stack_started(stack)
        aws = self.aws.at(stack.account, stack.region)
        bootstrap(stack, aws)
        publish_files(stack, aws.client("s3"), aws.target)
        if self.engine.url:
            build_images(stack, self.engine.url, aws.target, self.progress.build_step)
        stand_in(stack, aws, self.progress.note)
        # Before anything exists that could start a task, as far as the families are known by then.
        self._record(stack, {})
        outputs = deploy_stack(stack, aws, lambda event: self.progress.stack_event(stack, event))
        deployed = EmbeddedStack(stack, aws, outputs, physical_ids(aws, stack.name))
        self._record(stack, deployed.resources)
        self._warn(stack)
        self.progress.stack_deployed(deployed)
        return deployed

    def _check_dev_commands(self, stack: StackArtifact) -> None:
        path = program_path(os.environ.get("PATH", os.defpath))
        for logical_id, container, command in stack.dev_commands:
            program = command[0] if command else ""
            if not executable(program, path, str(self.app_directory)):
                where = stack.paths.get(logical_id, logical_id).strip("/").removesuffix("/Resource")
                near = nearest(program, programs(path))
                mended = f"Did you mean dev_command={[near, *command[1:]]!r}?"
                hint = mended if near else "It is looked for on PATH and in the app's folder."
                title = f"The dev_command of {where} ({container}) cannot be started: {program!r} is not an executable."
                raise CliError(title, hint)
            self._check_script(stack.paths.get(logical_id, logical_id), container, command)

    def _check_script(self, path: str, container: str, command: Sequence[str]) -> None:
        """What a program is given to run has to be there, too: `python job/mian.py` would fail with its first run."""
        first = next(iter(command[1:]), "")
        script = Path(self.app_directory, first)
        if Path(first).suffix not in _SCRIPTS or first.startswith("-") or script.exists():
            return
        beside = script.parent if script.parent.is_dir() else Path(self.app_directory)
        found = {each.name: each for each in beside.iterdir() if each.suffix == script.suffix}
        near = found.get(nearest(script.name, found))
        mended = os.path.relpath(near, self.app_directory) if near else ""
        where = path.strip("/").removesuffix("/Resource")
        title = f"The dev_command of {where} ({container}) cannot run: there is no {first} in {self.app_directory}."
        hint = f"Did you mean dev_command={[command[0], mended, *command[2:]]!r}?" if near else "Tasks start there."
        raise CliError(title, hint)

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
                path = stack.paths.get(logical_id, logical_id)
                self.progress.note(f"{path} has no dev_command: its tasks cannot start without a container engine")


def _family(resource: dict[str, Any], physical: tuple[str, str] | None) -> str | None:
    if physical:
        return physical[1].rsplit("/", 1)[-1].split(":")[0]
    family = resource.get("Properties", {}).get("Family")
    return family if isinstance(family, str) else None
