"""`naws redrive` on the embedded AWS: a message goes only after its run was accepted; nothing is lost or done twice."""

import fcntl
import json
from datetime import UTC, datetime

import pytest

from naws.cli.operate.failure import Cause, Failure

pytestmark = pytest.mark.e2e


def outcomes(document):
    return {run["run"]: run["outcome"] for pattern in document["patterns"] for run in pattern["runs"]}


def test_a_run_is_started_anew_with_its_envelope_and_its_message_goes(bench, ask):
    bench.keep("first", payload={"price": 1})
    code, document = ask("redrive", f"{bench.name}/Anew", "first")
    assert (code, outcomes(document)) == (0, {"first": "started"})
    assert bench.left() == (0, 0)
    assert bench.inputs() == [
        {"trigger": "queue", "id": "first", "time": "2026-11-26T03:00:00Z", "payload": {"price": 1}}
    ]
    assert ask("failures", f"{bench.name}/Anew")[0] == 0


def test_every_digit_of_a_payload_is_kept(bench, ask):
    envelope = '{"trigger":"queue","id":"a", "payload":{"n":12345678901234567.125,"e":1E400}}'
    bench.send("Failures", f'{{"envelope": {envelope}, "failure":{{"error":"x"}}}}')
    ask("redrive", f"{bench.name}/Anew", "--yes")
    (execution,) = bench.executions()
    given = bench.states.describe_execution(executionArn=execution["executionArn"])["input"]
    assert given == envelope


def test_dry_run_changes_nothing(bench, ask, naws):
    bench.keep("a")
    code, document = ask("redrive", f"{bench.name}/Anew", "--dry-run")
    assert (code, outcomes(document)) == (0, {"a": ""})
    assert document["patterns"][0]["runs"][0]["planned"] == "started"
    assert "1 would be started anew with the same id" in naws("redrive", bench.name, "--dry-run").stdout
    assert (bench.left(), bench.executions()) == ((1, 0), [])


def test_all_of_them_are_put_back_only_when_somebody_agrees(bench, ask):
    bench.keep("a")
    code, document = ask("redrive", bench.name)
    assert (code, document["error"]["detail"]) == (2, "--yes agrees; --dry-run only looks.")
    assert bench.left() == (1, 0)


def test_only_what_a_cause_or_an_id_names_is_put_back(bench, ask):
    for run, reason in (("one-a", "exit code 3"), ("one-b", "exit code 4"), ("two", "exit code 4")):
        bench.keep(run, reason=reason)
    code, document = ask("redrive", bench.name, "--cause", "exit code 4", "--yes")
    assert (code, outcomes(document)) == (0, {"one-b": "started", "two": "started"})
    assert bench.left() == (1, 0)
    code, document = ask("redrive", bench.name, "one")
    assert (code, outcomes(document)) == (0, {"one-a": "started"})


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(["orders-8"], "Did you mean orders-7?"), (["--cause", "exit cod 3", "--yes"], "exit code 3")],
)
def test_what_no_run_has_has_the_nearest(bench, ask, arguments, hint):
    bench.keep("orders-7")
    code, document = ask("redrive", bench.name, *arguments)
    assert code == 6
    assert hint in document["error"]["detail"]


def test_an_execution_without_a_message_is_started_anew_under_its_own_id_once(bench, ask):
    bare = bench.ended(bench.start({"payload": {"fail": True}}))["name"]
    code, document = ask("redrive", f"{bench.name}/Anew", bare)
    assert (code, outcomes(document)) == (0, {bare: "started"})
    assert {"trigger": "manual", "id": bare, "payload": {"payload": {"fail": True}}} in bench.inputs()
    # The run that was put back has no `payload.fail`, and succeeds: nothing is left.
    assert ask("failures", f"{bench.name}/Anew")[1]["failed"] == 0


def test_executions_without_a_message_are_put_back_when_they_are_asked_for(bench, ask, naws):
    bench.failed(run="lost")
    result = naws("redrive", f"{bench.name}/Anew", "--yes")
    assert result.exit_code == 0
    assert "1 execution without a message failed, too: name them, or --history" in result.stderr
    assert len(bench.executions()) == 1
    code, document = ask("redrive", f"{bench.name}/Anew", "--history", "--yes")
    assert (code, outcomes(document)) == (0, {"lost": "started"})


def test_all_is_what_a_name_has_or_everything(bench, ask):
    bench.keep("one")
    for arguments in ((bench.name, "--all"), ("--all",)):
        code, document = ask("redrive", *arguments, "--dry-run")
        runs = [run["run"] for pattern in document["patterns"] for run in pattern["runs"]]
        assert (code, "one" in runs) == (0, True)
    assert [ask("redrive", *arguments)[0] for arguments in ((), ("--yes",), (bench.name, "one", "--all"))] == [2] * 3
    assert bench.left() == (1, 0)


def test_two_messages_about_one_execution_start_one_run(bench, ask):
    arn = bench.failed(run="twice")
    for _ in range(2):
        bench.keep("twice", arn)
    code, document = ask("redrive", f"{bench.name}/Anew", "--yes")
    assert (code, outcomes(document)) == (0, {"twice": "started"})
    assert bench.left() == (0, 0)
    assert len(bench.executions()) == 2


def test_a_run_that_was_accepted_before_its_message_went_is_not_started_again(bench, ask):
    """As after a kill between the two, on a machine without the journal: the second start has the same name."""
    failed = bench.failed(run="twice")
    bench.keep("twice", failed)
    name = Failure("twice", Cause(), datetime.now(UTC), "failure queue", "start", execution=failed).new_names()[0]
    request = {"stateMachineArn": bench.physical["Anew"], "name": name, "input": '{"trigger":"manual","id":"twice"}'}
    bench.ended(bench.states.start_execution(**request)["executionArn"])
    code, document = ask("redrive", f"{bench.name}/Anew", "twice")
    assert (code, outcomes(document)) == (0, {"twice": "already"})
    assert bench.left() == (0, 0)
    assert len(bench.executions()) == 2


def test_what_the_journal_has_is_not_started_again(bench, ask, tmp_path):
    message = bench.keep("before")
    line = {"step": "accepted", "keys": [message], "started": "arn:aws:states:::execution:x"}
    (tmp_path / "journal.jsonl").write_text(json.dumps(line) + '\n{"step": "acc')
    code, document = ask("redrive", bench.name, "--yes", "--journal", "journal.jsonl")
    assert (code, outcomes(document)) == (0, {"before": "already"})
    assert (bench.left(), bench.executions()) == ((0, 0), [])


def test_a_refused_start_keeps_its_message(bench, ask, naws):
    bench.keep("large", payload={"text": "x" * 262_100})
    bench.keep("small")
    code, document = ask("redrive", f"{bench.name}/Anew", "--yes")
    assert code == 5
    assert outcomes(document) == {"large": "refused", "small": "started"}
    assert bench.left() == (1, 0)
    result = naws("redrive", f"{bench.name}/Anew", "--yes")
    assert result.exit_code == 5
    assert "large  not put back" in result.stdout


def test_what_nobody_can_read_is_left_and_named(bench, ask):
    bench.send("Failures", "{")
    code, document = ask("redrive", f"{bench.name}/Anew", "--yes")
    assert code == 5
    assert [*outcomes(document).values()] == ["refused"]
    assert bench.left() == (1, 0)


def test_a_message_that_was_not_done_starts_a_run_with_its_own_id(bench, ask):
    message = bench.send("WorkLetters", '{"report": 1}')
    refused = {"TARGET_ARN": bench.physical["Anew"], "ERROR_CODE": "NO_PERMISSIONS"}
    event = {"id": "e-1", "detail-type": "Asked", "source": "shop", "time": "2026-11-26T03:00:00Z", "detail": {}}
    bench.send("Letters", event, **refused)
    code, document = ask("redrive", f"{bench.name}/Anew", "--yes")
    assert (code, outcomes(document)) == (0, {message: "started", "e-1": "started"})
    records = [given for given in bench.inputs() if isinstance(given, list)]
    assert [(each["messageId"], each["body"]) for (each,) in records] == [(message, '{"report": 1}')]
    assert {"trigger": "event", "id": "e-1", "time": event["time"], "payload": event} in bench.inputs()
    assert (bench.left("Letters"), bench.left("WorkLetters")) == ((0, 0), (0, 0))


def test_from_start_starts_an_execution_anew_and_takes_the_message_away(bench, ask):
    arn = bench.failed(machine="GoesOn", run="anew")
    detail = {"executionArn": arn, "status": "FAILED", "error": "No.Paper", "input": None}
    bench.send("Ends", detail)
    code, document = ask("redrive", f"{bench.name}/GoesOn", "anew", "--from-start")
    assert (code, outcomes(document)) == (0, {"anew": "started"})
    assert bench.left("Ends") == (0, 0)
    first, second = bench.inputs("GoesOn")
    assert first == second


def test_a_run_that_goes_on_already_is_left_alone(bench, ask):
    going = bench.start({"trigger": "manual", "id": "going", "payload": {"wait": True}}, machine="GoesOn")
    bench.send("Ends", {"executionArn": going, "status": "ABORTED", "input": '{"trigger":"manual","id":"going"}'})
    code, document = ask("redrive", f"{bench.name}/GoesOn", "going")
    assert (code, outcomes(document)) == (5, {"going": "running"})
    assert bench.left("Ends") == (1, 0)
    bench.states.stop_execution(executionArn=going)


def test_a_step_of_another_workflow_is_left_to_that(bench, ask):
    given = {"trigger": "step", "id": "s", "payload": {"fail": True}, "caller": "arn:aws:states:::execution:caller"}
    arn = bench.start(given)
    bench.ended(arn)
    # AWS leaves a large input out of the event: whose it is shows the execution.
    bench.send("Failures", {"executionArn": arn, "status": "FAILED", "error": "No.Paper"})
    code, document = ask("redrive", f"{bench.name}/Anew", "s")
    assert (code, outcomes(document)) == (5, {"s": "refused"})
    assert "arn:aws:states:::execution:caller" in document["patterns"][0]["runs"][0]["reason"]
    assert len(bench.executions()) == 1


def test_a_stack_is_put_back_with_all_its_patterns(bench, ask):
    bench.keep("a")
    code, document = ask("redrive", bench.name, "--yes")
    assert code == 0
    assert [pattern["path"] for pattern in document["patterns"]] == [f"{bench.name}/Anew"]


def test_one_journal_has_one_writer(bench, naws, tmp_path):
    bench.keep("a")
    with (tmp_path / "journal.jsonl").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = naws("redrive", bench.name, "--yes", "--journal", "journal.jsonl")
    assert result.exit_code == 8
    assert "Another `naws redrive` writes journal.jsonl" in result.stderr
    assert bench.left() == (1, 0)
