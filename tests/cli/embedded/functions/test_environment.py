"""Handlers in AWS's runtime client, in an environment of their own; no embedded AWS."""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded.functions import Environment, Function, Invocation, Outcome, Pool
from naws.cli.embedded.functions.environment import Init
from naws.cli.embedded.functions.folders import linked, unpacked

pytestmark = pytest.mark.e2e

ARN = "arn:aws:lambda:us-east-1:000000000000:function:orders"
KEYS = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
Make = Callable[..., Environment]


def archive(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as writer:
        for name, text in files.items():
            writer.writestr(name, text)
    return target.getvalue()


def function(code: str, **given: Any) -> Function:
    layer = given.pop("layer", None)
    defaults: dict[str, Any] = {
        "arn": ARN,
        "name": "orders",
        "version": "7",
        "runtime": "python3.13",
        "handler": "app.handler",
        "role": "arn:aws:iam::000000000000:role/orders",
        "timeout": 5,
        "memory_size": 256,
        "package": unpacked([archive({"app.py": code})]),
        "layer": unpacked([archive(layer)]) if layer else None,
        "variables": (),
        "log_group": "/shop/orders",
        "log_level": "",
    }
    return Function(**{**defaults, **given})


@pytest.fixture(scope="module", autouse=True)
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Packages are unpacked where the tests' other files are."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("unpacked"))
    linked.cache_clear()
    yield
    tempfile.tempdir = before
    linked.cache_clear()


@pytest.fixture
def make() -> Iterator[Make]:
    begun: list[Environment] = []

    def one(code: str, **given: Any) -> Environment:
        begun.append(Environment(function(code, **given), KEYS, endpoint_url="http://127.0.0.1:1", on_end=lambda: None))
        return begun[-1]

    yield one
    for environment in begun:
        environment.end()


def invoke(environment: Environment, event: Any = None, arn: str = f"{ARN}:live") -> Outcome:
    payload = json.dumps(event).encode()
    return environment.invoke(Invocation(request_id="0b5e", arn=arn, payload=payload, trace="Root=1-a;Sampled=0"))


def result(outcome: Outcome) -> Any:
    assert not outcome.error_type, outcome
    return json.loads(outcome.payload)


def texts(of: Outcome | Init) -> list[str]:
    return [line.text for line in of.lines]


def test_the_first_invocation_is_cold_and_the_second_warm(make: Make) -> None:
    environment = make(
        "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return [event, count]"
    )
    first, second = invoke(environment, {"é": 1}), invoke(environment, "x")
    assert (result(first), result(second)) == ([{"é": 1}, 1], ["x", 2])
    assert len(first.inits) == 1
    assert not second.inits


def test_the_context_is_of_the_invocation(make: Make) -> None:
    code = """
import os
def handler(event, context):
    return [context.invoked_function_arn, context.function_name, context.function_version, context.memory_limit_in_mb,
            context.aws_request_id, context.log_group_name, context.log_stream_name,
            context.get_remaining_time_in_millis(), os.environ["_X_AMZN_TRACE_ID"]]
"""
    environment = make(code)
    *told, left, trace = result(invoke(environment))
    assert told == [f"{ARN}:live", "orders", "7", "256", "0b5e", "/shop/orders", environment.log_stream]
    assert 4000 < left <= 5000
    assert trace == "Root=1-a;Sampled=0"
    assert "[7]" in environment.log_stream


def test_only_its_own_variables_and_those_of_lambda(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_SECRET", "x")
    code = "import os\ndef handler(*_):\n    return dict(os.environ)"
    seen = result(invoke(make(code, variables=(("TABLE", "orders"), ("TZ", "Europe/Berlin")))))
    assert seen["TABLE"] == "orders"
    assert seen["TZ"] == "Europe/Berlin"
    assert seen["AWS_ACCESS_KEY_ID"] == "ASIAEXAMPLE"
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert set(os.environ) & set(seen) <= {"PATH", "LANG", "LC_CTYPE", "TZ"}


def test_nothing_of_this_machine_is_installed_but_what_the_runtime_brings(make: Make) -> None:
    code = """
import importlib.util, sys
def handler(*_):
    return [bool(importlib.util.find_spec(name)) for name in ("boto3", "awslambdaric", "pytest", "ministack", "naws")]
"""
    assert result(invoke(make(code))) == [True, True, False, False, False]


def test_the_package_is_before_its_layers_and_both_before_boto3(make: Make) -> None:
    layer = {"python/shared.py": "text = 'layer'", "python/boto3.py": "own = 1", "python/app.py": ""}
    code = "import boto3, shared\ndef handler(*_):\n    return [shared.text, boto3.own]"
    assert result(invoke(make(code, layer=layer))) == ["layer", 1]


def test_an_exception_keeps_its_class_its_text_and_its_trace(make: Make) -> None:
    code = "class OutOfStock(Exception): pass\ndef handler(*_):\n    raise OutOfStock('no bolts')"
    environment = make(code)
    outcome = invoke(environment)
    payload = json.loads(outcome.payload)
    assert outcome.error_type == "OutOfStock"
    assert (payload["errorType"], payload["errorMessage"], payload["requestId"]) == ("OutOfStock", "no bolts", "0b5e")
    assert "raise OutOfStock('no bolts')" in payload["stackTrace"][0]
    assert not invoke(environment).inits  # the environment goes on


FAILED_AT_INIT = [
    ("import missing_module", "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module"),
    ("x = 1", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
    ("x = 1", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
    ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
    ("raise RuntimeError('no table')", "app.handler", "RuntimeError", "no table"),
]


@pytest.mark.parametrize(
    ("code", "handler", "error_type", "text"), FAILED_AT_INIT, ids=[row[2] for row in FAILED_AT_INIT]
)
def test_what_cannot_begin_is_tried_twice_and_named(
    make: Make, code: str, handler: str, error_type: str, text: str
) -> None:
    outcome = invoke(make(code, handler=handler))
    assert outcome.error_type == error_type
    assert text in json.loads(outcome.payload)["errorMessage"]
    assert [init.phase for init in outcome.inits] == ["init", "invoke"]
    assert not outcome.late_init
    assert any(error_type in line for line in texts(outcome.inits[0]))


def test_an_init_that_exits(make: Make) -> None:
    outcome = invoke(make("import os; os._exit(3)"))
    assert json.loads(outcome.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: 0b5e Error: Runtime exited with error: exit status 3",
    }


def test_an_init_that_never_ends_is_cut_by_the_timeout(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("naws.cli.embedded.functions.environment.INIT_LIMIT_SECONDS", 0.3)
    outcome = invoke(make("import time; time.sleep(60)", timeout=1))
    assert outcome.error_type == "Sandbox.Timedout"
    assert outcome.late_init


def test_a_result_that_is_no_json(make: Make) -> None:
    outcome = invoke(make("def handler(*_):\n    return {1, 2}"))
    assert outcome.error_type == "Runtime.MarshalError"


def test_a_handler_that_takes_too_long_is_killed_with_what_it_started(make: Make, tmp_path: Path) -> None:
    code = """
import subprocess, time
def handler(event, context):
    if event:
        subprocess.Popen(["sh", "-c", f"sleep 1.5; touch {event}/alive"])
        time.sleep(60)
    return "again"
"""
    environment = make(code, timeout=1)
    outcome = invoke(environment, str(tmp_path))
    assert json.loads(outcome.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: 0b5e Error: Task timed out after 1.00 seconds",
    }
    assert outcome.milliseconds == 1000
    later = invoke(environment)
    assert (result(later), len(later.inits)) == ("again", 1)
    time.sleep(1)
    assert not (tmp_path / "alive").exists()


EXITS = [
    ("import sys; sys.exit(0)", "Runtime exited without providing a reason"),
    ("import os; os._exit(9)", "Runtime exited with error: exit status 9"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
    ("exit(0)", "Runtime exited without providing a reason"),
]


@pytest.mark.parametrize(("statement", "reason"), EXITS)
def test_a_process_that_ends(make: Make, statement: str, reason: str) -> None:
    environment = make(f"def handler(event, context):\n    if event: {statement}\n    return 1")
    payload = json.loads(invoke(environment, 1).payload)
    assert payload == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: 0b5e Error: {reason}"}
    assert result(invoke(environment)) == 1


def test_a_response_over_six_megabytes(make: Make) -> None:
    environment = make("def handler(event, context):\n    return 'x' * event")
    assert len(result(invoke(environment, 6_291_554))) == 6_291_554
    assert json.loads(invoke(environment, 6_291_555).payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert result(invoke(environment, 1)) == "x"


def test_lines_are_in_order_and_whole(make: Make) -> None:
    code = """
import logging, sys
print("at init")
def handler(event, context):
    print("first\\nsecond")
    logging.getLogger().warning("two\\nlines")
    sys.stderr.write("error\\n")
    sys.stdout.write("no end")
"""
    outcome = invoke(make(code))
    assert texts(outcome.inits[0]) == ["at init"]
    first, second, logged, *rest = texts(outcome)
    assert [first, second, *rest] == ["first", "second", "error", "no end"]
    assert logged.startswith("[WARNING]\t")
    assert logged.endswith("\t0b5e\ttwo\nlines")


def test_much_output_stops_nothing(make: Make) -> None:
    outcome = invoke(make("def handler(*_):\n    print('x' * 1_000_000)"))
    assert [len(text) for text in texts(outcome)] == [1_000_000]


def test_json_lines_have_level_and_request(make: Make) -> None:
    code = "import logging\ndef handler(*_):\n    logging.info('hidden')\n    logging.warning('%s', 'shown')\n    1 / 0"
    warning, error = map(json.loads, texts(invoke(make(code, log_level="WARN"))))
    assert (warning["level"], warning["message"], warning["requestId"]) == ("WARNING", "shown", "0b5e")
    assert (error["level"], error["errorType"]) == ("ERROR", "ZeroDivisionError")


def test_a_pool_keeps_environments_warm_and_apart() -> None:
    ended: list[Function] = []

    def begin(of: Function) -> Environment:
        return Environment(of, KEYS, endpoint_url="http://127.0.0.1:1", on_end=lambda: ended.append(of))

    pool = Pool(begin)
    one = function("import os\ndef handler(*_):\n    return os.getpid()")
    other = replace(one, version="8")
    given = Invocation(request_id="a", arn=ARN, payload=b"1", trace="")
    try:
        first, again, second = (pool.invoke(each, given)[1] for each in (one, one, other))
        assert first.payload == again.payload != second.payload
        pool.retire(ARN)
        assert ended == [one, other]
        assert pool.invoke(one, given)[1].payload != first.payload
    finally:
        pool.close()
    assert len(ended) == 3


def test_handlers_end_with_the_embedded_aws_however_it_ends(tmp_path: Path) -> None:
    code = "import os, time\ndef handler(event, _):\n    open(event, 'w').write(str(os.getpid()))\n    time.sleep(60)"
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_environment import ARN, KEYS, Environment, Invocation, function
environment = Environment(function({code!r}, timeout=60), KEYS, endpoint_url="", on_end=lambda: None)
environment.invoke(Invocation(request_id="a", arn=ARN, payload=b'{json.dumps(str(tmp_path / "pid"))}', trace=""))
"""
    parent = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 30
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    handler = int((tmp_path / "pid").read_text())
    while _runs(handler):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(process: int) -> bool:
    """Whether a process runs; one that nobody waits for is a zombie."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
