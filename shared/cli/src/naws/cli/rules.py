"""`naws explain CODE` and `naws rules`: the rules of every pattern that is installed.

The text is that of docs/errors.md, which `reference` writes.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

from naws.cli import console, guide
from naws.cli.errors import NOT_FOUND, CliError
from naws.core.data import DATA_CONSTRUCTS, DATA_RULES
from naws.core.issues import Level
from naws.core.pattern.info import GROUP, OWN_RULES, installed_patterns
from naws.core.rule import Rule
from naws.core.spelling import nearest

_PREFIX = "NAWS-"
_LEVELS: dict[Level, str] = {
    "limit": "AWS, or what this library builds, refuses it: always an error.",
    "practice": "AWS accepts it, an experienced engineer would not: an error, unless it is acknowledged with a reason.",
    "advice": "Worth a look: a warning.",
}
_INTRODUCTION = """# Errors

Every rule, by its code. All of them run before anything is built, and one error lists everything that they find;
those of the areas BUILT, ASL and FLOW run when the app is synthesised. `naws explain CODE` prints the same in a
terminal.

An example is what is given to {props}; `conventions=`, `env=`, `created=`, `disposable=`,
`personal_accounts=` and `then=` stand for the conventions in force, the stack's environment, the VPC that it has, what
its `ServiceStage` is given, and code that follows, and `patterns=` for what a ready stack is given: {arguments}.
`Pattern` and `Props` stand for a pattern and its props, with what they need. Tests run every example and every fix.

An example of the areas ASL and FLOW is a whole definition of a state machine in JSON, whoever wrote it: the one that a
pattern builds, or yours. Where a text is too long to be printed, it is written in Python. Where a rule needs more, the
example has the properties of the state machine by CloudFormation's names, with the definition as `Definition`, the
statements of its role as `Statements`, and whether it has triggers, its aliases and what is given twice beside them.
"""


def explain(code: str) -> int:
    """Print one rule, or a page of the guide; returns the exit code.

    Args:
        code: in any case, with or without `NAWS-`; or what an error or alarm points to, `docs/concepts/stages.md#…`.

    Raises:
        CliError: no installed pattern has such a rule.
    """
    if guide.is_pointer(code):
        return guide.show(code)
    rules = {rule.code: rule for rule in installed_rules()}
    wanted = code.strip().upper()
    if not wanted.startswith(_PREFIX):
        wanted = f"{_PREFIX}{wanted}"
    if wanted not in rules:
        near = nearest(wanted, rules)
        hint = f"Did you mean {near}? " if near else ""
        raise CliError(f"There is no rule {code}", f"{hint}`naws rules` lists them all.", code=NOT_FOUND)
    for text in described(rules[wanted]).splitlines():
        console.line(text)
    return 0


def list_rules(about: str | None = None) -> int:
    """Print rules, one a line; returns the exit code.

    Args:
        about: an area such as `SCHED`, a level, or text that stands in the code, the title or the why; in any case.
            Omitted: every rule.

    Raises:
        CliError: no rule is about that.
    """
    every = installed_rules()
    rules = every if about is None else _about(every, about.strip().lower())
    if not rules:
        areas = ", ".join(dict.fromkeys(_area(rule) for rule in every))
        raise CliError(f"No rule is about {about}", f"Areas are {areas}; levels are {', '.join(_LEVELS)}.")
    code, level = (max(len(getattr(rule, name)) for rule in rules) for name in ("code", "level"))
    for rule in rules:
        console.line(f"{rule.code:<{code}}  {rule.level:<{level}}  {rule.title}")
    return 0


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
    props = " or ".join(f"`{each.props.__name__}(…)`" for each in (*patterns, *DATA_CONSTRUCTS))
    arguments = " or ".join(f"`{pattern.stack.kind.argument}=`" for pattern in patterns if pattern.stack)
    paragraphs = _INTRODUCTION.format(props=props, arguments=arguments).split("\n\n")
    introduction = "\n\n".join(fill(each, 120, break_on_hyphens=False) for each in paragraphs)
    return "\n".join([f"{introduction}\n", *(described(rule) for rule in installed_rules())])


def _linked(source: str) -> str:
    return f"<{source}>" if source.startswith("https://") and " " not in source else source
