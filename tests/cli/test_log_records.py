"""Lines of logs and causes of failures, as people read them."""

import json
from datetime import UTC, datetime

import pytest

from naws.cli.causes import in_words, innermost, readable
from naws.cli.log_records import run_named_in, shown, transition
from naws.cli.runs import Run
from naws.cli.words import counted, duration

REQUEST = "e4b46cbf-b738-4c1a-8880-a18cdf61200e"
EXECUTION = "arn:aws:states:eu-west-1:111122223333:execution:Nightly:5f2c8d3e-0a61"
OF_FUNCTION = {"errorMessage": "no bolts", "errorType": "OutOfStock", "requestId": REQUEST, "stackTrace": ["  x\n"]}
OF_TASK = {"Containers": [{"ExitCode": 3}], "StoppedReason": "Essential container in task exited", "TaskArn": "x"}


def of_execution(cause, error="OutOfStock"):
    return {"Cause": json.dumps(cause), "Error": error, "ExecutionArn": EXECUTION, "Status": "FAILED"}


class TestCauses:
    @pytest.mark.parametrize(
        ("error", "cause", "words"),
        [
            ("OutOfStock", json.dumps(OF_FUNCTION), "OutOfStock: no bolts"),
            ("States.TaskFailed", json.dumps(OF_TASK), "States.TaskFailed: Essential container in task exited"),
            (
                "States.TaskFailed",
                json.dumps(of_execution(OF_FUNCTION)),
                "States.TaskFailed: OutOfStock: no bolts",
            ),
            ("Runtime.ExitError", '{"errorType": "Runtime.ExitError"}', "Runtime.ExitError"),
            ("No.Paper", "no paper", "No.Paper: no paper"),
            ("", '{"other": 1}', '{"other": 1}'),
            ("", "", ""),
        ],
    )
    def test_of_json_there_is_the_sentence(self, error, cause, words):
        assert in_words(error, cause) == words

    def test_one_that_only_looks_like_json(self):
        assert readable("[1]") == "[1]"
        assert readable("{") == "{"

    @pytest.mark.parametrize(
        ("cause", "named"),
        [
            (OF_FUNCTION, REQUEST),
            (OF_TASK, ""),
            (of_execution(OF_FUNCTION), REQUEST),
            (of_execution(OF_TASK), EXECUTION),
            ("no JSON", ""),
        ],
    )
    def test_what_failed_within(self, cause, named):
        assert innermost(json.dumps(cause)) == named


class TestRecords:
    @pytest.mark.parametrize(
        ("record", "lines"),
        [
            (
                {"level": "INFO", "message": "two\nlines", "logger": "root", "requestId": REQUEST, "region": "north"},
                ["INFO  two", "lines  region=north"],
            ),
            (
                {"level": "ERROR", "message": "no price", "errorType": "KeyError", "errorMessage": "'price'",
                 "stackTrace": ['  File "/a/functions/0f/app.py", line 1, in f\n    {}["price"]\n']},
                ["ERROR  no price", '  File "app.py", line 1, in f', '    {}["price"]', "KeyError: 'price'"],
            ),
            ({"level": "ERROR", **OF_FUNCTION}, ["ERROR  OutOfStock: no bolts", "  x"]),
            (
                {"level": "ERROR", "message": "no", "exception_name": "z",
                 "exception": "Traceback:\n  x\nValueError: y"},
                ["ERROR  no", "Traceback:", "  x", "ValueError: y"],
            ),
            ({"level": "ERROR", "message": OF_FUNCTION}, ["ERROR  OutOfStock: no bolts", "  x"]),
            ({"orders": 3}, ['{"orders": 3}']),
            ({"type": "platform.start", "record": {"requestId": REQUEST}}, []),
            ({"type": "platform.initReport", "record": {"status": "success", "metrics": {"durationMs": 90}}}, []),
            (
                {"type": "platform.initReport",
                 "record": {"status": "error", "errorType": "Runtime.ImportModuleError",
                            "metrics": {"durationMs": 90}}},
                ["initReport  error Runtime.ImportModuleError  90 ms"],
            ),
            (
                {"type": "platform.report", "record": {"requestId": REQUEST, "status": "success", "metrics": {
                    "durationMs": 1234.5, "initDurationMs": 90.4, "maxMemoryUsedMB": 40, "memorySizeMB": 128}}},
                ["report  1.2 s  init 90 ms  40 of 128 MB"],
            ),
            ({"type": "platform.logsDropped", "record": {"reason": "slow"}}, ["logsDropped  reason=slow"]),
            (
                {"type": "ExecutionFailed", "execution_arn": EXECUTION,
                 "details": {"error": "OutOfStock", "cause": json.dumps(OF_FUNCTION)}},
                ["failed OutOfStock: no bolts"],
            ),
            ({"type": "TaskStateEntered", "execution_arn": EXECUTION, "details": {"name": "Check"}}, ["→ Check"]),
            ({"type": "ExecutionStarted", "execution_arn": EXECUTION, "details": {}}, ["ExecutionStarted"]),
        ],
    )  # fmt: skip
    def test_a_person_reads(self, record, lines):
        assert shown(json.dumps(record)) == lines

    @pytest.mark.parametrize("text", ["a plain line", "[1, 2]", "{broken", "3", ""])
    def test_what_is_no_record_stays_as_it_is(self, text):
        assert shown(text) == [text]

    def test_whose_it_is(self):
        assert run_named_in(json.dumps({"type": "platform.report", "record": {"requestId": REQUEST}})) == REQUEST[:8]
        assert run_named_in(json.dumps({"execution_arn": EXECUTION})) == "5f2c8d3e"
        assert run_named_in("a plain line") == ""

    def test_a_program_has_the_whole_cause(self):
        details = {"error": "OutOfStock", "cause": json.dumps(OF_FUNCTION)}
        assert transition("ExecutionFailed", details, whole=True) == f"failed OutOfStock: {json.dumps(OF_FUNCTION)}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 ms"), (0.0124, "12 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (59.96, "60.0 s"), (252, "4 min 12 s")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 second"), (1.0, "1 second"), (0, "0 seconds"), (0.1, "0.1 seconds"), (1340, "1,340 seconds")],
)
def test_counts(number, words):
    assert counted(number, "second") == words


@pytest.mark.parametrize(("named", "short"), [(EXECUTION, "a1b2"), ("orders-1", "orders-1")])
def test_a_step_whose_id_is_an_arn_is_listed_by_the_name_of_its_execution(named, short):
    own = "arn:aws:states:eu-west-1:111122223333:execution:Load:a1b2"
    assert Run(own, "step", named, "FAILED", (), datetime.now(UTC), None, "").short_id == short
