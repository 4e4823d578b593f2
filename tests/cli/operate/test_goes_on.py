"""`naws redrive` of executions that go on where they failed, on the embedded AWS."""

import json

import pytest

pytestmark = pytest.mark.e2e


def outcomes(document):
    return {run["run"]: run for pattern in document["patterns"] for run in pattern["runs"]}


def detail(bench, arn):
    described = bench.states.describe_execution(executionArn=arn)
    stopped = int(described["stopDate"].timestamp() * 1000)
    return {"executionArn": arn, "status": described["status"], "error": described.get("error"),
            "cause": described.get("cause"), "input": described["input"], "stopDate": stopped}  # fmt: skip


def aborted(bench, run):
    """An execution that somebody stopped while it waited: it goes on there when it is redriven."""
    arn = bench.start({"trigger": "manual", "id": run, "payload": {"wait": True}}, machine="GoesOn")
    bench.states.stop_execution(executionArn=arn, error="Stopped", cause="by hand")
    return bench.ended(arn)["executionArn"]


def test_an_execution_goes_on_and_its_messages_go(bench, ask, naws):
    arn = aborted(bench, "a")
    for _ in range(2):
        bench.send("Ends", detail(bench, arn))
    assert "go on where they failed" in naws("redrive", f"{bench.name}/GoesOn", "--dry-run").stdout
    code, document = ask("redrive", f"{bench.name}/GoesOn", "--yes")
    assert (code, outcomes(document)["a"]["outcome"]) == (0, "redriven")
    assert outcomes(document)["a"]["started"] == arn
    described = bench.states.describe_execution(executionArn=arn)
    assert (described["status"], described["redriveCount"]) == ("RUNNING", 1)
    assert len(bench.executions("GoesOn")) == 1
    assert bench.left("Ends") == (0, 0)
    assert ask("failures", f"{bench.name}/GoesOn")[0] == 0
    bench.states.stop_execution(executionArn=arn)


def test_an_execution_without_a_message_goes_on_too(bench, ask):
    arn = aborted(bench, "b")
    code, document = ask("redrive", f"{bench.name}/GoesOn", "b")
    assert (code, outcomes(document)["b"]["outcome"]) == (0, "redriven")
    assert bench.states.describe_execution(executionArn=arn)["status"] == "RUNNING"
    bench.states.stop_execution(executionArn=arn)


def test_what_fails_again_is_kept_again_and_goes_on_again(bench, ask):
    arn = bench.failed(machine="GoesOn", run="c")
    for count in (1, 2):
        bench.send("Ends", detail(bench, arn))
        code, document = ask("redrive", f"{bench.name}/GoesOn", "c")
        assert (code, outcomes(document)["c"]["outcome"]) == (0, "redriven")
        assert bench.ended(arn)["redriveCount"] == count
    assert bench.left("Ends") == (0, 0)


def test_what_aws_does_not_redrive_is_explained_and_stays(bench, ask):
    arn = bench.failed(machine="GoesOn", run="d")
    bench.send("Ends", detail(bench, arn))
    bench.send("Ends", {**detail(bench, arn), "executionArn": f"{arn}gone"})
    code, document = ask("redrive", f"{bench.name}/GoesOn", f"{arn}gone")
    assert code == 5
    (run,) = outcomes(document).values()
    assert run["outcome"] == "refused"
    assert "--from-start" in run["reason"]
    assert bench.left("Ends") == (2, 0)
    code, document = ask("redrive", f"{bench.name}/GoesOn", f"{arn}gone", "--from-start")
    assert (code, [run["outcome"] for run in outcomes(document).values()]) == (0, ["started"])


def test_a_redrive_that_ended_before_it_was_noted_is_not_made_twice(bench, ask, tmp_path):
    arn = aborted(bench, "e")
    message = bench.send("Ends", detail(bench, arn))
    line = {"step": "starting", "keys": [message], "redriveCount": 0}
    (tmp_path / "journal.jsonl").write_text(json.dumps(line) + "\n")
    bench.states.redrive_execution(executionArn=arn)
    code, document = ask("redrive", f"{bench.name}/GoesOn", "e", "--journal", "journal.jsonl")
    assert (code, outcomes(document)["e"]["outcome"]) == (0, "already")
    assert bench.states.describe_execution(executionArn=arn)["redriveCount"] == 1
    assert bench.left("Ends") == (0, 0)
    bench.states.stop_execution(executionArn=arn)
