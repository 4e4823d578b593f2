"""Rules on definitions that Step Functions refuses, or takes but runs otherwise than they read.

    definition ── read ──> Definition ── ASL_RULES ──> issues

A definition is the data that `DefinitionString` holds as text, in the Amazon States Language. A CDK token in it is
unknown, not wrong.
"""

from collections.abc import Mapping
from typing import Any

from naws.core.issues import Issue
from naws.core.rule import Rule
from naws.core.rules.asl_calls import CALL_RULES
from naws.core.rules.asl_errors import ERROR_RULES
from naws.core.rules.asl_expressions import EXPRESSION_RULES
from naws.core.rules.asl_fields import FIELD_RULES
from naws.core.rules.asl_forms import FORM_RULES
from naws.core.rules.asl_literals import LITERAL_RULES
from naws.core.rules.asl_scopes import Definition, read
from naws.core.rules.asl_sizes import SIZE_RULES
from naws.core.rules.asl_structure import STRUCTURE_RULES, readable
from naws.core.rules.asl_variables import VARIABLE_RULES
from naws.core.tokens import has_token

__all__ = ["ASL_RULES", "as_definition", "definition_issues"]

ASL_RULES: tuple[Rule[Definition], ...] = (
    *STRUCTURE_RULES,
    *FIELD_RULES,
    *FORM_RULES,
    *EXPRESSION_RULES,
    *CALL_RULES,
    *LITERAL_RULES,
    *VARIABLE_RULES,
    *ERROR_RULES,
    *SIZE_RULES,
)
"""Every rule on a definition."""


def as_definition(given: Mapping[str, Any] | str, path: str = "definition") -> Definition:
    """A definition, as data or as JSON text, as each of these rules takes it."""
    return read(given, path)


def definition_issues(definition: Mapping[str, Any] | str, path: str = "definition") -> list[Issue]:
    """Everything that is wrong with a definition, all of it at once.

    Args:
        definition: the state machine as data or as JSON text; tokens in it are unknown.
        path: what the issues call it, so that one has the path `definition.States["Load"].Retry[0].ErrorEquals`.

    Returns:
        Limits (Step Functions refuses the definition, or it cannot work), practices and advice; empty when all is well,
        and when tokens in a text leave open whether it is JSON.
    """
    part = read(definition, path)
    if part.unreadable:
        return [] if has_token(definition) else readable.issues(part)
    return [issue for rule in ASL_RULES for issue in rule.issues(part)]
