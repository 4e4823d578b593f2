"""What RunTask is given in all, with the longest names that there can be, is within its 8,192 characters.

It is a test and no rule, because nothing that a user says at synthesis can change it: the container's name, the
variables' names and the bucket are the library's, and no one names the bucket. What a run brings along, its id and its
payload, is measured by the workflow itself.
"""

import json
import re
from typing import Any

import pytest

from naws.core.fargate import Size
from naws.ecs_task_processor import FanOut
from naws.ecs_task_processor.plan import CONTAINER
from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow import workflow
from naws.ecs_task_processor.workflow.payload import OVERRIDE_LIMIT

LONGEST_BUCKET = "b" * 63
LONGEST_EXECUTION = "e" * 80
LONGEST = {
    "NAWS_TRIGGER": "schedule",
    "NAWS_ATTEMPT": "100",
    "NAWS_EXECUTION": LONGEST_EXECUTION,
    "NAWS_CPU": "32768",
    "NAWS_MEMORY_LIMIT_MIB": "249856",
    "NAWS_ITEM_INDEX": "99999999",
    "NAWS_ITEM_COUNT": "99999999",
    "NAWS_PAYLOAD_URI": f"s3://{LONGEST_BUCKET}/{'p' * 64}/runs/{LONGEST_EXECUTION}.json",
}
ITEMS = FanOut("$.items")


def states(fan_out: FanOut | None) -> dict[str, Any]:
    """The states of the largest run that this library builds."""
    names = ResourceNames(
        partition="aws-us-gov",
        cluster_arn="cluster",
        task_definition_arn="task:1",
        container=CONTAINER,
        subnet_ids=("subnet",),
        security_group_ids=("group",),
        payload_bucket=LONGEST_BUCKET,
        failure_queue_url="failures",
        processor="Reports/Nightly",
    )
    policy = RunPolicy(
        attempt_timeout=3600,
        stop_timeout=120,
        infrastructure_attempts=100,
        task_attempts=1,
        interval=30,
        backoff_rate=2.0,
        max_interval=600,
        sizes=(Size(cpu=16384, memory_limit_mib=122880), Size(cpu=32768, memory_limit_mib=249856)),
        fan_out=fan_out,
    )
    return workflow(policy, names)["States"]


def request_of(fan_out: FanOut | None, run_id: str, name: str, value: str) -> str:
    """The overrides as text, formatting included, with one way to hand the payload over."""
    overrides = states(fan_out)["Run task"]["Arguments"]["Overrides"]
    (container,) = overrides["ContainerOverrides"]
    named = [each["Name"] for each in container["Environment"] if isinstance(each, dict)]
    values = {**LONGEST, "NAWS_RUN_ID": run_id}
    environment = [{"Name": each, "Value": values[each]} for each in named] + [{"Name": name, "Value": value}]
    whole = {
        "Cpu": LONGEST["NAWS_CPU"],
        "Memory": LONGEST["NAWS_MEMORY_LIMIT_MIB"],
        "ContainerOverrides": [{"Name": container["Name"], "Environment": environment}],
    }
    return json.dumps(whole, ensure_ascii=False)


def budget(fan_out: FanOut | None) -> int:
    """What the workflow lets the payload and the run's id take, as JSON strings in an array."""
    conditions = [choice["Condition"] for choice in states(fan_out)["Fits?"]["Choices"]]
    (found,) = {match[1] for each in conditions if (match := re.search(r"<= (\d+)", each))}
    return int(found)


@pytest.mark.parametrize("fan_out", [None, ITEMS], ids=["one task", "an item"])
@pytest.mark.parametrize("character", ["x", '"', "\\", "ü"], ids=["plain", "quote", "backslash", "umlaut"])
def test_what_fits_by_the_workflows_measure_fits_into_the_request(fan_out: FanOut | None, character: str) -> None:
    run_id = "schedule-100@2027-01-01T00:00:00Z"

    def length(payload: str) -> int:
        return len(json.dumps([payload, run_id], ensure_ascii=False))

    payload = character * ((budget(fan_out) - length("")) // (length(character) - length("")))

    assert len(payload) > 3_000
    assert len(request_of(fan_out, run_id, "NAWS_PAYLOAD", payload)) <= OVERRIDE_LIMIT


@pytest.mark.parametrize("fan_out", [None, ITEMS], ids=["one task", "an item"])
def test_what_does_not_fit_is_named_and_that_fits(fan_out: FanOut | None) -> None:
    longest_id_of_a_trigger = f"{'e' * 80}#{99999999}"
    request = request_of(fan_out, longest_id_of_a_trigger, "NAWS_PAYLOAD_URI", LONGEST["NAWS_PAYLOAD_URI"])

    assert len(request) < OVERRIDE_LIMIT / 4
