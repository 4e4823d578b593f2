"""EcsTaskProcessor: a container that runs once from a trigger, does its data work and terminates."""

from collections.abc import Iterable, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core import PatternContext
from naws.core.authoring import (
    HorizontalLine,
    Inspection,
    StateMachineTarget,
    TaskPattern,
    TriggeredPattern,
    Widget,
    WorkflowPattern,
    allow_payloads,
    asked,
    build_failure_queue,
    build_output,
    goes_with_stack,
    insights_on,
    keep_unhandled_ends,
    node_of,
    payload_prefix,
    queue_arn,
    queue_url,
    shared_payload_bucket,
    with_providers,
)
from naws.ecs_task_processor._alarms import build_run_alarms, outcome_metric, succeeded_metric
from naws.ecs_task_processor._dashboard import attempt_graphs, size_widgets, time_lines
from naws.ecs_task_processor._leases import build_lease_reaper, build_lease_table
from naws.ecs_task_processor._state_machine import build_state_machine, metric_dimension
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS
from naws.ecs_task_processor.plan import Plan, resolve
from naws.ecs_task_processor.props import EcsTaskProcessorProps
from naws.ecs_task_processor.workflow.fan_out import CHILDREN
from naws.ecs_task_processor.workflow.reaper import HANDLED_ERRORS

_PROVIDERS = {"spot": ("FARGATE_SPOT",), "spot-then-on-demand": ("FARGATE_SPOT", "FARGATE")}
"""The capacity providers that a run names."""


class EcsTaskProcessor(TriggeredPattern, TaskPattern, WorkflowPattern):
    """One container, one entry point, started by a time, an event, a queue message or a person; it ends when done.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is; only the image has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "ecs-task-processor"
    checks = CHECKS
    synth_checks = SYNTH_CHECKS
    synth_levels = SYNTH_LEVELS
    judges_roles = False
    _plan: Plan

    def __init__(self, scope: Construct, construct_id: str, props: EcsTaskProcessorProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: EcsTaskProcessorProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        self._build_task(plan)
        self._payloads = shared_payload_bucket(self, plan.operations, self.pattern_name)
        self._failure_queue = build_failure_queue(self, plan.operations, plan.context)
        dead_letters = self._build_dead_letters(plan)
        leases = build_lease_table(self, plan)
        machine, own = build_state_machine(
            self,
            plan,
            network=self._network,
            cluster=self._cluster,
            task=self._task,
            payloads=self._payloads,
            failures=self._failure_queue,
            leases=leases,
        )
        if self._providers() and (providers := with_providers(self, self._cluster)):
            node_of(machine).add_dependency(*providers)
        arn, processor = asked(machine, "state_machine_arn"), metric_dimension(self)
        reaper = build_lease_reaper(
            self, plan, processor=processor, machine=machine, table=leases, dead_letters=dead_letters
        )
        resource = self._run_by(machine, **({} if reaper is None else {"lease_reaper": reaper}))
        allow_payloads(self.task_role, self._payloads, payload_prefix(self), "s3:GetObject")
        machines = [arn] if plan.props.fan_out is None else [arn, f"{arn}/{CHILDREN}"]
        keep_unhandled_ends(self, machines, HANDLED_ERRORS, failures=self._failure_queue, dead_letters=dead_letters)
        target = StateMachineTarget(arn=arn, ready=(own,))
        alarms = self._build_alarms(plan, target, lambda trigger: succeeded_metric(processor, trigger))
        build_run_alarms(alarms, processor, reaper, self._failure_queue)
        log_group, failures = self._log_group.log_group_name, self._failure_queue
        self._build_triggers(plan, resource, failure_queue=queue_arn(failures), log_group=log_group)
        self._build_program(plan)
        build_output(self, "StateMachineArn", arn)
        build_output(self, "LogGroup", log_group)
        build_output(self, "FailureQueueUrl", queue_url(failures))
        return self._task.resource

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """Times and events that could not start a run; a queue trigger has a dead-letter queue of its own."""
        return self._dead_letters.queue  # pyright: ignore[reportReturnType]  # jsii renames parameters

    @property
    def failure_queue(self) -> sqs.IQueue:
        """Runs that exhausted their attempts."""
        return self._failure_queue

    def metric_runs_succeeded_by(self, trigger: str, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Runs that succeeded and were started by `trigger`: `schedule-1`, `event`, `queue` or `manual`."""
        return succeeded_metric(metric_dimension(self), trigger).of_cdk(period=period)

    def metric_attempts_not_succeeded(self, outcome: str, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Attempts by `outcome`: `Failed`, `OutOfMemory`, `TimedOut`, `Stopped`, `NotStarted` or `Denied`."""
        return outcome_metric(metric_dimension(self), outcome).of_cdk(period=period)

    @property
    def _time_lines(self) -> Sequence[HorizontalLine]:
        return time_lines(self._plan)

    def _widgets(self) -> Sequence[Widget]:
        plan, insights = self._plan, insights_on(self._plan.network.cluster)
        cluster, family = asked(self._cluster, "cluster_name"), asked(self._task.definition, "family")
        own = attempt_graphs(plan, metric_dimension(self))
        return [*super()._widgets(), *own, *size_widgets(plan, cluster, family, insights=insights)]

    @property
    def _longest(self) -> float:
        return self._plan.runs.execution_timeout

    def _providers(self) -> Sequence[str]:
        return _PROVIDERS.get(self._plan.props.capacity, ())

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        views, bucket = super()._views(inspection), self._payloads
        if self._plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY:
            return {**views, "buckets": ()}  # the rule on removal_policy has reported it
        return {**views, "buckets": [inspection.once("bucket", bucket, lambda: goes_with_stack(bucket))]}
