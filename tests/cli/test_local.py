"""`naws local` as a user runs it: a process of its own, signals, exit codes, and what is left afterwards."""

import copy
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.local_process import APP, processes_of

pytestmark = pytest.mark.e2e

NEVER_READY = {
    "Resources": {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
        },
    }
}
RUN_TASK = {
    "StartAt": "Run",
    "States": {
        "Run": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Parameters": {"Cluster": "c", "TaskDefinition": "f", "LaunchType": "FARGATE"},
            "End": True,
        }
    },
}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
        "Policies": [
            {
                "PolicyName": "all",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
                },
            }
        ],
    },
}
TASKS = {
    "Resources": {
        "Role": ROLE,
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "c"}},
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"Family": "f", "ContainerDefinitions": [{"Name": "main", "Image": "i", "Essential": True}]},
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Metadata": {"naws:runs": {"pattern": "p", "path": "R/P", "kind": "workflow"}},
            "Properties": {
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "DefinitionString": json.dumps(RUN_TASK),
            },
        },
    }
}
REFUSING = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "told"}},
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [{"Ref": "Topic"}],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sns:Publish",
                            "Resource": "*",
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ]
                },
            },
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "red",
                "Namespace": "N",
                "MetricName": "M",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "AlarmActions": [{"Ref": "Topic"}],
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "failures"}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["mine"]},
                "Targets": [{"Id": "t", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
    }
}


def running_task(local, script, *options, template=TASKS):
    local.write(APP, template, command=[sys.executable, "-c", script, str(local.directory)])
    local.start(*options).until("Runs ")
    states = local.client("stepfunctions")
    arn = states.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    states.start_execution(stateMachineArn=arn, input='{"trigger": "queue", "id": "m-1"}')
    local.until("started +queue +m-1")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_while_running(local, number):
    local.start().until("Runs ")
    assert local.client("sqs").list_queues()["QueueUrls"]
    assert local.ended(number) == 0
    text = local.text()
    assert "✓ R deployed: 1 resource" in text
    assert re.search(r"Url = http://127\.0\.0\.1:\d+/000000000000/R-Queue", text)
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in text
    assert text.rstrip().endswith("Stopped.")
    assert "\x1b[" not in text


def test_a_task_that_runs_ends_with_it(local):
    running_task(local, "import time; print('at work', flush=True); time.sleep(600)")
    logs = local.directory / "state" / "tasks"
    deadline = time.monotonic() + 20
    while not any("at work" in log.read_text() for log in logs.glob("*.log")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert any("at work" in line for line in processes_of(local.directory))
    assert local.ended(signal.SIGINT) == 0
    assert re.search(r"queue +m-1 +R/P +\d", local.text().rsplit("Runs", 1)[1])


def test_a_run_is_shown_with_its_outcome(local):
    running_task(local, "raise SystemExit(0)")
    local.until(r"succeeded +queue +m-1 +R/P +1 attempt  exit 0  \d")
    assert local.ended(signal.SIGINT) == 0
    assert re.search(r"queue +m-1 +R/P +1 +0 +[\d.]+ m?s +succeeded", local.text())


def test_what_the_task_of_a_failed_run_printed_last_is_shown_and_where_the_rest_is(local):
    template = copy.deepcopy(TASKS)
    (container,) = template["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    options = {"awslogs-group": "jobs", "awslogs-stream-prefix": "run", "awslogs-region": "us-east-1"}
    container["LogConfiguration"] = {"LogDriver": "awslogs", "Options": options}
    allowed = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    template["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"].append(allowed)
    template["Resources"]["Task"]["Properties"]["ExecutionRoleArn"] = {"Fn::GetAtt": ["Role", "Arn"]}
    template["Resources"]["Logs"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "jobs"}}
    running_task(local, "print('no ink', flush=True); raise SystemExit(3)", template=template)
    local.until(r"failed +queue +m-1 +R/P +1 attempt  exit 3 .*\n +\| no ink\n +log: jobs  run/main/[0-9a-f-]+\n")
    assert local.ended(signal.SIGINT) == 0


def test_an_alarm_that_may_not_publish_and_a_rule_that_may_not_send_are_shown(local):
    local.write(APP, REFUSING)
    local.start().until("Runs ")
    local.client("cloudwatch").set_alarm_state(AlarmName="red", StateValue="ALARM", StateReason="test")
    alarm = (
        "User: cloudwatch.amazonaws.com is not authorized to perform: SNS:Publish on resource: "
        "arn:aws:sns:us-east-1:000000000000:told because no resource-based policy allows the SNS:Publish action"
    )
    local.until(rf"\d\d:\d\d:\d\d +denied +{re.escape(alarm)}")
    for _ in range(2):
        local.client("events").put_events(Entries=[{"Source": "mine", "DetailType": "t", "Detail": "{}"}])
    rule = (
        "User: events.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: "
        "arn:aws:sqs:us-east-1:000000000000:failures because no resource-based policy allows the sqs:sendmessage action"
    )
    local.until(rf"denied +{re.escape(rule)}")
    assert local.ended(signal.SIGINT) == 0
    shown, _, missing = local.text().partition("Missing permissions")
    assert shown.count("denied") == 2
    assert missing.split("Stopped.")[0].strip().splitlines() == [alarm, rule]


def test_a_missing_permission_is_shown_in_awss_words(local):
    template = copy.deepcopy(TASKS)
    deny = {"Effect": "Deny", "Action": "ecs:RunTask", "Resource": "*"}
    policy = template["Resources"]["Role"]["Properties"]["Policies"][0]
    policy["PolicyDocument"]["Statement"].append(deny)
    running_task(local, "raise SystemExit(0)", template=template)
    words = "User: arn:aws:sts::000000000000:assumed-role/x is not authorized to perform: ecs:RunTask on resource:"
    sentence = words.replace(" ", r"\s+").replace("/x", r"/\S+")  # a narrow terminal breaks the line
    local.until(rf"failed +queue +m-1 [^!]*ECS.AccessDeniedException:\s+{sentence}")
    local.until(rf"denied +{sentence}")
    assert local.ended(signal.SIGINT) == 0


def test_without_policies_everything_is_allowed_and_that_is_noted_twice(local):
    template = copy.deepcopy(TASKS)
    del template["Resources"]["Role"]
    template["Resources"]["Machine"]["Properties"]["RoleArn"] = "arn:aws:iam::000000000000:role/none"
    running_task(local, "raise SystemExit(0)", "--without-policies", template=template)
    local.until(r"succeeded +queue +m-1")
    assert local.ended(signal.SIGINT) == 0
    noted = [match.start() for match in re.finditer("IAM policies are not evaluated", local.text())]
    assert len(noted) == 2
    assert noted[0] < local.text().index("Deploying R") < local.text().index("Stopped.") < noted[1]


def test_without_policies_is_noted_twice_when_the_deployment_fails_too(local):
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "one"}}
    local.write(APP, {"Resources": {"Queue": queue, "Again": {**queue, "DependsOn": "Queue"}}})
    assert local.start("--without-policies").ended() == 1
    assert local.text().count("IAM policies are not evaluated") == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_the_app_synthesises(local, number):
    local.write("import os, subprocess; subprocess.run(['sleep', '600'], env={**os.environ, 'APP': __file__})")
    local.start().until("Synthesising")
    deadline = time.monotonic() + 20
    while not any("sleep 600" in line for line in processes_of(local.directory)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert local.ended(number) == 130
    assert "Interrupted; everything that was started has been stopped." in local.text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_a_stack_is_being_created(local, number):
    local.write(APP, NEVER_READY)
    local.start().until("Deploying R")
    time.sleep(1)
    assert local.process.poll() is None
    assert local.ended(number) == 130
    assert "deployed" not in local.text()


def test_interrupted_while_the_embedded_aws_starts(local):
    local.start().until("Starting the embedded AWS")
    assert local.ended(signal.SIGINT) == 130


def test_an_app_that_does_not_synthesise(local):
    local.write("raise ValueError('memory_limit_mib must not be 100')")
    assert local.start().ended() == 1
    lines = local.text().splitlines()
    assert "error  The app does not synthesise." in lines
    assert lines[-1] == "ValueError: memory_limit_mib must not be 100"
    assert "naws/cli" not in local.text()


def test_a_stack_that_is_not_deployed(local):
    local.write(APP, {"Resources": {"Odd": {"Type": "AWS::No::Such"}}})
    assert local.start().ended() == 1
    assert "error  CloudFormation refuses R." in local.text()
    assert "AWS::No::Such" in local.text()


def test_a_port_in_use(local):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert local.start("--port", str(port)).ended() == 1
    assert f"Port {port} on 127.0.0.1 is in use" in local.text()
    assert "Traceback" not in local.text()


def test_a_given_port(local):
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    local.start("--port", str(port)).until("Runs ")
    assert f"Embedded AWS at http://127.0.0.1:{port}" in local.text()
    assert local.ended(signal.SIGINT) == 0


def test_an_embedded_aws_that_dies_while_running(local):
    running_task(local, "import time; time.sleep(600)")
    children = Path(f"/proc/{local.process.pid}/task/{local.process.pid}/children").read_text().split()
    (server,) = [pid for pid in children if b"naws.cli.embedded" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(server), signal.SIGKILL)
    assert local.ended() == 1
    assert "error  The embedded AWS has ended by itself." in local.text()
    assert "embedded-aws.log" in local.text()
    assert "Traceback" not in local.text()


def test_killed_itself_it_leaves_nothing(local):
    running_task(local, "import time; time.sleep(600)")
    assert local.ended(signal.SIGKILL) == -signal.SIGKILL


def test_a_state_directory_in_use(local, tmp_path):
    local.start().until("Runs ")
    second = subprocess.run(
        [sys.executable, "-c", "from naws.cli.main import app; app()", "local", "app", "--state-dir", "state"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "is in use by another naws command" in second.stderr
    assert local.ended(signal.SIGINT) == 0
