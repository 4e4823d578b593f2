"""The definition of a state machine that was built, as its template will have it.

DefinitionString ── resolved ──> texts, and between them what only the deployment knows ── parsed ──> definition

What only the deployment knows (an ARN, a number from a parameter) becomes a text that every rule takes for unknown.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from naws.core.issues import Issue
from naws.core.rules.asl import definition_issues, read_known
from naws.core.rules.asl_scopes import Definition, is_object, listed

_UNKNOWN = "${Token[Unknown.0]}"
_FUNCTIONS = re.compile(r"Ref|Condition|Fn::\w+")
_IN_SUB = re.compile(r"\$\{([^!][^}]*)\}")
_SUBSTITUTED = re.compile(r"\$\{[A-Za-z0-9_]+\}")


def machine_issues(machine: sfn.CfnStateMachine, name: str = "") -> list[Issue]:
    """Everything that is wrong with the definition of a state machine that was built.

    It costs a few calls into Node. Call it during synthesis, when nothing is added any more. What
    `add_property_override` changes is in the template alone, and is not seen.

    Args:
        machine: the resource; of an `sfn.StateMachine` it is `node.default_child`.
        name: what stands before each path, such as `lease_reaper.`. Omitted: nothing.

    Returns:
        The issues; none when the definition is in an S3 object or comes from a token alone, or when what only the
        deployment knows hides whether the text is JSON.
    """
    given = _given(_properties(machine))
    return [] if given is None else definition_issues(given, name)


def definition_in(properties: Mapping[str, Any], machine: str = "") -> Definition | None:
    """The definition in the resolved properties of a state machine; None when nobody can read it yet.

    Args:
        properties: named as CloudFormation does but with a small letter.
        machine: what stands before each path. Omitted: nothing.
    """
    given = _given(properties)
    return None if given is None else read_known(given, machine)


def definition_of(machine: sfn.CfnStateMachine) -> Mapping[str, Any] | None:
    """The definition as data; None when nobody can read it before the deployment."""
    given = _given(_properties(machine))
    try:
        definition: Any = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        return None
    return definition if is_object(definition) else None


def _properties(machine: sfn.CfnStateMachine) -> Mapping[str, Any]:
    text = machine.definition_string
    resolved: Any = cdk.Stack.of(machine).resolve(machine.definition if text is None else text)
    name = "definition" if text is None else "definitionString"
    return {name: resolved, "definitionSubstitutions": machine.definition_substitutions}


def _given(properties: Mapping[str, Any]) -> Mapping[str, Any] | str | None:
    """The definition as text or as data, a token in place of what only the deployment knows; None when all of it is."""
    text = properties.get("definitionString")
    if text is None:
        given = properties.get("definition")
        known = _known(given) if is_object(given) and not _is_function(given) else None
        return known if is_object(known) else None
    return _joined(list(_parts(text, substituted=properties.get("definitionSubstitutions") is not None)))


def _parts(given: object, *, substituted: bool) -> Iterator[str | None]:
    """Texts, and None for each thing between them that only the deployment knows."""
    if isinstance(given, str):
        yield from _split(given, _SUBSTITUTED) if substituted else (given,)
    elif is_object(given) and len(listed(given.get("Fn::Join"))) == 2:  # noqa: PLR2004  # separator and parts
        separator, joined = given["Fn::Join"]
        for index, each in enumerate(listed(joined)):
            if index and separator:
                yield str(separator)
            yield from _parts(each, substituted=substituted)
    elif is_object(given) and "Fn::Sub" in given:
        sub = given["Fn::Sub"]
        text = sub if isinstance(sub, str) else next(iter(listed(sub)), None)
        yield from _split(text, _IN_SUB) if isinstance(text, str) else (None,)
    else:
        yield None


def _split(text: str, unknown: re.Pattern[str]) -> Iterator[str | None]:
    end = 0
    for match in unknown.finditer(text):
        yield text[end : match.start()]
        yield None
        end = match.end()
    yield text[end:].replace("${!", "${")


def _joined(parts: Sequence[str | None]) -> str:
    """One JSON text: what is unknown is text within a text, and a text of its own where a number or an object was."""
    found: list[str] = []
    inside = False
    for part in parts:
        if part is None:
            found.append(_UNKNOWN if inside else json.dumps(_UNKNOWN))
            continue
        found.append(part)
        quotes = re.findall(r'\\.|"', part, re.DOTALL)
        inside ^= quotes.count('"') % 2 == 1
    return "".join(found)


def _is_function(value: object) -> bool:
    return is_object(value) and len(value) == 1 and _FUNCTIONS.fullmatch(str(next(iter(value)))) is not None


def _known(value: object) -> object:
    """A value with a token in place of each CloudFormation function in it."""
    if _is_function(value):
        return _UNKNOWN
    if is_object(value):
        return {name: _known(part) for name, part in value.items()}
    return [_known(part) for part in listed(value)] or value
