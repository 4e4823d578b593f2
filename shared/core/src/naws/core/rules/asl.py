"""Rules on definitions that Step Functions refuses, or takes but runs otherwise than they read.

    definition ── read ──> Definition ── ASL_RULES ──> issues

A definition is the data that `DefinitionString` holds as text, in the Amazon States Language. A CDK token in it is
unknown, not wrong.
"""

from collections.abc import Mapping
from typing import Any

from naws.core.issues import Issue
from naws.core.rule import Rule
from naws.core.rules.asl_arguments import ARGUMENT_RULES
from naws.core.rules.asl_calls import CALL_RULES
from naws.core.rules.asl_care import CARE_RULES
from naws.core.rules.asl_errors import ERROR_RULES
from naws.core.rules.asl_expressions import EXPRESSION_RULES
from naws.core.rules.asl_fields import FIELD_RULES
from naws.core.rules.asl_forms import FORM_RULES
from naws.core.rules.asl_jsonata import JSONATA_RULES
from naws.core.rules.asl_literals import LITERAL_RULES
from naws.core.rules.asl_maps import MAP_RULES
from naws.core.rules.asl_scopes import Definition, read
from naws.core.rules.asl_sizes import SIZE_RULES
from naws.core.rules.asl_structure import STRUCTURE_RULES
from naws.core.rules.asl_variables import VARIABLE_RULES
from naws.core.tokens import has_token

__all__ = ["ASL_RULES", "as_definition", "definition_issues", "read_known"]

ASL_RULES: tuple[Rule[Definition], ...] = (
    *STRUCTURE_RULES,
    *FIELD_RULES,
    *FORM_RULES,
    *EXPRESSION_RULES,
    *JSONATA_RULES,
    *CALL_RULES,
    *ARGUMENT_RULES,
    *MAP_RULES,
    *CARE_RULES,
    *LITERAL_RULES,
    *VARIABLE_RULES,
    *ERROR_RULES,
    *SIZE_RULES,
)
"""Every rule on a definition."""


def as_definition(given: Mapping[str, Any] | str) -> Definition:
    """A definition, as data or as JSON text, as each of these rules takes it."""
    return read(given)


def definition_issues(definition: Mapping[str, Any] | str, machine: str = "") -> list[Issue]:
    """Everything that is wrong with a definition, all of it at once.

    Args:
        definition: the state machine as data or as JSON text; tokens in it are unknown.
        machine: what stands before each path, such as `lease_reaper.`. Omitted: nothing, so that one has the path
            `states["Load"].Retry[0].ErrorEquals`, or of the machine as a whole `definition.TimeoutSeconds`.

    Returns:
        Limits (Step Functions refuses the definition, or it cannot work), practices and advice; empty when all is well,
        and when tokens in a text leave open whether it is JSON.
    """
    part = read_known(definition, machine)
    return [] if part is None else [issue for rule in ASL_RULES for issue in rule.issues(part)]


def read_known(definition: Mapping[str, Any] | str, machine: str = "") -> Definition | None:
    """A definition as its rules judge it; None when tokens in a text leave open whether it is JSON."""
    part = read(definition, machine)
    return None if part.unreadable and has_token(definition) else part
