"""Every row of the outcome table, executed: the states visited, the waits, and what each attempt was sent."""

import json
from typing import Any

import pytest

from naws.ecs_task_processor.workflow import OVERRIDE_LIMIT, WorkflowSettings, longest_run, payload_budget, workflow
from naws.testing import Returns, Throws, WorkflowRun, run_workflow

SETTINGS = {
    "partition": "aws",
    "cluster_arn": "cluster-arn",
    "task_definition_arn": "task-definition:7",
    "family": "family",
    "container": "main",
    "subnet_ids": ("subnet-a", "subnet-b"),
    "security_group_ids": ("group",),
    "payload_bucket": "payloads",
    "failure_queue_url": "failure-queue",
    "processor": "Stack/Nightly",
    "attempt_timeout": 3600,
    "stop_timeout": 120,
    "infrastructure_attempts": 3,
    "task_attempts": 2,
    "interval": 30,
    "backoff_rate": 2.0,
    "max_interval": 100,
}
ENVELOPE = {"trigger": "queue", "id": "message-1", "time": "2026-01-01T00:00:00Z", "payload": {"rows": [1]}}

BEGIN = ["Receive", "Measure", "Fits?"]
ATTEMPT = ["Run task", "Judge", "Succeeded?"]
FAILURE = ["Count failure", "Note failure", "Again?"]
GIVE_UP = ["Keep failure", "Failed"]
NOTED = Returns({})
KEPT = Returns({"MessageId": "kept"})


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


def run(given: Any, outcomes: dict[str, Any], **settings: Any) -> WorkflowRun:
    definition = workflow(WorkflowSettings(**{**SETTINGS, **settings}))
    return run_workflow(definition, given, outcomes, execution_name="run-1")


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
        "EnableECSManagedTags": True,
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


def test_exit_0_of_a_task_in_which_a_container_was_killed_for_memory_is_a_failure() -> None:
    sidecar = {"Name": "agent", "ExitCode": 137, "Reason": "OutOfMemoryError: Container killed due to memory usage"}
    finished = run(
        ENVELOPE,
        {
            "Run task": [Returns(task(0, others=[sidecar]))],
            "Note failure": [NOTED],
            "Keep failure": [KEPT],
        },
        task_attempts=1,
    )
    assert finished.states == [*BEGIN, *ATTEMPT, *FAILURE, *GIVE_UP]
    assert finished.error == "Naws.OutOfMemory"


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
        Throws("ECS.AccessDeniedException", "not authorized, yet"),
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
            "reason": "Essential container in task exited",
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


def test_a_timeout_stops_the_task_and_counts_as_a_task_failure() -> None:
    listed = Returns({"TaskArns": ["other", "ours"]})
    described = Returns({"Tasks": [{"TaskArn": "other", "Group": "x"}, {"TaskArn": "ours", "Group": "run-1"}]})
    finished = run(
        ENVELOPE,
        {
            "Run task": [Throws("States.Timeout")],
            "Find task": [listed],
            "Describe tasks": [described],
            "Stop task": [Returns({})],
            "Note failure": [NOTED],
            "Keep failure": [KEPT],
        },
        task_attempts=1,
    )
    found = ["Find task", "Any tasks?", "Describe tasks", "Found?", "Stop task"]
    assert finished.states == [*BEGIN, "Run task", *found, *FAILURE, *GIVE_UP]
    assert finished.arguments("Stop task") == [
        {"Cluster": "cluster-arn", "Task": "ours", "Reason": "the attempt took longer than 3600 seconds"}
    ]
    assert finished.error == "Naws.AttemptTimedOut"
    assert kept(finished)["failure"]["task"] == "ours"


def test_the_task_is_looked_for_on_every_page() -> None:
    first = Returns({"TaskArns": ["other"], "NextToken": "page-2"})
    finished = run(
        ENVELOPE,
        {
            "Run task": [Throws("States.Timeout")],
            "Find task": [first, Returns({"TaskArns": ["ours"]})],
            "Describe tasks": [
                Returns({"Tasks": [{"TaskArn": "other", "Group": "x"}]}),
                Returns({"Tasks": [{"TaskArn": "ours", "Group": "run-1"}]}),
            ],
            "Stop task": [Returns({})],
            "Note failure": [NOTED],
            "Keep failure": [KEPT],
        },
        task_attempts=1,
    )
    page = {"Cluster": "cluster-arn", "Family": "family", "DesiredStatus": "RUNNING"}
    assert finished.arguments("Find task") == [page, {**page, "NextToken": "page-2"}]


@pytest.mark.parametrize(
    "outcomes",
    [
        {"Find task": [Returns({"TaskArns": []})]},
        {"Find task": [Throws("Ecs.ServerException")] * 5},
        {"Find task": [Returns({"TaskArns": ["a"]})], "Describe tasks": [Returns({"Tasks": []})]},
        {
            "Find task": [Returns({"TaskArns": ["ours"]})],
            "Describe tasks": [Returns({"Tasks": [{"TaskArn": "ours", "Group": "run-1"}]})],
            "Stop task": [Throws("Ecs.ServerException")] * 5,
        },
    ],
    ids=["already gone", "cannot list", "not ours", "cannot stop"],
)
def test_a_timeout_whose_task_cannot_be_stopped_does_not_lose_the_run(outcomes: dict[str, Any]) -> None:
    rest = {"Run task": [Throws("States.Timeout")], "Note failure": [NOTED], "Keep failure": [KEPT]}
    finished = run(ENVELOPE, {**rest, **outcomes}, task_attempts=1)
    assert finished.error == "Naws.AttemptTimedOut"
    assert kept(finished)["envelope"] == ENVELOPE


def test_attempts_of_one_run_do_not_overlap_after_a_timeout() -> None:
    finished = run(
        ENVELOPE,
        {
            "Run task": [Throws("States.Timeout"), Returns(task(0))],
            "Find task": [Returns({"TaskArns": []})],
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
        definition = workflow(WorkflowSettings(**SETTINGS))
        finished = run_workflow(definition, {**ENVELOPE, "payload": payload}, outcomes, allow_unused=True)
        (sent,) = finished.arguments("Run task")
        assert len(json.dumps(sent["Overrides"], ensure_ascii=False)) <= OVERRIDE_LIMIT


def test_a_payload_that_does_not_fit_goes_through_s3() -> None:
    payload = {"text": "x" * 100_000}
    finished = run(
        {**ENVELOPE, "payload": payload},
        {"Store payload": [Returns({})], "Run task": [Returns(task(0))], "Note success": [NOTED]},
    )
    assert finished.states == [*BEGIN, "Store payload", *ATTEMPT, "Note success", "Succeeded"]
    assert finished.arguments("Store payload") == [
        {"Bucket": "payloads", "Key": "runs/run-1.json", "Body": payload, "ContentType": "application/json"}
    ]
    sent = variables(finished)
    assert sent["NAWS_PAYLOAD_URI"] == "s3://payloads/runs/run-1.json"
    assert "NAWS_PAYLOAD" not in sent


def test_a_payload_that_cannot_be_stored_does_not_lose_the_run() -> None:
    given = {**ENVELOPE, "payload": {"text": "x" * 100_000}}
    finished = run(given, {"Store payload": [Throws("S3.S3Exception", "denied")] * 5, "Keep failure": [KEPT]})
    assert finished.states == [*BEGIN, "Store payload", *GIVE_UP]
    assert kept(finished)["envelope"] == given
    assert finished.error == "Naws.PayloadNotStored"


def test_a_payload_that_is_too_large_for_the_failure_message_is_named() -> None:
    given = {**ENVELOPE, "payload": {"text": "x" * 200_000}}
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


def test_the_machine_outlives_every_attempt() -> None:
    settings = WorkflowSettings(**SETTINGS)
    assert longest_run(settings) >= 4 * (3600 + 120 + 100)
    assert workflow(settings)["TimeoutSeconds"] == longest_run(settings)
    assert longest_run(WorkflowSettings(**{**SETTINGS, "attempt_timeout": 30_000_000})) == 31_536_000


def test_the_payload_budget_leaves_room_for_everything_else() -> None:
    assert 7000 < payload_budget("main") < OVERRIDE_LIMIT
    assert payload_budget("x" * 100) < payload_budget("main")
