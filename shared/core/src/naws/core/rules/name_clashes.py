"""Rules on the whole app: names that two patterns have, and conventions applied after a pattern was made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field

_NAMES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"
_SCHEDULES = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"
_WEEKLY = '"Weekly", Props()'
_HERE = "in this account and region"
_MAYBE = f"{_HERE}, if it is the same"
_PREFIXED = 'conventions=Conventions(name_prefix="reports"'
_NIGHT = 'triggers=[ScheduleTrigger("@daily", name="night")]'
_WEEK, _NAMED = _NIGHT.replace("night", "week"), _NIGHT.replace('"night"', "name")
_EACH = 'then=lambda made: [Pattern(cdk.Stack(stack.node.root, name), {}) for name in ("A", "B")]'


@dataclass(frozen=True, kw_only=True)
class SharedName(Field):
    """A name that a pattern or a trigger has, and who else in the app has it.

    Attributes:
        expected: what the name should be, such as "a name that no other rule has".
        remedy: a line to paste; further lines are alternatives.
        shown: the name in words; empty: as it is.
        same_home: paths of the app's patterns that have it in the same account and region, and on the same bus.
        same_stage: those that may be there, since neither account and region are known and the stage is the same.
    """

    expected: str
    remedy: str
    shown: str = ""
    same_home: Sequence[str] = ()
    same_stage: Sequence[str] = ()

    def taken(self, others: Sequence[str], where: str) -> Iterator[Finding]:
        """A finding when others have it."""
        if others:
            expected = f"{self.expected} {where}; {', '.join(others)} has the same"
            yield self.finding(expected, self.remedy, shown=self.shown)


@practice(
    code="NAWS-NAME-007",
    title="Conventions are applied before the patterns under them are made",
    source="docs/concepts/tagging.md",
    example="then=lambda made: Conventions(log_retention=logs.RetentionDays.ONE_YEAR).apply(stack)",
    fix="log_retention=logs.RetentionDays.ONE_YEAR, then=lambda made: Conventions(owner='sales').apply(stack)",
)
def in_time(changed: Field) -> Iterator[Finding]:
    """A pattern has what was in force when it was made; only the tags of later conventions still reach it.

    So a name prefix, a boundary or a retention would be missing without a word.
    """
    yield changed.finding(
        "conventions that are applied before the patterns under them are made",
        f"Conventions({changed.name}=…).apply(scope)  # before the pattern is made under scope",
        shown="applied after the pattern was made",
    )


@limit(
    code="NAWS-NAME-008",
    title="A name prefix and an id are given once in an account and region",
    source=_NAMES,
    example=f'{_PREFIXED}), then=lambda made: Pattern(Construct(stack, "North"), "Nightly", Props())',
    fix=f'{_PREFIXED}), then=lambda made: Pattern(Construct(stack, "North"), "Hourly", Props())',
)
def names_differ(name: SharedName) -> Iterator[Finding]:
    """Both would have the names `<prefix>-<id>-…`, and CloudFormation refuses to create what another stack has."""
    return name.taken(name.same_home, _HERE)


@practice(
    code="NAWS-NAME-009",
    title="A name prefix and an id are given once in a stage whose account and region are not given",
    source=_NAMES,
    example=f"{_PREFIXED}, vpc=NewVpc()), {_EACH.format(_WEEKLY)}",
    fix=f"{_PREFIXED}, vpc=NewVpc()), {_EACH.format('name, Props()')}",
)
def names_may_meet(name: SharedName) -> Iterator[Finding]:
    """Stacks without `env` are most often deployed with the same credentials, to the same account and region.

    There both would have the names `<prefix>-<id>-…`, and the second deployment would fail half-way.
    """
    return name.taken(name.same_stage, _MAYBE)


@limit(
    code="NAWS-NAME-011",
    title="A trigger's name is given once in an account and region",
    source=_SCHEDULES,
    example=f'{_NIGHT}, then=lambda made: Pattern(stack, "Weekly", Props({_NIGHT}))',
    fix=f'{_NIGHT}, then=lambda made: Pattern(stack, "Weekly", Props({_WEEK}))',
)
def trigger_names_differ(name: SharedName) -> Iterator[Finding]:
    """All schedules are in one group, and rules on one bus differ by name: a deployment would fail half-way."""
    return name.taken(name.same_home, _HERE)


@practice(
    code="NAWS-NAME-012",
    title="A trigger's name is given once in a stage whose account and region are not given",
    source=_SCHEDULES,
    example=f"conventions=Conventions(vpc=NewVpc()), {_EACH.format(f'name, Props({_NIGHT})')}",
    fix=f"conventions=Conventions(vpc=NewVpc()), {_EACH.format(f'name, Props({_NAMED})')}",
)
def trigger_names_may_meet(name: SharedName) -> Iterator[Finding]:
    """Stacks without `env` are most often deployed to the same account and region: the second would fail half-way."""
    return name.taken(name.same_stage, _MAYBE)


NAME_RULES = (names_differ, names_may_meet)
TRIGGER_NAME_RULES = (trigger_names_differ, trigger_names_may_meet)
CONVENTION_RULES = (in_time,)
