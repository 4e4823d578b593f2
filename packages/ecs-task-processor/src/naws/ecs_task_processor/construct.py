"""EcsTaskProcessor: a container that runs once from a trigger, does its data work and terminates."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core.bindings import Binding
from naws.core.build.alarms import AlarmFactory
from naws.core.build.failures import build_dead_letter_queue, build_failure_queue, keep_unhandled_ends
from naws.core.build.logs import log_group
from naws.core.build.outputs import build_output
from naws.core.build.payloads import allow_payloads, payload_prefix, shared_payload_bucket
from naws.core.build.queues import queue_arn
from naws.core.build.roles import apply_permissions_boundary
from naws.core.build.runs import note_runs
from naws.core.build.starting import StateMachineTarget
from naws.core.build.task import build_task
from naws.core.build.task_host import TaskHost
from naws.core.build.triggers import Triggers
from naws.core.context import PatternContext
from naws.core.homes import home_of_stack
from naws.core.issues import Issue
from naws.core.naming import LIMITS, of_this_stack
from naws.core.pattern.base import Pattern
from naws.core.pattern.image_inspection import missing_folders_as_issues
from naws.core.plans.triggers import TriggerPlans
from naws.core.runs import Runs
from naws.core.stacks import path_of, stack_of
from naws.core.triggers import Trigger
from naws.core.validation import validate
from naws.ecs_task_processor._alarms import build_run_alarms, outcome_metric, started, succeeded_metric
from naws.ecs_task_processor._inspection import Processor, check_at_synthesis, known_before
from naws.ecs_task_processor._leases import build_lease_reaper, build_lease_table
from naws.ecs_task_processor._state_machine import build_state_machine, metric_dimension
from naws.ecs_task_processor._step import build_step
from naws.ecs_task_processor._task import build_place
from naws.ecs_task_processor.checks import ADDED_CHECKS, CHECKS
from naws.ecs_task_processor.checks_steps import STEP_CHECKS, Step
from naws.ecs_task_processor.checks_synth import SYNTH_LEVELS
from naws.ecs_task_processor.plan import Plan, resolve
from naws.ecs_task_processor.plan_added import Added, with_binding, with_trigger, with_variable
from naws.ecs_task_processor.props import EcsTaskProcessorProps
from naws.ecs_task_processor.workflow import CHILDREN, HANDLED_ERRORS

PATTERN = "ecs-task-processor"


@jsii.implements(ec2.IConnectable)
class EcsTaskProcessor(Pattern):
    """One container, one entry point, started by a time, an event, a queue message or a person; it ends when done.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is; only the image has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = PATTERN
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
        return known_before(plan)

    def _build(self, plan: Plan) -> None:
        props = plan.props
        self._place = build_place(self, plan.network, plan.context.construct_id)
        self._log_group = self._build_logs(plan)
        with missing_folders_as_issues(plan.context.path, plan.task):
            self._task = build_task(self, plan.task, log_group=self._log_group, account=plan.context.account)
        self._payloads = shared_payload_bucket(
            self,
            pattern=PATTERN,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
        )
        self._failure_queue = build_failure_queue(self, plan.operations, plan.names.failure_queue)
        self._dead_letter_queue = build_dead_letter_queue(self, plan.operations, plan.names.dead_letter_queue)
        leases = build_lease_table(self, plan)
        self._state_machine = build_state_machine(
            self,
            plan,
            place=self._place,
            task=self.task_definition,
            payloads=self._payloads,
            failures=self._failure_queue,
            leases=leases,
        )
        reaper = None if leases is None else self._build_reaper(plan, leases)
        self._machines = {"state_machine": self._state_machine, "lease_reaper": reaper}
        allow_payloads(self.task_role, self._payloads, payload_prefix(self), "s3:GetObject")
        machine_arn, dimension = self._state_machine.state_machine_arn, metric_dimension(self)
        machines = [machine_arn] if props.fan_out is None else [machine_arn, f"{machine_arn}/{CHILDREN}"]
        letters = self._dead_letter_queue
        keep_unhandled_ends(self, machines, HANDLED_ERRORS, failures=self._failure_queue, dead_letters=letters)
        self._alarms = AlarmFactory(self, plan.context, plan.operations, started(machine_arn, dimension))
        reaper_arn = None if reaper is None else reaper.state_machine_arn
        build_run_alarms(self._alarms, dimension, machine_arn, reaper_arn, self._failure_queue)
        self._steps: list[tuple[cdk.Stack, str]] = []
        target = StateMachineTarget(machine=self._state_machine, arn=machine_arn)
        self._triggers = Triggers(self, target, plan.operations, letters)
        self._build_triggers(plan.triggers, letters)
        self._program = TaskHost(
            task=self.task_definition,
            container=self.container,
            task_role=self.task_role,
            connections=self.connections,
        )
        for needs in plan.program.needs:
            self._program.take(needs)
        apply_permissions_boundary(self, props.permissions_boundary, plan.context.conventions.permissions_boundary)
        check_at_synthesis(self._processor())
        self._note_acknowledgements(self._task.resource, **plan.operations.notes)
        self._build_outputs(machine_arn)

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The workflow; start it with an envelope `{"trigger", "id", "time", "payload"}` or with just a payload."""
        return self._state_machine

    @property
    def task_definition(self) -> ecs.FargateTaskDefinition:
        """The task definition; the workflow runs exactly this revision."""
        return self._task.definition

    @property
    def container(self) -> ecs.ContainerDefinition:
        """The container whose exit decides the run."""
        return self._task.container

    @property
    def cluster(self) -> ecs.ICluster:
        """Where the task runs."""
        return self._place.cluster

    @property
    def vpc(self) -> ec2.IVpc:
        """The network of the task."""
        return self._place.vpc

    @property
    def connections(self) -> ec2.Connections:
        """The task's place in the network; `connections.allow_to(…)` opens a way out."""
        return self._place.connections

    @property
    def log_group(self) -> logs.ILogGroup:
        """What the containers print; one stream per container and task."""
        return self._log_group

    @property
    def failure_queue(self) -> sqs.IQueue:
        """Runs that exhausted their attempts."""
        return self._failure_queue

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """Times and events that could not start a run; a queue trigger has a dead-letter queue of its own."""
        return self._dead_letter_queue

    @property
    def queues(self) -> Sequence[sqs.IQueue]:
        """The queues of the queue triggers, in their order."""
        return self._triggers.queues

    @property
    def schedules(self) -> Sequence[scheduler.ISchedule]:
        """The schedules of the schedule triggers, in their order."""
        return self._triggers.schedules

    @property
    def rules(self) -> Sequence[events.IRule]:
        """The rules of the event triggers, in their order."""
        return self._triggers.rules

    @property
    def alarms(self) -> Sequence[cloudwatch.IAlarm]:
        """Every alarm, for composite alarms and dashboards.

        They are made from data: what CDK's interface does not have, such as another action, is set on the resource,
        `processor.node.find_child("FailedWork")`, which is a `cloudwatch.CfnAlarm`.
        """
        return self._alarms.alarms

    @property
    def alarm_topic(self) -> sns.ITopic | None:
        """Where alarms are sent; None with `NoAlarms`."""
        return self._alarms.topic

    @property
    def task_role(self) -> iam.IRole:
        """The program's role; grant it what the program needs and no binding covers."""
        return self._task.task_role

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` start runs."""
        return self._state_machine.grant_start_execution(grantee)

    def as_step(
        self, scope: Construct, construct_id: str, *, payload: Any = None, run_id: str | None = None
    ) -> tasks.StepFunctionsStartExecution:
        """A state that runs this processor inside somebody else's workflow and waits for its end.

        It speaks JSONata, which a JSONPath workflow may hold too. The run belongs to its caller: a run that fails fails
        the state with `States.TaskFailed` and is counted like every other, but it is not kept here; who redrives the
        caller repeats the run under its id.

        Args:
            scope: parent of the state, in a stack of the processor's account and region.
            construct_id: the state's id, unique in its workflow.
            payload: what the task gets, JSON of at most 250,000 bytes; JSONata expressions in it are evaluated there.
                Omitted: the state's input. An expression keeps 15 digits of a number, of the state's input, too: one
                with more is exact as text, or written here as a number.
            run_id: the run's id, a text or a JSONata expression such as `"{% $states.input.order %}"`. Omitted: the
                calling execution, the state, and of a map the item's index, so that a retry and a redrive ask for the
                same run. In a loop, or a map in a map, give one: every turn would have the same.

        Raises:
            PatternValidationError: with all that is wrong with `payload`, `run_id` and where `scope` lives; nothing has
                been built then.
        """
        stack = cdk.Stack.of(scope)
        caller = home_of_stack(stack.account, stack.region)
        step = Step(payload=payload, run_id=run_id, caller=caller, here=self._plan.context.home)
        validate(self.node.path, step, STEP_CHECKS, {})
        if run_id is None:
            self._steps.append((stack, construct_id))
        return build_step(scope, construct_id, self._state_machine, payload=payload, run_id=run_id)

    def add_environment(self, name: str, value: str, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program an environment variable; held to the rules of `environment`, like `add_trigger`."""
        self._admit(with_variable(self._plan, "environment", name, value, acknowledge))
        self._program.add_environment(name, value)

    def add_secret(self, name: str, secret: ecs.Secret, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Give the program a variable that ECS fills in when the task starts; held to the rules of `secrets`."""
        self._admit(with_variable(self._plan, "secrets", name, secret, acknowledge))
        self._program.add_secret(name, secret)

    def add_binding(self, binding: Binding, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Let the program use another data source; held to the rules of `bindings`, like `add_trigger`."""
        self._admit(with_binding(self._plan, binding, acknowledge))
        self._program.take(self._plan.program.needs[-1])

    def add_trigger(self, trigger: Trigger, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Start runs by something more.

        Args:
            trigger: what starts them.
            acknowledge: `{code: reason}` for practices that this trigger breaks on purpose. Omitted: none.

        Raises:
            PatternValidationError: with every limit and practice that the processor breaks with this trigger and did
                not break before; nothing has been built then.
        """
        added = with_trigger(self._plan, trigger, acknowledge)
        self._admit(added)
        self._build_triggers(added.triggers)

    def metric_runs_started(self, **options: Any) -> cloudwatch.Metric:
        """Runs that began; options as for `cloudwatch.Metric`."""
        return self._state_machine.metric_started(**options)

    def metric_runs_succeeded(self, **options: Any) -> cloudwatch.Metric:
        """Runs whose task ended well."""
        return self._state_machine.metric_succeeded(**options)

    def metric_runs_failed(self, **options: Any) -> cloudwatch.Metric:
        """Runs with no attempt left."""
        return self._state_machine.metric_failed(**options)

    def metric_run_time(self, **options: Any) -> cloudwatch.Metric:
        """Milliseconds from the start of a run to its end, waits between attempts included."""
        return self._state_machine.metric_time(**options)

    def metric_runs_succeeded_by(self, trigger: str, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Runs that succeeded and were started by `trigger`: `schedule-1`, `event`, `queue` or `manual`."""
        return succeeded_metric(metric_dimension(self), trigger).of_cdk(period=period)

    def metric_attempts_not_succeeded(self, outcome: str, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Attempts by `outcome`: `Failed`, `OutOfMemory`, `TimedOut`, `Stopped`, `NotStarted` or `Denied`."""
        return outcome_metric(metric_dimension(self), outcome).of_cdk(period=period)

    def _build_reaper(self, plan: Plan, leases: dynamodb.ITable) -> sfn.StateMachine:
        return build_lease_reaper(
            self,
            plan,
            processor=metric_dimension(self),
            machine=self._state_machine,
            table=leases,
            dead_letters=self._dead_letter_queue,
        )

    def _processor(self) -> Processor:
        machines = {f"{name}.definition": each for name, each in self._machines.items() if each is not None}
        return Processor(
            scope=self,
            parent=self._scope,
            stack=stack_of(self),
            task=self._task,
            place=self._place,
            topic=self.alarm_topic,
            payloads=self._payloads,
            machines={name: cast("sfn.CfnStateMachine", each.node.default_child) for name, each in machines.items()},
            plan=lambda: self._plan,
            steps=self._steps,
        )

    def _build_logs(self, plan: Plan) -> logs.LogGroup:
        name = plan.names.log_group
        group = log_group(
            self,
            "Logs",
            retention=plan.operations.log_retention,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
            name=None if name is None else of_this_stack(self, name, LIMITS["log-group"]),
        )
        self._log_group_name = group.log_group_name
        return group

    def _build_outputs(self, machine_arn: str) -> None:
        build_output(self, "StateMachineArn", machine_arn)
        build_output(self, "LogGroup", self._log_group_name)
        build_output(self, "FailureQueueUrl", self._failure_queue.queue_url)

    def _build_triggers(self, plans: TriggerPlans, *dead_letters: sqs.IQueue) -> None:
        built = self._triggers.build(plans)
        for schedule in built.schedules:
            self._alarms.did_not_run(schedule.plan, schedule.name)
        for source in built.queues:
            build_output(self, f"Queue{source.number}Url", source.queue.queue_url)
            self._alarms.oldest_message(source.number, source.queue)
        letters = [source.dead_letters for source in built.queues if source.dead_letters is not None]
        self._alarms.could_not_start(*dead_letters, *letters)
        runs = Runs(
            pattern=PATTERN,
            path=path_of(self),
            kind="workflow",
            failure_queue=queue_arn(self._failure_queue),
            log_group=self._log_group_name,
        )
        machine = cast("sfn.CfnStateMachine", self._state_machine.node.default_child)
        note_runs(machine, self._triggers.noted_in(runs))

    def _admit(self, added: Added) -> None:
        verdict = validate(self.node.path, added, ADDED_CHECKS, added.acknowledge, SYNTH_LEVELS)
        self._plan = added.plan
        self._accept(verdict)
