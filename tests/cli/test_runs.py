import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from naws.cli import console
from naws.cli.assembly import StackArtifact
from naws.cli.engine import DevCommand
from naws.cli.live import LiveRuns
from naws.cli.runs import Attempt, Run, RunHistory, _attempts
from naws.cli.stacks import EmbeddedStack
from naws.cli.tasklogs import last_lines, log_stream


def role(aws, name):
    """A role that may do everything, for Step Functions and ECS."""
    services = ["states.amazonaws.com", "ecs-tasks.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust, everything = (json.dumps({"Version": "2012-10-17", "Statement": [item]}) for item in (trust, everything))
    made = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=everything)
    return made["Role"]["Arn"]


class Machine:
    """A state machine that runs a task, twice when its first attempt fails."""

    def __init__(self, aws, dev_commands, directory) -> None:
        self.aws, family = aws, f"f-{uuid.uuid4().hex[:8]}"
        script = "echo working; exit $CODE"
        scripts = {"main": script, "agent": "exit 7"}
        dev_commands.add(
            [DevCommand(family, name, ("sh", "-c", text), str(directory)) for name, text in scripts.items()]
        )
        self.group = f"/logs/{family}"
        aws.client("logs").create_log_group(logGroupName=self.group)
        aws.client("ecs").create_cluster(clusterName=family)
        own_role = role(aws, family)
        self._register(family, own_role)
        states = {"Run": self._task(family)}
        definition = {"QueryLanguage": "JSONata", "StartAt": "Run", "States": states}
        self.arn = aws.client("stepfunctions").create_state_machine(
            name=family, definition=json.dumps(definition), roleArn=own_role
        )["stateMachineArn"]
        kind = "AWS::StepFunctions::StateMachine"
        noted = {"naws:runs": {"pattern": "p", "path": "S/P", "kind": "workflow"}}
        (directory / "S.json").write_text(json.dumps({"Resources": {"Machine": {"Type": kind, "Metadata": noted}}}))
        artifact = StackArtifact("S", directory, {"properties": {"templateFile": "S.json"}})
        self.stack = EmbeddedStack(artifact, aws, {}, {"Machine": (kind, self.arn)})

    def _register(self, family, execution_role):
        options = {"awslogs-group": self.group, "awslogs-stream-prefix": "p", "awslogs-region": "us-east-1"}
        container = {
            "name": "main",
            "image": "none",
            "essential": True,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        self.aws.client("ecs").register_task_definition(
            family=family,
            containerDefinitions=[container, {"name": "agent", "image": "none", "essential": False}],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=execution_role,
        )

    def _task(self, family):
        environment = [{"Name": "CODE", "Value": "{% $string($states.input.payload.code) %}"}]
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Arguments": {
                "Cluster": family,
                "TaskDefinition": family,
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-0123456789abcdef0"]}},
                "Overrides": {"ContainerOverrides": [{"Name": "main", "Environment": environment}]},
            },
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}],
            "End": True,
        }

    def start(self, given):
        states = self.aws.client("stepfunctions")
        return states.start_execution(stateMachineArn=self.arn, input=json.dumps(given))["executionArn"]


@pytest.fixture
def machine(aws, dev_commands, tmp_path):
    return Machine(aws, dev_commands, tmp_path)


def envelope(code, trigger="queue"):
    return {"trigger": trigger, "id": f"m-{code}", "time": "2026-01-01T00:00:00Z", "payload": {"code": code}}


def test_a_run_tells_trigger_id_attempts_and_exit_code(machine, eventually):
    machine.start(envelope(0))
    machine.start(envelope(3, trigger="event"))
    runs = RunHistory([machine.stack])
    good, bad = eventually(lambda: (found := runs.read()) and all(run.ended for run in found) and found)
    assert (good.trigger, good.id, good.status, good.exit_code, good.error) == ("queue", "m-0", "SUCCEEDED", 0, "")
    assert [attempt.exit_code for attempt in good.attempts] == [0]
    assert (bad.trigger, bad.id, bad.status, bad.exit_code) == ("event", "m-3", "FAILED", 3)
    assert [attempt.exit_code for attempt in bad.attempts] == [3, 3]
    assert bad.error == "States.TaskFailed: Essential container in task exited"
    assert bad.seconds > 1
    assert runs.read() == [good, bad]


def overridden(*containers, environment=({"Name": "NAWS_RUN_ID", "Value": "1"},)):
    """The overrides that ECS describes: every container is among them, and only these were given something."""
    return [{"Name": name, **({"Environment": [*environment]} if name in containers else {})} for name in CODES]


CODES = {"agent": 137, "main": 3}


@pytest.mark.parametrize(
    ("codes", "given", "exit_code"),
    [
        (CODES, overridden("main"), 3),
        (dict(reversed(CODES.items())), overridden("main"), 3),
        (CODES, overridden("agent"), 137),
        ({"main": 3}, overridden(), 3),
        (CODES, overridden(), None),
        (CODES, overridden("main", "agent"), None),
        (CODES, None, None),
        ({}, overridden("main"), None),
    ],
)
def test_the_exit_code_is_that_of_the_container_that_the_workflow_gave_its_variables(codes, given, exit_code):
    containers = [{"Name": name, "ExitCode": code} for name, code in codes.items()]
    task = {"TaskArn": "t", "StoppedReason": "r", "Containers": containers, "Overrides": {"ContainerOverrides": given}}
    details = {"resource": "runTask.sync", "error": "States.TaskFailed", "cause": json.dumps(task)}
    event = {"type": "TaskFailed", "taskFailedEventDetails": details}
    (attempt,) = _attempts([event])
    assert (attempt.task_arn, attempt.exit_code, attempt.stopped_reason) == ("t", exit_code, "r")


def test_a_message_that_a_pipe_handed_over_is_told_by_its_id(machine, eventually):
    machine.start([{"messageId": "m-1", "body": "{}", "eventSource": "aws:sqs"}])
    (run,) = eventually(lambda: RunHistory([machine.stack]).read())
    assert (run.trigger, run.id) == ("queue", "m-1")


def test_its_logs_are_found(aws, machine, eventually):
    machine.start(envelope(0))
    runs = RunHistory([machine.stack])
    (run,) = eventually(lambda: (found := runs.read()) and found[0].ended and found)
    where = log_stream(aws, run)
    assert where is not None
    assert where.group == machine.group
    assert where.stream == f"p/main/{run.attempts[0].task_arn.rsplit('/')[-1]}"
    assert last_lines(aws, where, 5) == ["working"]


def test_a_run_without_envelope_is_named_by_its_execution(machine):
    arn = machine.start({"anything": 1})
    (run,) = RunHistory([machine.stack]).read()
    assert (run.trigger, run.id) == ("manual", arn.rsplit(":", 1)[1])


def test_changes_are_shown_as_they_happen(machine, monkeypatch):
    shown = Console(record=True, width=200, highlight=False)
    monkeypatch.setattr(console, "out", shown)
    machine.start(envelope(3))
    LiveRuns(RunHistory([machine.stack])).follow(lambda runs: bool(runs) and all(run.ended for run in runs))
    lines = [line.split(maxsplit=1)[1] for line in shown.export_text().splitlines()]
    assert lines[0].split() == ["started", "queue", "m-3", "S/P"]
    *lines, printed, where = lines
    assert printed == "working"
    assert where.startswith(f"{machine.group}  p/main/")
    assert lines[-1].startswith("failed      queue     m-3  S/P  2 attempts  exit 3  ")
    # A look may come too late for what is in between.
    failed = "failed: exit 3: Essential container in task exited"
    between = iter(
        [f"attempt 1 queue m-3 S/P {failed}", "attempt 2 queue m-3 S/P", f"attempt 2 queue m-3 S/P {failed}"]
    )
    assert all(" ".join(line.split()) in between for line in lines[1:-1])


def run_of(identity, status="SUCCEEDED", attempts=1):
    started = datetime(2026, 1, 1, tzinfo=UTC)
    made = tuple(Attempt(None, 0, "") for _ in range(attempts))
    return Run(
        "arn", "schedule", identity, status, made, started, started + timedelta(seconds=123), "", None, "Shop/It"
    )


def test_a_row_of_the_table_is_one_line_with_the_whole_id(monkeypatch):
    shown = Console(record=True, width=80, soft_wrap=True, highlight=False)
    monkeypatch.setattr(console, "out", shown)
    console.runs_table([run_of("schedule-1@2026-11-23T09:50:37Z"), run_of("x" * 64, status="TIMED_OUT")])
    lines = [line.rstrip() for line in shown.export_text().splitlines()]
    assert lines[0].split() == ["trigger", "id", "pattern", "attempts", "exit", "duration", "status"]
    assert " ".join(lines[1].split()) == "schedule schedule-1@2026-11-23T09:50:37Z Shop/It 1 0 2 min 03 s succeeded"
    assert lines[2].endswith("timed out")
    assert "x" * 64 in lines[2]
