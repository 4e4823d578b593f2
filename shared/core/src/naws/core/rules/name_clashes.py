"""What only the whole app shows: names that two patterns have, and conventions applied after a pattern was made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, rule
from naws.core.rules.values import Field, is_text

_NAMES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"
_SCHEDULES = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"
_NAMED = "EcsTaskProcessorProps(image=image, triggers=[ScheduleTrigger('@daily', name={})])"
_ANOTHER = 'then=lambda made: EcsTaskProcessor(Construct(stack, "North"), "{}", EcsTaskProcessorProps(image=image))'


@dataclass(frozen=True, kw_only=True)
class PatternNames:
    """A pattern's names, which begin with a prefix and its id.

    Attributes:
        construct_id: the pattern's.
        name: the name that all of its names begin with.
        same_place: paths of the app's patterns with that name in the same account and region.
        same_stage: those that may be there, since neither account and region are known and the stage is the same.
    """

    construct_id: str
    name: str
    same_place: Sequence[str] = ()
    same_stage: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class GivenTriggerName:
    """The name that a schedule or a rule was given.

    Attributes:
        path: its trigger in the user's spelling.
        name: what was given.
        kind: what is named, for the reader.
        same_place: paths of the app's patterns that have that name, too, in the same account, region and bus.
        same_stage: those that may be there, since neither account and region are known and the stage is the same.
    """

    path: str
    name: str
    kind: str
    same_place: Sequence[str] = ()
    same_stage: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ChangedConvention:
    """A field of conventions that were applied when the pattern was there already."""

    name: str


@rule(
    code="NAWS-NAME-007",
    level="practice",
    title="Conventions are applied before the patterns under them are made",
    source="docs/concepts/tagging.md",
    example="then=lambda made: Conventions(log_retention=logs.RetentionDays.ONE_YEAR).apply(stack)",
    fix="log_retention=logs.RetentionDays.ONE_YEAR, then=lambda made: Conventions(owner='sales').apply(stack)",
)
def in_time(changed: ChangedConvention) -> Iterator[Finding]:
    """A pattern has what was in force when it was made; only the tags of later conventions still reach it.

    So a name prefix, a boundary or a retention would be missing without a word.
    """
    yield Field(f"Conventions.{changed.name}").finding(
        "conventions that are applied before the patterns under them are made",
        f"Conventions({changed.name}=…).apply(scope)  # before the pattern is made under scope",
        shown="applied after the pattern was made",
    )


@rule(
    code="NAWS-NAME-008",
    level="limit",
    title="A name prefix and an id are given once in an account and region",
    source=_NAMES,
    example=f'conventions=Conventions(name_prefix="reports"), {_ANOTHER.format("Nightly")}',
    fix=f'conventions=Conventions(name_prefix="reports"), {_ANOTHER.format("Hourly")}',
)
def names_differ(names: PatternNames) -> Iterator[Finding]:
    """Both would have the names `<prefix>-<id>-…`, and CloudFormation refuses to create what another stack has."""
    yield from _meeting(names, names.same_place, "in this account and region")


@rule(
    code="NAWS-NAME-009",
    level="practice",
    title="A name prefix and an id are given once in a stage whose account and region are not given",
    source=_NAMES,
    example='conventions=Conventions(name_prefix="reports", vpc=NewVpc()), then=lambda made: [EcsTaskProcessor('
    'cdk.Stack(stack.node.root, name), "Weekly", EcsTaskProcessorProps(image=image)) for name in ("A", "B")]',
    fix='conventions=Conventions(name_prefix="reports", vpc=NewVpc()), then=lambda made: [EcsTaskProcessor('
    'cdk.Stack(stack.node.root, name), name, EcsTaskProcessorProps(image=image)) for name in ("A", "B")]',
)
def names_may_meet(names: PatternNames) -> Iterator[Finding]:
    """Stacks without `env` are most often deployed with the same credentials, to the same account and region.

    There both would have the names `<prefix>-<id>-…`, and the second deployment would fail half-way.
    """
    yield from _meeting(names, names.same_stage, "in this account and region, if it is the same")


@rule(
    code="NAWS-NAME-011",
    level="limit",
    title="A trigger's name is given once in an account and region",
    source=_SCHEDULES,
    example="triggers=[ScheduleTrigger('@daily', name='night')], then=lambda made: EcsTaskProcessor(stack, 'Weekly', "
    f"{_NAMED.format(repr('night'))})",
    fix="triggers=[ScheduleTrigger('@daily', name='night')], then=lambda made: EcsTaskProcessor(stack, 'Weekly', "
    f"{_NAMED.format(repr('week'))})",
)
def trigger_names_differ(names: GivenTriggerName) -> Iterator[Finding]:
    """All schedules are in one group, and rules on one bus differ by name: a deployment would fail half-way."""
    yield from _taken(names, names.same_place, "in this account and region")


@rule(
    code="NAWS-NAME-012",
    level="practice",
    title="A trigger's name is given once in a stage whose account and region are not given",
    source=_SCHEDULES,
    example="conventions=Conventions(vpc=NewVpc()), then=lambda made: [EcsTaskProcessor("
    f"cdk.Stack(stack.node.root, name), 'Weekly', {_NAMED.format(repr('night'))}) for name in ('A', 'B')]",
    fix="conventions=Conventions(vpc=NewVpc()), then=lambda made: [EcsTaskProcessor("
    f"cdk.Stack(stack.node.root, name), 'Weekly', {_NAMED.format('name')}) for name in ('A', 'B')]",
)
def trigger_names_may_meet(names: GivenTriggerName) -> Iterator[Finding]:
    """Stacks without `env` are most often deployed to the same account and region: the second would fail half-way."""
    yield from _taken(names, names.same_stage, "in this account and region, if it is the same")


def _taken(names: GivenTriggerName, others: Sequence[str], where: str) -> Iterator[Finding]:
    if is_text(names.name) and others:
        yield Field(f"{names.path}.name", names.name).finding(
            f"a name that no other {names.kind} has {where}; {', '.join(others)} has it, too",
            f'name="{names.name[:60]}-2"\nomit name',
        )


def _meeting(names: PatternNames, others: Sequence[str], where: str) -> Iterator[Finding]:
    if others:
        yield Field("Conventions.name_prefix").finding(
            f"names that no other has {where}; {', '.join(others)} has the same",
            remedy='Conventions(name_prefix="…").apply(stack)  # another for each stack\n'
            f'construct_id="{names.construct_id}2"  # of one of them',
            shown=f"names that begin with {names.name}",
        )


NAME_RULES = (names_differ, names_may_meet)
TRIGGER_NAME_RULES = (trigger_names_differ, trigger_names_may_meet)
CONVENTION_RULES = (in_time,)
