"""What the dashboard of a stack has of a workflow."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from naws.step_function_executor import StepFunctionExecutor, StepFunctionExecutorProps
from naws.testing import cdk_app, synth_template
from tests.conformance.dashboards import bodies, faults, lines_of, shown

RUNS = {"Runs", "Duration of runs, ms"}


def graphs_of(**given: Any) -> dict[str, dict[str, Any]]:
    stack = cdk.Stack(cdk_app(), "Ledger")
    steps = sfn.Succeed(stack, "Done")
    StepFunctionExecutor(stack, "Close", StepFunctionExecutorProps(definition=steps, dashboard=True, **given))
    (body,) = bodies(synth_template(stack)).values()
    assert faults(body) == []
    return shown(body, "metric")


def test_runs_stand_against_their_timeout_and_redrives_are_counted() -> None:
    graphs = graphs_of(timeout=cdk.Duration.hours(6))
    assert graphs.keys() == RUNS | {"Messages that are kept", "Runs that were redriven"}
    assert lines_of(graphs["Duration of runs, ms"]) == {"timeout, 6 hours": 21_600_000}


def test_of_express_nothing_is_kept_or_redriven() -> None:
    graphs = graphs_of(state_machine_type=sfn.StateMachineType.EXPRESS)
    assert graphs.keys() == RUNS
    assert lines_of(graphs["Duration of runs, ms"]) == {"timeout, 5 minutes": 300_000}


@pytest.mark.parametrize("given", [{}, {"timeout": cdk.Duration.days(1)}])
def test_what_is_not_given_is_a_day(given: dict[str, Any]) -> None:
    assert lines_of(graphs_of(**given)["Duration of runs, ms"]) == {"timeout, 1 day": 86_400_000}
