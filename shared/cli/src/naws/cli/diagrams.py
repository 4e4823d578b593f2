"""A definition of the Amazon States Language as a picture: text that Mermaid draws. Pure.

start ──> state ──> {a choice} ──condition──> state ──> end
state ┄┄errors┄┄> state                                  what a catcher leads to
┌ Map or Parallel ┐                                      a frame around the states of its items or branches
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from naws.core.parsed_json import is_object

_LONGEST = 60
_SHAPES = {
    "Choice": '{{"{}"}}',
    "Fail": '[["{}"]]',
    "Pass": '("{}")',
    "Succeed": '(["{}"])',
    "Wait": '[/"{}"/]',
}
_TASK = '["{}"]'
_INTEGRATION = re.compile(r"^arn:[^:]*:states:[^:]*:[^:]*:(.+)$")
_LAMBDA = re.compile(r"^arn:[^:]*:lambda:")
_WAITS = {
    ".sync": ", and waits for its end",
    ".sync:2": ", and waits for its end",
    ".waitForTaskToken": ", and waits for an answer",
}
# What Mermaid reads as its own, quotes and Markdown's first characters among it, is written by its number.
_ESCAPED = str.maketrans({each: f"#{ord(each)};" for each in '"#<>&`{}|'})
_LIST = re.compile(r"^(\d+)[.)](?= )|^[-*+](?= )")


def mermaid(definition: Mapping[str, Any]) -> str:
    """The states of a definition and how they lead to each other, as a flowchart of Mermaid.

    Transitions to states that are not there are left out; a definition without states is an empty chart.
    """
    drawing = _Drawing()
    first, ends = drawing.scope(definition, "    ")
    around: list[str] = []
    if first:
        around.append('    start(["start"])')
        drawing.edges.insert(0, f"start --> {first}")
    if ends:
        around.append('    done(["end"])')
        drawing.edges += [f"{each} --> done" for each in ends]
    edges = [f"    {each}" for each in drawing.edges]
    return "\n".join(["flowchart TD", *around, *drawing.nodes, *edges])


@dataclass
class _Drawing:
    """Lines that are written one after the other: nodes in their frames, and what is between them.

    Attributes:
        nodes: nodes and frames.
        edges: from one node to another.
        count: of the nodes that have a name by now.
    """

    nodes: list[str] = field(default_factory=list[str])
    edges: list[str] = field(default_factory=list[str])
    count: int = 0

    def scope(self, scope: Mapping[str, Any], indent: str) -> tuple[str | None, list[str]]:
        """Draw the states of a scope; its first one is returned, and those with which it ends."""
        states = _states(scope)
        names = dict(zip(states, self._named(len(states)), strict=True))
        for name, state in states.items():
            self._node(names[name], name, state, indent)
        for name, state in states.items():
            for target, label, dashed in _leads(state):
                if target in names:
                    self.edges.append(_edge(names[name], names[target], label, dashed=dashed))
        ends = [names[name] for name, state in states.items() if state.get("End") is True]
        return names.get(str(scope.get("StartAt"))), ends

    def _named(self, number: int) -> list[str]:
        self.count += number
        return [f"s{each}" for each in range(self.count - number + 1, self.count + 1)]

    def _node(self, node: str, name: str, state: Mapping[str, Any], indent: str) -> None:
        kind, inner = state.get("Type"), [*_inner(state)]
        if not inner:
            shape, more = _SHAPES.get(str(kind), _TASK), _calls(state)
            label = escaped(name) + (f"<br>{escaped(more)}" if more else "")
            self.nodes.append(f"{indent}{node}{shape.format(label)}")
            return
        what = "at once" if kind == "Parallel" else f"for each of {_shown(_items(state))}"
        self.nodes.append(f'{indent}subgraph {node}["{escaped(name)}: {escaped(what)}"]')
        for each in inner:
            self.scope(each, f"{indent}    ")
        self.nodes.append(f"{indent}end")


def _edge(source: str, target: str, label: str, *, dashed: bool) -> str:
    line = "-.->" if dashed else "-->"
    return f'{source} {line}|"{escaped(label)}"| {target}' if label else f"{source} {line} {target}"


def _leads(state: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Where a state leads, when, and whether by an error."""
    for choice in _objects(state.get("Choices")):
        yield str(choice.get("Next")), _condition(choice), False
    if "Default" in state:
        yield str(state["Default"]), "otherwise" if state.get("Choices") else "", False
    if "Next" in state:
        yield str(state["Next"]), "", False
    for catcher in _objects(state.get("Catch")):
        errors = catcher.get("ErrorEquals")
        named = ", ".join(map(str, cast("list[Any]", errors))) if isinstance(errors, list) else ""
        yield str(catcher.get("Next")), "any error" if named == "States.ALL" else _shown(named), True


def _condition(choice: Mapping[str, Any]) -> str:
    if "Condition" in choice:
        return _shown(str(choice["Condition"]))
    return _shown(_rule(choice))


def _rule(rule: Mapping[str, Any]) -> str:
    """A rule of JSONPath in one line."""
    for word in ("And", "Or"):
        if word in rule:
            return f" {word.lower()} ".join(_rule(each) for each in _objects(rule[word]))
    if "Not" in rule:
        return "".join(f"not {_rule(each)}" for each in _objects([rule["Not"]]))
    compared = ((name, value) for name, value in rule.items() if name not in ("Variable", "Next", "Comment", "Assign"))
    return " ".join(str(part) for part in (rule.get("Variable", ""), *next(compared, ())))


def _calls(state: Mapping[str, Any]) -> str:
    """What a task calls, as in `dynamodb:deleteItem`; empty when nobody knows."""
    resource = state.get("Resource")
    if not isinstance(resource, str):
        return ""
    if _LAMBDA.match(resource):
        return "lambda:invoke"
    found = _INTEGRATION.match(resource)
    called = (found[1] if found else resource).removeprefix("aws-sdk:")
    for pattern, waits in _WAITS.items():
        if called.endswith(pattern):
            return _shown(called.removesuffix(pattern) + waits)
    return _shown(called)


def _items(state: Mapping[str, Any]) -> str:
    """What a map is over."""
    if "ItemReader" in state:
        return "what it reads"
    items = state.get("Items", state.get("ItemsPath", "its input"))
    return items if isinstance(items, str) else "its items"


def _inner(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The scopes in a state: those of its branches or of its items."""
    yield from _objects(state.get("Branches"))
    yield from _objects([state.get("ItemProcessor", state.get("Iterator"))])


def _states(scope: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = scope.get("States")
    return {name: state for name, state in found.items() if is_object(state)} if is_object(found) else {}


def _objects(found: Any) -> Iterator[Mapping[str, Any]]:
    for each in cast("list[Any]", found) if isinstance(found, list) else ():
        if is_object(each):
            yield each


def _shown(text: str) -> str:
    """In one line, without the marks of an expression, and not too long."""
    line = " ".join(text.removeprefix("{%").removesuffix("%}").split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def escaped(text: str) -> str:
    """As Mermaid has it between quotes, where a text that begins like a list would be one, and `$$` begin a formula."""
    return _LIST.sub(_unlisted, " ".join(text.split()).translate(_ESCAPED).replace("$$", "#36;#36;"))


def _unlisted(found: "re.Match[str]") -> str:
    mark = found[0][-1]
    return f"{found[0][:-1]}#{ord(mark)};"
