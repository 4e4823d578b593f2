"""Whether several processors may be built together: all that is wrong with any of them, in one error."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.issues import Issue, PatternValidationError
from naws.core.network import NewVpc
from naws.core.rules import names
from naws.core.rules.types import declared_type
from naws.core.type_checks import TypeMismatch, check_types
from naws.core.validation import validate
from naws.ecs_task_processor.checks import CHECKS, trigger_names
from naws.ecs_task_processor.checks_synth import SYNTH_LEVELS
from naws.ecs_task_processor.plan import Plan, resolve
from naws.ecs_task_processor.props import EcsTaskProcessorProps


def validate_arguments(where: str, processors: object, conventions: object) -> None:
    """Whether the arguments of a ready stack are what they have to be.

    Raises:
        PatternValidationError: with all that are not.
    """
    mismatches = [*_not_processors(processors), *_not_conventions(conventions)]
    issues = [issue for mismatch in mismatches for issue in declared_type.issues(mismatch)]
    if isinstance(processors, Mapping):
        ids = [each for each in cast("Mapping[object, object]", processors) if isinstance(each, str)]
        issues += names.processor_ids.issues(ids) if ids or not processors else []
        issues += names.different_ids.issues(ids)
    if issues:
        raise PatternValidationError(where, issues)


def validate_together(
    processors: Mapping[str, EcsTaskProcessorProps], stack: PatternContext, known_before: Callable[[Plan], list[Issue]]
) -> None:
    """Whether every one of `processors` may be built in a stack that is not there yet.

    Args:
        processors: construct id to props.
        stack: where they will be.
        known_before: what else can be said of a plan, which is asked for only when something is wrong.

    Raises:
        PatternValidationError: with what is wrong with one, or, each issue by its processor, with several.
    """
    wrong: dict[str, tuple[Issue, ...]] = {}
    plans: dict[str, Plan] = {}
    created: NewVpc | None = None
    for name, props in processors.items():
        context = stack.of_child(name, created)
        try:
            plan = plans[name] = resolve(props, context)
            created = created or _creates(plan)
            validate(context.path, plan, CHECKS, props.acknowledge, SYNTH_LEVELS)
        except PatternValidationError as refused:
            wrong[name] = refused.issues
    shared = _shared_names(plans)
    for name, plan in plans.items() if wrong or shared else ():
        told = wrong.get(name, ())
        more = tuple(each for each in known_before(plan) if each not in told)
        wrong |= {name: (*told, *more)} if told or more else {}
    if len(wrong) == 1 and not shared:
        ((name, issues),) = wrong.items()
        raise PatternValidationError(f"{stack.path}/{name}", issues)
    if wrong or shared:
        raise PatternValidationError(stack.path, [*dict.fromkeys(_by_processor(wrong)), *shared])


def _shared_names(plans: Mapping[str, Plan]) -> list[Issue]:
    """Names of schedules or rules that several processors have."""
    every: list[names.TriggerName] = []
    for name, plan in plans.items():
        own = {each.taken: each for each in trigger_names(plan.triggers)}
        every += [replace(each, path=f'processors["{name}"].{each.path}') for each in own.values()]
    return names.different_names.issues(every)


def _by_processor(wrong: Mapping[str, tuple[Issue, ...]]) -> Iterator[Issue]:
    for name, issues in wrong.items():
        for issue in issues:
            shared = issue.path.startswith("Conventions")
            yield issue if shared else replace(issue, path=f'processors["{name}"].{issue.path}')


def _creates(plan: Plan) -> NewVpc | None:
    """How the processor will make the stack's VPC; None when it has another."""
    if plan.network.vpc is None:
        return NewVpc() if plan.props.cluster is None else None
    return plan.network.vpc if isinstance(plan.network.vpc, NewVpc) else None


def _not_processors(processors: object) -> Iterator[TypeMismatch]:
    """What has the wrong type outside; what is wrong inside each processor's own plan tells."""
    whole = TypeMismatch(
        path="processors", value=processors, annotation=Mapping[str, EcsTaskProcessorProps], optional=False
    )
    if not isinstance(processors, Mapping):
        yield whole
        return
    for key, props in cast("Mapping[Any, Any]", processors).items():
        where = f'processors["{key}"]' if isinstance(key, str) else f"processors[{key!r}]"
        if not isinstance(key, str):
            yield replace(whole, path=where, value=key, annotation=str, key=True)
        if not isinstance(props, EcsTaskProcessorProps):
            yield replace(whole, path=where, value=props, annotation=EcsTaskProcessorProps, in_dict=True)


def _not_conventions(conventions: object) -> Iterator[TypeMismatch]:
    if isinstance(conventions, Conventions):
        yield from check_types(conventions, "Conventions")[1]
    elif conventions is not None:
        yield TypeMismatch(path="conventions", value=conventions, annotation=Conventions, optional=True)
