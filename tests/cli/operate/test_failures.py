"""`naws failures` on the embedded AWS: queues and history together, and nothing changed by looking."""

import json

import pytest

pytestmark = pytest.mark.e2e


def causes(document):
    return {group["cause"]: group for pattern in document["patterns"] for group in pattern["causes"]}


def runs(document):
    return {run["run"]: run for group in causes(document).values() for run in group["runs"]}


def test_nothing_failed(bench, ask, naws):
    code, document = ask("failures", bench.name)
    assert (code, document["failed"]) == (0, 0)
    result = naws("failures", bench.name)
    assert f"{bench.name}/Anew  tried: nothing failed" in result.stdout


def test_kept_runs_are_grouped_by_cause_and_stay_where_they_are(bench, ask, naws):
    for number, code in enumerate((3, 3, 4)):
        bench.keep(f"run-{number}", reason=f"exit code {code}")
    for _ in range(2):
        code, document = ask("failures", f"{bench.name}/Anew")
        assert (code, document["failed"]) == (1, 3)
        assert {cause: group["count"] for cause, group in causes(document).items()} == {
            "Naws.TaskFailed: exit code 3": 2,
            "Naws.TaskFailed: exit code 4": 1,
        }
    assert bench.left() == (3, 0)
    result = naws("failures", bench.name)
    assert result.exit_code == 1
    assert "2 x  Naws.TaskFailed: exit code 3" in result.stdout
    assert f"next: naws redrive {bench.name}/Anew --dry-run" in result.stdout
    every = naws("failures", bench.name, "--all").stdout
    assert all(f"run-{number}" in every for number in range(3))


def test_an_execution_without_a_message_is_listed_and_a_step_is_not(bench, ask, naws):
    bench.failed(run="lost")
    step = {"trigger": "step", "id": "of-another", "time": "", "payload": {"fail": True}, "caller": "arn:aws:states"}
    bench.ended(bench.start(step))
    bench.ended(bench.start({"payload": {"fail": True}}))
    kept = bench.failed(run="kept")
    bench.keep("kept", kept)
    code, document = ask("failures", f"{bench.name}/Anew")
    assert (code, document["failed"]) == (1, 3)
    assert runs(document)["lost"]["source"] == "history"
    assert runs(document)["kept"]["source"] == "failure queue"
    assert "of-another" not in runs(document)
    assert "only in the history" in naws("failures", bench.name).stdout


def test_the_lines_of_a_step_lead_to_the_run_that_it_belongs_to(bench, naws):
    caller = bench.failed(machine="GoesOn", run="caller")
    envelope = {"trigger": "step", "id": f"{caller}/Collect", "time": "", "caller": caller, "payload": {"fail": True}}
    step = bench.ended(bench.start(envelope))["name"]
    printed = naws("status", f"{bench.name}/Anew").stdout
    assert f"next: naws show {step}\n" in printed
    shown = naws("show", step)
    assert (shown.exit_code, "No.Paper: no paper" in shown.stdout) == (0, True)
    its = caller.rpartition(":")[2]
    assert shown.stdout.endswith(f" · naws show {its}\n")
    assert f"naws redrive {bench.name}/GoesOn caller" in naws("show", its).stdout
    assert "naws redrive" not in naws("show", step, "--of", f"{bench.name}/Anew").stdout
    bench.keep("kept")
    assert f"next: naws failures {bench.name}/Anew\n" in naws("status", f"{bench.name}/Anew").stdout


def test_the_event_of_an_execution_is_joined_with_it(bench, ask):
    arn = bench.failed(machine="GoesOn", run="gone on")
    described = bench.states.describe_execution(executionArn=arn)
    detail = {"executionArn": arn, "status": "FAILED", "error": "No.Paper", "cause": "no paper"}
    detail |= {"input": described["input"], "stopDate": int(described["stopDate"].timestamp() * 1000)}
    for _ in range(2):
        bench.send("Ends", detail)
    _, document = ask("failures", f"{bench.name}/GoesOn")
    (run,) = runs(document).values()
    assert (run["run"], run["redrive"], len(run["messages"])) == ("gone on", "redrive", 2)
    assert [*causes(document)] == ["No.Paper: no paper"]


def test_what_became_of_the_execution_of_a_message_is_shown(bench, ask, naws):
    going = bench.start({"trigger": "manual", "id": "going", "payload": {"wait": True}}, machine="GoesOn")
    done = bench.start({"trigger": "manual", "id": "done", "payload": {}}, machine="GoesOn")
    bench.ended(done)
    for arn, run in ((going, "going"), (done, "done")):
        detail = {"executionArn": arn, "status": "FAILED", "input": json.dumps({"trigger": "manual", "id": run})}
        bench.send("Ends", detail)
    code, document = ask("failures", f"{bench.name}/GoesOn")
    assert code == 0
    others = {each["run"]: each["state"] for each in document["patterns"][0]["others"]}
    assert others == {"going": "running", "done": "succeeded"}
    shown = naws("failures", f"{bench.name}/GoesOn").stdout
    assert "redriven, and run now" in shown
    assert "have succeeded" in shown
    bench.states.stop_execution(executionArn=going)


def test_what_could_not_start_has_its_reason(bench, ask):
    refused = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "may not", "TARGET_ARN": bench.physical["Anew"]}
    bench.send("Letters", {"trigger": "schedule", "id": "schedule-1@x", "time": "x", "payload": {}}, **refused)
    elsewhere = refused | {"TARGET_ARN": f"{bench.physical['Anew']}Reaper"}
    bench.send("Letters", {"time": "x"}, **elsewhere)
    message = bench.send("WorkLetters", '{"report": 1}')
    _, document = ask("failures", f"{bench.name}/Anew")
    found = runs(document)
    assert found["schedule-1@x"]["redrive"] == "start"
    assert found["schedule-1@x"]["cause"].endswith("may not")
    assert found[message]["redrive"] == "start"
    (other,) = [each for each in found.values() if each["redrive"] is None]
    assert other["note"] == f"it was for {bench.physical['Anew']}Reaper"


@pytest.mark.parametrize("body", ["{", "[1, 2]", '{"envelope": 1}', "\x85 no JSON", '{"executionArn": 1}'])
def test_a_message_that_nobody_can_read_is_named(bench, ask, body):
    message = bench.send("Failures", body)
    code, document = ask("failures", bench.name)
    assert code == 1
    (run,) = runs(document).values()
    assert (run["messages"], run["redrive"]) == ([message], None)
    assert run["cause"].startswith("unreadable")


def test_many_messages_are_read_until_the_queue_is_empty(bench, ask):
    bench.keep_many(300)
    _, document = ask("failures", f"{bench.name}/Anew")
    assert document["failed"] == 300
    assert len(runs(document)) == 300
    assert bench.left() == (300, 0)


def test_a_queue_that_would_move_what_is_read_is_not_read(bench, ask):
    letters = {"QueueUrl": bench.physical["Letters"], "AttributeNames": ["QueueArn"]}
    arn = bench.sqs.get_queue_attributes(**letters)["Attributes"]["QueueArn"]
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 1}
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.physical["Failures"], Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    bench.keep("a")
    code, document = ask("failures", f"{bench.name}/Anew")
    assert (code, document["failed"]) == (1, 0)
    assert "moves messages" in document["patterns"][0]["notes"][0]


@pytest.mark.parametrize(
    ("typed", "hint"), [("{name}/Anewe", "Did you mean {name}/Anew?"), ("GoesOm", "Did you mean GoesOn?")]
)
def test_a_wrong_name_has_the_nearest_one(bench, ask, typed, hint):
    code, document = ask("failures", typed.format(name=bench.name))
    assert code == 6
    detail = document["error"]["detail"]
    assert hint.format(name=bench.name) in detail


def test_a_name_that_several_have_is_refused_with_all_of_them(bench, aws, ask):
    other = type(bench)(aws)
    code, document = ask("failures", "Anew")
    assert code == 2
    assert f"{other.name}/Anew" in document["error"]["detail"]


def test_since_is_how_long_ago_or_a_date(bench, ask, naws):
    bench.keep("kept")
    code, document = ask("failures", bench.name, "--since", "2026-01-01T01:00+01:00")
    assert (code, document["since"]) == (1, "2026-01-01T00:00:00Z")
    result = naws("failures", "--since", "yesterday")
    assert result.exit_code == 2
    assert "yesterday is neither a number and a unit" in result.stderr
