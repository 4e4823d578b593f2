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
from naws.core.build.logs import log_group
from naws.core.build.outputs import build_output
from naws.core.build.payloads import payload_prefix, shared_payload_bucket
from naws.core.build.roles import apply_permissions_boundary
from naws.core.build.runs import note_runs
from naws.core.context import PatternContext
from naws.core.homes import home_of_stack
from naws.core.issues import Issue
from naws.core.naming import LIMITS, of_this_stack
from naws.core.pattern.base import Pattern
from naws.core.plans.triggers import TriggerPlans
from naws.core.runs import Runs
from naws.core.stacks import path_of, stack_of
from naws.core.triggers import Trigger
from naws.core.validation import validate
from naws.ecs_task_processor._alarms import build_run_alarms, outcome_metric, started, succeeded_metric
from naws.ecs_task_processor._leases import Watched, build_lease_reaper, build_lease_table
from naws.ecs_task_processor._starters import Starters
from naws.ecs_task_processor._state_machine import Parts, build_state_machine, metric_dimension
from naws.ecs_task_processor._step import build_step
from naws.ecs_task_processor._storage import (
    allow_payloads,
    build_dead_letter_queue,
    build_failure_queue,
    build_status_rule,
)
from naws.ecs_task_processor._synth_checks import Built, add_synth_checks, known_before
from naws.ecs_task_processor._task import Program, build_place, build_task_definition
from naws.ecs_task_processor._triggers import build_event_rule, build_queue, build_schedule
from naws.ecs_task_processor.checks import ADDED_CHECKS, CHECKS
from naws.ecs_task_processor.checks_steps import STEP_CHECKS, Step
from naws.ecs_task_processor.plan import Plan, resolve
from naws.ecs_task_processor.plan_added import Added, with_binding, with_trigger, with_variable
from naws.ecs_task_processor.props import EcsTaskProcessorProps

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
        self._place = build_place(self, plan)
        self._log_group = self._build_logs(plan)
        self._task_definition, self._container = build_task_definition(self, plan, self._log_group)
        self._payloads = shared_payload_bucket(
            self,
            pattern=PATTERN,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
        )
        self._failure_queue = build_failure_queue(self, plan)
        self._dead_letter_queue = build_dead_letter_queue(self, plan)
        parts = Parts(
            place=self._place,
            task=self._task_definition,
            payloads=self._payloads,
            failures=self._failure_queue,
            leases=build_lease_table(self, plan),
        )
        self._state_machine = build_state_machine(self, plan, parts)
        reaper = None if parts.leases is None else build_lease_reaper(self, plan, self._watched(parts.leases))
        self._machines = {"state_machine": self._state_machine, "lease_reaper": reaper}
        allow_payloads(self.task_role, self._payloads, payload_prefix(self), "s3:GetObject")
        build_status_rule(self, plan, self._state_machine, self._failure_queue, self._dead_letter_queue)
        machine_arn, dimension = self._state_machine.state_machine_arn, metric_dimension(self)
        self._alarms = AlarmFactory(self, plan.context, plan.operations, started(machine_arn, dimension))
        reaper_arn = None if reaper is None else reaper.state_machine_arn
        build_run_alarms(self._alarms, dimension, machine_arn, reaper_arn, self._failure_queue)
        self._letters: list[sqs.IQueue] = []
        self._queues: list[sqs.IQueue] = []
        self._schedules: list[scheduler.ISchedule] = []
        self._rules: list[events.IRule] = []
        self._steps: list[tuple[cdk.Stack, str]] = []
        self._starters = Starters(self, self._state_machine)
        self._build_triggers(plan.triggers, self._dead_letter_queue)
        self._program = Program(container=self._container, task_role=self.task_role, connections=self.connections)
        for binding in props.bindings:
            binding.bind(self._program)
        apply_permissions_boundary(self, props.permissions_boundary, plan.context.conventions.permissions_boundary)
        add_synth_checks(self._built())
        self._note_acknowledgements(self._task_definition.node.default_child, **plan.operations.notes)
        build_output(self, "StateMachineArn", machine_arn)
        build_output(self, "LogGroup", self._log_group.log_group_name)
        build_output(self, "FailureQueueUrl", self._failure_queue.queue_url)

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The workflow; start it with an envelope `{"trigger", "id", "time", "payload"}` or with just a payload."""
        return self._state_machine

    @property
    def task_definition(self) -> ecs.FargateTaskDefinition:
        """The task definition; the workflow runs exactly this revision."""
        return self._task_definition

    @property
    def container(self) -> ecs.ContainerDefinition:
        """The container whose exit decides the run."""
        return self._container

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
        return tuple(self._queues)

    @property
    def schedules(self) -> Sequence[scheduler.ISchedule]:
        """The schedules of the schedule triggers, in their order."""
        return tuple(self._schedules)

    @property
    def rules(self) -> Sequence[events.IRule]:
        """The rules of the event triggers, in their order."""
        return tuple(self._rules)

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
        return self._task_definition.task_role

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
        binding.bind(self._program)

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

    def _watched(self, leases: dynamodb.ITable) -> Watched:
        return Watched(
            processor=metric_dimension(self),
            machine=self._state_machine,
            table=leases,
            dead_letters=self._dead_letter_queue,
        )

    def _built(self) -> Built:
        return Built(
            scope=self,
            task=self._task_definition,
            place=self._place,
            topic=self.alarm_topic,
            payloads=self._payloads,
            machines={f"{name}.definition": each for name, each in self._machines.items() if each is not None},
            plan=lambda: self._plan,
            steps=self._steps,
        )

    def _build_logs(self, plan: Plan) -> logs.LogGroup:
        name = plan.names.log_group
        return log_group(
            self,
            "Logs",
            retention=plan.operations.log_retention,
            key=plan.operations.encryption_key,
            removal_policy=plan.operations.removal_policy,
            name=None if name is None else of_this_stack(self, name, LIMITS["log-group"]),
        )

    def _build_triggers(self, plans: TriggerPlans, *dead_letters: sqs.IQueue) -> None:
        letters = [*dead_letters]
        for schedule in plans.schedules:
            made = build_schedule(self, schedule, self._starters, self._dead_letter_queue)
            self._schedules.append(made)
            self._alarms.did_not_run(schedule, made.schedule_name)
        for event in plans.events:
            self._rules.append(build_event_rule(self, event, self._starters, self._dead_letter_queue))
        for queue in plans.queues:
            source = build_queue(self, queue, self._plan, self._starters)
            self._queues.append(source.queue)
            build_output(self, f"Queue{queue.number}Url", source.queue.queue_url)
            self._alarms.oldest_message(queue.number, source.queue)
            letters += [] if source.dead_letters is None else [source.dead_letters]
        self._alarms.could_not_start(*letters)
        self._letters += letters
        self._note_runs()

    def _note_runs(self) -> None:
        runs = Runs(
            pattern=PATTERN,
            path=path_of(self),
            kind="workflow",
            failure_queue=self._failure_queue.queue_arn,
            dead_letter_queues=[each.queue_arn for each in self._letters],
            log_group=self._log_group.log_group_name,
            schedules=[each.schedule_arn for each in self._schedules],
            rules=[each.rule_arn for each in self._rules],
            queues=[each.queue_arn for each in self._queues if stack_of(each) is stack_of(self)],
        )
        note_runs(cast("sfn.CfnStateMachine", self._state_machine.node.default_child), runs)

    def _admit(self, added: Added) -> None:
        verdict = validate(self.node.path, added, ADDED_CHECKS, added.acknowledge)
        self._plan = added.plan
        self._accept(verdict)
