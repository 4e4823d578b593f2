"""Whether a plan may be built: every rule that a task processor is held to.

a rule of naws.core.rules ──on(its parts of the plan)──> CHECKS, and ADDED_CHECKS for what is added later
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from aws_cdk import aws_events as events

from naws.core.checks import network
from naws.core.checks.given import given_checks
from naws.core.issues import Issue
from naws.core.plans.triggers import QueuePlan, TriggerPlans, trigger_names
from naws.core.rules import (
    alarms,
    compute,
    environment,
    names,
    patterns,
    payloads,
    queues,
    removal,
    retry,
    schedules,
    tags,
    times,
    types,
)
from naws.core.rules.acknowledgements import ACKNOWLEDGEMENT_RULES
from naws.core.rules.built import LATE_RULES
from naws.core.rules.ready_stacks import ready_stack_rules
from naws.core.rules.values import Field, is_number
from naws.core.validation import Check, Rule, late, of
from naws.ecs_task_processor import (
    checks_alarms,
    checks_containers,
    checks_data,
    checks_fan_out,
    checks_runs,
)
from naws.ecs_task_processor.checks_containers import sidecars
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.plan_added import Added
from naws.ecs_task_processor.workflow import LARGEST_INPUT, History, Places, longest_history, planned

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")
_Select = Callable[[PlanT], Iterable[PartT]]


def _each(select: _Select[PlanT, PartT], *rules: Rule[PartT]) -> tuple[Check[PlanT], ...]:
    """Each rule, on the same parts."""
    return tuple(rule.on(select) for rule in rules)


def _field(name: str) -> _Select[Plan, Field]:
    """A field of the props as it was said; nothing when it was left out."""
    return lambda plan: (Field(name, getattr(plan.props, name)),)


def _environments(plan: Plan) -> Iterator[environment.Environment]:
    yield environment.Environment(path="environment", variables=plan.program.variables)
    for path, each in sidecars(plan):
        plain = [_variable(f'{path}.environment["{name}"]', name, value) for name, value in each.environment.items()]
        secret = [_variable(f'{path}.secrets["{name}"]', name, None) for name in each.secrets]
        yield environment.Environment(path=f"{path}.environment", variables=[*plain, *secret])


def _variable(path: str, name: str, value: str | None) -> environment.Variable:
    return environment.Variable(path=path, name=name, value=value, library_sets=False)


def _variables(plan: Plan) -> Iterator[environment.Variable]:
    return (variable for each in _environments(plan) for variable in each.variables)


def _retry(plan: Plan) -> tuple[retry.Retry]:
    said = plan.retry
    counters = (("infrastructure_attempts", said.infrastructure_attempts), ("task_attempts", said.task_attempts))
    return (
        retry.Retry(
            path="retry",
            attempts=counters,
            interval=said.interval,
            max_interval=said.max_interval,
            backoff_rate=said.backoff_rate,
        ),
    )


def _longest_run(plan: Plan) -> retry.LongestRun:
    counts = (plan.retry.infrastructure_attempts, plan.retry.task_attempts)
    times = (plan.attempt_timeout, plan.stop_timeout, plan.retry.max_interval)
    said = plan.props.attempt_timeout is not None
    if not all(is_number(value) for value in (*counts, *times)):
        return retry.LongestRun(path="attempt_timeout", said=said, seconds=None, attempts=0)
    return retry.LongestRun(
        path="attempt_timeout",
        said=said,
        seconds=plan.longest_run if retry.within_bounds(*_retry(plan), plan.attempt_timeout) else None,
        attempts=plan.most_attempts,
        between=plan.longest_between,
    )


def _timeout(plan: Plan) -> tuple[retry.Timeout]:
    return (retry.Timeout(field=Field("attempt_timeout", plan.attempt_timeout), room=_longest_run(plan).room),)


def _tags(plan: Plan) -> tuple[tags.Tags]:
    said = plan.context.conventions
    fields = set(tags.FIELDS) - set(said.tags)
    return (tags.Tags(given=said.all_tags(), fields=fields, required=said.required_tags),)


def _removal(plan: Plan) -> tuple[Field]:
    said = plan.props.removal_policy is not None
    return (Field("removal_policy" if said else "Conventions.removal_policy", plan.operations.removal_policy),)


def _events(triggers: TriggerPlans) -> Iterator[patterns.Pattern]:
    for event in triggers.events:
        if isinstance(event.trigger.event_pattern, events.EventPattern):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            value = getattr(event.trigger.event_pattern, "_values", {})  # a struct has no other way
            of_bucket = event.trigger.bucket is not None
            yield patterns.Pattern(path=f"{event.path}.event_pattern", value=value, of_bucket=of_bucket)
    for queue in triggers.queues:
        if queue.trigger.filter is not None:
            yield patterns.Pattern(path=f"{queue.path}.filter", value=queue.trigger.filter, message=True)


def _payloads(triggers: TriggerPlans) -> Iterator[payloads.Payload]:
    for plan in triggers.schedules:
        yield payloads.Payload(path=f"{plan.path}.payload", value=plan.trigger.payload, service="schedule")
    for plan in triggers.events:
        yield payloads.Payload(path=f"{plan.path}.payload", value=plan.trigger.payload, service="rule")


def _trigger_times(triggers: TriggerPlans) -> Iterator[Field]:
    for schedule in triggers.schedules:
        yield Field(f"{schedule.path}.flexible_window", schedule.flexible_window)
    for queue in triggers.queues:
        yield Field(f"{queue.path}.visibility_timeout", queue.visibility_timeout)
        yield Field(f"{queue.path}.retention_period", queue.retention_period)


def _times(plan: Plan) -> Iterator[Field]:
    yield Field("stop_timeout", plan.stop_timeout)
    yield Field("attempt_timeout", plan.attempt_timeout)
    yield Field("retry.interval", plan.retry.interval)
    yield Field("retry.max_interval", plan.retry.max_interval)
    yield from checks_alarms.times(plan)


def _construct_id(plan: Plan) -> tuple[names.ConstructId]:
    where = plan.context
    return (names.ConstructId(construct_id=where.construct_id, beside_shared=where.beside_shared),)


def _trigger_checks() -> tuple[Check[Plan], ...]:
    def of(part: Callable[[TriggerPlans], Iterable[PartT]]) -> _Select[Plan, PartT]:
        return lambda plan: part(plan.triggers)

    return (
        times.convertible.on(of(_trigger_times)),
        *_each(
            of(lambda triggers: triggers.schedules),
            schedules.expression,
            schedules.timezone,
            schedules.flexible_window,
            schedules.start_before_end,
            schedules.aware,
            schedules.window_within_period,
            schedules.once_has_no_bounds,
            schedules.will_fire,
            schedules.step_within_field,
            schedules.fires_before_end,
            schedules.exists_every_day,
        ),
        *_each(of(trigger_names), names.trigger_name),
        names.different_names.on(of(lambda triggers: (tuple(trigger_names(triggers)),))),
        *_each(of(_payloads), payloads.is_json, payloads.fits, payloads.no_placeholders, payloads.not_replaced),
        *_each(
            of(_events),
            patterns.not_empty,
            patterns.lists_at_ends,
            patterns.known_matchers,
            patterns.pattern_length,
            patterns.message_fields,
            patterns.matcher_values,
            patterns.pattern_is_json,
            patterns.literal_stars,
        ),
        *_each(
            of(lambda triggers: triggers.queues),
            queues.visibility,
            queues.retention,
            queues.receives,
            queues.message_size,
            queues.not_fifo,
            queues.settings_apply,
            queues.has_dead_letters,
        ),
        queues.message_fits.on(of(lambda triggers: filter(_carried, triggers.queues))),
        queues.one_reader.on(of(lambda triggers: (triggers.queues,))),
        checks_runs.carried.on(of(_messages)),
    )


def _paced(plan: Plan) -> Iterator[schedules.ScheduleWithRuntime]:
    said = plan.retry
    if plan.props.concurrency is not None:  # runs that meet wait or are skipped, as the user said
        return
    known = all(map(is_number, vars(said).values()))
    if not known or retry.attempts.issues(*_retry(plan)) or retry.backoff.issues(*_retry(plan)):
        return  # their own rules tell; what is beyond them would take for ever to add up
    for schedule in plan.triggers.schedules:
        yield schedules.ScheduleWithRuntime(
            schedule=schedule,
            timeout=plan.attempt_timeout,
            attempts=said.task_attempts,
            waits=said.waits(said.task_attempts),
            field="attempt_timeout",
        )


def _growth(plan: Plan) -> Iterator[checks_runs.Growth]:
    growth = plan.props.memory_growth
    if growth is not None:
        yield checks_runs.Growth(
            cpu=plan.size.cpu, memory_limit_mib=plan.size.memory_limit_mib, most=growth.max_memory_limit_mib
        )


def _leases(plan: Plan) -> Iterator[Field]:
    if plan.props.concurrency is not None:
        yield Field("concurrency.limit", plan.props.concurrency.limit)


def _history(plan: Plan) -> Iterator[History]:
    counts = (plan.retry.infrastructure_attempts, plan.retry.task_attempts)
    told = plan.mismatches or retry.attempts.issues(*_retry(plan))
    if not told and all(map(is_number, counts)):  # what cannot be made cannot be measured
        yield longest_history(planned(plan, Places()))


def _carried(queue: QueuePlan) -> bool:
    """Whether the largest message may start a run, if only just; of another the rule on what is carried tells."""
    size = queue.trigger.max_message_size
    return queue.trigger.queue is not None or not is_number(size) or size <= LARGEST_INPUT


def _messages(triggers: TriggerPlans) -> Iterator[Field]:
    for queue in triggers.queues:
        if queue.trigger.queue is None:
            yield Field(f"{queue.path}.max_message_size", queue.trigger.max_message_size)


_PLANNED: tuple[Check[Plan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    times.convertible.on(_times),
    *_each(
        lambda plan: (plan.size,), compute.fargate_cpu, compute.fargate_memory, compute.known_size, compute.within_quota
    ),
    compute.ephemeral_storage.on(_field("ephemeral_storage_gib")),
    *checks_containers.CHECKS,
    *_each(
        _variables,
        environment.variable_name,
        environment.portable_name,
        environment.reserved_name,
        environment.aws_name,
        environment.no_plain_secret,
        environment.possible_value,
    ),
    *_each(_environments, environment.set_once, environment.environment_fits),
    *_each(_retry, retry.attempts, retry.waits, retry.backoff, retry.ordered),
    retry.attempt_timeout.on(_timeout),
    retry.time_to_start.on(lambda plan: (Field("attempt_timeout", plan.attempt_timeout),)),
    retry.fits_into_a_year.on(lambda plan: (_longest_run(plan),)),
    checks_runs.exit_codes.on(_field("exit_codes")),
    checks_runs.growth.on(_growth),
    checks_runs.sessions.on(checks_runs.sessions_of),
    checks_runs.leases.on(_leases),
    checks_runs.history.on(_history),
    *checks_fan_out.CHECKS,
    *checks_data.CHECKS,
    *_trigger_checks(),
    schedules.not_too_fast.on(_paced),
    *of(lambda plan: plan.network, network.CHECKS),
    *given_checks(lambda plan: plan.given, lambda plan: plan.roles, lambda plan: plan.key),
    *_each(_removal, removal.no_snapshot, removal.emptied),
    names.own_id.on(_construct_id),
    names.name_prefix.on(lambda plan: (plan.context.conventions.name_prefix,)),
    names.boundary_name.on(lambda plan: (plan.context.conventions.permissions_boundary,)),
    *_each(_tags, tags.tag_key, tags.tag_value, tags.not_aws, tags.few_tags, tags.differing_keys, tags.required_tags),
    *checks_alarms.CHECKS,
    alarms.logs_end.on(lambda plan: (Field("log_retention", plan.operations.log_retention.name),)),
)
_LATE: tuple[Check[Any], ...] = tuple(late(each) for each in LATE_RULES)


def _only_new(check: Check[Plan]) -> Check[Added]:
    """What a plan breaks with an addition and did not break without it."""

    def run(added: Added) -> list[Issue]:
        before = check.run(added.before)
        return [issue for issue in check.run(added.plan) if issue not in before]

    return Check(rule=check.rule, run=run)


STACK_RULES = ready_stack_rules("processors", "EcsTaskProcessorProps", "image=image")
CHECKS: tuple[Check[Plan], ...] = (*_PLANNED, *_LATE)
ADDED_CHECKS: tuple[Check[Added], ...] = (*map(_only_new, _PLANNED), *_LATE)
"""The same for what is added to a processor that is built already."""

RULES: tuple[Rule[Any], ...] = (
    *{check.rule.code: check.rule for check in CHECKS}.values(),
    *ACKNOWLEDGEMENT_RULES,
    *STACK_RULES.all,
    payloads.names_run,
)
"""Every rule that a task processor is held to, for `naws rules`, `naws explain` and the documentation."""
