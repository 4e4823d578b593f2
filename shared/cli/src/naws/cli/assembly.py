"""The cloud assembly that the CDK writes, as far as a deployment needs it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from naws.core.runs import METADATA, Runs

_UNKNOWN = {"unknown-account": None, "unknown-region": None}
_DEV_COMMAND = "naws:dev-command"
_LOGICAL_ID = "aws:cdk:logicalId"
_NESTED = "AWS::CloudFormation::Stack"
_NESTED_SCOPE = ".NestedStack"
"""How ends the construct beside a nested stack that has its resource; the resource's own name begins alike."""
_ANNOTATIONS = {"aws:cdk:error": "error", "aws:cdk:warning": "warning"}


@dataclass(frozen=True)
class Annotation:
    """A message that a construct attached to itself.

    Attributes:
        level: `error` or `warning`.
        path: The construct's path.
        text: The message.
    """

    level: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


@dataclass(frozen=True)
class StackArtifact:
    """One stack of an assembly.

    Attributes:
        id: The artifact's id, unique in its assembly.
        directory: The assembly's directory, which the artifact's files are named from.
        artifact: The artifact as the manifest has it.
    """

    id: str
    directory: Path
    artifact: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.artifact["properties"].get("stackName", self.id)

    @property
    def display_name(self) -> str:
        """The stack's construct path, as the app's author knows it."""
        return self.artifact.get("displayName", self.id)

    @property
    def region(self) -> str | None:
        """Its region; None when the app gives none: it fits any."""
        region = self.artifact.get("environment", "").rsplit("/", 1)[-1]
        return _UNKNOWN.get(region, region) or None

    @property
    def account(self) -> str | None:
        """Its account; None when the app gives none: it fits any."""
        account = self.artifact.get("environment", "").removeprefix("aws://").split("/")[0]
        return _UNKNOWN.get(account, account) or None

    @property
    def lookup_role(self) -> str | None:
        """The ARN of the role that `cdk bootstrap` made for look-ups; it may have CloudFormation's placeholders."""
        return self.artifact["properties"].get("lookupRole", {}).get("arn")

    @cached_property
    def template_text(self) -> str:
        """The template as it was written."""
        return (self.directory / self.artifact["properties"]["templateFile"]).read_text()

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template."""
        return json.loads(self.template_text)

    def nested_template(self, resource: Mapping[str, Any]) -> dict[str, Any] | None:
        """The template of a nested stack that a template of this stack has; None when it is not among the assets."""
        file = self._nested_file(resource)
        return None if file is None else _read(self.directory / file)

    def _nested_file(self, resource: Mapping[str, Any]) -> str | None:
        url = json.dumps(resource.get("Properties", {}).get("TemplateURL"))
        for asset in self.assets["files"].values():
            if any(there["objectKey"] in url for there in asset["destinations"].values()):
                return str(asset["source"]["path"])
        return None

    @cached_property
    def nested(self) -> "dict[str, StackArtifact]":
        """The stacks that are directly nested in it, by logical id; those whose templates are not among the assets not.

        Each is as a stack of the assembly: its construct path, template and metadata are its own.
        """
        found: dict[str, StackArtifact] = {}
        for logical_id, resource in self.template.get("Resources", {}).items():
            file = self._nested_file(resource) if resource["Type"] == _NESTED else None
            if file is not None:
                path = self._nested_paths.get(logical_id, f"{self.display_name}/{logical_id}")
                properties = {**self.artifact["properties"], "templateFile": file}
                metadata = {at: entries for at, entries in self.metadata.items() if at.startswith(f"/{path}/")}
                own = {"properties": properties, "displayName": path, "metadata": metadata}
                artifact = {**self.artifact, **own, "additionalMetadataFile": None}
                found[logical_id] = StackArtifact(f"{self.id}/{logical_id}", self.directory, artifact)
        return found

    @property
    def whole(self) -> "list[StackArtifact]":
        """It, and all stacks that are nested in it, at any depth."""
        return [self, *(each for nested in self.nested.values() for each in nested.whole)]

    def called(self, name: str) -> "StackArtifact":
        """The same under another name: a nested stack gets its own by its deployment."""
        return StackArtifact(
            self.id, self.directory, {**self.artifact, "properties": {**self.artifact["properties"], "stackName": name}}
        )

    @cached_property
    def _nested_paths(self) -> dict[str, str]:
        """The construct paths of the stacks that are nested in it, by the logical ids of their resources."""
        return {
            entry["data"]: path.strip("/").rpartition("/")[0].removesuffix(_NESTED_SCOPE)
            for path, entries in self.metadata.items()
            for entry in entries
            if entry["type"] == _LOGICAL_ID and path.endswith(f"{_NESTED_SCOPE}Resource")
        }

    @property
    def parameters(self) -> dict[str, str]:
        """Values of the template's parameters that the app decided."""
        return dict(self.artifact["properties"].get("parameters", {}))

    @property
    def tags(self) -> dict[str, str]:
        """The stack's tags."""
        return dict(self.artifact["properties"].get("tags", {}))

    @cached_property
    def assets(self) -> dict[str, Any]:
        """The assets that the stack and its dependencies need published: `files` and `dockerImages`."""
        manifest = _read(self.directory / "manifest.json")
        merged: dict[str, Any] = {"files": {}, "dockerImages": {}}
        for dependency in self.artifact.get("dependencies", []):
            found = manifest["artifacts"].get(dependency, {})
            if found.get("type") == "cdk:asset-manifest":
                listed = _read(self.directory / found["properties"]["file"])
                for kind, entries in merged.items():
                    entries.update(listed.get(kind, {}))
        return merged

    @cached_property
    def metadata(self) -> dict[str, list[dict[str, Any]]]:
        """Metadata entries by construct path; newer CDK versions write them into a file of their own."""
        separate = self.artifact.get("additionalMetadataFile")
        return {**self.artifact.get("metadata", {}), **(_read(self.directory / separate) if separate else {})}

    @cached_property
    def paths(self) -> dict[str, str]:
        """The construct path of each logical id."""
        entries = ((path, entry) for path, all_of in self.metadata.items() for entry in all_of)
        # A stack's metadata has that of the stacks nested in it, too, whose logical ids may be the same.
        inner = tuple(f"/{path}/" for path in self._nested_paths.values())
        return {
            entry["data"]: path
            for path, entry in entries
            if entry["type"] == _LOGICAL_ID and not (inner and path.startswith(inner))
        }

    @cached_property
    def runs(self) -> dict[str, Runs]:
        """The metadata `naws:runs` of the stack's resources, by logical id: how its patterns' runs are started."""
        resources: dict[str, Any] = self.template.get("Resources", {})
        found = {logical_id: one.get("Metadata", {}).get(METADATA) for logical_id, one in resources.items()}
        return {logical_id: Runs.of_metadata(metadata) for logical_id, metadata in found.items() if metadata}

    @property
    def annotations(self) -> list[Annotation]:
        """Errors and warnings of the stack's constructs."""
        return [
            Annotation(_ANNOTATIONS[entry["type"]], path, str(entry["data"]))
            for path, entries in self.metadata.items()
            for entry in entries
            if entry["type"] in _ANNOTATIONS
        ]

    @property
    def dev_commands(self) -> Iterator[tuple[str, str, list[str]]]:
        """Logical id of the task definition, container name and command, for each `dev_command`."""
        for logical_id, path in self.paths.items():
            for entry in self.metadata[path]:
                if entry["type"] == _DEV_COMMAND:
                    yield logical_id, entry["data"]["container"], list(entry["data"]["command"])


def read_stacks(directory: Path) -> list[StackArtifact]:
    """All stacks of an assembly and of the stages in it, each after those it depends on."""
    artifacts: dict[str, Any] = _read(directory / "manifest.json").get("artifacts", {})
    order = TopologicalSorter(
        {name: [d for d in one.get("dependencies", []) if d in artifacts] for name, one in artifacts.items()}
    )
    stacks: list[StackArtifact] = []
    for name in order.static_order():
        artifact = artifacts[name]
        if artifact["type"] == "aws:cloudformation:stack":
            stacks.append(StackArtifact(name, directory, artifact))
        elif artifact["type"] == "cdk:cloud-assembly":
            stacks += read_stacks(directory / artifact["properties"]["directoryName"])
    return stacks


def deployed_template(cloudformation: Any, stage: str = "Original", **of: str) -> dict[str, Any] | None:
    """The template of a stack, or of a change set; None when it is YAML, which CDK does not write.

    A stack whose first change set nobody executed has none.
    """
    body: Any = cloudformation.get_template(**of, TemplateStage=stage).get("TemplateBody") or {}
    try:
        return json.loads(body) if isinstance(body, str) else dict(body)  # botocore parses what is JSON
    except ValueError:
        return None


def read_missing(directory: Path) -> list[dict[str, Any]]:
    """The look-ups that the app needs answered before it can be synthesised."""
    manifest = _read(directory / "manifest.json")
    nested = (a for a in manifest.get("artifacts", {}).values() if a["type"] == "cdk:cloud-assembly")
    missing = list(manifest.get("missing", []))
    for artifact in nested:
        missing += read_missing(directory / artifact["properties"]["directoryName"])
    return list({entry["key"]: entry for entry in missing}.values())


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())
