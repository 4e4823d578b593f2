"""Functions as tasks of a workflow: what Retry and Catch see of them."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
SLOW = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event"
COUNTING = """
count = 0
class OutOfStock(Exception): pass
def handler(event, context):
    global count
    count += 1
    if count <= event: raise OutOfStock(f"attempt {count}")
    return count
"""


def task(name: str, event: Any = None, **fields: Any) -> dict[str, Any]:
    arguments = {"FunctionName": f"arn:aws:lambda:us-east-1:000000000000:function:{name}:live", "Payload": event}
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, "End": True}
    return {"Call": {**call, **fields}}


def caught(name: str, error: str, event: Any = None) -> dict[str, Any]:
    """A task whose error ends in a state of its own, when it has this name."""
    catch = {"ErrorEquals": [error], "Next": "Caught", "Output": "{% $states.errorOutput %}"}
    return {**task(name, event, Catch=[catch]), "Caught": {"Type": "Succeed"}}


def test_a_class_name_is_caught_with_the_payload_as_its_cause(functions: Any, bench: Any) -> None:
    name = functions.make(COUNTING)
    ended = bench.execute(caught(name, "OutOfStock", 9))
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    cause = json.loads(output["Cause"])
    assert output["Error"] == cause["errorType"] == "OutOfStock"
    assert cause["errorMessage"] == "attempt 1"
    assert cause["stackTrace"]


def test_a_class_name_is_retried(functions: Any, bench: Any) -> None:
    retry = [{"ErrorEquals": ["OutOfStock"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}]
    ended = bench.execute(task(functions.make(COUNTING), 2, Retry=retry))
    assert json.loads(ended["output"])["Payload"] == 3


def test_another_class_name_is_not_caught(functions: Any, bench: Any) -> None:
    ended = bench.execute(caught(functions.make(COUNTING), "KeyError", 9))
    assert (ended["status"], ended["error"]) == ("FAILED", "OutOfStock")


ERRORS = [
    ("def handler(*_):\n    import os; os._exit(1)", "Runtime.ExitError", "exit status 1"),
    ("import missing", "Runtime.ImportModuleError", "No module named 'missing'"),
    (SLOW, "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
]


@pytest.mark.parametrize(("code", "error", "text"), ERRORS)
def test_what_is_no_exception_has_the_name_of_the_platform(
    functions: Any, bench: Any, code: str, error: str, text: str
) -> None:
    ended = bench.execute(caught(functions.make(code, Timeout=1), error, 5))
    assert ended["status"] == "SUCCEEDED", ended
    assert text in json.loads(ended["output"])["Cause"]


def test_a_throttled_function(functions: Any, bench: Any) -> None:
    name = functions.make()
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    ended = bench.execute(caught(name, "Lambda.TooManyRequestsException"))
    assert ended["status"] == "SUCCEEDED", ended
    cause = json.loads(ended["output"])["Cause"]
    assert cause.startswith(
        "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException;"
    )


def test_a_function_that_is_not_there(bench: Any) -> None:
    ended = bench.execute(task("none"))
    assert ended["error"] == "Lambda.ResourceNotFoundException"
    text = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none:live (Service: AWSLambda; "
    assert ended["cause"].startswith(f"{text}Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ")


@pytest.mark.parametrize("given", [{}, {"Qualifier": "live"}])
def test_a_task_gives_the_handler_the_alias(functions: Any, bench: Any, given: dict[str, str]) -> None:
    name = functions.make("def handler(event, context):\n    return context.invoked_function_arn")
    states = task(name)
    states["Call"]["Arguments"] |= {**given, "FunctionName": name} if given else {}
    ended = bench.execute(states)
    assert json.loads(ended["output"])["Payload"].endswith(f":{name}:live")


@pytest.mark.parametrize(("code", "error"), [("return 1", "States.Timeout"), ("raise KeyError(1)", "KeyError")])
def test_a_function_that_is_given_a_token(bench: Any, functions: Any, code: str, error: str) -> None:
    name = functions.make(f"def handler(event, context):\n    {code}")
    arguments = {"FunctionName": name, "Payload": {"token": "{% $states.context.Task.Token %}"}}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    waiting = {"Type": "Task", "Resource": resource, "Arguments": arguments, "HeartbeatSeconds": 2, "End": True}
    ended = bench.execute({"Ask": waiting})
    assert ended["error"] == error
