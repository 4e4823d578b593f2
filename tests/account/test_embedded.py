"""The check against the embedded AWS, as far as that knows the calls."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws
from simulation import answer
from subjects import TESTS, Subject


def there(embedded: EmbeddedAws) -> list[Any]:
    """What stands in the account: other tests of this worker use it, too."""
    stacks = embedded.client("cloudformation").list_stacks()["StackSummaries"]
    buckets = embedded.client("s3").list_buckets()["Buckets"]
    machines = embedded.client("stepfunctions").list_state_machines()["stateMachines"]
    return [
        {one["StackId"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"},
        {one["Name"] for one in buckets},
        {one["stateMachineArn"] for one in machines},
    ]


@pytest.mark.e2e
def test_templates_on_the_embedded_aws(embedded: EmbeddedAws) -> None:
    script = [sys.executable, str(TESTS / "account/check.py"), "--yes", "--judge", "templates"]
    chosen = [
        "--only",
        "ecs_task_processor/schedule",
        "--only",
        "ecs_task_processor/fan_out",
    ]  # the second is too large to be sent inline
    environment = {**os.environ, **embedded.environment(), "COLUMNS": "200"}
    before = there(embedded)
    ended = subprocess.run([*script, *chosen], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("CreateChangeSet") == 2
    assert there(embedded) == before


@pytest.mark.e2e
def test_an_interruption_leaves_nothing_on_the_embedded_aws(embedded: EmbeddedAws) -> None:
    script = [sys.executable, str(TESTS / "account/check.py"), "--yes", "--judge", "templates"]
    environment = {**os.environ, **embedded.environment()}
    cloudformation = embedded.client("cloudformation")
    before, stacks = there(embedded), len(cloudformation.list_stacks()["StackSummaries"])
    embedded.inject_fault("api", milliseconds=200)  # slow enough to be interrupted in between
    running = subprocess.Popen(script, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(cloudformation.list_stacks()["StackSummaries"]) == stacks and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    embedded.inject_fault("api")
    assert running.returncode == 130, out + err
    assert "Traceback" not in err
    assert there(embedded) == before


@pytest.mark.e2e
def test_permissions_by_an_evaluator_that_is_not_ours(embedded: EmbeddedAws, every: dict[str, Subject]) -> None:
    # The embedded AWS's simulator is given no context, so that only roles without conditions can be asked about.
    roles = [p for one in every.values() for p in one.roles.values() if "Condition" not in json.dumps(p)]
    assert len(roles) > 10
    iam = embedded.client("iam")
    assert {answer(iam, policies) for policies in roles} == {("ok", "")}
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert {answer(iam, [*policies, denied])[0] for policies in roles} == {"error"}
