"""Runs of a function: by the ids of its requests and of its envelopes, once each, by AWS's answers of a fake."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from naws.cli.errors import CliError
from naws.cli.main import app
from naws.cli.operate import asked, failures, redrive, started
from naws.cli.operate.deployed import Deployed
from naws.core.runs import Runs

REQUEST, OTHER = "e4b46cbf-b738-4c1a-8880-a18cdf61200e", "0b7c2e90-0a61-4c8e-9a55-1d6f5f2c8d3e"
ENVELOPE = "schedule-1@2026-11-28T02:39:56Z"
ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:Check:live"
FAILURES, WORK = ("https://sqs.eu-west-1.amazonaws.com/111122223333/" + name for name in ("Failures", "Work"))
RECORD = {
    "requestContext": {"requestId": REQUEST, "functionArn": ALIAS, "condition": "RetriesExhausted"},
    "requestPayload": {"trigger": "schedule", "id": ENVELOPE, "time": "x", "payload": {}},
    "responsePayload": {"errorMessage": "no bolts", "errorType": "OutOfStock"},
}
LAST = "Traceback: no bolts"


class Aws:
    """The log, the queues and the function of one pattern, as their services answer."""

    account, region = "111122223333", "eu-west-1"

    def __init__(self) -> None:
        self.kept, self.hidden, self.invoked, self.largest, self.sent = [json.dumps(RECORD)], 0, [], 250_000, []
        self.lines = [line for attempt in range(3) for line in self.attempt(REQUEST, attempt)]

    def client(self, *_, **__):
        return self

    @staticmethod
    def attempt(request, number, *, error="OutOfStock", text=LAST):
        at = datetime.now(UTC) - timedelta(minutes=10 - number)
        status = {"status": "error", "errorType": error} if error else {"status": "success"}
        report = {"requestId": request, "metrics": {"durationMs": 1000}, **status}
        messages = [
            json.dumps({"time": at.isoformat(), "type": "platform.start", "record": {"requestId": request}}),
            *([f"{request} {text}"] if text else []),
            json.dumps({"time": at.isoformat(), "type": "platform.report", "record": report}),
        ]
        return [(int(at.timestamp() * 1000), each) for each in messages]

    def get_paginator(self, name):
        assert name == "filter_log_events"
        return SimpleNamespace(paginate=self._found)

    def _found(self, *, filterPattern="", logStreamNames=(), startTime=0, endTime=2**62, **_):  # noqa: N803  # AWS's names
        terms = filterPattern.strip('"')
        events = [
            {"timestamp": at, "eventId": str(number), "message": text, "logStreamName": (*more, "stream")[0]}
            for number, (at, text, *more) in enumerate(self.lines)
            if terms in text and startTime <= at <= endTime
        ]
        return [{"events": [each for each in events if each["logStreamName"] in (logStreamNames or each.values())]}]

    def get_queue_attributes(self, **_):
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(len(self.kept)),
                "ApproximateNumberOfMessagesNotVisible": str(self.hidden),
                "MaximumMessageSize": str(self.largest),
            }
        }

    def receive_message(self, **_):
        system = {"SentTimestamp": str(int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1000))}
        return {
            "Messages": [
                {"MessageId": f"m-{n}", "Body": body, "ReceiptHandle": f"{n}", "Attributes": system}
                for n, body in enumerate(self.kept)
            ]
        }

    def change_message_visibility_batch(self, **_): ...

    def delete_message(self, *, ReceiptHandle, **_):  # noqa: N803
        del self.kept[int(ReceiptHandle)]

    def invoke(self, **given):
        self.invoked.append(json.loads(given["Payload"]))
        return {"ResponseMetadata": {"RequestId": OTHER}, "Payload": BytesIO()}

    def send_message(self, **given):
        self.sent.append(given["MessageBody"])
        return {"MessageId": "m"}


def not_there(*_):
    raise CliError("There is no pattern.", code=6)


@pytest.fixture
def aws(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = Aws()
    runs = Runs(
        pattern="lambda-service", path="Close/Check", kind="function", failure_queue="F", log_group="L", queues=("W",)
    )
    resources = {"F": FAILURES, "L": "/naws/check", "W": WORK}
    pattern = Deployed(made, "Close", runs, ALIAS, resources)
    where = SimpleNamespace(title="embedded AWS at here", data=lambda: {"embedded": True})
    for module in (asked, failures, redrive, started):
        monkeypatch.setattr(module, "find_where", lambda *_: where)
    for module in (asked, failures, redrive):
        monkeypatch.setattr(module, "find_deployed", lambda *_: [pattern])
    monkeypatch.setattr(started, "find_one", lambda *_: pattern)
    monkeypatch.setattr(asked, "find_one", not_there)
    return made


def naws(*arguments):
    return CliRunner(env={"COLUMNS": "300"}).invoke(app, arguments)


def document(*arguments, code=0):
    result = naws(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.mark.usefixtures("aws")
class TestIds:
    def test_what_failures_print_is_what_show_takes(self):
        (group,) = document("failures", code=1)["patterns"][0]["causes"]
        assert (group["example"], group["runs"][0]["envelope"]) == (REQUEST, ENVELOPE)
        shown = document("show", group["example"])
        assert (shown["run"], shown["status"], shown["cause"]) == (REQUEST, "FAILED", "OutOfStock")

    @pytest.mark.parametrize("named", [ENVELOPE, ENVELOPE[:14], REQUEST, REQUEST[:8], "m-0"])
    def test_show_takes_both_ids(self, named):
        assert document("show", named)["run"] == REQUEST

    @pytest.mark.parametrize("named", [ENVELOPE, ENVELOPE[:14], REQUEST, REQUEST[:8]])
    def test_the_line_of_show_can_be_followed(self, aws, named):
        result = naws("show", named)
        assert f"naws redrive Close/Check {REQUEST}" in result.stdout
        found = document("redrive", "Close/Check", named)["patterns"][0]["runs"]
        assert [(each["run"], each["outcome"]) for each in found] == [(REQUEST, "invoked")]
        assert (aws.invoked, aws.kept) == ([RECORD["requestPayload"]], [])

    def test_logs_take_both_ids(self):
        lines = [[each["text"] for each in document("logs", named)["lines"]] for named in (REQUEST, ENVELOPE)]
        assert lines[0] == lines[1]
        assert f"{REQUEST} {LAST}" in lines[0]

    def test_one_that_the_log_no_longer_has_has_its_cause(self, aws):
        aws.lines = []
        for command in ("show", "logs"):
            error = document(command, ENVELOPE, code=6)["error"]
            assert f"The run {REQUEST} of Close/Check failed" in error["title"]
            assert "OutOfStock: no bolts" in error["title"]

    def test_one_that_nothing_has_names_what_lists_runs(self):
        error = document("show", "nowhere", code=6)["error"]
        assert error["detail"] == "naws runs Close/Check lists runs, naws failures Close/Check --all what failed."


class TestLog:
    def test_a_request_is_one_run_with_its_attempts(self, aws):
        aws.lines += aws.attempt(OTHER, 5, error="")
        (pattern,) = document("runs", "Close/Check")["patterns"]
        found = [(each["run"], each["status"], len(each["attempts"])) for each in pattern["runs"]]
        assert found == [(OTHER, "SUCCEEDED", 1), (REQUEST, "FAILED", 3)]

    @pytest.mark.parametrize(
        ("status", "error", "ended"),
        [
            ("success", "OutOfStock", "FAILED"),
            ("error", "", "FAILED"),
            ("timeout", "Sandbox.Timedout", "TIMED_OUT"),
            ("success", "", "SUCCEEDED"),
        ],
    )
    def test_how_it_ended_is_what_the_last_attempt_s_report_has(self, aws, status, error, ended):
        lines = aws.attempt(REQUEST, 5, error=error)
        aws.lines += [(at, text.replace('"status": "error"', '"status": "success"')) for at, text in lines]
        aws.lines = [(at, text.replace('"status": "success"', f'"status": "{status}"')) for at, text in aws.lines]
        assert document("show", REQUEST)["status"] == ended

    @pytest.mark.parametrize("limit", ["1", "2"])
    def test_a_limit_counts_requests(self, aws, limit):
        aws.lines += aws.attempt(OTHER, 5, error="")
        (pattern,) = document("runs", "Close/Check", "--limit", limit)["patterns"]
        assert len(pattern["runs"]) == int(limit)
        assert bool(pattern["note"]) == (limit == "1")

    @pytest.mark.usefixtures("aws")
    def test_last_lines_are_the_program_s(self):
        assert document("show", REQUEST)["lastLines"] == [f"{REQUEST} {LAST}"]

    def test_what_it_prints_plainly_is_its_own_from_start_to_report(self, aws):
        of = {"a": aws.attempt(REQUEST, 0), "b": aws.attempt(REQUEST, 1)}
        beside = [aws.attempt(OTHER, number, text="")[0][0] for number in (0, 1)]
        aws.lines = []
        for number, (stream, (start, own, report)) in enumerate(of.items()):
            plain = (start[0], f"hello {number}")
            aws.lines += [(*each, stream) for each in ((start[0], "init"), start, own, plain, report)]
            aws.lines.append((report[0], "after", stream))
            # Another environment, with another request, at the same time.
            aws.lines += [(*each, "c") for each in aws.attempt(OTHER, number, text="")[:1]]
            aws.lines.append((beside[number], "of another", "c"))
        found = document("logs", REQUEST)["lines"]
        plain = [(each["source"], each["text"]) for each in found if "{" not in each["text"]]
        own = f"{REQUEST} {LAST}"
        assert plain == [("attempt 1", own), ("attempt 1", "hello 0"), ("attempt 2", own), ("attempt 2", "hello 1")]
        assert document("show", REQUEST)["lastLines"] == [own, "hello 1"]

    @pytest.mark.usefixtures("aws")
    def test_an_attempt_s_lines(self):
        found = document("logs", REQUEST, "--attempt", "2")["lines"]
        assert [each["source"] for each in found] == ["attempt 2"] * 3
        assert f"{REQUEST} {LAST}" in found[1]["text"]
        assert "there is no attempt 9: it has 3 attempts" in naws("logs", REQUEST, "--attempt", "9").stderr

    def test_it_is_printed_for_a_person(self, aws):
        record = {
            "timestamp": "x", "level": "ERROR", "errorType": "OutOfStock", "errorMessage": "no bolts",
            "requestId": REQUEST, "stackTrace": ['  File "app.py", line 3, in handler\n    raise OutOfStock\n'],
        }  # fmt: skip
        aws.lines = [(at, json.dumps(record) if LAST in text else text) for at, text in aws.lines]
        printed = [line[10:] for line in naws("logs", REQUEST).stdout.splitlines()]
        assert printed == [
            "attempt 1  ERROR  OutOfStock: no bolts",
            '  File "app.py", line 3, in handler',
            "    raise OutOfStock",
            "attempt 1  report  error OutOfStock  1.0 s",
            "attempt 2  ERROR  OutOfStock: no bolts  (as in attempt 1)",
            "attempt 2  report  error OutOfStock  1.0 s",
            "attempt 3  ERROR  OutOfStock: no bolts  (as in attempt 1)",
            "attempt 3  report  error OutOfStock  1.0 s",
        ]
        shown = naws("show", REQUEST).stdout
        assert ", 3 attempts · " in shown
        assert shown.count("no bolts") == 2  # the error, and in its place in the log
        assert "stackTrace" not in shown

    def test_without_a_line_of_its_own_they_are_lambda_s(self, aws):
        aws.lines = aws.attempt(REQUEST, 0, text="")
        assert all("platform." in each for each in document("show", REQUEST)["lastLines"])


class TestHidden:
    def test_what_cannot_be_seen_is_no_success(self, aws):
        aws.kept, aws.hidden = [], 3
        found = document("failures", code=1)
        assert (found["failed"], found["hidden"], found["patterns"][0]["hidden"]) == (0, 3, 3)
        result = naws("failures")
        assert result.exit_code == 1
        assert "nothing failed of what can be seen" in result.stdout
        assert "about 3 messages of Failures cannot be seen" in result.stdout
        assert "within 5 minutes" in result.stdout

    @pytest.mark.parametrize("kept", [[], [json.dumps(RECORD)]])
    def test_redrive_counts_it_too(self, aws, kept):
        aws.kept, aws.hidden = [*kept], 2
        assert document("redrive", "Close/Check", "--yes", code=5)["hidden"] == 2
        assert aws.kept == []
        printed = naws("redrive", "Close/Check", "--yes").stdout
        assert "nothing of Close/Check failed of what can be seen" in printed
        assert "about 2 messages of Failures cannot be seen" in printed

    def test_a_run_that_may_be_hidden_is_not_only_missing(self, aws):
        aws.kept, aws.hidden = [], 1
        assert (
            "About 1 message cannot be seen" in document("redrive", "Close/Check", REQUEST, code=6)["error"]["detail"]
        )


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("command", [["failures"], ["redrive", "Close/Check", "--dry-run"], ["runs", "Close/Check"]])
def test_where_it_looks_is_not_of_the_result(command):
    result = naws(*command)
    assert "embedded AWS at here" in result.stderr
    assert "embedded AWS" not in result.stdout


class TestDocuments:
    @pytest.mark.usefixtures("aws")
    def test_a_pattern_is_its_kind_and_a_path_its_path(self):
        shown = document("show", REQUEST)
        assert (shown["path"], shown["pattern"], shown["states"]) == ("Close/Check", "lambda-service", [])
        (pattern,) = document("runs", "Close/Check")["patterns"]
        assert (pattern["path"], pattern["pattern"]) == ("Close/Check", "lambda-service")
        assert ({each["path"] for each in pattern["runs"]}, "pattern" in pattern["runs"][0]) == ({"Close/Check"}, False)

    @pytest.mark.usefixtures("aws")
    def test_times_end_in_z(self):
        assert document("failures", code=1)["since"].endswith("Z")


@pytest.mark.usefixtures("aws")
def test_a_run_that_was_started_has_a_next_line():
    assert f"invoked: {OTHER}\nnext: naws logs {OTHER}\n" in naws("run", "Close/Check").stdout


class TestSend:
    def test_a_standard_queue_is_given_the_group_too(self, aws, monkeypatch):
        given = []
        monkeypatch.setattr(aws, "send_message", lambda **each: [given.append(each), {"MessageId": "m"}][1])
        document("send", "Close/Check", "{}", "--group", "tenant")
        document("send", "Close/Check", "{}")
        assert [each.get("MessageGroupId") for each in given] == ["tenant", None]

    def test_a_message_that_the_queue_does_not_take_is_not_sent(self, aws):
        error = document("send", "Close/Check", json.dumps("x" * 249_999), code=2)["error"]
        assert error["title"] == "The message has 250,001 bytes; Work takes 250,000."
        assert aws.sent == []
        document("send", "Close/Check", json.dumps("ä" * 10))
        document("send", "Close/Check", json.dumps("x" * 249_998))
        assert len(aws.sent) == 2
