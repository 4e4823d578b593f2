"""Requests and runs of functions as they are shown, from what the embedded AWS records of them."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from naws.cli.embedded import FunctionRun, HttpRecord
from naws.cli.live import LiveRuns
from naws.cli.live_functions import LiveFunctions, failure_of

ALIAS = "arn:aws:lambda:us-east-1:000000000000:function:shop-mails:live"
FRAME = '  File "/state/tmp/functions/bd8fd947e25454b2f8d42a87/{}.py", line {}, in {}\n    {}\n'
RAISED = [FRAME.format("app", 9, "handler", "send(event)"), FRAME.format("mail/send", 3, "send", "raise NoAddress()")]
WARNING = "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code."
ERROR = {"level": "ERROR", "errorMessage": "no address", "errorType": "NoAddress", "stackTrace": RAISED}
JSON_LOG = [
    json.dumps({"time": "2026-01-01", "type": "platform.start", "record": {"requestId": "r"}}),
    "printed",
    json.dumps({"level": "INFO", "message": "sending", "logger": "root"}),
    json.dumps({"level": "WARNING", "message": WARNING}),
    json.dumps(ERROR),
    json.dumps({"time": "2026-01-01", "type": "platform.report", "record": {"status": "error"}}),
]
TEXT_LOG = [
    "INIT_START Runtime Version: python:3.11.7",
    "START RequestId: r Version: 1",
    "[INFO] sending",
    "[ERROR] NoAddress: no address",
    "Traceback (most recent call last):",
    *(line for frame in RAISED for line in frame.splitlines()),
    "END RequestId: r",
    "REPORT RequestId: r Duration: 1.00 ms",
]


def run(**given: Any) -> FunctionRun:
    fields = {
        "function": "shop-mails",
        "qualifier": "live",
        "version": "1",
        "request_id": "r-1",
        "kind": "sync",
        "trigger": "queue",
        "started": 1000.0,
        "ended": 1000.012,
        "outcome": "succeeded",
        "error_type": "",
        "error_message": "",
        "late_init": False,
        "given_back": 0,
        "taken_by": "",
        "log": [],
    }
    return FunctionRun(**{**fields, **given})


def failed(**given: Any) -> FunctionRun:
    how = {"outcome": "failed", "error_type": "NoAddress", "error_message": "no address", "log": JSON_LOG}
    return run(**{**how, **given})


def request(**given: Any) -> HttpRecord:
    fields = {
        "api_id": "a1",
        "stage": "$default",
        "route": "$default",
        "method": "GET",
        "path": "/orders/3",
        "status": 200,
        "latency": 12,
        "error": "",
        "request_id": "E=",
        "function": ALIAS,
        "at": 1000.0,
    }
    return HttpRecord(**{**fields, **given})


class Recorded:
    """What the embedded AWS answers, changed between looks; the API `a1` stands before the one function."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.runs: list[FunctionRun] = []
        self.requests: list[HttpRecord] = []
        self._capsys = capsys
        monkeypatch.setattr("naws.cli.live_functions.endpoints_of", lambda _: [SimpleNamespace(id="a1", alias=ALIAS)])
        kinds = {"AWS::ElasticLoadBalancingV2::LoadBalancer": {"Lb": "arn:lb", "Shared": "arn:shared"}}
        paths = {"Lb": "/Shop/LoadBalancer/Resource", "Shared": "/Shop/NawsLoadBalancer/Resource/Resource"}
        artifact = SimpleNamespace(paths=paths)
        stack: Any = SimpleNamespace(functions={ALIAS: "Shop/Mails"}, of_type=kinds.get, artifact=artifact)
        embedded: Any = SimpleNamespace(function_runs=lambda: self.runs, http_requests=lambda: self.requests)
        self.live = LiveFunctions([stack], embedded)

    def shown(self) -> list[str]:
        """The lines of one look, without their clocks."""
        self.live.look()
        lines = self._capsys.readouterr().out.splitlines()
        return [line[10:].rstrip() for line in lines]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Recorded:
    return Recorded(monkeypatch, capsys)


def test_a_request_is_one_line_and_its_run_none(recorded: Recorded) -> None:
    recorded.runs, recorded.requests = [run(trigger="http")], [request()]
    assert recorded.shown() == ["200         http      GET /orders/3  12 ms  Shop/Mails  E="]
    assert recorded.shown() == []
    assert recorded.live.counts() == [("Shop/Mails", "http", 1, 0, 0)]


def test_a_request_to_a_load_balancer_has_its_target(recorded: Recorded) -> None:
    recorded.requests = [request(api_id="arn:lb", function="", target="10.0.0.1:80", request_id="1-2")]
    assert recorded.shown() == ["200         http      GET /orders/3  12 ms  Shop/LoadBalancer  → 10.0.0.1:80  1-2"]


def test_the_load_balancer_of_a_pattern_has_the_path_of_the_pattern(recorded: Recorded) -> None:
    recorded.requests = [request(api_id="arn:shared", function="", target="10.0.0.1:80", request_id="1-3")]
    assert recorded.shown() == ["200         http      GET /orders/3  12 ms  Shop/NawsLoadBalancer  → 10.0.0.1:80  1-3"]


def test_a_request_that_is_refused_has_its_reason(recorded: Recorded) -> None:
    recorded.requests = [request(status=403, error="Forbidden", function="", latency=0)]
    assert recorded.shown() == ["403         http      GET /orders/3  0 ms  Shop/Mails  Forbidden  E="]


def test_lines_have_the_time_of_their_end_in_which_they_stand(
    recorded: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    slow, quick = request(latency=5000, request_id="slow"), request(at=1001.0, request_id="quick")
    recorded.runs, recorded.requests = [run(ended=1003.0)], [slow, quick]
    recorded.live.look()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines] == ["quick", "r-1", "slow"]
    assert lines == sorted(lines)
    assert len({line[:8] for line in lines}) == 3


def test_equal_requests_that_are_throttled_are_one_line(recorded: Recorded) -> None:
    throttled = {"status": 429, "error": "Too Many Requests", "latency": 0}
    crowd = [request(**throttled, request_id=f"{n}=", at=1000.0 + n) for n in range(3)]
    recorded.requests = [*crowd, request(**throttled, request_id="o=", path="/o", at=1004.0), request(at=1005.0)]
    assert recorded.shown() == [
        "429         http      GET /orders/3  0 ms  Shop/Mails  Too Many Requests  0=  and 2 more",
        "429         http      GET /o  0 ms  Shop/Mails  Too Many Requests  o=",
        "200         http      GET /orders/3  12 ms  Shop/Mails  E=",
    ]
    assert recorded.shown() == []


def test_a_request_whose_run_failed_has_the_reason_at_the_run_alone(recorded: Recorded) -> None:
    words = (
        "The Lambda function returned the following error: no address. Check your Lambda function code and try again."
    )
    recorded.runs = [failed(trigger="http")]
    recorded.requests = [request(status=500, error=words, latency=13)]
    lines = recorded.shown()
    assert lines[0] == "failed      http      Shop/Mails  12 ms  NoAddress  r-1"
    assert lines[-1] == "500         http      GET /orders/3  13 ms  Shop/Mails  E="
    assert lines.count("NoAddress: no address") == 1


def test_runs_are_shown_in_the_order_in_which_they_ended(recorded: Recorded) -> None:
    recorded.runs = [
        run(ended=1003.0, request_id="r-2", trigger="schedule"),
        run(request_id="r-3"),
        run(request_id="r-4", function="somebody-elses"),
    ]
    assert recorded.shown() == [
        "succeeded   queue     Shop/Mails  12 ms  r-3",
        "succeeded   schedule  Shop/Mails  3000 ms  r-2",
    ]


def test_further_attempts_are_counted_and_their_logs_not_repeated(recorded: Recorded) -> None:
    recorded.runs = [failed(trigger="event")]
    assert len(recorded.shown()) > 1
    recorded.runs.append(failed(trigger="event", started=1060.0, ended=1060.02))
    assert recorded.shown() == ["failed      event     Shop/Mails  20 ms  attempt 2  NoAddress  r-1"]
    assert recorded.live.counts() == [("Shop/Mails", "event", 2, 2, 0)]


def test_messages_that_were_given_back_are_a_failure_with_its_log(recorded: Recorded) -> None:
    recorded.runs = [run(given_back=2, log=["no address for 2"])]
    assert recorded.shown() == [
        "partly      queue     Shop/Mails  12 ms  2 of its messages failed  r-1",
        "| no address for 2",
    ]
    assert recorded.live.counts() == [("Shop/Mails", "queue", 1, 1, 0)]


@pytest.mark.parametrize("trigger", ["queue", "http"])
def test_an_init_that_takes_too_long_is_named(recorded: Recorded, trigger: str) -> None:
    """A request that went well, too: it waited for it."""
    recorded.runs = [run(late_init=True, trigger=trigger)]
    assert recorded.shown() == [f"succeeded   {trigger:<8}  Shop/Mails  12 ms  init over 10 s  r-1"]


def test_where_failed_work_went_ends_its_line(recorded: Recorded) -> None:
    recorded.runs = [failed(taken_by="failure queue")]
    assert recorded.shown()[0] == "failed      queue     Shop/Mails  12 ms  NoAddress  r-1  → failure queue"


def throttled(**given: Any) -> FunctionRun:
    return run(**{"outcome": "throttled", "error_type": "TooManyRequestsException", "trigger": "invoke", **given})


def test_what_was_throttled_is_no_run_and_has_one_line(recorded: Recorded) -> None:
    attempts = [throttled(request_id=f"r-{n % 3}", ended=1000.0 + n) for n in range(6)]
    recorded.runs = [*attempts, run(request_id="r-0", trigger="invoke", ended=1007.0)]
    assert recorded.shown() == [
        "throttled   invoke    Shop/Mails  r-0  and 5 more",
        "succeeded   invoke    Shop/Mails  7000 ms  r-0",
    ]
    recorded.runs = [*recorded.runs, throttled(ended=1008.0)]
    assert recorded.shown() == ["throttled   invoke    Shop/Mails  r-1"]
    assert recorded.live.counts() == [("Shop/Mails", "invoke", 1, 0, 7)]


def test_a_throttled_run_of_a_request_is_the_requests_line(recorded: Recorded) -> None:
    recorded.runs = [throttled(trigger="http", request_id="r-2")]
    assert recorded.shown() == []
    assert recorded.live.counts() == [("Shop/Mails", "http", 0, 0, 1)]


TRACE = [
    '  File "app.py", line 9, in handler',
    "    send(event)",
    '  File "mail/send.py", line 3, in send',
    "    raise NoAddress()",
]


def test_what_a_run_logged_in_json_is_shown_as_words() -> None:
    assert [*failure_of(failed())] == ["NoAddress: no address", *TRACE, "| printed", "| INFO  sending"]


def test_what_a_run_logged_as_text_is_shown_without_what_is_shown_already() -> None:
    logged = ["| [INFO] sending", *(f"| {line.strip()}" for line in TRACE)]
    assert [*failure_of(failed(log=TEXT_LOG))] == ["NoAddress: no address", *logged]


POWERTOOLS = {"service": "shop", "cold_start": True, "function_name": "shop-mails", "xray_trace_id": "1-2"}


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({**POWERTOOLS, "level": "WARNING", "message": "not sent", "id": 3, "error": "no\n address"},
         "WARNING  not sent  id=3 error=no address"),
        ({"level": "INFO", "message": "sent", "to": {"name": "Zoë"}}, 'INFO  sent  to={"name": "Zoë"}'),
        ({"level": "ERROR", "message": "not sent", "errorType": "NoAddress", "stackTrace": RAISED},
         "ERROR  not sent  errorType=NoAddress"),
        ({"level": "INFO", "body": "a" * 80 + "b" * 80}, f"INFO  body={'a' * 50} … {'b' * 50}"),
        ({"order": 3}, "order=3"),
    ],
)  # fmt: skip
def test_a_record_is_shown_with_its_own_fields(record: dict[str, Any], line: str) -> None:
    assert [*failure_of(run(given_back=1, log=[json.dumps(record)]))][-1] == f"| {line}"


def test_a_long_message_keeps_its_end(recorded: Recorded) -> None:
    message = f"All records failed: {'x' * 400}\nTraceback: KeyError: 'address'"
    recorded.runs = [failed(error_message=message)]
    line = recorded.shown()[1]
    assert line.startswith("NoAddress: All records failed: xxx")
    assert line.endswith("xxx Traceback: KeyError: 'address'")
    assert len(line) < 310


def test_an_init_that_is_tried_twice_is_shown_once() -> None:
    words = "Unable to import module 'app': No module named 'nosuch'"
    error = {"level": "ERROR", "errorMessage": words, "errorType": "Runtime.ImportModuleError", "stackTrace": []}
    log = [json.dumps(each) for each in (error, {"type": "platform.initReport", "record": {}}, error)]
    broken = failed(error_type="Runtime.ImportModuleError", error_message=words, log=log)
    assert [*failure_of(broken)] == [f"Runtime.ImportModuleError: {words}"]


def test_of_a_long_log_the_last_lines_are_shown_and_of_a_deep_trace_the_last_frames() -> None:
    deep = {**ERROR, "stackTrace": [FRAME.format("deep", number, "f", "f()") for number in range(50)]}
    log = [*(f"line {number}" for number in range(50)), json.dumps(deep)]
    lines = [*failure_of(failed(log=log))]
    assert lines[1:7:2] == [f'  File "deep.py", line {number}, in f' for number in (47, 48, 49)]
    assert lines[7:] == [f"| line {number}" for number in range(45, 50)]


def test_where_the_last_frames_are_of_libraries_the_last_of_the_functions_own_is_among_them(tmp_path: Path) -> None:
    """Those of Python, and those of a distribution in the package."""
    package = tmp_path / "functions/0a1b"
    (package / "Vendor-1.0.dist-info").mkdir(parents=True)
    (package / "python_vendored-1.0.dist-info").mkdir()
    (package / "python_vendored-1.0.dist-info/top_level.txt").write_text("vendored\n")
    files = ["outer.py", "app.py", "vendor/deep.py", "vendored.py", "/usr/lib/python3/json/decoder.py"]
    frames = [f'  File "{package / file}", line 1, in f\n    f()\n' for file in files]

    def shown(*given: str) -> list[str]:
        lines = [*failure_of(failed(log=[json.dumps({**ERROR, "stackTrace": given})]))]
        return [line.split('"')[1] for line in lines[1::2]]

    assert shown(*frames) == ["app.py", "vendored.py", "/usr/lib/python3/json/decoder.py"]
    assert shown(*frames[:3]) == ["outer.py", "app.py", "vendor/deep.py"]
    assert shown(*frames[2:], *frames[3:]) == ["/usr/lib/python3/json/decoder.py", *files[3:]]


def test_without_functions_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("naws.cli.live_functions.endpoints_of", lambda _: [])
    nobody: Any = SimpleNamespace()
    live = LiveFunctions([SimpleNamespace(functions={}, of_type=lambda _: {})], nobody)  # type: ignore[list-item]
    live.look()
    assert live.counts() == []


def test_functions_are_looked_at_with_the_runs_of_workflows(recorded: Recorded) -> None:
    recorded.runs = [run()]
    live = LiveRuns(SimpleNamespace(read=list, unread={}), functions=recorded.live)  # type: ignore[arg-type]
    assert live.counts() == []
    live.look()
    assert live.counts() == [("Shop/Mails", "queue", 1, 0, 0)]
