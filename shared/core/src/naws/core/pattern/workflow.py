"""The base of patterns whose runs are executions of a state machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core.bindings import WorkflowBinding
from naws.core.build.dashboards import HorizontalLine, Widget
from naws.core.build.graphs import run_graphs
from naws.core.build.steps import build_step, repeated_steps
from naws.core.checks.steps import STEP_CHECKS, Step
from naws.core.homes import home_of_stack
from naws.core.pattern.base import Pattern
from naws.core.pattern.inspection import Inspection
from naws.core.pattern.workflow_inspection import workflow_aliases, workflow_statements
from naws.core.rules.asl_machine import definition_in
from naws.core.rules.workflow import Twice, Workflow
from naws.core.stacks import asked, id_of, made_in, node_of
from naws.core.validation import guided, validate


class WorkflowPattern(Pattern):
    """A pattern whose runs are executions. Its `_build` calls `_run_by`."""

    judges_roles: ClassVar[bool] = True
    """Whether the role of each of its state machines is read, for the permissions that its steps need.

    A pattern that writes its definition itself, and whose tests hold its permissions, spares the calls into Node.
    """
    _state_machine: sfn.StateMachine
    _made: Mapping[str, sfn.StateMachine]
    _machines: Mapping[str, sfn.CfnStateMachine]
    _steps: list[tuple[cdk.Stack, str]]

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The workflow; start it with an envelope `{"trigger", "id", "time", "payload"}` or with just a payload."""
        return self._state_machine

    def grant_start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` start runs."""
        return self._state_machine.grant_start_execution(grantee)

    def binding(self) -> WorkflowBinding:
        """Lets a program of another pattern start runs; a pattern in its `bindings` stands for this.

        The variable is named by this construct's id: `<ID>_STATE_MACHINE_ARN`.
        """
        return WorkflowBinding(self._state_machine, name=id_of(self))

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
        """A state that runs this pattern inside somebody else's workflow and waits for its end.

        It speaks JSONata, which a JSONPath workflow may hold too. The run belongs to its caller: a run that fails fails
        the state with `States.TaskFailed` and is counted like every other, but it is not kept here; who redrives the
        caller repeats the run under its id.

        Args:
            scope: parent of the state, in a stack of the pattern's account and region.
            construct_id: the state's id, unique in its workflow.
            payload: what the task gets, JSON of at most 250,000 bytes; JSONata expressions in it are evaluated there.
                Omitted: the state's input. An expression keeps 15 digits of a number, of the state's input, too: one
                with more is exact as text, or written here as a number.
            run_id: the run's id, a text or a JSONata expression such as `"{% $states.input.order %}"`. Omitted: the
                calling execution, the state, and of a map the item's index, so that a retry and a redrive ask for the
                same run. In a loop, or a map in a map, give one: every turn would have the same.
            outputs: the state's output, JSON in which expressions are evaluated; `$states.result` is the end of the
                run, with what it gave in `Output`. Omitted: the end of the run.
            assign: variables for the states that follow, each with its value, in which expressions are evaluated as in
                `outputs`. Omitted: none.

        Raises:
            PatternValidationError: with all that is wrong with these and where `scope` lives; nothing has been built
                then.
        """
        stack = cdk.Stack.of(scope)
        caller = home_of_stack(stack.account, stack.region)
        here, fields = self._plan.context.home, {"outputs": outputs, "assign": assign}
        step = Step(payload=payload, run_id=run_id, caller=caller, here=here, **fields)
        with guided(self.guide_url):
            validate(self.node.path, step, STEP_CHECKS, {})
        if run_id is None:
            self._steps.append((stack, construct_id))
        machine, longest = self._state_machine, self._longest
        return build_step(scope, construct_id, machine, payload=payload, run_id=run_id, longest=longest, **fields)

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

    @property
    def _time_lines(self) -> Sequence[HorizontalLine]:
        """What the time of a run stands against on a dashboard, in milliseconds."""
        return ()

    def _widgets(self) -> Sequence[Widget]:
        arn = asked(self._state_machine, "state_machine_arn")
        return [*super()._widgets(), *run_graphs(arn, self._time_lines)]

    @property
    def _longest(self) -> float | None:
        """Seconds that a run may take; None when nobody knows."""
        return None

    def _run_by(self, machine: sfn.StateMachine, **more: sfn.StateMachine) -> sfn.CfnStateMachine:
        """Keep the state machine of the runs, and `more` beside it, by what issues call them; return its resource."""
        self._state_machine = machine
        # The stacks and the ids of those steps of other workflows that do not name their run.
        self._steps = []
        self._made = {"state_machine": machine, **more}
        self._machines = {
            name: made_in(cast("sfn.CfnStateMachine", asked(node_of(each), "default_child")), each)
            for name, each in self._made.items()
        }
        return self._machines["state_machine"]

    def _resources(self) -> list[cdk.CfnResource]:
        return [*super()._resources(), *self._machines.values()]

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        workflows = list(self._workflows(inspection))
        return {
            **super()._views(inspection),
            "steps": repeated_steps(self._steps),
            "definitions": [each.definition for each in workflows],
            "workflows": workflows,
        }

    def _workflows(self, inspection: Inspection) -> Iterator[Workflow]:
        """Its state machines as they will be deployed; those whose definition nobody can read yet are left out."""
        for name, machine in self._machines.items():
            main, properties = name == "state_machine", inspection.properties(machine)
            spelt = "" if main else f"{name}."
            definition = definition_in(properties, spelt)
            if definition is not None:
                yield Workflow(
                    definition=definition,
                    properties=properties,
                    machine=spelt,
                    statements=self._statements(inspection, name),
                    triggered=main and bool(getattr(self._plan.props, "triggers", ())),
                    twice=self._twice() if main else (),
                    aliases=workflow_aliases(inspection) if main else (),
                )

    def _statements(self, inspection: Inspection, name: str) -> Sequence[Mapping[str, Any]] | None:
        """What the role of a state machine may do; None when that is not known, or not to be judged."""
        properties = inspection.properties(self._machines[name])
        return workflow_statements(inspection, self._made[name], properties) if self.judges_roles else None

    def _twice(self) -> Sequence[Twice]:
        """What is given to the pattern and stands in its definition, too."""
        return ()
