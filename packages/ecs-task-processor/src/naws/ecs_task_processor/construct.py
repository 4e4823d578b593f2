"""EcsTaskProcessor: a container that runs once from a trigger, does its data work and terminates."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.failures import build_failure_queue, keep_unhandled_ends
from naws.core.build.outputs import build_output
from naws.core.build.payloads import allow_payloads, payload_prefix, shared_payload_bucket
from naws.core.build.queues import queue_arn, queue_url
from naws.core.build.starting import StateMachineTarget
from naws.core.context import PatternContext
from naws.core.issues import Issue
from naws.core.pattern.subjects import foreseen_issues
from naws.core.pattern.tasks import TaskPattern
from naws.core.pattern.triggered import TriggeredPattern
from naws.core.pattern.workflow import WorkflowPattern
from naws.core.runs import Runs
from naws.core.stacks import path_of, stack_of
from naws.ecs_task_processor._alarms import build_run_alarms, outcome_metric, started, succeeded_metric
from naws.ecs_task_processor._inspection import Processor, check_at_synthesis
from naws.ecs_task_processor._leases import build_lease_reaper, build_lease_table
from naws.ecs_task_processor._state_machine import build_state_machine, metric_dimension
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.checks_synth import SYNTH_LEVELS
from naws.ecs_task_processor.plan import Plan, resolve
from naws.ecs_task_processor.props import EcsTaskProcessorProps
from naws.ecs_task_processor.workflow import CHILDREN, HANDLED_ERRORS


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
    synth_levels = SYNTH_LEVELS
    _plan: Plan

    def __init__(self, scope: Construct, construct_id: str, props: EcsTaskProcessorProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: EcsTaskProcessorProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    @classmethod
    def foreseen(cls, plan: Plan) -> Sequence[Issue]:
        """What CDK knows of the given images, roles and topic."""
        return foreseen_issues(plan.task, plan.operations, plan.props.acknowledge)

    def _build(self, plan: Plan) -> None:
        self._build_task(plan, plan.names.log_group)
        self._payloads = shared_payload_bucket(
            self,
            pattern=self.pattern_name,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
        )
        self._failure_queue = build_failure_queue(self, plan.operations, plan.names.failure_queue)
        letters = self._build_dead_letters(plan, plan.names.dead_letter_queue)
        leases = build_lease_table(self, plan)
        machine, own = build_state_machine(
            self,
            plan,
            place=self._place,
            task=self._task,
            payloads=self._payloads,
            failures=self._failure_queue,
            leases=leases,
        )
        self._run_by(machine)
        reaper = None if leases is None else self._build_reaper(plan, leases)
        allow_payloads(self.task_role, self._payloads, payload_prefix(self), "s3:GetObject")
        machine_arn, dimension = machine.state_machine_arn, metric_dimension(self)
        machines = [machine_arn] if plan.props.fan_out is None else [machine_arn, f"{machine_arn}/{CHILDREN}"]
        keep_unhandled_ends(self, machines, HANDLED_ERRORS, failures=self._failure_queue, dead_letters=letters)
        alarms = self._build_alarms(plan, started(machine_arn, dimension))
        reaper_arn = None if reaper is None else reaper.state_machine_arn
        build_run_alarms(alarms, dimension, machine_arn, reaper_arn, self._failure_queue)
        resource = cast("sfn.CfnStateMachine", machine.node.default_child)
        target = StateMachineTarget(arn=machine_arn, ready=(own,))
        self._build_triggers(plan, target, self._runs(), noted_on=resource)
        self._build_program(plan, self._build_host())
        self._bound_roles(plan.props.permissions_boundary)
        processor = Processor(
            scope=self,
            parent=self._scope,
            stack=stack_of(self),
            task=self._task,
            place=self._place,
            topic=self.alarm_topic,
            payloads=self._payloads,
            machine=resource,
            reaper=reaper,
            plan=lambda: self._plan,
            steps=self._steps,
        )
        check_at_synthesis(processor)
        self._note_acknowledgements(self._task.resource, **plan.operations.notes)
        build_output(self, "StateMachineArn", machine_arn)
        build_output(self, "LogGroup", self._log_group_name)
        build_output(self, "FailureQueueUrl", queue_url(self._failure_queue))

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

    def _runs(self) -> Runs:
        return Runs(
            pattern=self.pattern_name,
            path=path_of(self),
            kind="workflow",
            failure_queue=queue_arn(self._failure_queue),
            log_group=self._log_group_name,
        )

    def _build_reaper(self, plan: Plan, leases: dynamodb.ITable) -> sfn.StateMachine:
        return build_lease_reaper(
            self,
            plan,
            processor=metric_dimension(self),
            machine=self._state_machine,
            table=leases,
            dead_letters=self._dead_letter_queue,
        )
