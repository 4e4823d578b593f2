"""Every row of the outcome table, executed: the states visited, the waits, and what each attempt was sent."""

import json
from typing import Any

import pytest
from workflow_settings import NAMES, POLICY

from naws.core.fargate import Size
from naws.ecs_task_processor import Concurrency
from naws.ecs_task_processor.plan_runs import RunPolicy
from naws.ecs_task_processor.workflow import workflow
from naws.ecs_task_processor.workflow.payload import OVERRIDE_LIMIT, payload_budget
from naws.testing import Returns, Throws, WorkflowRun, run_workflow

ENVELOPE = {"trigger": "queue", "id": "message-1", "time": "2026-01-01T00:00:00Z", "payload": {"rows": [1]}}

BEGIN = ["Receive", "Fits?"]
ATTEMPT = ["Run task", "Judge", "Succeeded?"]
FAILURE = ["Count failure", "Note failure", "Again?"]
GIVE_UP = ["Whose failure?", "Keep failure", "Failed"]
NOTED = Returns({})
KEPT = Returns({"MessageId": "kept"})
DENIED = Throws("S3.S3Exception", "Access Denied (Service: S3, Status Code: 403, Request ID: 1)")


def task(exit_code: int | None, **description: Any) -> dict[str, Any]:
    container: dict[str, Any] = {"Name": "main", "Reason": description.pop("reason", None), "ExitCode": exit_code}
    present = {key: value for key, value in container.items() if value is not None}
    return {
        "TaskArn": "task-arn",
        "StopCode": description.pop("stop_code", "EssentialContainerExited"),
        "StoppedReason": description.pop("stopped_reason", "Essential container in task exited"),
        "Containers": [present, *description.pop("others", [])],
    }


def failed(exit_code: int | None, **description: Any) -> Throws:
    return Throws("States.TaskFailed", json.dumps(task(exit_code, **description)))


def run(
    given: Any, outcomes: dict[str, Any], *, chance: float | None = None, allow_unused: bool = False, **settings: Any
) -> WorkflowRun:
    definition = workflow(RunPolicy(**{**POLICY, **settings}), NAMES)
    return run_workflow(definition, given, outcomes, execution_name="run-1", chance=chance, allow_unused=allow_unused)


def variables(finished: WorkflowRun, attempt: int = 1) -> dict[str, str]:
    overrides = finished.arguments("Run task")[attempt - 1]["Overrides"]["ContainerOverrides"]
    return {entry["Name"]: entry["Value"] for entry in overrides[0]["Environment"]}


def kept(finished: WorkflowRun) -> dict[str, Any]:
    (arguments,) = finished.arguments("Keep failure")
    assert arguments["QueueUrl"] == "failure-queue"
    return arguments["MessageBody"]


def test_exit_0_succeeds_at_the_first_attempt() -> None:
    finished = run(ENVELOPE, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    assert finished.states == [*BEGIN, *ATTEMPT, "Note success", "Succeeded"]
    assert finished.waits == []
    assert finished.output == {
        "id": "message-1",
        "trigger": "queue",
        "attempts": 1,
        "exit_code": 0,
        "task": "task-arn",
    }


def test_what_the_task_is_sent() -> None:
    finished = run(ENVELOPE, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    (sent,) = finished.arguments("Run task")
    assert sent == {
        "Cluster": "cluster-arn",
        "TaskDefinition": "task-definition:7",
        "LaunchType": "FARGATE",
        "Group": "run-1",
        "PropagateTags": "TASK_DEFINITION",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "Subnets": ["subnet-a", "subnet-b"],
                "SecurityGroups": ["group"],
            }
        },
        "Overrides": {
            "ContainerOverrides": [
                {
                    "Name": "main",
                    "Environment": [
                        {"Name": "NAWS_RUN_ID", "Value": "message-1"},
                        {"Name": "NAWS_TRIGGER", "Value": "queue"},
                        {"Name": "NAWS_ATTEMPT", "Value": "1"},
                        {"Name": "NAWS_EXECUTION", "Value": "run-1"},
                        {"Name": "NAWS_CPU", "Value": "1024"},
                        {"Name": "NAWS_MEMORY_LIMIT_MIB", "Value": "2048"},
                        {"Name": "NAWS_PAYLOAD", "Value": '{"rows":[1]}'},
                    ],
                }
            ]
        },
    }


def test_a_success_is_counted_by_what_started_it() -> None:
    scheduled = {**ENVELOPE, "trigger": "schedule", "id": "schedule-2@2026-01-01T00:00:00Z"}
    for envelope, counted in ((ENVELOPE, "queue"), (scheduled, "schedule-2")):
        finished = run(envelope, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
        (metric,) = finished.arguments("Note success")[0]["MetricData"]
        assert metric["MetricName"] == "RunsSucceeded"
        assert metric["Dimensions"] == [
            {"Name": "Processor", "Value": "Stack/Nightly"},
            {"Name": "Trigger", "Value": counted},
        ]


MEMORY = "OutOfMemoryError: Container killed due to memory usage"


def test_exit_0_of_a_main_container_in_which_a_process_was_killed_for_memory_is_a_failure() -> None:
    finished = run(
        ENVELOPE,
        {"Run task": [Returns(task(0, reason=MEMORY))], "Note failure": [NOTED], "Keep failure": [KEPT]},
        task_attempts=1,
    )
    assert finished.states == [*BEGIN, *ATTEMPT, *FAILURE, *GIVE_UP]
    assert finished.error == "Naws.OutOfMemory"


@pytest.mark.parametrize("stopped_reason", ["Essential container in task exited", MEMORY, None])
def test_a_sidecar_that_was_killed_for_memory_does_not_undo_the_work(stopped_reason: str | None) -> None:
    sidecar = {"Name": "agent", "ExitCode": 137, "Reason": MEMORY}
    ended = Returns(task(0, others=[sidecar], stopped_reason=stopped_reason))
    finished = run(ENVELOPE, {"Run task": [ended], "Note success": [NOTED]})
    assert finished.status == "SUCCEEDED"


def test_a_failure_beside_a_sidecar_that_was_killed_for_memory_is_a_failure_of_the_program() -> None:
    sidecar = {"Name": "agent", "ExitCode": 137, "Reason": MEMORY}
    ended = failed(3, others=[sidecar])
    finished = run(ENVELOPE, {"Run task": [ended], "Note failure": [NOTED], "Keep failure": [KEPT]}, task_attempts=1)
    assert finished.error == "Naws.TaskFailed"


@pytest.mark.parametrize("code", [0, 3, None])
def test_nulls_in_the_answer_of_ecs_are_no_text(code: int | None) -> None:
    """Step Functions writes what ECS left out as null."""
    nothing = dict.fromkeys(("TaskArn", "StopCode", "StoppedReason"))
    container = {"Name": "main", "ExitCode": code, "Reason": None}
    described = {**nothing, "Containers": [container, {"Name": "agent", "ExitCode": None, "Reason": None}]}
    ended = Returns(described) if code == 0 else Throws("States.TaskFailed", json.dumps(described))
    always = {name: lambda _: NOTED for name in ("Note success", "Note failure", "Keep failure")}
    finished = run(ENVELOPE, {**always, "Run task": lambda _: ended}, allow_unused=True)
    assert (finished.error or "none") == {0: "none", 3: "Naws.TaskFailed", None: "Naws.InfrastructureFailed"}[code]


@pytest.mark.parametrize(
    "ended",
    [
        failed(137, reason="OutOfMemoryError: Container killed due to memory usage"),
        failed(137),
        failed(1, stopped_reason="OutOfMemoryError: task used all its memory"),
    ],
    ids=["container reason", "killed", "stopped reason"],
)
def test_out_of_memory_is_a_task_failure_of_its_own_name(ended: Throws) -> None:
    finished = run(ENVELOPE, {"Run task": [ended], "Note failure": [NOTED], "Keep failure": [KEPT]}, task_attempts=1)
    assert finished.states == [*BEGIN, *ATTEMPT, *FAILURE, *GIVE_UP]
    assert finished.error == "Naws.OutOfMemory"
    assert finished.arguments("Note failure")[0]["MetricData"][0]["Dimensions"][1]["Value"] == "OutOfMemory"


@pytest.mark.parametrize(
    "ended",
    [
        failed(None, stop_code="TaskFailedToStart", stopped_reason="CannotPullContainerError: timeout"),
        failed(143, stop_code="SpotInterruption", stopped_reason="Your Spot Task was interrupted."),
        failed(None, stop_code="TerminationNotice"),
        failed(137, stop_code="InfrastructureHealth"),
        Throws("ECS.AmazonECSException", "Capacity is unavailable at this time"),
        Throws("AmazonECS.Unknown", '{"Failures":[{"Reason":"RESOURCE:ENI"}]}'),
        Throws("ECS.ThrottlingException", "Rate exceeded"),
        Throws("States.TaskFailed", "no description"),
        Throws("States.TaskFailed", '{"Containers": [{"Na'),
        Throws("States.TaskFailed", ""),
    ],
    ids=lambda ended: f"{ended.error} {ended.cause[:60]}",
)
def test_infrastructure_failures_have_a_counter_of_their_own(ended: Throws) -> None:
    finished = run(
        ENVELOPE,
        {"Run task": [ended, ended, Returns(task(0))], "Note failure": [NOTED, NOTED], "Note success": [NOTED]},
        task_attempts=1,
    )
    again = [*ATTEMPT, *FAILURE, "Wait"]
    assert finished.states == [*BEGIN, *again, *again, *ATTEMPT, "Note success", "Succeeded"]
    assert [variables(finished, n)["NAWS_ATTEMPT"] for n in (1, 2, 3)] == ["1", "2", "3"]
    assert finished.output["attempts"] == 3


NOT_AUTHORIZED = "User: arn:aws:sts::1:assumed-role/workflow is not authorized to perform: "


@pytest.mark.parametrize(
    "ended",
    [
        Throws("ECS.AccessDeniedException", f"{NOT_AUTHORIZED}ecs:RunTask"),
        Throws("ECS.AmazonECSException", f"{NOT_AUTHORIZED}iam:PassRole (Error Code: AccessDeniedException)"),
        Throws("ECS.ClientException", "ECS was unable to assume the role 'task' that was provided for this task."),
        failed(
            None,
            stop_code="TaskFailedToStart",
            stopped_reason="ResourceInitializationError: unable to pull secrets: AccessDeniedException: "
            f"{NOT_AUTHORIZED}secretsmanager:GetSecretValue",
        ),
    ],
    ids=lambda ended: f"{ended.error} {ended.cause[:60]}",
)
def test_what_is_denied_fails_at_once_with_its_cause(ended: Throws) -> None:
    finished = run(ENVELOPE, {"Run task": [ended], "Note failure": [NOTED], "Keep failure": [KEPT]})
    assert finished.states == [*BEGIN, *ATTEMPT, *FAILURE, *GIVE_UP]
    assert finished.error == "Naws.Denied"
    assert ended.cause[:40] in kept(finished)["failure"]["reason"] or NOT_AUTHORIZED in finished.cause
    assert finished.arguments("Note failure")[0]["MetricData"][0]["Dimensions"][1]["Value"] == "Denied"


@pytest.mark.parametrize("words", ["access denied", "403 Forbidden", "not authorized"])
def test_a_program_that_tells_of_a_denial_has_failed_itself(words: str) -> None:
    finished = run(
        ENVELOPE,
        {"Run task": [failed(1, reason=words), Returns(task(0))], "Note failure": [NOTED], "Note success": [NOTED]},
    )
    assert finished.status == "SUCCEEDED"


def test_infrastructure_attempts_run_out() -> None:
    throttled = Throws("ECS.ThrottlingException", "Rate exceeded")
    finished = run(ENVELOPE, {"Run task": [throttled] * 3, "Note failure": [NOTED] * 3, "Keep failure": [KEPT]})
    again = [*ATTEMPT, *FAILURE]
    assert finished.states == [*BEGIN, *again, "Wait", *again, "Wait", *again, *GIVE_UP]
    assert finished.error == "Naws.InfrastructureFailed"
    assert kept(finished)["failure"]["reason"] == "ECS.ThrottlingException: Rate exceeded"


def test_another_exit_code_uses_task_attempts() -> None:
    finished = run(
        ENVELOPE,
        {"Run task": [failed(3), failed(3)], "Note failure": [NOTED] * 2, "Keep failure": [KEPT]},
    )
    assert finished.states == [*BEGIN, *ATTEMPT, *FAILURE, "Wait", *ATTEMPT, *FAILURE, *GIVE_UP]
    assert finished.status == "FAILED"
    assert finished.error == "Naws.TaskFailed"
    assert "attempt 2" in finished.cause
    assert "message-1" in finished.cause


def test_the_two_counters_do_not_disturb_each_other() -> None:
    lost = failed(None, stop_code="TaskFailedToStart")
    finished = run(
        ENVELOPE,
        {
            "Run task": [lost, failed(3), lost, Returns(task(0))],
            "Note failure": [NOTED] * 3,
            "Note success": [NOTED],
        },
    )
    assert finished.status == "SUCCEEDED"
    assert finished.output["attempts"] == 4


def test_what_the_failure_queue_keeps() -> None:
    finished = run(
        ENVELOPE, {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [KEPT]}, task_attempts=1
    )
    assert kept(finished) == {
        "envelope": ENVELOPE,
        "failure": {
            "error": "Naws.TaskFailed",
            "reason": "exit code 3",
            "exit_code": 3,
            "attempts": 1,
            "task": "task-arn",
            "execution": "arn:aws:states:us-east-1:123456789012:execution:workflow:run-1",
        },
    }


def test_a_task_that_a_person_stopped_is_not_taken_for_an_infrastructure_failure() -> None:
    stopped = failed(143, stop_code="UserInitiated", stopped_reason="Task stopped by user")
    finished = run(ENVELOPE, {"Run task": [stopped], "Note failure": [NOTED], "Keep failure": [KEPT]}, task_attempts=1)
    assert finished.error == "Naws.TaskStopped"


def history(*events: tuple[str, Any]) -> Returns:
    """What GetExecutionHistory answers, the newest event first, each with its details."""
    numbered = zip(range(100, 0, -1), events, strict=False)
    return Returns({"Events": [{"Id": number, "Type": kind, **details} for number, (kind, details) in numbered]})


def submitted(task_arn: str) -> tuple[str, Any]:
    answer = {"Failures": [], "Tasks": [{"TaskArn": task_arn, "LastStatus": "PROVISIONING"}]}
    return "TaskSubmitted", {"TaskSubmittedEventDetails": {"ResourceType": "ecs", "Output": json.dumps(answer)}}


def scheduled(resource: str = "runTask.sync") -> tuple[str, Any]:
    return "TaskScheduled", {"TaskScheduledEventDetails": {"ResourceType": "ecs", "Resource": resource}}


LOOKING: list[tuple[str, Any]] = [("TaskStarted", {}), scheduled("getExecutionHistory"), ("TaskStateEntered", {})]
TIMED_OUT: list[tuple[str, Any]] = [("TaskStateExited", {}), ("TaskTimedOut", {})]
FOUND = history(*LOOKING, *TIMED_OUT, submitted("ours"), ("TaskStarted", {}), scheduled())


def test_a_timeout_stops_the_task_and_counts_as_a_task_failure() -> None:
    finished = run(
        ENVELOPE,
        {
            "Run task": [Throws("States.Timeout")],
            "Find task": [FOUND],
            "Stop task": [Returns({})],
            "Note failure": [NOTED],
            "Keep failure": [KEPT],
        },
        task_attempts=1,
    )
    found = ["Find task", "Task submitted?", "Stop task"]
    assert finished.states == [*BEGIN, "Run task", *found, *FAILURE, *GIVE_UP]
    assert finished.arguments("Stop task") == [
        {"Cluster": "cluster-arn", "Task": "ours", "Reason": "the attempt took longer than 3600 seconds"}
    ]
    assert finished.arguments("Find task") == [
        {
            "ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:workflow:run-1",
            "ReverseOrder": True,
            "MaxResults": 8,
            "IncludeExecutionData": True,
        }
    ]
    assert finished.error == "Naws.AttemptTimedOut"
    assert kept(finished)["failure"]["task"] == "ours"


def test_the_task_that_is_stopped_is_that_of_this_attempt() -> None:
    before = [("TaskFailed", {}), submitted("of the attempt before"), ("TaskStarted", {}), scheduled()]
    nothing_ordered = history(*LOOKING, *TIMED_OUT, ("TaskStarted", {}), scheduled(), *before)
    ordered = history(*LOOKING, *TIMED_OUT, submitted("ours"), ("TaskStarted", {}), scheduled(), *before)
    rest = {"Run task": [Throws("States.Timeout")], "Note failure": [NOTED], "Keep failure": [KEPT]}
    finished = run(ENVELOPE, {**rest, "Find task": [nothing_ordered]}, task_attempts=1)
    assert "Stop task" not in finished.states
    assert finished.error == "Naws.AttemptTimedOut"
    finished = run(ENVELOPE, {**rest, "Find task": [ordered], "Stop task": [Returns({})]}, task_attempts=1)
    assert finished.arguments("Stop task")[0]["Task"] == "ours"


def test_a_task_that_is_gone_already_has_been_stopped() -> None:
    gone = Throws("Ecs.InvalidParameterException", "The referenced task was not found.")
    finished = run(
        ENVELOPE,
        {
            "Run task": [Throws("States.Timeout"), Returns(task(0))],
            "Find task": [FOUND],
            "Stop task": [gone] * 9,
            "Note failure": [NOTED],
            "Note success": [NOTED],
        },
    )
    assert finished.status == "SUCCEEDED"


@pytest.mark.parametrize(
    "outcomes",
    [
        {"Find task": [Throws("Sfn.ThrottlingException", "Rate exceeded")] * 9},
        {"Find task": [Throws("States.DataLimitExceeded", "too large")] * 9},
        {"Find task": [Returns({"Events": []})]},
        {"Find task": [history(*LOOKING, *TIMED_OUT)]},
        {"Find task": [FOUND], "Stop task": [Throws("Ecs.ServerException", "try later")] * 9},
    ],
    ids=["cannot look", "looks too far", "sees nothing", "sees too little", "cannot stop"],
)
def test_a_run_whose_task_cannot_be_stopped_is_kept_and_makes_no_second_attempt(outcomes: dict[str, Any]) -> None:
    rest = {"Run task": [Throws("States.Timeout")], "Note failure": [NOTED], "Keep failure": [KEPT]}
    finished = run(ENVELOPE, {**rest, **outcomes}, task_attempts=3)
    assert finished.error == "Naws.TaskNotStopped"
    assert kept(finished)["envelope"] == ENVELOPE
    assert "its task may still work" in kept(finished)["failure"]["reason"]


def test_attempts_of_one_run_do_not_overlap_after_a_timeout() -> None:
    finished = run(
        ENVELOPE,
        {
            "Run task": [Throws("States.Timeout"), Returns(task(0))],
            "Find task": [history(*LOOKING, *TIMED_OUT, scheduled())],
            "Note failure": [NOTED],
            "Note success": [NOTED],
        },
        interval=1,
        max_interval=2,
    )
    assert finished.waits == [120]


def test_waits_grow_with_full_jitter_up_to_the_longest() -> None:
    throttled = Throws("ECS.ThrottlingException")
    finished = run(
        ENVELOPE,
        {"Run task": [throttled] * 6, "Note failure": [NOTED] * 6, "Keep failure": [KEPT]},
        infrastructure_attempts=6,
    )
    for wait, longest in zip(finished.waits, (30, 60, 100, 100, 100), strict=True):
        assert 1 <= wait <= longest
        assert wait == int(wait)


def test_a_pipe_hands_over_an_array() -> None:
    finished = run(
        [ENVELOPE], {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [KEPT]}, task_attempts=1
    )
    assert kept(finished)["envelope"] == ENVELOPE


@pytest.mark.parametrize("given", [{"a": 1}, [1, 2], [{"a": 1}], [], "text", 7, None, True, {"trigger": "x"}], ids=repr)
def test_whatever_a_person_gives_is_the_payload(given: Any) -> None:
    finished = run(given, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    sent = variables(finished)
    assert sent["NAWS_TRIGGER"] == "manual"
    assert sent["NAWS_RUN_ID"] == "run-1"
    assert json.loads(sent["NAWS_PAYLOAD"]) == given


LINK = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:us-east-1:1:execution:caller:1"}


def test_an_envelope_that_a_workflow_sent_is_an_envelope() -> None:
    """Step Functions adds a key to the input of an execution that another started, so that its console links them."""
    finished = run({**ENVELOPE, **LINK}, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    assert variables(finished)["NAWS_RUN_ID"] == "message-1"
    assert json.loads(variables(finished)["NAWS_PAYLOAD"]) == ENVELOPE["payload"]


@pytest.mark.parametrize(
    ("outcomes", "error"),
    [
        ({"Run task": [failed(3)] * 2, "Note failure": [NOTED] * 2}, "Naws.TaskFailed"),
        ({"Run task": [Throws("ECS.AccessDeniedException", "no")], "Note failure": [NOTED]}, "Naws.Denied"),
        ({"Store payload": [DENIED]}, "Naws.PayloadNotStored"),
    ],
)
def test_a_failure_of_a_step_is_its_callers_and_is_not_kept(outcomes: dict[str, Any], error: str) -> None:
    large = {"text": "x" * 100_000} if "Store payload" in outcomes else {}
    given = {**ENVELOPE, "trigger": "step", "payload": large, "caller": "caller-arn", **LINK}
    finished = run(given, outcomes)
    assert finished.states[-2:] == ["Whose failure?", "Failed"]
    assert finished.error == error
    assert finished.cause


def test_the_sending_time_of_a_message_becomes_a_date() -> None:
    finished = run(
        [{**ENVELOPE, "time": "1767225600000"}],
        {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [KEPT]},
        task_attempts=1,
    )
    assert kept(finished)["envelope"]["time"] == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "payload", [{}, {"quote": '"', "line": "\n", "text": "äöü 💡"}, [[1], [2, [3]]], "a", "", 0, False]
)
def test_a_payload_arrives_as_json(payload: Any) -> None:
    finished = run({**ENVELOPE, "payload": payload}, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    assert json.loads(variables(finished)["NAWS_PAYLOAD"]) == payload


def test_an_envelope_without_payload_has_an_empty_one() -> None:
    finished = run({"trigger": "queue", "id": "m"}, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    assert variables(finished)["NAWS_PAYLOAD"] == "{}"


@pytest.mark.parametrize("text", ["x", '"', "\\", "ä"])
def test_the_overrides_never_exceed_their_limit(text: str) -> None:
    for size in range(2000, 9000, 500):
        payload = {"text": text * size}
        outcomes = {"Store payload": [Returns({})], "Run task": [Returns(task(0))], "Note success": [NOTED]}
        definition = workflow(RunPolicy(**POLICY), NAMES)
        finished = run_workflow(definition, {**ENVELOPE, "payload": payload}, outcomes, allow_unused=True)
        (sent,) = finished.arguments("Run task")
        assert len(json.dumps(sent["Overrides"], ensure_ascii=False)) <= OVERRIDE_LIMIT


def test_a_payload_that_does_not_fit_goes_through_s3() -> None:
    payload = {"text": "x" * 100_000}
    finished = run(
        {**ENVELOPE, "payload": payload},
        {"Store payload": [Returns({})], "Run task": [Returns(task(0))], "Note success": [NOTED]},
    )
    stored = ["Which payload?", "Payload of envelope", "Store payload", "Stored"]
    assert finished.states == [*BEGIN, *stored, *ATTEMPT, "Note success", "Succeeded"]
    assert finished.arguments("Store payload") == [
        {"Bucket": "payloads", "Key": "runs/run-1.json", "Body": payload, "ContentType": "application/json"}
    ]
    sent = variables(finished)
    assert sent["NAWS_PAYLOAD_URI"] == "s3://payloads/runs/run-1.json"
    assert "NAWS_PAYLOAD" not in sent


def test_a_payload_that_cannot_be_stored_does_not_lose_the_run() -> None:
    given = {**ENVELOPE, "payload": {"text": "x" * 100_000}}
    slow = Throws("S3.S3Exception", "Reduce your request rate. (Service: S3, Status Code: 503)")
    finished = run(given, {"Store payload": [slow] * 5, "Keep failure": [KEPT]})
    assert finished.states[-4:] == ["Store payload: again?", *GIVE_UP]
    assert kept(finished)["envelope"] == given
    assert finished.error == "Naws.PayloadNotStored"


def test_a_payload_that_may_not_be_stored_fails_at_once() -> None:
    given = {**ENVELOPE, "payload": {"text": "x" * 100_000}}
    finished = run(given, {"Store payload": [DENIED], "Keep failure": [KEPT]})
    stored = ["Which payload?", "Payload of envelope", "Store payload", "Store payload: again?"]
    assert finished.states == [*BEGIN, *stored, *GIVE_UP]
    assert kept(finished)["failure"]["reason"] == f"{DENIED.error}: {DENIED.cause}"


@pytest.mark.parametrize("text", ["x" * 250_000, "\u6f22" * 80_000], ids=["ascii", "three bytes a character"])
def test_a_large_payload_that_cannot_be_stored_is_kept_as_it_is(text: str) -> None:
    given = {**ENVELOPE, "payload": {"text": text}}
    finished = run(given, {"Store payload": [Throws("S3.S3Exception", "slow down")] * 5, "Keep failure": [KEPT]})
    assert kept(finished)["envelope"] == given


@pytest.mark.parametrize("text", ["x" * 200_000, "\u6f22" * 80_000], ids=["ascii", "three bytes a character"])
def test_a_payload_that_is_too_large_for_the_failure_message_is_named(text: str) -> None:
    given = {**ENVELOPE, "payload": {"text": text}}
    finished = run(
        given,
        {"Store payload": [Returns({})], "Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [KEPT]},
        task_attempts=1,
    )
    assert kept(finished)["envelope"] == {
        "trigger": "queue",
        "id": "message-1",
        "time": "2026-01-01T00:00:00Z",
        "payload_uri": "s3://payloads/runs/run-1.json",
    }


def test_a_run_that_is_put_back_with_its_stored_payload_finds_it_again():
    envelope = {
        "trigger": "queue",
        "id": "m",
        "time": "2026-01-01T00:00:00Z",
        "payload_uri": "s3://payloads/runs/1.json",
    }
    finished = run(envelope, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    sent = variables(finished)
    assert sent["NAWS_PAYLOAD_URI"] == "s3://payloads/runs/1.json"
    assert "NAWS_PAYLOAD" not in sent
    again = run(envelope, {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [KEPT]}, task_attempts=1)
    assert kept(again)["envelope"]["payload_uri"] == "s3://payloads/runs/1.json"


def test_a_metric_that_cannot_be_put_does_not_fail_the_run() -> None:
    denied = [Throws("CloudWatch.CloudWatchException")] * 3
    finished = run(
        ENVELOPE,
        {"Run task": [failed(3), Returns(task(0))], "Note failure": denied, "Note success": denied},
    )
    assert finished.status == "SUCCEEDED"


def test_the_failure_queue_is_tried_again() -> None:
    refused = [Throws("SQS.SqsException")] * 3
    finished = run(
        ENVELOPE,
        {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [*refused, KEPT]},
        task_attempts=1,
    )
    assert finished.error == "Naws.TaskFailed"


def test_a_failure_that_may_not_be_kept_ends_with_an_error_that_the_status_rule_keeps() -> None:
    denied = Throws("SQS.AmazonSQSException", f"{NOT_AUTHORIZED}sqs:SendMessage (Error Code: AccessDenied)")
    finished = run(
        ENVELOPE, {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [denied]}, task_attempts=1
    )
    assert finished.waits == []
    assert finished.error == "FailureNotKept"
    assert "exit code 3" in finished.cause
    assert f"{NOT_AUTHORIZED}sqs:SendMessage" in finished.cause


def test_a_failure_that_cannot_be_kept_is_tried_for_some_minutes() -> None:
    down = Throws("SQS.AmazonSQSException", "(Service: AmazonSQS; Status Code: 503)")
    finished = run(
        ENVELOPE, {"Run task": [failed(3)], "Note failure": [NOTED], "Keep failure": [down] * 9}, task_attempts=1
    )
    assert finished.error == "FailureNotKept"
    assert len(finished.waits) == 8


def test_the_machine_outlives_every_attempt() -> None:
    policy = RunPolicy(**POLICY)
    assert policy.execution_timeout >= 4 * (3600 + 120 + 100)
    assert workflow(policy, NAMES)["TimeoutSeconds"] == policy.execution_timeout
    assert RunPolicy(**{**POLICY, "attempt_timeout": 30_000_000}).execution_timeout == 31_536_000


def test_the_payload_budget_leaves_room_for_everything_else() -> None:
    assert 7000 < payload_budget("main") < OVERRIDE_LIMIT
    assert payload_budget("x" * 100) < payload_budget("main")


OUT_OF_MEMORY = failed(137, reason="OutOfMemoryError: Container killed due to memory usage")
LADDER = (
    Size(cpu=1024, memory_limit_mib=7168),
    Size(cpu=1024, memory_limit_mib=8192),
    Size(cpu=2048, memory_limit_mib=9216),
)


def overrides(finished: WorkflowRun) -> list[tuple[str, str]]:
    return [(sent["Overrides"]["Cpu"], sent["Overrides"]["Memory"]) for sent in finished.arguments("Run task")]


def test_memory_grows_until_it_is_enough():
    finished = run(
        ENVELOPE,
        {
            "Run task": [OUT_OF_MEMORY, OUT_OF_MEMORY, Returns(task(0))],
            "Note failure": [NOTED] * 2,
            "Note success": [NOTED],
        },
        sizes=LADDER,
        task_attempts=1,
    )
    grown = [*ATTEMPT, *FAILURE]
    assert finished.states == [*BEGIN, *grown, *grown, *ATTEMPT, "Note success", "Succeeded"]
    assert finished.waits == []
    assert overrides(finished) == [("1024", "7168"), ("1024", "8192"), ("2048", "9216")]
    seen = [variables(finished, n) for n in (1, 2, 3)]
    assert [(v["NAWS_ATTEMPT"], v["NAWS_CPU"], v["NAWS_MEMORY_LIMIT_MIB"]) for v in seen] == [
        ("1", "1024", "7168"),
        ("2", "1024", "8192"),
        ("3", "2048", "9216"),
    ]


def test_at_the_largest_size_out_of_memory_is_a_task_failure():
    finished = run(
        ENVELOPE,
        {"Run task": [OUT_OF_MEMORY] * 4, "Note failure": [NOTED] * 4, "Keep failure": [KEPT]},
        sizes=LADDER,
        task_attempts=2,
    )
    assert finished.error == "Naws.OutOfMemory"
    assert [memory for _, memory in overrides(finished)] == ["7168", "8192", "9216", "9216"]


def test_other_failures_keep_the_size():
    lost = failed(None, stop_code="TaskFailedToStart")
    finished = run(
        ENVELOPE,
        {"Run task": [OUT_OF_MEMORY, lost, Returns(task(0))], "Note failure": [NOTED] * 2, "Note success": [NOTED]},
        sizes=LADDER,
    )
    assert [memory for _, memory in overrides(finished)] == ["7168", "8192", "8192"]


def test_without_growth_no_size_is_sent():
    finished = run(ENVELOPE, {"Run task": [Returns(task(0))], "Note success": [NOTED]})
    assert set(finished.arguments("Run task")[0]["Overrides"]) == {"ContainerOverrides"}


def test_an_exit_code_listed_as_success_succeeds():
    finished = run(ENVELOPE, {"Run task": [failed(9)], "Note success": [NOTED]}, exit_codes={9: "succeed"})
    assert finished.status == "SUCCEEDED"
    assert finished.output["exit_code"] == 9


def test_an_exit_code_listed_for_retry_is_counted_like_infrastructure():
    finished = run(
        ENVELOPE,
        {"Run task": [failed(75)] * 3, "Note failure": [NOTED] * 3, "Keep failure": [KEPT]},
        exit_codes={75: "retry"},
        task_attempts=1,
    )
    assert len(finished.waits) == 2
    assert finished.error == "Naws.TaskFailed"
    assert finished.arguments("Note failure")[0]["MetricData"][0]["Dimensions"][1]["Value"] == "RetryListed"


def test_an_exit_code_listed_as_failure_fails_at_once():
    finished = run(
        ENVELOPE,
        {"Run task": [failed(2)], "Note failure": [NOTED], "Keep failure": [KEPT]},
        exit_codes={2: "fail"},
        task_attempts=5,
    )
    assert finished.states == [*BEGIN, *ATTEMPT, *FAILURE, *GIVE_UP]


def test_a_listed_code_does_not_hide_that_the_task_could_not_start_or_was_interrupted():
    interrupted = failed(143, stop_code="SpotInterruption")
    finished = run(
        ENVELOPE,
        {"Run task": [interrupted, Returns(task(0))], "Note failure": [NOTED], "Note success": [NOTED]},
        exit_codes={143: "fail"},
    )
    assert finished.output["attempts"] == 2


def providers(finished: WorkflowRun) -> list[str]:
    sent = finished.arguments("Run task")
    assert all("LaunchType" not in arguments for arguments in sent)
    return [arguments["CapacityProviderStrategy"][0]["CapacityProvider"] for arguments in sent]


def test_spot_stays_spot():
    interrupted = failed(143, stop_code="SpotInterruption")
    finished = run(
        ENVELOPE,
        {"Run task": [interrupted] * 3, "Note failure": [NOTED] * 3, "Keep failure": [KEPT]},
        capacity="spot",
    )
    assert providers(finished) == ["FARGATE_SPOT"] * 3


def test_after_an_interruption_it_runs_on_demand():
    interrupted = failed(143, stop_code="SpotInterruption")
    finished = run(
        ENVELOPE,
        {"Run task": [interrupted, failed(3), Returns(task(0))], "Note failure": [NOTED] * 2, "Note success": [NOTED]},
        capacity="spot-then-on-demand",
        infrastructure_attempts=5,
    )
    assert providers(finished) == ["FARGATE_SPOT", "FARGATE", "FARGATE"]


def test_the_last_infrastructure_attempt_runs_on_demand():
    throttled = Throws("ECS.AmazonECSException", "Capacity is unavailable at this time")
    finished = run(
        ENVELOPE,
        {"Run task": [throttled] * 3, "Note failure": [NOTED] * 3, "Keep failure": [KEPT]},
        capacity="spot-then-on-demand",
    )
    assert providers(finished) == ["FARGATE_SPOT", "FARGATE_SPOT", "FARGATE"]


LEASES = Concurrency(limit=2)
FULL = Throws("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
GIVEN = Returns({})


def test_a_lease_is_taken_first_and_given_back_last():
    finished = run(
        ENVELOPE,
        {
            "Take lease": [GIVEN],
            "Run task": [Returns(task(0))],
            "Note success": [NOTED],
            "Release after success": [GIVEN],
        },
        lease=LEASES,
    )
    assert finished.states == [
        *BEGIN,
        "Take lease",
        *ATTEMPT,
        "Note success",
        "Release after success",
        "Succeeded",
    ]
    assert finished.arguments("Take lease") == [
        {
            "TableName": "leases",
            "Key": {"processor": {"S": "Stack/Nightly"}},
            "UpdateExpression": "ADD holders :me",
            "ConditionExpression": "attribute_not_exists(holders) OR size(holders) < :limit "
            "OR contains(holders, :name)",
            "ExpressionAttributeValues": {":me": {"SS": ["run-1"]}, ":name": {"S": "run-1"}, ":limit": {"N": "2"}},
        }
    ]
    assert finished.arguments("Release after success") == [
        {
            "TableName": "leases",
            "Key": {"processor": {"S": "Stack/Nightly"}},
            "UpdateExpression": "DELETE holders :gone",
            "ExpressionAttributeValues": {":gone": {"SS": ["run-1"]}},
        }
    ]


def test_a_failed_run_gives_its_lease_back_after_it_is_kept():
    finished = run(
        ENVELOPE,
        {
            "Take lease": [GIVEN],
            "Run task": [failed(3)],
            "Note failure": [NOTED],
            "Keep failure": [KEPT],
            "Release after failure": [GIVEN],
        },
        lease=LEASES,
        task_attempts=1,
    )
    assert finished.states[-4:] == ["Keep failure", "Let it end", "Release after failure", "Failed"]
    assert finished.waits == [1]


def test_the_lease_of_a_run_that_timed_out_is_given_back_when_its_task_is_gone():
    finished = run(
        ENVELOPE,
        {
            "Take lease": [GIVEN],
            "Run task": [Throws("States.Timeout")],
            "Find task": [history(*LOOKING, *TIMED_OUT, scheduled())],
            "Note failure": [NOTED],
            "Keep failure": [KEPT],
            "Release after failure": [GIVEN],
        },
        lease=LEASES,
        task_attempts=1,
    )
    assert finished.waits == [120]


def test_when_full_a_run_waits_longer_and_longer():
    finished = run(
        ENVELOPE,
        {
            "Take lease": [FULL] * 12 + [GIVEN],
            "Run task": [Returns(task(0))],
            "Note success": [NOTED],
            "Release after success": [GIVEN],
        },
        lease=LEASES,
    )
    assert finished.status == "SUCCEEDED"
    assert len(finished.waits) == 12
    for n, wait in enumerate(finished.waits):
        longest = min(900, 4 * 1.5**n)
        assert longest / 2 <= wait <= longest + 1


# Two weeks of waiting are thousands of states, and every other test of it waits less.
@pytest.mark.exhaustive
def test_waiting_ends_before_the_history_is_full_and_the_run_is_kept():
    finished = run(
        ENVELOPE,
        {"Take lease": lambda _: FULL, "Keep failure": [KEPT], "Release after failure": [GIVEN]},
        lease=LEASES,
    )
    assert finished.error == "Naws.NoLease"
    assert kept(finished)["envelope"] == ENVELOPE
    assert sum(finished.waits) >= 14 * 86_400  # as long as a queue keeps a message


def test_when_full_a_run_is_skipped():
    finished = run(
        ENVELOPE,
        {"Take lease": [FULL], "Note skip": [NOTED]},
        lease=Concurrency(limit=1, when_full="skip"),
    )
    assert finished.states == [*BEGIN, "Take lease", "Note skip", "Skipped"]
    assert finished.output == {"id": "message-1", "trigger": "queue", "skipped": True}


def test_runs_that_wait_do_not_all_look_at_the_same_moment():
    waits = [
        run(
            ENVELOPE,
            {
                "Take lease": [FULL, GIVEN],
                "Run task": [Returns(task(0))],
                "Note success": [NOTED],
                "Release after success": [GIVEN],
            },
            lease=LEASES,
            chance=chance,
        ).waits
        for chance in (0, 1)
    ]
    assert waits == [[2], [4]]


THROTTLED = Throws("DynamoDB.ThrottlingException", "Rate exceeded")
SERVICE = "(Service: AmazonDynamoDBv2; Status Code: {}; Error Code: {}; Request ID: 1; Proxy: null)"


def unnamed(status: int, code: str, text: str = "what happened") -> Throws:
    """An error that DynamoDB's optimized integration has no name for, in AWS's recorded form."""
    return Throws("DynamoDB.AmazonDynamoDBException", f"{text} {SERVICE.format(status, code)}")


@pytest.mark.parametrize(
    "passing", [THROTTLED, unnamed(400, "ThrottlingException"), unnamed(500, "InternalServerError"), unnamed(503, "x")]
)
def test_a_table_that_is_throttled_or_down_is_waited_for_like_a_full_one(passing: Throws):
    finished = run(
        ENVELOPE,
        {
            "Take lease": [passing] * 20 + [GIVEN],
            "Run task": [Returns(task(0))],
            "Note success": [NOTED],
            "Release after success": [GIVEN],
        },
        lease=LEASES,
    )
    assert finished.status == "SUCCEEDED"
    assert len(finished.waits) == 20


@pytest.mark.parametrize(
    "refused",
    [
        unnamed(400, "AccessDeniedException", f"{NOT_AUTHORIZED}dynamodb:UpdateItem on resource: table/Throttling"),
        unnamed(400, "KMSAccessDeniedException", "The key's policy does not let the table use it"),
        unnamed(400, "ValidationException", "One or more parameter values were invalid"),
        Throws("DynamoDB.ResourceNotFoundException", "Requested resource not found"),
    ],
    ids=lambda refused: refused.cause[-60:],
)
@pytest.mark.parametrize("when_full", ["wait", "skip"])
def test_a_lease_that_may_not_be_taken_fails_the_run_at_once_with_its_cause(when_full: str, refused: Throws):
    finished = run(
        ENVELOPE,
        {"Take lease": [refused], "Keep failure": [KEPT], "Release after failure": [GIVEN]},
        lease=Concurrency(limit=2, when_full=when_full),
    )
    assert finished.error == "Naws.LeaseNotTaken"
    assert kept(finished)["failure"]["reason"] == f"{refused.error}: {refused.cause}"
    assert finished.waits == [1]


@pytest.mark.parametrize(
    ("when_full", "error", "calls"), [("wait", "denied", 1), ("skip", "denied", 1), ("skip", "throttled", 7)]
)
def test_a_table_that_cannot_be_reached_does_not_lose_the_run(when_full: str, error: str, calls: int):
    refused = THROTTLED if error == "throttled" else Throws("DynamoDB.AccessDeniedException", "no" * 1_000)
    finished = run(
        ENVELOPE,
        {"Take lease": [refused] * calls, "Keep failure": [KEPT], "Release after failure": [GIVEN]},
        lease=Concurrency(limit=2, when_full=when_full),
    )
    assert finished.error == "Naws.LeaseNotTaken"
    assert kept(finished)["envelope"] == ENVELOPE
    assert len(kept(finished)["failure"]["reason"]) <= 1_000


@pytest.mark.parametrize("spelling", ["DynamoDB", "DynamoDb"])
def test_a_full_table_is_known_by_either_spelling_of_its_error(spelling: str):
    full = Throws(f"{spelling}.ConditionalCheckFailedException")
    finished = run(ENVELOPE, {"Take lease": [full], "Note skip": [NOTED]}, lease=Concurrency(limit=1, when_full="skip"))
    assert finished.states[-1] == "Skipped"


def test_a_lease_that_cannot_be_given_back_does_not_fail_the_run():
    finished = run(
        ENVELOPE,
        {
            "Take lease": [GIVEN],
            "Run task": [Returns(task(0))],
            "Note success": [NOTED],
            "Release after success": [Throws("DynamoDB.AmazonDynamoDBException", "no")] * 5,
        },
        lease=LEASES,
    )
    assert finished.status == "SUCCEEDED"
