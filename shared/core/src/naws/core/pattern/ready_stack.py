"""A stack of several patterns of one kind, from data alone: all that is wrong with any of them in one error.

props by construct id -> a plan each -> every plan validated, as in the stack that will be -> the stack -> patterns
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Generic, TypeVar, cast, get_type_hints

import aws_cdk as cdk
from constructs import Construct

from naws.core.context import PatternContext
from naws.core.conventions import Conventions, not_conventions
from naws.core.issues import Issue, PatternValidationError
from naws.core.pattern.base import Pattern
from naws.core.pattern.calls import Call, called_with_props
from naws.core.plans.network import NetworkPlan
from naws.core.plans.triggers import trigger_names
from naws.core.rules import names
from naws.core.rules.ready_stacks import READY_STACK_RULES, StackIds
from naws.core.rules.types import declared_type
from naws.core.spelling import suggesting_arguments
from naws.core.stacks import child_path
from naws.core.type_checks import TypeMismatch, check_types, matches
from naws.core.validation import guided, validate

_OF_STACK = tuple(inspect.signature(cdk.Stack.__init__).parameters)[3:]
"""The arguments of `cdk.Stack` behind self, scope and id."""

PatternT = TypeVar("PatternT", bound=Pattern)
FoundT = TypeVar("FoundT", Issue, names.TriggerName)


@dataclass(frozen=True, kw_only=True)
class StackOf(Generic[PatternT]):
    """The pattern and the props of a ready stack.

    Attributes:
        pattern: the construct.
        props: what it takes.
        argument: by which name the stack takes the props: `processors`.
        more: a dataclass of further arguments of its own, which its patterns share. Omitted: it has none.
    """

    pattern: type[PatternT]
    props: type[Any]
    argument: str
    more: type[Any] | None = None

    @property
    def of_its_own(self) -> tuple[str, ...]:
        """The names of its further arguments."""
        return () if self.more is None else tuple(each.name for each in fields(self.more))

    def shares(self, path: str) -> bool:
        """Whether a field is shared by the patterns: of the conventions, or of `<Stack>.<argument>`."""
        first, _, name = path.partition(".")
        return first.startswith("Conventions") or (first.endswith("Stack") and name.split(".")[0] in self.of_its_own)


class ReadyStack(cdk.Stack, Generic[PatternT]):
    """Several patterns of one kind that share what a stack's patterns share: VPC, cluster, alarm topic.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        given: construct id to props; one pattern each.
        conventions: what all of them share. None: those of the scope.
        stack: what `cdk.Stack` takes, and the further arguments of its own.

    Raises:
        PatternValidationError: with all that is wrong with any of the patterns; nothing has been built then.
    """

    kind: ClassVar[StackOf[Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Have the stack's own constructor tell how it is called, and suggest names for those that it does not have."""
        super().__init_subclass__(**options)
        kind, name = cls.kind, cls.__name__
        call = Call(
            name=name,
            props=kind.props,
            argument=kind.argument,
            by_id=True,
            more=(*_OF_STACK, "conventions", *kind.of_its_own),
        )
        cls.__init__ = called_with_props(suggesting_arguments(name, *_OF_STACK)(cls.__init__), call)

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        given: Mapping[str, Any],
        *,
        conventions: Conventions | None,
        stack: Mapping[str, Any],
    ) -> None:
        path = child_path(scope, construct_id)
        check_arguments(self.kind, path, given, conventions, stack)
        context = PatternContext.of_new_stack(scope, construct_id, conventions, stack.get("env"))
        with guided(context.conventions.guide_url):
            _validate_together(self.kind, given, context)
        try:
            own = self.kind.of_its_own
            super().__init__(scope, construct_id, **{name: stack[name] for name in stack if name not in own})
            if conventions is not None:
                conventions.apply(self)
            self._patterns: dict[str, PatternT] = {
                name: self.kind.pattern(self, name, props) for name, props in given.items()
            }
            _name_outputs(self._patterns)
        except Exception:
            scope.node.try_remove_child(construct_id)
            raise

    @property
    def patterns(self) -> Mapping[str, PatternT]:
        """The patterns by their construct id."""
        return dict(self._patterns)


def check_arguments(
    kind: StackOf[Any], path: str, given: object, conventions: object, stack: Mapping[str, Any] | None = None
) -> None:
    """Refuse arguments that are not what they have to be."""
    mismatches = [*_not_props(kind, given), *not_conventions(conventions), *_not_of_stack(kind, stack or {})]
    issues = [issue for mismatch in mismatches for issue in declared_type.issues(mismatch)]
    if isinstance(given, Mapping):
        ids = [each for each in cast("Mapping[object, object]", given) if isinstance(each, str)]
        named = StackIds(argument=kind.argument, props=kind.props.__name__, ids=ids)
        issues += [each for rule in READY_STACK_RULES if ids or not given for each in rule.issues(named)]
    if issues:
        raise PatternValidationError(path, issues)


def _validate_together(kind: StackOf[Any], given: Mapping[str, Any], stack: PatternContext) -> None:
    """Refuse patterns that may not be built in a stack that is not there yet: one's issues, or each by its pattern."""
    refused: dict[str, tuple[Issue, ...]] = {}
    plans: dict[str, Any] = {}
    created = stack.network
    for name, props in given.items():
        context = stack.of_child(name, created)
        try:
            plan = plans[name] = kind.pattern.resolve(props, context)
            network: NetworkPlan | None = getattr(plan, "network", None)
            created = created or (None if network is None else network.creates)
            validate(context.path, plan, kind.pattern.checks, props.acknowledge, kind.pattern.synth_levels)
        except PatternValidationError as error:
            refused[name] = error.issues
    shared = _shared_names(kind, plans)
    for name, plan in plans.items() if refused or shared else ():
        found = dict.fromkeys((*refused.get(name, ()), *kind.pattern.foreseen(plan)))
        refused |= {name: tuple(found)} if found else {}
    if len(refused) == 1 and not shared:
        ((name, issues),) = refused.items()
        raise PatternValidationError(f"{stack.path}/{name}", issues)
    if refused or shared:
        every = (_of_pattern(kind, name, issue) for name, issues in refused.items() for issue in issues)
        raise PatternValidationError(stack.path, [*dict.fromkeys(every), *shared])


def _shared_names(kind: StackOf[Any], plans: Mapping[str, Any]) -> list[Issue]:
    """Names of schedules or rules that several patterns have."""
    every: list[names.TriggerName] = []
    for name, plan in plans.items():
        own = {each.taken: each for each in trigger_names(plan.triggers)} if hasattr(plan, "triggers") else {}
        every += [_of_pattern(kind, name, each) for each in own.values()]
    return names.different_names.issues(every)


def _of_pattern(kind: StackOf[Any], name: str, found: FoundT) -> FoundT:
    """An issue or a name of one pattern, by its path in the stack's arguments; what is shared is not the pattern's."""
    return found if kind.shares(found.path) else replace(found, path=f'{kind.argument}["{name}"].{found.path}')


def _not_props(kind: StackOf[Any], given: object) -> Iterator[TypeMismatch]:
    """Arguments of the wrong type outside of props; what is wrong inside each pattern's props its own plan finds."""
    whole = TypeMismatch(path=kind.argument, value=given, annotation=Mapping[str, kind.props], optional=False)
    if not isinstance(given, Mapping):
        yield whole
        return
    for key, props in cast("Mapping[Any, Any]", given).items():
        where = f'{kind.argument}["{key}"]' if isinstance(key, str) else f"{kind.argument}[{key!r}]"
        if not isinstance(key, str):
            yield replace(whole, path=where, value=key, annotation=str, key=True)
        if not isinstance(props, kind.props):
            yield replace(whole, path=where, value=props, annotation=kind.props, in_dict=True)


def _not_of_stack(kind: StackOf[Any], stack: Mapping[str, Any]) -> Iterator[TypeMismatch]:
    types = get_type_hints(cdk.Stack.__init__)
    own = {name: stack[name] for name in kind.of_its_own if name in stack}
    if kind.more is not None:
        yield from check_types(kind.more(**own))[1]
    for name, value in stack.items():
        if name not in own and not matches(value, types[name]):
            yield TypeMismatch(path=name, value=value, annotation=types[name], optional=True)


def _name_outputs(patterns: Mapping[str, Construct]) -> None:
    """Name the outputs after their patterns, where that tells them apart; else CDK's names stay.

    Of a construct id a logical id has letters and digits of ASCII alone.
    """
    ascii_ids = {
        construct_id: "".join(each for each in construct_id if each.isascii() and each.isalnum())
        for construct_id in patterns
    }
    for construct_id, name in ascii_ids.items():
        if name and [*ascii_ids.values()].count(name) == 1:
            for output in patterns[construct_id].node.children:
                if isinstance(output, cdk.CfnOutput):
                    output.override_logical_id(f"{name}{output.node.id}")
