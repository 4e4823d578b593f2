"""Which ends of runs the rule on status events keeps, as the embedded AWS matches events."""

import json
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws
from naws.core.build.failures import unhandled_ends
from naws.ecs_task_processor.workflow.reaper import HANDLED_ERRORS

pytestmark = pytest.mark.e2e

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Nightly"
STEP = '{"trigger":"step","id":"1","payload":{},"caller":"arn"}'


@pytest.fixture(scope="module")
def events(embedded: EmbeddedAws) -> Any:
    return embedded.client("events")


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ({"status": "ABORTED", "input": "{}"}, True),
        ({"status": "ABORTED", "input": "{}", "error": None}, True),
        ({"status": "TIMED_OUT", "input": None}, True),
        ({"status": "TIMED_OUT"}, True),
        ({"status": "FAILED", "input": "{}", "error": "States.Runtime"}, True),
        ({"status": "FAILED", "input": "{}", "error": "FailureNotKept"}, True),
        ({"status": "FAILED", "input": "{}", "error": None}, True),
        ({"status": "FAILED", "input": "{}"}, True),
        ({"status": "FAILED", "input": "{}", "error": "Naws.TaskFailed"}, False),
        ({"status": "SUCCEEDED", "input": "{}", "error": None}, False),
        ({"status": "ABORTED", "input": STEP}, False),
        ({"status": "FAILED", "input": STEP, "error": "States.Runtime"}, False),
        ({"status": "ABORTED", "input": None, "inputDetails": {"included": False}}, True),
        ({"status": "ABORTED", "input": "{}", "stateMachineArn": f"{MACHINE}Other"}, False),
    ],
    ids=str,
)
def test_which_ends_are_kept(events: Any, detail: dict[str, Any], *, kept: bool) -> None:
    event = {
        "id": "1",
        "account": "123456789012",
        "source": "aws.states",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"stateMachineArn": MACHINE, **detail},
    }
    answer = events.test_event_pattern(
        EventPattern=json.dumps(unhandled_ends([MACHINE], HANDLED_ERRORS)), Event=json.dumps(event)
    )
    assert answer["Result"] is kept
