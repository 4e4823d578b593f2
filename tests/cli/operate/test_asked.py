"""`naws status`, `runs`, `show`, `logs`, `run`, `fire` and `send`, all on one stack of the embedded AWS."""

import json
import re
import uuid

import pytest

pytestmark = pytest.mark.e2e

EXISTS = 7
WAITS = '{"wait": true}'
FAILS = '{"fail": true}'


@pytest.fixture
def path(seen):
    return f"{seen.name}/Anew"


@pytest.fixture
def going(seen):
    """The id of a run that is still going."""
    named = f"going-{uuid.uuid4().hex}"
    arn = seen.start({"trigger": "manual", "id": named, "time": "", "payload": {"wait": True}})
    yield named
    seen.states.stop_execution(executionArn=arn)


def started(document):
    return [run["run"] for pattern in document["patterns"] for run in pattern["runs"]]


class TestRun:
    def test_it_is_started_with_an_envelope(self, seen, path, ask):
        code, document = ask("run", path, "--payload", '{"digits": 12345678901234567890}')
        assert code == 0
        found = seen.ended(document["execution"])
        envelope = json.loads(found["input"])
        assert (envelope["trigger"], envelope["id"]) == ("manual", document["run"])
        assert envelope["payload"] == {"digits": 12345678901234567890}
        assert envelope["time"].endswith("Z")

    def test_its_end_is_waited_for(self, path, ask, naws):
        code, document = ask("run", path, "--wait")
        assert (code, document["status"]) == (0, "SUCCEEDED")
        assert (document["path"], document["pattern"]) == (path, "tried")
        result = naws("run", path, "--payload", FAILS, "--follow")
        assert result.exit_code == 1
        assert "No.Paper: no paper" in result.stdout
        assert "next: naws logs " in result.stdout
        assert f" --workflow · naws redrive {path} " in result.stdout
        assert "started" in result.stderr

    def test_it_goes_on_when_it_takes_too_long(self, seen, path, ask):
        code, document = ask("run", path, "--payload", WAITS, "--id", "too-long", "--wait", "--timeout", "0.1")
        assert code == 124
        assert "too-long has not ended within 0.1 seconds; it goes on" in document["error"]["title"]
        arn = f"{seen.physical['Anew'].replace(':stateMachine:', ':execution:')}:too-long"
        assert seen.states.describe_execution(executionArn=arn)["status"] == "RUNNING"
        seen.states.stop_execution(executionArn=arn)

    def test_an_id_is_started_once(self, path, ask):
        assert ask("run", path, "--id", "orders of 2026/11/26")[0] == 0
        code, document = ask("run", path, "--id", "orders of 2026/11/26", "--payload", '{"other": 1}')
        assert code == EXISTS
        assert "was started before" in document["error"]["title"]
        assert f"naws redrive {path} 'orders of 2026/11/26' puts it back" in document["error"]["detail"]

    @pytest.mark.parametrize(
        ("payload", "words"),
        [
            ('{"a": 1,}', 'at line 1, column 9:\n{"a": 1,}\n        ^'),
            ("{'a': 1}", "column 2"),
            ("", "column 1"),
            ("@nowhere.json", ""),
            (
                '{"NaN": "Infinity\\"",\n "b": [1, NaN]}',
                'JSON has no NaN at line 2, column 11:\n "b": [1, NaN]}\n          ^',
            ),
            ("[-Infinity]", "JSON has no -Infinity at line 1, column 2"),
            ("[" * 100_000, "Nested too deeply"),
            ('"\udcff"', "surrogates not allowed"),
        ],
        ids=["comma", "quotes", "empty", "file", "not a number", "infinite", "deep", "letters"],
    )
    def test_a_payload_that_is_no_json_is_refused(self, path, ask, payload, words):
        for arguments in (("run", path, "--payload", payload), ("send", path, payload)):
            code, document = ask(*arguments)
            assert code == 2
            assert words in document["error"]["detail"]

    def test_a_payload_is_read_from_a_file(self, path, ask, tmp_path):
        for encoding in ("utf-8", "utf-8-sig"):  # the latter as PowerShell writes it
            (tmp_path / "given.json").write_text('{"fail": true}', encoding=encoding)
            code, _ = ask("run", path, "--payload", "@given.json", "--wait")
            assert code == 1

    def test_one_that_is_too_long_is_refused_before_the_call(self, path, ask):
        code, document = ask("run", path, "--payload", json.dumps("x" * 262_144))
        assert code == 2
        assert "an execution takes 262,144" in document["error"]["title"]

    def test_what_has_no_runs_is_refused(self, seen, ask):
        code, document = ask("run", f"{seen.name}/Site")
        assert (code, document["error"]["title"]) == (2, f"{seen.name}/Site is a website: it has no runs to start.")

    def test_a_stack_of_several_patterns_is_refused(self, seen, ask):
        code, document = ask("run", seen.name)
        assert code == 2
        assert f"{seen.name}/Anew, {seen.name}/GoesOn" in document["error"]["detail"]


@pytest.mark.parametrize("command", ["status", "runs", "logs", "run", "fire", "send"])
def test_a_name_with_a_typo_is_answered_with_the_nearest(seen, ask, command):
    code, document = ask(command, f"{seen.name}/Anw")
    assert (code, document["error"]["detail"]) == (6, f"Did you mean {seen.name}/Anew?")


class TestFire:
    def test_the_run_is_what_the_schedule_would_start(self, seen, path, ask):
        code, document = ask("fire", path, "cron(0 3 1 1 ? *)", "--wait")
        assert (code, document["status"], document["trigger"]) == (0, "SUCCEEDED", "schedule")
        assert document["run"].startswith("yearly@20")
        given = json.loads(seen.states.describe_execution(executionArn=document["execution"])["input"])
        assert given["payload"]["kind"] == "yearly"
        assert given["payload"]["by"].endswith(f"/{seen.physical['Yearly']}")

    def test_one_of_several_is_named_by_its_expression(self, seen, path, ask):
        code, document = ask("fire", path)
        hourly, yearly = f"  {seen.physical['Hourly']}  @hourly", f"  {seen.physical['Yearly']}  cron(0 3 1 1 ? *)"
        assert (code, {hourly, yearly} <= {*document["error"]["detail"].splitlines()}) == (2, True)
        for named in ("@hourly", "cron(0 * * * ? *)", "0 * * * *", seen.physical["Hourly"], "Hourly"):
            assert ask("fire", path, named)[0] in {0, EXISTS}  # of one second there is one run

    def test_one_that_is_not_there(self, seen, path, ask):
        code, document = ask("fire", path, "weekly")
        assert (code, "  @hourly" in document["error"]["detail"]) == (6, True)
        other = f"{seen.name}/GoesOn"
        code, document = ask("fire", other)
        assert (code, document["error"]["title"]) == (6, f"There is no schedule of {other}.")
        assert document["error"]["detail"].splitlines() == [
            f"What starts it: naws run {other}",
            'To have one: triggers=[ScheduleTrigger("@daily")] in its props.',
        ]
        code, document = ask("fire", f"{seen.name}/Site")
        assert (code, document["error"]["detail"]) == (
            6,
            f"A website has no runs to start: naws status {seen.name}/Site",
        )


class TestSend:
    def test_the_message_is_in_the_queue(self, seen, path, ask):
        code, document = ask("send", path, '{"report": 1}')
        assert code == 0
        (message,) = seen.sqs.receive_message(QueueUrl=seen.physical["Work"])["Messages"]
        assert (message["MessageId"], message["Body"]) == (document["message"], '{"report": 1}')
        seen.sqs.delete_message(QueueUrl=seen.physical["Work"], ReceiptHandle=message["ReceiptHandle"])

    def test_a_message_that_is_no_json_is_refused_unless_it_is_wished(self, seen, path, ask):
        assert ask("send", path, "{report: 1}")[0] == 2
        assert ask("send", path, "no JSON", "--raw")[0] == 0
        seen.sqs.purge_queue(QueueUrl=seen.physical["Work"])

    def test_what_no_queue_starts(self, seen, ask):
        code, document = ask("send", f"{seen.name}/GoesOn")
        assert (code, document["error"]["title"]) == (6, f"There is no queue trigger of {seen.name}/GoesOn.")
        assert f"naws run {seen.name}/GoesOn" in document["error"]["detail"]
        assert "triggers=[QueueTrigger()]" in document["error"]["detail"]


class TestRuns:
    def test_all_are_listed_the_newest_first(self, seen, path, ask, naws):
        first, last = (uuid.uuid4().hex for _ in range(2))
        for named in (first, last):
            ask("run", path, "--id", named, "--wait")
        _, document = ask("runs", path)
        assert [run for run in started(document) if run in (first, last)] == [last, first]
        lines = naws("runs", seen.name).stdout.splitlines()
        assert lines[0].split() == ["started", "trigger", "id", "pattern", "attempts", "exit", "duration", "status"]
        assert any(first in line and path in line and line.endswith("succeeded") for line in lines)

    def test_some_are_chosen(self, seen, path, ask, naws, going):
        failed = seen.failed(run=f"failed-{uuid.uuid4().hex}")
        _, document = ask("runs", path, "--failed")
        statuses = {run["status"] for pattern in document["patterns"] for run in pattern["runs"]}
        assert "FAILED" in statuses
        assert statuses <= {"FAILED", "TIMED_OUT", "ABORTED"}
        assert started(ask("runs", path, "--running")[1]) == [going]
        assert len(started(ask("runs", path, "--limit", "2")[1])) == 2
        result = naws("runs", path, "--limit", "1")
        assert "only the newest 1 are shown" in result.stderr
        site = f"{seen.name}/Site"
        assert f"a website has no runs: naws status {site}" in " ".join(naws("runs", site).stderr.split())
        assert failed


class TestShow:
    def test_a_run_that_failed(self, seen, path, ask, naws):
        named = f"shown-{uuid.uuid4().hex}"
        arn = seen.failed(run=named)
        for name in (named, named[:20], arn, arn.rpartition(":")[2]):
            code, document = ask("show", name)
            assert (code, document["run"], document["status"]) == (0, named, "FAILED")
        assert (document["cause"], "error" in document) == ("No.Paper: no paper", False)
        assert (document["path"], document["pattern"], document["states"]) == (path, "tried", [])
        printed = naws("show", named, "--of", path).stdout
        assert f"run {named} of {path}" in printed
        assert f"next: naws logs {named} --workflow · naws redrive {path} {named}" in printed

    def test_its_next_line_has_lines_and_so_has_that_of_no_lines(self, seen, naws):
        named = f"lines-{uuid.uuid4().hex}"
        seen.failed(run=named)
        none = naws("logs", named)
        assert (none.exit_code, none.stdout) == (0, "")
        assert f"no lines\nnext: naws logs {named} --workflow" in none.stderr
        assert "failed No.Paper: no paper" in naws("logs", named, "--workflow").stdout

    def test_one_that_is_still_going(self, ask, naws, going):
        code, document = ask("show", going)
        assert (code, document["status"], document["ended"]) == (0, "RUNNING", None)
        assert "runs for" in naws("show", going).stdout

    def test_the_states_of_one_whose_execution_goes_on(self, seen, naws):
        arn = seen.start({"trigger": "manual", "id": "steps", "payload": {}}, machine="GoesOn")
        seen.ended(arn)
        # A state that took long has its time, on a machine that is busy also these.
        assert re.search(r"states: Which( [^→\n]*)? → Yes", naws("show", arn).stdout)

    def test_one_that_is_not_there(self, path, ask):
        named = f"invoices-{uuid.uuid4().hex}"
        ask("run", path, "--id", named, "--wait")
        code, document = ask("show", named.replace("invoices", "invoicse"))
        assert (code, document["error"]["detail"]) == (6, f"Did you mean {named}?")

    def test_the_beginning_of_several(self, seen, ask):
        for number in (1, 2):
            seen.ended(seen.start({"trigger": "manual", "id": f"twins-{seen.name}-{number}", "payload": {}}))
        code, document = ask("show", "twins-")
        assert code == 2
        assert f"twins-{seen.name}-1" in document["error"]["detail"]


class TestLogs:
    def test_the_states_of_a_run(self, seen, ask, naws):
        named = f"logged-{uuid.uuid4().hex}"
        seen.failed(run=named)
        code, document = ask("logs", named, "--workflow")
        assert (code, [line["text"] for line in document["lines"]]) == (
            0,
            ["→ Which", "← Which", "→ No", "failed No.Paper: no paper"],
        )
        assert "no lines" in naws("logs", named).stderr
        assert [line["text"] for line in ask("logs", named, "--workflow", "--grep", "Paper")[1]["lines"]] == [
            "failed No.Paper: no paper"
        ]

    def test_one_that_is_followed_ends_as_its_run(self, seen, naws):
        named = f"followed-{uuid.uuid4().hex}"
        seen.failed(run=named)
        result = naws("logs", named, "--workflow", "--follow", "--json")
        assert result.exit_code == 1
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert {line["version"] for line in lines} == {1}
        assert lines[-1]["text"] == "failed No.Paper: no paper"

    def test_a_pattern_without_a_log_group(self, path, ask):
        code, document = ask("logs", path)
        assert (code, "has no log group" in document["error"]["title"]) == (6, True)

    @pytest.mark.parametrize("options", [("--attempt", "1"), ("--workflow",)])
    def test_what_is_of_a_run_is_refused_of_a_pattern(self, seen, path, ask, options):
        code, document = ask("logs", path, *options)
        assert (code, document["error"]["detail"]) == (2, f"naws runs {path}, then: naws logs RUN {options[0]}")
        code, document = ask("logs", f"{seen.name}/Site", *options)
        assert (code, document["error"]["title"]) == (
            2,
            f"{options[0]} is of a run, and {seen.name}/Site is a website.",
        )


class TestStatus:
    def test_what_is_fine_and_what_needs_a_person(self, seen, path, ask, naws, eventually):
        def found():
            code, document = ask("status", path)
            return code, document["patterns"][0]

        ask("run", path, "--wait")
        code, state = found()
        assert (code, state["ok"], state["last"]["status"]) == (0, True, "SUCCEEDED")
        assert state["schedules"][0]["next"].endswith("-01-01T03:00:00Z")
        printed = naws("status", path).stdout
        assert " by cron(0 3 1 1 ? *) · " in printed
        assert "@hourly is disabled" in printed
        seen.keep("kept")
        code, state = found()
        assert (code, state["problems"][0]) == (1, "1 message in the failure queue")
        on = f"alarm {seen.physical['Alarm']} since "
        eventually(lambda: any(each.startswith(on) for each in found()[1]["problems"]), 90)
        seen.sqs.purge_queue(QueueUrl=seen.physical["Failures"])
        code, state = found()
        assert (code, state["state"], [each["alarm"] for each in state["recovering"]]) == (
            0,
            "recovering",
            [seen.physical["Alarm"]],
        )
        assert naws("status", path).stdout.startswith(f"RECOVERING  {path}  last run ")
        seen.failed()
        result = naws("status", path)
        assert result.exit_code == 1
        assert result.stdout.startswith(f"FAILING  {path}  last 1 of ")
        assert f"next: naws failures {path}" in result.stdout

    def test_all_of_a_stack(self, seen, ask):
        _, document = ask("status", seen.name)
        assert [each["kind"] for each in document["patterns"]] == ["workflow", "workflow", "website"]


class TestShell:
    @pytest.mark.parametrize(
        ("of", "words"),
        [
            ("Site", "is a website, which has no container to enter."),
            ("GoesOn", "is a workflow, which has no container to enter."),
        ],
    )
    def test_what_has_no_container(self, seen, naws, of, words):
        result = naws("shell", f"{seen.name}/{of}")
        assert (result.exit_code, f"{seen.name}/{of} {words}" in result.stderr) == (2, True)

    def test_a_run_that_has_ended(self, seen, naws):
        named = f"ended-{uuid.uuid4().hex}"
        seen.failed(run=named)
        result = naws("shell", named)
        assert result.exit_code == 6
        assert f"The run {named} has ended." in result.stderr

    def test_one_without_a_task(self, naws, going):
        result = naws("shell", going)
        assert result.exit_code == 6
        assert f"No task of the run {going} runs now." in result.stderr
