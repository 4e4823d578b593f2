"""`naws explain CODE` and `naws rules`: the rules of every pattern that is installed.

The text is that of docs/errors.md, which `reference` writes.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from naws.cli import console, guide, outcomes
from naws.cli.errors import NOT_FOUND, CliError
from naws.core.data import DATA_RULES
from naws.core.issues import Level
from naws.core.pattern.info import GROUP, OWN_RULES, installed_patterns
from naws.core.rule import Rule
from naws.core.spelling import nearest

_PREFIX = "NAWS-"
_CODE = re.compile(r"NAWS-|[A-Z]+-?\d+$", re.IGNORECASE)
_LEVELS: dict[Level, str] = {
    "limit": "AWS, or what this library builds, refuses it: always an error.",
    "practice": "AWS accepts it, an experienced engineer would not: an error, unless it is acknowledged with a reason.",
    "advice": "Worth a look: a warning.",
}
_INTRODUCTION = """# Errors

Every rule, by its code. All of them run before anything is built, and one error lists everything that they find;
those of the areas BUILT, ASL and FLOW run when the app is synthesised. `naws explain CODE` prints the same in a
terminal.

An example is what is given to the props of its pattern, and a fix is what it becomes; tests run both. Besides stand:

- `conventions=`, `env=` and `created=`: the conventions in force, the stack's environment, and the VPC that it has;
- `disposable=` and `personal_accounts=`: what its `ServiceStage` is given;
- `patterns=`: what a ready stack is given, as {arguments};
- `then=`: code that follows; `Pattern` and `Props`: a pattern and its props, with what they need.

An example of ASL and FLOW is a definition in JSON, yours or a pattern's; where a rule needs more, the state machine's
properties by CloudFormation's names, with `Definition`, `Statements` of its role, its triggers and its aliases.
"""


def explain(code: str, *, show: bool = True) -> tuple[int, object]:
    """What a rule, an error of a run or a page of the guide says; returns the exit code and the same for a program.

    Args:
        code: in any case, with or without `NAWS-`; an error that a run failed by, `Naws.TaskFailed`; or what an error
            or alarm points to, `docs/concepts/stages.md#…`.
        show: print it.

    Raises:
        CliError: no installed pattern has such a rule, and the guide no such error or page.
    """
    if guide.is_pointer(code):
        page, text = guide.read(code)
        return _explained(text, {"page": page, "text": text}, show=show)
    rules = {rule.code: rule for rule in installed_rules()}
    wanted = code.strip().upper()
    if not wanted.startswith(_PREFIX):
        wanted = f"{_PREFIX}{wanted}"
    if wanted in rules:
        return _explained(described(rules[wanted]), {"rule": _data(rules[wanted])}, show=show)
    errors = outcomes.outcomes()
    if name := outcomes.find_outcome(code, errors):
        passages = errors[name]
        return _explained(
            _of_error(name, passages), {"outcome": name, "passages": [each.data() for each in passages]}, show=show
        )
    coded = bool(_CODE.match(code.strip())) or wanted.removeprefix(_PREFIX) in map(_area, rules.values())
    near = nearest(wanted, rules) if coded else outcomes.nearest_outcome(code, errors)
    hint = f"Did you mean {near}? " if near else ""
    title = f"There is no rule and no error {code}"
    raise CliError(title, f"{hint}`naws rules` lists the rules.", code=NOT_FOUND)


def _explained(text: str, document: object, *, show: bool) -> tuple[int, object]:
    for line in text.splitlines() if show else ():
        console.line(line)
    return 0, document


def _of_error(name: str, passages: Sequence[outcomes.Passage]) -> str:
    parts = [f"## {name}"]
    for section, (first, *more) in groupby(passages, key=lambda each: each.pointer):
        texts = [first.text, *(each.text for each in more)]
        parts += [f"**{first.section}** (`naws explain {section}` prints all of it)", *texts]
    return "\n\n".join(parts)


def list_rules(about: str | None = None, *, show: bool = True) -> tuple[int, object]:
    """Print rules, one a line; returns the exit code, and the same for a program.

    Args:
        about: an area such as `SCHED`, a level, or text that stands in the code, the title or the why; in any case.
            Omitted: every rule.
        show: print them.

    Raises:
        CliError: no rule is about that.
    """
    every = installed_rules()
    rules = every if about is None else _about(every, about.strip().lower())
    if not rules:
        areas = ", ".join(dict.fromkeys(_area(rule) for rule in every))
        hint = f"Areas are {areas}; levels are {', '.join(_LEVELS)}."
        raise CliError(f"No rule is about {about}", hint, code=NOT_FOUND)
    code, level = (max(len(getattr(rule, name)) for rule in rules) for name in ("code", "level"))
    for rule in rules if show else ():
        console.line(f"{rule.code:<{code}}  {rule.level:<{level}}  {rule.title}")
    return 0, {"rules": [*map(_data, rules)]}


def _data(rule: Rule[Any]) -> dict[str, str]:
    """A rule for a program."""
    return {name: getattr(rule, name) for name in ("code", "level", "title", "why", "example", "fix", "source")}


def _about(rules: Sequence[Rule[Any]], wanted: str) -> list[Rule[Any]]:
    """The rules of an area or a level; when there is none of that name, those whose text holds it."""
    named = [rule for rule in rules if wanted in (_area(rule).lower(), rule.level)]
    return named or [rule for rule in rules if wanted in f"{rule.code}\n{rule.title}\n{rule.why}".lower()]


def _area(rule: Rule[Any]) -> str:
    return rule.code.split("-")[1]


def installed_rules() -> list[Rule[Any]]:
    """The rules of every installed pattern, and those of no pattern, each once, by area and number.

    Raises:
        CliError: no pattern is installed.
    """
    patterns = installed_patterns()
    if not patterns:
        raise CliError("No pattern is installed", f"Its distribution names it under the entry point group {GROUP}.")
    found = {rule.code: rule for rules in (OWN_RULES, DATA_RULES, *(each.rules for each in patterns)) for rule in rules}
    return [found[code] for code in sorted(found)]


def described(rule: Rule[Any]) -> str:
    """One rule as Markdown that a terminal shows well, too."""
    accepted = f'\nAccept it with `acknowledge={{"{rule.code}": "because …"}}`.\n' if rule.level == "practice" else ""
    fix = f"\nMended:\n\n```text\n{rule.fix}\n```\n" if rule.fix else ""
    return (
        f"## {rule.code}\n\n**{rule.title}.** {rule.level.capitalize()}: {_LEVELS[rule.level]}\n\n{rule.why}\n"
        f"{accepted}\nRefused:\n\n```text\n{rule.example}\n```\n{fix}\nSource: {_linked(rule.source)}\n"
    ).replace("Refused:", "Refused:" if rule.level != "advice" else "Warned of:")


def reference() -> str:
    """The whole of docs/errors.md."""
    patterns = installed_patterns()
    names = dict.fromkeys(f"`{pattern.stack.kind.argument}=`" for pattern in patterns if pattern.stack)
    introduction = _INTRODUCTION.format(arguments=" or ".join(names))
    return "\n".join([f"{introduction}\n", *(described(rule) for rule in installed_rules())])


def _linked(source: str) -> str:
    return f"<{source}>" if source.startswith("https://") and " " not in source else source
