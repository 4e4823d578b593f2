"""The child as it is delivered: its own entry point, with the real task engine for processes."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommand, DevCommands

pytestmark = pytest.mark.e2e
SCRIPT = "import os; print('run', os.environ['NAWS_RUN_ID'], 'at', os.environ['AWS_ENDPOINT_URL']); raise SystemExit(3)"


def execution_role(aws: Any) -> Any:
    def document(**statement: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    iam = aws.client("iam")
    trust = document(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    logs = document(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource="arn:aws:logs:*:*:log-group:/job:*")
    iam.put_role_policy(RoleName="execution", PolicyName="logs", PolicyDocument=logs)
    return role


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
        role = execution_role(aws)
        ecs.register_task_definition(family="job", containerDefinitions=[container], executionRoleArn=role)
        arn = ecs.run_task(taskDefinition="job")["tasks"][0]["taskArn"]

        def stopped() -> Any:
            task = ecs.describe_tasks(tasks=[arn])["tasks"][0]
            return task if task["lastStatus"] == "STOPPED" else None

        task = until(stopped)
        assert task["containers"][0]["exitCode"] == 3, task
        stream = f"p/main/{arn.rpartition('/')[2]}"
        events = logs.get_log_events(logGroupName="/job", logStreamName=stream)["events"]
        assert [event["message"] for event in events] == [f"run r1 at {aws.endpoint_url}"]
