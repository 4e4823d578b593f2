import functools
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda

from naws.testing import Returns, Throws, WorkflowRun
from naws.testing import run_workflow as checked_run

run_workflow = functools.partial(checked_run, check_arguments=False)
RUN = "arn:aws:states:::ecs:runTask.sync"


def machine(start: str, /, **states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": start, "States": states}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": RUN, "Arguments": {}, "End": True, **fields}


def run_pass(**fields: Any) -> WorkflowRun:
    return run_workflow(machine("P", P={"Type": "Pass", "End": True, **fields}), {"x": 1}, {})


def test_result_is_the_output_of_the_workflow() -> None:
    run = run_workflow(machine("Run", Run=task()), {}, {"Run": [Returns({"TaskArn": "t"})]})
    assert (run.status, run.output, run.states, run.error) == ("SUCCEEDED", {"TaskArn": "t"}, ["Run"], "")


@pytest.mark.parametrize("outcomes", [{"Run": [{}]}, {"Run": [Returns(), "done"]}, {"Run": lambda _: {"TaskArn": "t"}}])
def test_an_outcome_that_is_none_is_reported_as_what_it_has_to_be(outcomes: Any) -> None:
    with pytest.raises(TypeError, match=r"state 'Run' .*: expected Returns\(…\), Throws\(…\) or a function"):
        run_workflow(machine("Run", Run=task()), {}, outcomes)


@pytest.mark.parametrize("outcomes", [{"Run": Returns()}, {"Run": {}}, {"Run": "done"}])
def test_outcomes_that_are_no_list_are_reported_as_what_they_have_to_be(outcomes: Any) -> None:
    with pytest.raises(
        TypeError, match=r"state 'Run' .*: expected a list of outcomes, one for each call, or a function"
    ):
        run_workflow(machine("Run", Run=task()), {}, outcomes)


def test_requests_hold_the_evaluated_arguments_of_every_call() -> None:
    arguments = {"Cluster": "c", "Overrides": {"Memory": "{% $string($states.input.memory) %}"}}
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    run = run_workflow(
        machine("Run", Run=task(Arguments=arguments, Retry=retry)),
        {"memory": 2048},
        {"Run": [Throws("ECS.AmazonECSException"), Returns({})]},
    )
    assert run.requests == [("Run", RUN, {"Cluster": "c", "Overrides": {"Memory": "2048"}})] * 2
    assert run.arguments("Run")[0]["Overrides"] == {"Memory": "2048"}


def test_arguments_that_the_interpreter_does_not_know_are_kept() -> None:
    run = run_workflow(machine("Run", Run=task(Arguments={"Fancy": 1})), {}, {"Run": [Returns({})]})
    assert run.arguments("Run") == [{"Fancy": 1}]


def test_retry_delays_are_recorded_not_slept() -> None:
    retry = {
        "ErrorEquals": ["States.TaskFailed"],
        "IntervalSeconds": 30,
        "BackoffRate": 2,
        "MaxDelaySeconds": 100,
        "MaxAttempts": 4,
        "JitterStrategy": "FULL",
    }
    run = run_workflow(machine("Run", Run=task(Retry=[retry])), {}, {"Run": [Throws("Job.Failed", "exit 3")] * 5})
    assert run.waits == [30, 60, 100, 100]
    assert (run.status, run.error, run.cause) == ("FAILED", "Job.Failed", "exit 3")


def test_each_retrier_counts_its_own_attempts() -> None:
    retry = [
        {"ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxAttempts": 1},
        {"ErrorEquals": ["B"], "IntervalSeconds": 7, "MaxAttempts": 1},
    ]
    run = run_workflow(machine("Run", Run=task(Retry=retry)), {}, {"Run": [Throws("A"), Throws("B"), Returns({})]})
    assert run.waits == [1, 7]


@pytest.mark.parametrize("name", ["States.ALL", "States.TaskFailed", "States.Runtime"])
def test_nothing_retries_or_catches_a_runtime_error(name: str) -> None:
    handlers = {"Retry": [{"ErrorEquals": [name]}], "Catch": [{"ErrorEquals": [name], "Next": "Caught"}]}
    definition = machine("Run", Run=task(**handlers), Caught={"Type": "Succeed"})
    run = run_workflow(definition, {}, {"Run": [Throws("States.Runtime", "no way")]})
    assert (run.status, run.error, run.waits, run.states) == ("FAILED", "States.Runtime", [], ["Run"])


@pytest.mark.parametrize(
    ("name", "caught"), [("States.ALL", True), ("States.DataLimitExceeded", True), ("States.TaskFailed", False)]
)
def test_a_result_that_is_too_large_is_caught_as_recorded(name: str, *, caught: bool) -> None:
    definition = machine("Run", Run=task(Catch=[{"ErrorEquals": [name], "Next": "Caught"}]), Caught={"Type": "Succeed"})
    run = run_workflow(definition, {}, {"Run": [Returns("x" * 300_000)]})
    assert (run.status == "SUCCEEDED") is caught


@pytest.mark.parametrize(("name", "caught"), [("States.ALL", False), ("States.DataLimitExceeded", True)])
@pytest.mark.parametrize("field", ["Arguments", "Assign"])
def test_what_else_is_too_large_is_caught_by_its_name_alone(field: str, name: str, *, caught: bool) -> None:
    catch = [{"ErrorEquals": [name], "Next": "Caught"}]
    large = {field: {"P": "{% $states.input & $states.input %}"}}
    definition = machine("Run", Run=task(**large, Catch=catch), Caught={"Type": "Succeed"})
    run = run_workflow(definition, "x" * 150_000, {"Run": [Returns({})] if field == "Assign" else []})
    assert (run.status == "SUCCEEDED") is caught


@pytest.mark.parametrize(
    ("name", "error", "caught"),
    [
        ("States.ALL", "States.Timeout", True),
        ("States.HeartbeatTimeout", "States.HeartbeatTimeout", True),
        ("States.Timeout", "States.HeartbeatTimeout", True),
        ("States.HeartbeatTimeout", "States.Timeout", False),
        ("States.TaskFailed", "States.HeartbeatTimeout", False),
        ("States.ALL", "Any.Other", True),
        ("States.ALL", "States.QueryEvaluationError", True),
        ("States.TaskFailed", "States.Timeout", False),
        ("States.TaskFailed", "Any.Other", True),
        ("States.Timeout", "States.Timeout", True),
        ("Any.Other", "Any.Else", False),
        ("States.Runtime", "States.Runtime", False),
    ],
)
def test_error_names_match_as_on_aws(name: str, error: str, *, caught: bool) -> None:
    definition = machine("Run", Run=task(Catch=[{"ErrorEquals": [name], "Next": "Caught"}]), Caught={"Type": "Succeed"})
    assert (run_workflow(definition, {}, {"Run": [Throws(error)]}).status == "SUCCEEDED") is caught


def test_result_beyond_256_kib_is_data_limit_exceeded() -> None:
    run = run_workflow(machine("Run", Run=task()), {}, {"Run": [Returns("x" * 300_000)]})
    assert run.error == "States.DataLimitExceeded"


def test_arguments_beyond_256_kib_are_data_limit_exceeded() -> None:
    definition = machine("Run", Run=task(Arguments={"P": "{% $states.input & $states.input %}"}))
    run = run_workflow(definition, "x" * 150_000, {"Run": []})
    assert (run.error, run.requests) == ("States.DataLimitExceeded", [])


def test_catch_assigns_from_the_error_and_keeps_the_input() -> None:
    catch = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"error": "{% $states.errorOutput.Error %}", "task": "{% $parse($states.errorOutput.Cause) %}"},
        "Output": "{% $states.input %}",
        "Next": "Judge",
    }
    judge = {"Type": "Fail", "Error": "{% $error %}", "Cause": "{% 'exit ' & $task.Containers[0].ExitCode %}"}
    run = run_workflow(
        machine("Run", Run=task(Catch=[catch]), Judge=judge),
        {"id": 1},
        {"Run": [Throws("States.TaskFailed", '{"Containers": [{"ExitCode": 3}]}')]},
    )
    assert (run.error, run.cause) == ("States.TaskFailed", "exit 3")
    assert run.variables == {"error": "States.TaskFailed", "task": {"Containers": [{"ExitCode": 3}]}}


def test_assign_and_output_see_the_result_and_the_input() -> None:
    fields = {"Assign": {"arn": "{% $states.result.TaskArn %}"}, "Output": "{% [$states.input, $states.result] %}"}
    run = run_workflow(machine("Run", Run=task(**fields)), {"a": 1}, {"Run": [Returns({"TaskArn": "t"})]})
    assert (run.output, run.variables) == ([{"a": 1}, {"TaskArn": "t"}], {"arn": "t"})


def test_a_loop_over_a_choice_counts_with_a_variable() -> None:
    definition = machine(
        "Init",
        Init={"Type": "Pass", "Assign": {"n": 0}, "Next": "Run"},
        Run=task(
            End=None,
            Next="Done",
            Catch=[{"ErrorEquals": ["States.ALL"], "Assign": {"n": "{% $n + 1 %}"}, "Next": "More"}],
        ),
        More={"Type": "Choice", "Choices": [{"Condition": "{% $n < 3 %}", "Next": "Sleep"}], "Default": "Stop"},
        Sleep={"Type": "Wait", "Seconds": "{% $min([$power(2, $n) * 30, 100]) %}", "Next": "Run"},
        Stop={"Type": "Fail", "Error": "Exhausted"},
        Done={"Type": "Succeed"},
    )
    del definition["States"]["Run"]["End"]
    run = run_workflow(definition, {}, {"Run": [Throws("E")] * 3})
    assert run.states == ["Init", *["Run", "More", "Sleep"] * 2, "Run", "More", "Stop"]
    assert run.waits == [60, 100]


def test_choice_rule_assigns_and_replaces_the_output() -> None:
    rule = {"Condition": "{% $states.input.x = 1 %}", "Assign": {"a": 1}, "Output": {"b": 2}, "Next": "Done"}
    definition = machine("C", C={"Type": "Choice", "Choices": [rule]}, Done={"Type": "Succeed"})
    run = run_workflow(definition, {"x": 1}, {})
    assert (run.variables, run.output) == ({"a": 1}, {"b": 2})


def test_choice_without_a_match_is_an_error() -> None:
    rule = {"Condition": "{% $states.input.x = 2 %}", "Next": "Done"}
    definition = machine("C", C={"Type": "Choice", "Choices": [rule]}, Done={"Type": "Succeed"})
    assert run_workflow(definition, {"x": 1}, {}).error == "States.NoChoiceMatched"


def test_choice_condition_that_is_no_boolean_is_an_error() -> None:
    rule = {"Condition": "{% $states.input.x %}", "Next": "Done"}
    definition = machine("C", C={"Type": "Choice", "Choices": [rule]}, Done={"Type": "Succeed"})
    assert run_workflow(definition, {"x": 1}, {}).error == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    "fields",
    [
        {"Output": "{% $states.input.nothing %}"},
        {"Output": {"deep": ["{% $states.input.nothing %}"]}},
        {"Assign": {"v": "{% $states.input.nothing.at.all %}"}},
        {"Output": "{% $never_assigned %}"},
        {"Output": "{% $states.errorOutput %}"},
    ],
)
def test_undefined_is_an_error(fields: dict[str, Any]) -> None:
    run = run_pass(**fields)
    assert run.error == "States.QueryEvaluationError"
    assert "returned nothing (undefined)" in run.cause


def test_undefined_argument_is_an_error_that_can_be_caught() -> None:
    definition = machine(
        "Run",
        Run=task(
            Arguments={"A": "{% $states.input.nothing %}"},
            Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}],
        ),
        Caught={"Type": "Succeed"},
    )
    run = run_workflow(definition, {}, {"Run": []})
    assert (run.states, run.requests) == (["Run", "Caught"], [])


def test_strings_arrive_as_they_were_written() -> None:
    text = "quotes \" ' back\\slash\nline / $states é 😀"
    run = run_pass(Assign={"v": text, "k": {text: 1}}, Output=text)
    assert (run.variables, run.output) == ({"v": text, "k": {text: 1}}, text)


def test_variables_with_any_text_can_be_used_in_expressions() -> None:
    text = 'say "hi"\n/ $x \\'
    definition = machine(
        "A",
        A={"Type": "Pass", "Assign": {"v": "{% $states.input.v %}"}, "Next": "B"},
        B={"Type": "Pass", "Output": "{% $v & $string($states.input.n / 2 + 4 / 2) %}", "End": True},
    )
    assert run_workflow(definition, {"v": text, "n": 3}, {}).output == text + "3.5"


def test_wait_seconds_must_be_whole() -> None:
    definition = machine("W", W={"Type": "Wait", "Seconds": "{% 3 / 2 %}", "End": True})
    assert run_workflow(definition, {}, {}).error == "States.QueryEvaluationError"


def test_wait_until_a_timestamp_uses_the_virtual_clock() -> None:
    definition = machine(
        "W",
        W={"Type": "Wait", "Seconds": 10, "Next": "U"},
        U={"Type": "Wait", "Timestamp": "2026-01-01T00:01:00Z", "Next": "P"},
        P={"Type": "Pass", "Output": ["{% $now() %}", "{% $states.context.State.EnteredTime %}"], "End": True},
    )
    run = run_workflow(definition, {}, {})
    assert run.waits == [10, 50]
    assert run.output == ["2026-01-01T00:01:00.000Z"] * 2


def test_context_names_the_execution() -> None:
    run = run_workflow(
        machine("P", P={"Type": "Pass", "Output": "{% $states.context %}", "End": True}), 7, {}, execution_name="e-9"
    )
    execution = run.output["Execution"]
    assert (execution["Name"], execution["Input"], execution["RedriveCount"]) == ("e-9", 7, 0)
    assert execution["Id"].endswith(":execution:workflow:e-9")
    assert execution["StartTime"] == "2026-01-01T00:00:00.000Z"


def test_chance_repeats_for_the_same_execution_name() -> None:
    definition = machine("P", P={"Type": "Pass", "Output": ["{% $uuid() %}", "{% $random() %}"], "End": True})
    first, again, other = (
        run_workflow(definition, {}, {}, execution_name=name).output for name in ("run-1", "run-1", "run-2")
    )
    assert first == again
    assert first != other


def test_chance_can_be_fixed() -> None:
    definition = machine("W", W={"Type": "Wait", "Seconds": "{% $ceil($random() * 30) %}", "End": True})
    assert run_workflow(definition, {}, {}, chance=1).waits == [30]
    assert run_workflow(definition, {}, {}, chance=0.5).waits == [15]


def test_more_calls_than_outcomes_fail_the_test_even_when_the_workflow_catches() -> None:
    handlers = {"Retry": [{"ErrorEquals": ["E"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}
    definition = machine("Run", Run=task(**handlers), Caught={"Type": "Succeed"})
    with pytest.raises(AssertionError, match=r"'Run' was called 2 time\(s\), but only 1 outcome"):
        run_workflow(definition, {}, {"Run": [Throws("E")]})


def test_a_task_without_outcomes_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="called 1 time"):
        run_workflow(machine("Run", Run=task()), {}, {})


def test_unused_outcomes_fail_the_test_unless_allowed() -> None:
    definition, outcomes = machine("Run", Run=task()), {"Run": [Returns(1), Returns(2)]}
    with pytest.raises(AssertionError, match="never asked for"):
        run_workflow(definition, {}, outcomes)
    assert run_workflow(definition, {}, outcomes, allow_unused=True).unused == {"Run": 1}


def test_an_outcome_for_no_task_is_refused() -> None:
    with pytest.raises(ValueError, match="Rum"):
        run_workflow(machine("Run", Run=task()), {}, {"Rum": [Returns(1)]})


def test_an_outcome_may_depend_on_the_arguments() -> None:
    definition = machine("Run", Run=task(Arguments={"n": "{% $states.input %}"}))
    assert run_workflow(definition, 4, {"Run": [lambda arguments: Returns(arguments["n"] + 1)]}).output == 5


def test_a_failing_answer_fails_the_test() -> None:
    with pytest.raises(ZeroDivisionError):
        run_workflow(machine("Run", Run=task()), {}, {"Run": lambda _: Returns(1 / 0)})


def test_parallel_branches_run_in_order() -> None:
    branch = [machine(name, **{name: task()}) for name in ("A", "B")]
    for definition in branch:
        del definition["QueryLanguage"]
    run = run_workflow(
        machine("Both", Both={"Type": "Parallel", "Branches": branch, "End": True}),
        {},
        {"A": [Returns(1)], "B": [Returns(2)]},
    )
    assert (run.output, run.states) == ([1, 2], ["Both", "A", "B"])


def test_a_failing_branch_fails_the_parallel_state_with_its_error() -> None:
    branch = {"StartAt": "A", "States": {"A": task()}}
    both = {"Type": "Parallel", "Branches": [branch], "Next": "Done"}
    both["Catch"] = [{"ErrorEquals": ["States.Timeout"], "Next": "Done"}]
    definition = machine("Both", Both=both, Done={"Type": "Succeed"})
    run = run_workflow(definition, {}, {"A": [Throws("States.Timeout")]})
    assert run.output["Error"] == "States.Timeout"


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_map_runs_the_items_in_order(mode: str) -> None:
    processor = {
        "ProcessorConfig": {"Mode": mode, **({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})},
        "StartAt": "Run",
        "States": {"Run": task(Arguments={"item": "{% $states.input %}"})},
    }
    each = {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ItemSelector": {
            "index": "{% $states.context.Map.Item.Index %}",
            "value": "{% $states.context.Map.Item.Value %}",
        },
        "MaxConcurrency": 40,
        "ItemProcessor": processor,
        "End": True,
    }
    run = run_workflow(
        machine("Each", Each=each),
        {"items": ["a", "b"]},
        {"Run": lambda arguments: Returns(arguments["item"]["value"])},
    )
    assert (run.output, run.states) == (["a", "b"], ["Each", "Run", "Run"])
    assert run.arguments("Run") == [{"item": {"index": 0, "value": "a"}}, {"item": {"index": 1, "value": "b"}}]


def test_jsonpath_workflows_run_too() -> None:
    definition = {
        "StartAt": "Run",
        "States": {
            "Run": {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "Parameters": {"id.$": "$.id", "text.$": "States.Format('run-{}', $.id)"},
                "ResultPath": "$.result",
                "End": True,
            }
        },
    }
    run = run_workflow(definition, {"id": 5}, {"Run": [Returns({"ok": True})]})
    assert run.arguments("Run") == [{"id": 5, "text": "run-5"}]
    assert run.output == {"id": 5, "result": {"ok": True}}


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::aws-sdk:s3:putObject",
        "arn:aws:states:::sqs:sendMessage",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::dynamodb:updateItem",
        "arn:aws:states:::aws-sdk:ecs:stopTask",
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:us-east-1:123456789012:activity:a",
        "arn:aws:states:::states:startExecution.sync:2",
    ],
)
def test_every_kind_of_task_can_be_scripted(resource: str) -> None:
    run = run_workflow(machine("Run", Run=task(Resource=resource, Arguments={"Q": 1})), {}, {"Run": [Returns(2)]})
    assert (run.output, run.requests) == (2, [("Run", resource, {"Q": 1})])


def test_the_interpreter_is_restored_after_a_run() -> None:
    run_workflow(machine("Run", Run=task()), {}, {"Run": [Returns(1)]})
    assert retrier_decl.time.__name__ == "time"
    assert StateTaskLambda._eval_execution.__module__.startswith("moto.")


def test_two_runs_give_the_same() -> None:
    definition = machine("Run", Run=task(Retry=[{"ErrorEquals": ["E"]}]))
    first, second = (run_workflow(definition, {}, {"Run": [Throws("E"), Returns("{% x %}")]}) for _ in range(2))
    assert first == second


def test_arguments_that_a_service_refuses_fail_the_test() -> None:
    definition = machine(
        "Run",
        Run=task(Arguments={"Cluster": "c"}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}]),
        C={"Type": "Succeed"},
    )
    with pytest.raises(
        AssertionError, match=r"'Run' calls arn:aws:states:::ecs:runTask.sync wrongly: Missing .*taskDef"
    ):
        checked_run(definition, {}, {"Run": [Returns({})]})


@pytest.mark.parametrize(
    "resource",
    ["dynamodb:updateItem", "sqs:sendMessage", "sns:publish", "events:putEvents", "states:startExecution.sync:2"],
)
def test_a_scripted_error_arrives_as_it_is_from_every_integration(resource: str) -> None:
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Arguments": {},
        "Catch": [{"ErrorEquals": ["Some.Error"], "Output": "{% $states.errorOutput %}", "Next": "Done"}],
        "End": True,
    }
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Call",
        "States": {"Call": task, "Done": {"Type": "Succeed"}},
    }
    run = run_workflow(definition, {}, {"Call": [Throws("Some.Error", "why")]}, check_arguments=False)
    assert run.output == {"Error": "Some.Error", "Cause": "why"}


def test_an_assignment_has_the_limit_of_a_state() -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Remember",
        "States": {
            "Remember": {"Type": "Pass", "Assign": {"twice": "{% $states.input & $states.input %}"}, "Next": "End"},
            "End": {"Type": "Succeed"},
        },
    }
    assert run_workflow(definition, "x" * 130_000, {}).status == "SUCCEEDED"
    assert run_workflow(definition, "x" * 135_000, {}).error == "States.DataLimitExceeded"


def test_sizes_are_counted_in_bytes_of_utf_8() -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    assert run_workflow(definition, "\u6f22" * 87_000, {}).status == "SUCCEEDED"
    assert run_workflow(definition, "\u6f22" * 87_400, {}).error == "States.DataLimitExceeded"
