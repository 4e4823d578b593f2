"""`naws diagram`: an app by its purposes, as a picture that Mermaid draws: what starts what, and what it uses.

trigger ──> pattern ──> data, or what it starts
              ┄┄> failure queue
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.diagrams import escaped
from naws.cli.errors import NOT_FOUND, CliError
from naws.core.parsed_json import is_array, is_object
from naws.core.runs import Runs
from naws.core.schedules.expression import parse_schedule
from naws.core.schedules.problems import ScheduleSyntaxError

_DATA = {
    "AWS::S3::Bucket": "bucket",
    "AWS::DynamoDB::Table": "table",
    "AWS::DynamoDB::GlobalTable": "table",
    "AWS::RDS::DBInstance": "database",
    "AWS::RDS::DBCluster": "database",
    "AWS::SQS::Queue": "queue",
    "AWS::SNS::Topic": "topic",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::EFS::FileSystem": "file system",
    "AWS::Events::EventBus": "event bus",
}
_GENERIC = {"Bucket", "Table", "Instance", "Cluster", "Queue", "Topic", "Secret", "Database", "FileSystem"}
_OURS = "Naws"
"""What the library makes for the patterns of a stack begins so."""
_TAKING = {
    "AWS::Pipes::Pipe": ("Source", "Target"),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn", "FunctionName"),
}
_Key = tuple[str, str]
"""The construct path of a stack, since stages have stacks of one name; and a logical id."""


def diagram(stacks: Sequence[StackArtifact], *, show: bool) -> tuple[int, Any]:
    """Draw an app.

    Args:
        stacks: Its stacks.
        show: Print the text.

    Raises:
        CliError: It has no pattern.
    """
    every = [each for stack in stacks for each in stack.whole]
    if not any(stack.runs for stack in every):
        raise CliError("The app has no pattern.", code=NOT_FOUND)
    text = _Drawing(every).text()
    if show:
        print(text)  # noqa: T201  # no wrapping, no markup
    return 0, {"format": "mermaid", "diagram": text}


@dataclass
class _Drawing:
    stacks: Sequence[StackArtifact]
    nodes: dict[str, str] = field(default_factory=dict[str, str])
    lines: list[str] = field(default_factory=list[str])
    edges: list[str] = field(default_factory=list[str])

    def text(self) -> str:
        patterns = {
            (stack.display_name, logical): runs for stack in self.stacks for logical, runs in stack.runs.items()
        }
        for stack in self.stacks:
            own = {logical: runs for (path, logical), runs in patterns.items() if path == stack.display_name}
            if own:
                title = escaped(stack.display_name)
                self.lines.append(f'    subgraph {self._id(f"stack {stack.display_name}")}["{title}"]')
                for logical, runs in own.items():
                    shown = runs.path.removeprefix(f"{stack.display_name}/")
                    node = self._id(f"{stack.display_name} {logical}")
                    self.lines.append(f'        {node}["{escaped(shown)}<br>{escaped(runs.pattern)}"]')
                self.lines.append("    end")
        for stack in self.stacks:
            for logical, runs in stack.runs.items():
                self._pattern(stack, self._id(f"{stack.display_name} {logical}"), runs, patterns)
        return "\n".join(["flowchart LR", *self.lines, *(f"    {each}" for each in dict.fromkeys(self.edges))])

    def _pattern(self, stack: StackArtifact, node: str, runs: Runs, patterns: Mapping[_Key, Runs]) -> None:
        resources: dict[str, Any] = stack.template.get("Resources", {})
        for name in runs.schedules:
            self.edges.append(f"{self._node(stack, name, '([', '])', _schedule(resources[name]))} --> {node}")
        for name in runs.rules:
            self.edges.append(f"{self._node(stack, name, '>', ']', _rule(resources[name]))} --> {node}")
        for name in runs.queues:
            self.edges.append(f"{self._node(stack, name, '[/', '/]', _title(stack, name, 'queue'))} --> {node}")
        taken = self._taken(stack, node)
        if runs.failure_queue:
            kept = self._node(stack, runs.failure_queue, "[/", "/]", "failure queue")
            self.edges.append(f"{node} -.->|failed| {kept}")
        own = {*runs.queues, *runs.dead_letter_queues, runs.failure_queue}
        for path, logical in _used(self.stacks, stack, runs.path):
            if (path, logical) in patterns:
                target = self._id(f"{path} {logical}")
                if target != node:
                    self.edges.append(f"{node} -->|starts| {target}")
            elif not (path == stack.display_name and logical in own) and (path, logical) not in taken:
                self._data(node, path, logical)

    def _taken(self, stack: StackArtifact, node: str) -> set[_Key]:
        """Draw the queues that a pipe or a mapping takes from: those of other stacks only these know."""
        taken = set[_Key]()
        for resource in stack.template.get("Resources", {}).values():
            source, target = _TAKING.get(resource["Type"], ("", ""))
            properties = resource.get("Properties", {})
            starts = [*_references((), stack, properties.get(target))]
            if not any(self._id(f"{path} {logical}") == node for path, logical in starts):
                continue
            for path, logical in _references(self.stacks, stack, properties.get(source)):
                (home,) = [one for one in self.stacks if one.display_name == path][:1]
                if home.template.get("Resources", {}).get(logical, {}).get("Type") == "AWS::SQS::Queue":
                    taken.add((path, logical))
                    title = _title(home, logical, "queue")
                    self.edges.append(f"{self._node(home, logical, '[/', '/]', title)} --> {node}")
            if imported := _imported(properties.get(source)):
                self.edges.append(f"{self._new(f'imported {imported}', '[/', '/]', f'{imported} (queue)')} --> {node}")
        return taken

    def _data(self, node: str, path: str, logical: str) -> None:
        (stack,) = [one for one in self.stacks if one.display_name == path][:1]
        kind = _DATA.get(stack.template.get("Resources", {}).get(logical, {}).get("Type", ""))
        title = _title(stack, logical, kind or "")
        if kind and not title.startswith(_OURS):
            self.edges.append(f"{node} --- {self._node(stack, logical, '[(', ')]', title)}")

    def _id(self, key: str) -> str:
        return self.nodes.setdefault(key, f"n{len(self.nodes) + 1}")

    def _node(self, stack: StackArtifact, logical: str, opening: str, closing: str, title: str) -> str:
        return self._new(f"{stack.display_name} {logical}", opening, closing, title)

    def _new(self, key: str, opening: str, closing: str, title: str) -> str:
        known, node = len(self.nodes), self._id(key)
        if len(self.nodes) > known:
            self.lines.append(f'    {node}{opening}"{escaped(title)}"{closing}')
        return node


def _title(stack: StackArtifact, logical: str, kind: str) -> str:
    path = stack.paths.get(logical, logical).strip("/").removesuffix("/Resource")
    names = path.removeprefix(f"{stack.display_name}/").split("/")
    # What a construct calls the resource in it says nothing: its own name does.
    name = names[-2] if len(names) > 1 and names[-1] in _GENERIC else names[-1]
    return f"{name} ({kind})" if kind else name


def _imported(source: Any) -> str:
    """The name of a queue that is given by its ARN; empty of what is in a stack of the app."""
    match source:
        case str(text):
            pass
        case {"Fn::Join": [str(), [*parts]]}:
            text = "".join(each if isinstance(each, str) else "…" for each in parts)
        case _:
            return ""
    return text.rpartition(":")[2] if ":sqs:" in text else ""


def _schedule(resource: Mapping[str, Any]) -> str:
    properties = resource.get("Properties", {})
    expression, zone = str(properties.get("ScheduleExpression")), properties.get("ScheduleExpressionTimezone", "UTC")
    try:
        return parse_schedule(expression).describe(str(zone))
    except ScheduleSyntaxError:
        return expression


def _rule(resource: Mapping[str, Any]) -> str:
    pattern = resource.get("Properties", {}).get("EventPattern", {})
    if not is_object(pattern):
        return "events"
    parts = [*_texts(pattern.get("detail-type")), *_texts(pattern.get("source"))]
    return ", ".join(parts) or "events"


def _texts(value: Any) -> Iterator[str]:
    yield from (each for each in value if isinstance(each, str)) if is_array(value) else ()


def _used(stacks: Sequence[StackArtifact], stack: StackArtifact, path: str) -> list[_Key]:
    """What the policies, variables and secrets of a pattern refer to, in whichever stack it is."""
    resources: dict[str, Any] = stack.template.get("Resources", {})
    kinds = {"AWS::IAM::Policy", "AWS::ECS::TaskDefinition", "AWS::Lambda::Function"}
    found = [
        key
        for logical, resource in resources.items()
        if resource["Type"] in kinds and stack.paths.get(logical, "").strip("/").startswith(f"{path}/")
        for key in _references(stacks, stack, resource.get("Properties"))
    ]
    return list(dict.fromkeys(found))


def _references(stacks: Sequence[StackArtifact], stack: StackArtifact, value: Any) -> Iterator[_Key]:
    """What a part of a stack's template refers to, also by the outputs of other stacks."""
    if is_object(value):
        match dict(value):
            case {"Ref": str(parameter)} if parameter in stack.template.get("Parameters", {}):
                yield from _passed(stacks, stack, parameter)
            case {"Fn::GetAtt": [str(logical), str(output)]} if logical in stack.nested:
                nested = stack.nested[logical]
                of = nested.template.get("Outputs", {}).get(output.removeprefix("Outputs."), {})
                yield from _references(stacks, nested, of.get("Value"))
            case {"Ref": str(logical)} | {"Fn::GetAtt": [str(logical), *_]}:
                yield stack.display_name, logical
            case {"Fn::ImportValue": str(export)}:
                yield from _of_output(_nearest_first(stacks, stack), export, by_export=True)
            case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": str(key)}}:
                near = [one for one in _nearest_first(stacks, stack) if one.name == other]
                yield from _of_output(near, key, by_export=False)
            case others:
                yield from (found for each in others.values() for found in _references(stacks, stack, each))
    elif is_array(value):
        yield from (found for each in value for found in _references(stacks, stack, each))


def _passed(stacks: Sequence[StackArtifact], stack: StackArtifact, parameter: str) -> Iterator[_Key]:
    """What the stack that a stack is nested in refers to in a parameter."""
    for outer in stacks:
        for logical, nested in outer.nested.items():
            if nested.display_name == stack.display_name:
                given = outer.template["Resources"][logical].get("Properties", {}).get("Parameters", {})
                yield from _references(stacks, outer, given.get(parameter))


def _nearest_first(stacks: Sequence[StackArtifact], stack: StackArtifact) -> list[StackArtifact]:
    """Stages have stacks and exports of the same names: CDK refers to those of its own stage."""

    def far(one: StackArtifact) -> tuple[int, bool, bool]:
        pairs = zip(one.display_name.split("/"), stack.display_name.split("/"), strict=False)
        common = [*takewhile(lambda pair: pair[0] == pair[1], pairs)]
        return -len(common), one.account != stack.account, one.region != stack.region

    return sorted(stacks, key=far)


def _of_output(stacks: Sequence[StackArtifact], wanted: str, *, by_export: bool) -> Iterator[_Key]:
    for stack in stacks:
        outputs: dict[str, Any] = stack.template.get("Outputs", {})
        for key, output in outputs.items():
            if wanted == (output.get("Export", {}).get("Name") if by_export else key):
                yield from _references((), stack, output.get("Value"))
                return
