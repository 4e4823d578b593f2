"""The plan: the props with every default filled in. Pure."""

from dataclasses import dataclass

from naws.core import PatternContext
from naws.core.authoring import (
    TriggeredPlan,
    check_types,
    key_given,
    of_operations,
    of_triggers,
    plan_operations,
    plan_triggers,
)
from naws.lambda_service.props import LambdaServiceProps

_ONE_ATTEMPT = 60
"""Seconds that a run may take."""


@dataclass(frozen=True, kw_only=True)
class Plan(TriggeredPlan):
    """A pattern, decided."""

    props: LambdaServiceProps


def resolve(props: LambdaServiceProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open."""
    props, mismatches = check_types(props)
    triggers = plan_triggers(props.triggers, context)
    operations = plan_operations(props, context, _ONE_ATTEMPT)
    return Plan(
        props=props,
        context=context,
        mismatches=mismatches,
        operations=operations,
        triggers=triggers,
        given=(*of_triggers(triggers, context.home), *of_operations(props, operations, context)),
        key=key_given(props, context),
    )
