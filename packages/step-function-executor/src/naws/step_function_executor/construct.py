"""StepFunctionExecutor: a workflow of states, started by a time, an event, a message or a person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core import PatternContext, Trigger
from naws.core.authoring import (
    BoundPattern,
    HorizontalLine,
    Inspection,
    StateMachineTarget,
    TriggeredPattern,
    Twice,
    Widget,
    WorkflowPattern,
    asked,
    build_failure_queue,
    build_output,
    guided,
    keep_unhandled_ends,
    queue_arn,
    queue_url,
    role_resources,
    role_trusts,
    role_view,
    validate,
)
from naws.step_function_executor._alarms import build_run_alarms, successes_of
from naws.step_function_executor._dashboard import redrive_graphs, time_lines
from naws.step_function_executor._host import WorkflowHost
from naws.step_function_executor._state_machine import Workflow, build_workflow
from naws.step_function_executor.checks import CHECKS
from naws.step_function_executor.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS
from naws.step_function_executor.checks_workflow import step_of_express
from naws.step_function_executor.plan import Plan, resolve, twice_given
from naws.step_function_executor.props import StepFunctionExecutorProps


class StepFunctionExecutor(TriggeredPattern, BoundPattern, WorkflowPattern):
    """A workflow whose states are other patterns and services of AWS; its failures are kept and can be redriven.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is; only the definition has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "step-function-executor"
    checks = CHECKS
    synth_checks = SYNTH_CHECKS
    synth_levels = SYNTH_LEVELS
    _plan: Plan
    _workflow: Workflow
    _failure_queue: sqs.Queue | None = None
    _role_resources: Sequence[cdk.CfnResource] = ()

    def __init__(self, scope: Construct, construct_id: str, props: StepFunctionExecutorProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: StepFunctionExecutorProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        self._workflow = made = build_workflow(self, plan)
        resource, arn = self._run_by(made.machine), asked(made.machine, "state_machine_arn")
        kept = self._keep_failures(plan, arn)
        log_group = asked(made.log_group, "log_group_name")
        target = StateMachineTarget(arn=arn, ready=made.ready, log_group=log_group if plan.workflow.express else "")
        alarms = self._build_alarms(plan, target, lambda _: successes_of(self._plan, arn))
        build_run_alarms(alarms, plan, self._failure_queue)
        # Whoever repeats all of it would repeat the states that succeeded; AWS redrives none of EXPRESS.
        redrive = None if plan.workflow.express else "execution"
        self._build_triggers(plan, resource, redrive=redrive, **kept, log_group=log_group)
        self._build_program(plan)
        build_output(self, "StateMachineArn", arn)
        build_output(self, "LogGroup", log_group)
        if self._failure_queue is not None:
            build_output(self, "FailureQueueUrl", queue_url(self._failure_queue))
        return resource

    def _keep_failures(self, plan: Plan, arn: str) -> Mapping[str, str]:
        """The queue and the rule that keep every end but success; Step Functions sends no events of EXPRESS.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
        """
        if plan.workflow.express:
            return {}
        self._failure_queue = queue = build_failure_queue(self, plan.operations, plan.context)
        keep_unhandled_ends(self, [arn], None, failures=queue, dead_letters=self._build_dead_letters(plan))
        return {"failure_queue": queue_arn(queue)}

    @property
    def role(self) -> iam.IRole:
        """The role that the states work as."""
        return self._workflow.role

    @property
    def log_group(self) -> logs.ILogGroup:
        """The events of executions that are logged."""
        return self._workflow.log_group  # pyright: ignore[reportReturnType]  # jsii renames parameters

    @property
    def failure_queue(self) -> sqs.IQueue | None:
        """Runs that failed, were aborted or timed out: events that are an index of the history. None: EXPRESS."""
        return self._failure_queue  # pyright: ignore[reportReturnType]  # jsii renames parameters

    def grant_redrive_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` go on with runs from the state that failed."""
        return self._workflow.machine.grant_redrive_execution(grantee)

    def add_trigger(self, trigger: Trigger, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Add a trigger, by which runs are started, too; see `TriggeredPattern.add_trigger`."""
        without = not self._plan.triggers.queues
        super().add_trigger(trigger, acknowledge=acknowledge)
        if without and self._plan.triggers.queues:
            self._workflow.read_messages(self)

    def as_step(  # noqa: PLR0913  # the fields of a state
        self,
        scope: Construct,
        construct_id: str,
        *,
        payload: Any = None,
        run_id: str | None = None,
        outputs: Any = None,
        assign: Mapping[str, Any] | None = None,
    ) -> tasks.StepFunctionsStartExecution:
        """A state that runs this workflow inside another and waits for its end; see `WorkflowPattern.as_step`.

        Raises:
            PatternValidationError: also for EXPRESS, which a state cannot wait for.
        """
        with guided(self.guide_url):
            validate(self.node.path, self._plan.workflow, (step_of_express.on(lambda workflow: (workflow,)),), {})
        fields = {"outputs": outputs, "assign": assign}
        return super().as_step(scope, construct_id, payload=payload, run_id=run_id, **fields)

    @property
    def _time_lines(self) -> Sequence[HorizontalLine]:
        return time_lines(self._plan)

    def _widgets(self) -> Sequence[Widget]:
        arn = asked(self._workflow.machine, "state_machine_arn")
        return [*super()._widgets(), *redrive_graphs(self._plan, arn)]

    @property
    def _longest(self) -> float:
        return self._plan.workflow.longest

    def _twice(self) -> Sequence[Twice]:
        return twice_given(self._plan)

    def _host(self) -> WorkflowHost:
        return WorkflowHost(role=self._workflow.role, rights=self._workflow.rights)

    def _resources(self) -> list[cdk.CfnResource]:
        made = self._workflow
        self._role_resources = role_resources(made.role, *(() if self._plan.props.role is None else (made.rights,)))
        return [*super()._resources(), *self._role_resources]

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        return {
            **super()._views(inspection),
            "trusts": role_trusts({"role": self._plan.props.role}, "states.amazonaws.com"),
            "role": [role_view("role", map(inspection.properties, self._role_resources))],
        }
