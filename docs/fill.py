"""Fill the blocks of the READMEs and of this guide that are taken from the code, so that they cannot go stale.

    <!-- fill: file examples/snippets/five_lines.py -->     the file
    <!-- fill: error examples/snippets/wrong_size.py -->    what it prints when it is refused
    <!-- fill: resources examples/snippets/five_lines.py --> what its template holds
    <!-- fill: diagram examples/snippets/workflow.py#Close --> the workflow of that construct, drawn
    <!-- fill: cost examples/snippets/five_lines.py -->     what `naws cost` prints of an app
    <!-- fill: costs idle:examples/snippets/ecs_service.py --> a table of docs/costs.py
    <!-- fill: fields naws.core.alarms.Alarms -->           a table of a dataclass's fields
    <!-- fill: names -->                                    how long physical names may be
    <!-- fill: bindings -->                                 what each binding of docs/bindings.py needs
    <!-- fill: variables -->                                the variables that each of them gives a function
    <!-- fill: resources orders-mailer -->             what a pattern makes, by option
    <!-- fill: alarms orders-mailer -->                its alarms, by option
    <!-- fill: permissions orders-mailer -->           what its roles may do, by option
    <!-- fill: rules orders-mailer -->                 the rules that it alone has
    ...
    <!-- end -->

A pattern is one that is installed, its options are in `tests/<pattern>/options.py`; see `naws.testing.options`.

Run it with ``uv run python docs/fill.py``; a test fails when a block is not what this would write.
"""

import ast
import dataclasses
import enum
import importlib
import inspect
import itertools
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk

from naws.cli.diagrams import mermaid
from naws.core.bindings import Binding, Needs
from naws.core.context import PatternContext
from naws.core.naming import LIMITS
from naws.core.pattern.info import PatternInfo, installed_patterns
from naws.lambda_service.plan_host import variables_of
from naws.testing.options import Options, path_of
from naws.testing.permissions import HEAD, permission_rows, statement_row

ROOT = Path(__file__).parents[1]
_GROUPED: Callable[[list[tuple[str, ...]], int], list[tuple[str, ...]]]
_GROUPED = runpy.run_path(str(ROOT / "docs/purposes.py"))["grouped"]
_COSTS: dict[str, Callable[..., Any]] = runpy.run_path(str(ROOT / "docs/costs.py"))
_BLOCK = re.compile(r"(<!-- fill: (\w+) ?(\S*) -->\n).*?(<!-- end -->)", re.DOTALL)
_ATTRIBUTE = re.compile(r"^ {4}([a-z][a-z0-9_, ]*): (.*(?:\n {8}.*)*)", re.MULTILINE)
_OPERATORS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}
_LANGUAGES = {".py": "python", ".json": "json", ".patch": "diff", ".sh": "sh", ".yml": "yaml", "": "dockerfile"}


def pages() -> list[Path]:
    """Every page that may hold blocks."""
    return [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def filled(text: str) -> str:
    """`text` with every block as it should be."""

    def block(match: re.Match[str]) -> str:
        return f"{match[1]}\n{_KINDS[match[2]](match[3])}\n\n{match[4]}"

    return _BLOCK.sub(block, text)


def _file(path: str) -> str:
    source = ROOT / path
    return _fenced(source.read_text(), _LANGUAGES[source.suffix])


@cache
def _error(path: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        result = _run(path, Path(folder))
    # Before anything is built, and what CDK reports when it synthesises.
    errors = ("naws.core.issues.PatternValidationError", "RuntimeError: ValidationFailedWithErrors")
    start = max(map(result.stderr.rfind, errors))
    if result.returncode == 0 or start < 0:
        raise RuntimeError(f"{path} was not refused:\n{result.stdout}{result.stderr}")
    return _fenced("\n".join(map(str.rstrip, result.stderr[start:].splitlines())), "text")


def _resources(source: str) -> str:
    head = ("construct", "resources")
    if source.endswith(".py"):
        made = [*_made(template_of(source)["Resources"].values(), path_in_app)]
        return _table(("what", *head), _GROUPED(made, 0))
    options = _options(source)
    rows = ((name, *row) for name, made in options.resources.items() for row in _made(made.values(), path_of))
    # What an option brings along, such as a bucket of the user's, is not made by the pattern.
    own = [*_once(row for row in rows if row[1].startswith(("`Nightly", "`Naws")))]
    return _table(("what", "with", *head), _GROUPED(own, 1))


def _diagram(source: str) -> str:
    path, _, construct = source.partition("#")
    machines = {
        path_in_app(each): each["Properties"]["DefinitionString"]
        for template in templates_of(path)
        for each in template["Resources"].values()
        if each["Type"] == "AWS::StepFunctions::StateMachine"
    }
    definition = next(found for made, found in machines.items() if made.endswith(f"{construct}/StateMachine/Resource"))
    # What only the deployment knows is nowhere in the picture.
    parts = [definition] if isinstance(definition, str) else definition["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "0" for part in parts)
    # What a partition is part of is an ARN.
    return _fenced(mermaid(json.loads(text.replace("arn:0:", "arn:aws:"))), "mermaid")


def _cost(path: str) -> str:
    return _fenced(_COSTS["printed"](path), "text")


def _costs(source: str) -> str:
    """A table, or a sentence, of docs/costs.py: its name, and what it is of."""
    name, _, of = source.partition(":")
    found = _COSTS[name](*([of] if of else []))
    return found if isinstance(found, str) else _table(found[0], found[1:])


def _made(resources: Iterable[dict[str, Any]], path: Callable[[dict[str, Any]], str]) -> Iterator[tuple[str, ...]]:
    parts: dict[str, Counter[str]] = {}
    for resource in resources:
        kind = resource["Type"].removeprefix("AWS::").replace("::", " ")
        parts.setdefault(_part(path(resource)), Counter())[kind] += 1
    for part, kinds in parts.items():
        yield f"`{part}`", ", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in kinds.items())


def path_in_app(resource: dict[str, Any]) -> str:
    """The path of a resource below its stack."""
    return resource["Metadata"]["aws:cdk:path"].partition("/")[2]


def _part(path: str) -> str:
    """The first construct of a path, and for a pattern's own the one below it: what a reader looks for."""
    first, *rest = path.split("/")
    return first if first.startswith("Naws") or not rest else "/".join((first, rest[0]))


def _once(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Rows behind the name of an option, each with the first option that brings it."""
    first: dict[tuple[str, ...], str] = {}
    for option, *row in rows:
        first.setdefault(tuple(row), option)
    return ((option, *row) for row, option in first.items())


def _alarms(pattern: str) -> str:
    options = _options(pattern)
    rows = (
        (name, f"`{path_of(each).rpartition('/')[2]}`", *_condition(each["Properties"]))
        for name, made in options.resources.items()
        for each in made.values()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    )
    return _table(("with", "alarm", "of", "when"), _once(rows))


def _condition(alarm: dict[str, Any]) -> tuple[str, str]:
    metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each] or [alarm]
    names = dict.fromkeys(f"`{each['Namespace']} {each['MetricName']}`" for each in metrics)
    operator = _OPERATORS[alarm["ComparisonOperator"]]
    periods = f"{alarm.get('DatapointsToAlarm', alarm['EvaluationPeriods'])} of {alarm['EvaluationPeriods']}"
    missing = alarm.get("TreatMissingData", "missing")
    return ", ".join(names), f"{operator} {alarm['Threshold']} in {periods} periods; no data: {missing}"


def _permissions(pattern: str) -> str:
    return _table(HEAD, permission_rows(_options(pattern)))


def _rules(pattern: str) -> str:
    own = _pattern(pattern)
    package = own.construct.__module__.rpartition(".")[0]
    rules = (rule for rule in own.rules if rule.judge.__module__.startswith(f"{package}."))
    return _table(
        ("rule", "level", "what holds"),
        ((f"[{rule.code}](../errors.md#{rule.code.lower()})", rule.level, rule.title) for rule in rules),
    )


def _pattern(name: str) -> PatternInfo:
    return next(each for each in installed_patterns() if each.name == name)


def _options(pattern: str) -> Options:
    found = _pattern(pattern)
    return Options.beside(ROOT / "tests" / pattern.replace("-", "_"), found.construct, found.props)


def _fields(name: str) -> str:
    module, _, class_name = name.rpartition(".")
    described = getattr(importlib.import_module(module), class_name)
    owners = [owner for owner in described.__mro__ if dataclasses.is_dataclass(owner)]
    given = {field.name: field for field in dataclasses.fields(described)}
    # A field that a class gives anew is its own, and no more that of what it inherits from.
    rows: dict[str, tuple[str, ...]] = {}
    for owner in owners:
        for field, meaning in _in_order(owner):
            if field in given and field not in rows:
                rows[field] = (f"`{field}`", _type(owner, field), _default(given[field]), meaning)
    return _table(("field", "type", "default", "meaning"), rows.values())


def _meanings(described: type[Any]) -> Iterator[tuple[str, str]]:
    """What each field means: from the text below it, or from the class's own list of attributes."""
    for names, text in _ATTRIBUTE.findall(inspect.getdoc(described) or ""):
        for name in names.split(", "):
            yield name, " ".join(text.split())
    body = _class(described).body
    for field, text in itertools.pairwise(body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning))):
                yield name, " ".join(meaning.split())
            case _:
                pass


def _in_order(owner: type[Any]) -> Iterator[tuple[str, str]]:
    """A class's own fields, not those that it inherits, each with its meaning."""
    meanings = dict(_meanings(owner))
    return ((name, meanings[name]) for name in inspect.get_annotations(owner) if name in meanings)


def _type(described: type[Any], name: str) -> str:
    annotations = {
        node.target.id: node.annotation
        for node in _class(described).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    choices = [choice for choice in ast.unparse(annotations[name]).split(" | ") if choice != "None"]
    return " or ".join(f"`{choice}`" for choice in choices)


def _class(described: type[Any]) -> ast.ClassDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(described)))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef))


def _default(field: "dataclasses.Field[Any]") -> str:
    if isinstance(field.default, enum.Enum):
        return f"`{field.default.name}`"
    if field.default is not dataclasses.MISSING:
        return "" if field.default is None else f"`{field.default!r}`".replace("'", '"')
    if field.default_factory is dataclasses.MISSING:
        return "required"
    made = field.default_factory()
    return "`{}`" if made == {} else f"`{type(made).__name__}()`"


def _names(_: str) -> str:
    return _table(("resource", "longest name"), ((kind, str(limit)) for kind, limit in LIMITS.items()))


def _bindings(_: str) -> str:
    rows = (row for written, needs in _needs_of_bindings() for row in _needs(f"`{written}`", needs))
    return _table(("binding", "variables", *HEAD[2:]), rows)


def _variables(_: str) -> str:
    given = ((written, variables_of(needs)) for written, needs in _needs_of_bindings())
    return _table(
        ("binding", "variables"), ((f"`{one}`", ", ".join(f"`{each}`" for each in has)) for one, has in given)
    )


def _needs_of_bindings() -> Iterator[tuple[str, Needs]]:
    env = cdk.Environment(account="123456789012", region="eu-central-1")
    stack = cdk.Stack(cdk.App(), "Guide", env=env)
    context = PatternContext.of(stack, "Nightly")
    made: dict[str, Binding] = runpy.run_path(str(ROOT / "docs/bindings.py"))["bindings"](stack)
    return ((written, binding.needs(context)) for written, binding in made.items())


def _needs(written: str, needs: Needs) -> Iterator[tuple[str, ...]]:
    """A row for each statement; of what ECS fills in, it is ECS that reads."""
    variables = ", ".join(f"`{name}`" for name in (*needs.variables, *needs.secrets))
    doors = ((mount, mount.access_point) for mount in needs.mounts)
    mounted = [mount.statement(door.access_point_arn) for mount, door in doors if door is not None]
    if not needs.statements and not mounted:
        yield written, variables, "ECS fills it in, by its execution role" if needs.secrets else "", "", ""
    for number, statement in enumerate((*needs.statements, *mounted)):
        yield written, "" if number else variables, *statement_row(cast("Mapping[str, Any]", statement))


def template_of(path: str) -> dict[str, Any]:
    """The only template of an app under examples/."""
    return templates_of(path)[0]


@cache
def templates_of(path: str) -> Sequence[dict[str, Any]]:
    """Those of an app, with its stages; several blocks of a page may show one."""
    with tempfile.TemporaryDirectory() as folder:
        result = _run(path, Path(folder))
        if result.returncode:
            raise RuntimeError(result.stderr)
        return [json.loads(each.read_text()) for each in sorted(Path(folder).rglob("*.template.json"))]


def _run(path: str, output: Path) -> "subprocess.CompletedProcess[str]":
    settings = {"aws:cdk:enable-path-metadata": True, "aws:cdk:version-reporting": False}
    variables = {**os.environ, "CDK_OUTDIR": str(output), "CDK_CONTEXT_JSON": json.dumps(settings)}
    variables["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    source = ROOT / path
    return subprocess.run(
        [sys.executable, source.name],
        cwd=source.parent,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_KINDS = {
    "bindings": _bindings,
    "variables": _variables,
    "cost": _cost,
    "costs": _costs,
    "file": _file,
    "error": _error,
    "resources": _resources,
    "diagram": _diagram,
    "fields": _fields,
    "names": _names,
    "permissions": _permissions,
    "alarms": _alarms,
    "rules": _rules,
}


if __name__ == "__main__":
    for page in pages():
        before = page.read_text()
        after = filled(before)
        if after != before:
            page.write_text(after)
            print(f"filled {page.relative_to(ROOT)}")
