"""A definition that is read from a file, with its substitutions. Pure, but for the reading.

file ── text ── ${name} substituted ──> JSON ──> definition
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from naws.core.authoring import as_definition, is_text
from naws.step_function_executor.props import AslFile

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}")
"""Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
(DefinitionSubstitutions)"""
_UNREADABLE = "is no file that can be read"


@dataclass(frozen=True, kw_only=True)
class FilePlan:
    """A file, read.

    Attributes:
        given: as it was given.
        wrong: why it is no text; empty when it is one.
        text: with its substitutions; empty when there is none.
        names: of the placeholders in it.
        definition: the same as data; empty when the text is no JSON object.
    """

    given: AslFile
    wrong: str = ""
    text: str = ""
    names: tuple[str, ...] = ()
    definition: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def name(self) -> str:
        """Its name in its folder."""
        return Path(self.given.path).name

    @property
    def folder(self) -> Path:
        """The folder that it is in, or that was given instead of one."""
        path = Path(self.given.path)
        return path if path.is_dir() else path.parent


def plan_file(given: AslFile) -> FilePlan:
    """Read a file and substitute what it names."""
    try:
        text = Path(given.path).read_text(encoding="utf-8-sig")  # an editor may have put a mark before the text
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else _UNREADABLE
        return FilePlan(given=given, wrong=why)
    written = _substituted(text, given.substitutions)
    return FilePlan(
        given=given,
        text=written,
        names=tuple(dict.fromkeys(_PLACEHOLDER.findall(text))),
        definition=as_definition(written).fields,
    )


def _substituted(text: str, values: Mapping[str, str | float]) -> str:
    """The text with each value in place of its name: escaped inside quotes, as it is outside of them."""

    def inside(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else json.dumps(_plain(value), ensure_ascii=False)[1:-1]

    def outside(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else _plain(value)

    parts, end = list[str](), 0
    for quoted in _TEXT.finditer(text):
        parts += (_PLACEHOLDER.sub(outside, text[end : quoted.start()]), _PLACEHOLDER.sub(inside, quoted[0]))
        end = quoted.end()
    return "".join((*parts, _PLACEHOLDER.sub(outside, text[end:])))


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def language_of(definition: Mapping[str, Any]) -> str | None:
    """The query language that a file names; None when it names none, or nobody knows it before the deployment."""
    given = definition.get("QueryLanguage")
    return given if is_text(given) else None
