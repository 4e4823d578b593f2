"""The child as it is delivered: its own entry point, with the real task engine for processes."""

import sys
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommand, DevCommands

pytestmark = pytest.mark.e2e
SCRIPT = "import os; print('run', os.environ['NAWS_RUN_ID'], 'at', os.environ['AWS_ENDPOINT_URL']); raise SystemExit(3)"


def test_a_task_is_a_process_that_reaches_this_aws(tmp_path: Path, until: Any) -> None:
    with EmbeddedAws.start(tmp_path, engine="process", app_dir=tmp_path) as aws:
        DevCommands(tmp_path).add([DevCommand("job", "main", (sys.executable, "-c", SCRIPT), str(tmp_path))])
        ecs, logs = aws.client("ecs"), aws.client("logs")
        logs.create_log_group(logGroupName="/job")
        options = {"awslogs-group": "/job", "awslogs-stream-prefix": "p", "awslogs-region": aws.region}
        container = {
            "name": "main",
            "image": "job:1",
            "environment": [{"name": "NAWS_RUN_ID", "value": "r1"}],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        ecs.register_task_definition(family="job", containerDefinitions=[container])
        arn = ecs.run_task(taskDefinition="job")["tasks"][0]["taskArn"]

        def stopped() -> Any:
            task = ecs.describe_tasks(tasks=[arn])["tasks"][0]
            return task if task["lastStatus"] == "STOPPED" else None

        task = until(stopped)
        assert task["containers"][0]["exitCode"] == 3, task
        stream = f"p/main/{arn.rpartition('/')[2]}"
        events = logs.get_log_events(logGroupName="/job", logStreamName=stream)["events"]
        assert [event["message"] for event in events] == [f"run r1 at {aws.endpoint_url}"]
