"""A run as one step of somebody else's workflow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core.json_text import json_fields, json_literal
from naws.core.rules.asl_machine import definition_of
from naws.core.rules.repeated_steps import RepeatedStep, repeated
from naws.core.units import duration

_MARGIN = 60
"""Seconds."""
_CALLER = "$states.context.Execution.Id"
_RUN_ID = (
    f"{{% {_CALLER} & '/' & $states.context.State.Name"
    " & ($exists($states.context.Map.Item.Index) ? '#' & $string($states.context.Map.Item.Index) : '') %}"
)
"""The same however often the step is retried or its workflow redriven: a time in it would make another run of those."""


def repeated_steps(steps: Sequence[tuple[cdk.Stack, str]]) -> Iterator[RepeatedStep]:
    """The steps, given by stack and id, that some workflow there enters more than once under one run's id."""
    names = {name for _, name in steps}
    for stack in {stack.node.path: stack for stack, _ in steps}.values():
        for each in stack.node.find_all():
            definition = definition_of(each) if isinstance(each, sfn.CfnStateMachine) else None
            if definition is not None:
                yield from (step for step in repeated(definition, _RUN_ID) if step.name in names)


def build_step(  # noqa: PLR0913  # all that a step is made of
    scope: Construct,
    construct_id: str,
    machine: sfn.IStateMachine,
    *,
    payload: Any,
    run_id: str | None,
    longest: float | None,
    outputs: Any = None,
    assign: Mapping[str, Any] | None = None,
) -> tasks.StepFunctionsStartExecution:
    """The state that starts a run, names its caller and waits for its end.

    Args:
        scope: its parent.
        construct_id: its id.
        machine: what is started.
        payload: what the task gets. None: the state's input.
        run_id: the run's id. None: the calling execution, the state, and of a map the item's index.
        longest: seconds that a run may take; the state waits a little longer, so that the run's own end comes first.
            None: nobody knows.
        outputs: the state's output. None: the end of the run.
        assign: the variables that it assigns. None: none.
    """
    envelope = {
        "trigger": "step",
        "id": _RUN_ID if run_id is None else run_id,
        "time": "{% $states.context.State.EnteredTime %}",
        "payload": json_literal(scope, "{% $states.input %}" if payload is None else payload),
        "caller": f"{{% {_CALLER} %}}",
    }
    return tasks.StepFunctionsStartExecution.jsonata(
        scope,
        construct_id,
        state_machine=machine,
        integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        input=sfn.TaskInput.from_object(envelope),
        outputs=json_fields(scope, outputs),
        assign=json_fields(scope, assign),
        task_timeout=None if longest is None else sfn.Timeout.duration(duration(longest + _MARGIN)),
    )
