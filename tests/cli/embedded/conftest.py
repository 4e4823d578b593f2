import json
import sys
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.embedded import EmbeddedAws, server
from naws.cli.engine import DevCommands
from tests.cli.embedded.ecs_services import Services

SERVICES = [f"{name}.amazonaws.com" for name in ("states", "ecs-tasks", "events", "scheduler", "pipes", "lambda")]
CHILD = Path(__file__).with_name("fake_child.py")


def eventually(check: Any, *, seconds: Any = 30.0) -> Any:
    """Return the first truthy answer of ``check``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = check()
        if answer:
            return answer
        time.sleep(0.1)
    pytest.fail(f"not within {seconds} s")


NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
"""What a task with a network interface of its own is run with."""


class Permissions:
    """Roles, policies and keys; a statement is ``allow(...)``, whose principal is for policies of resources only."""

    def __init__(self, bench: Any) -> None:
        self._bench = bench

    def allow(self, *actions: Any, on: Any = "*", to: Any = None, **conditions: Any) -> Any:
        """A statement; ``conditions`` are operators with their keys, such as ``ArnEquals={"aws:SourceArn": arn}``."""
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
        if to:
            statement["Principal"] = to if to == "*" or isinstance(to, dict) else {"Service": to}
        return {**statement, "Condition": conditions} if conditions else statement

    def document(self, *statements: Any) -> Any:
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    def role(self, trusted: Any, *statements: Any, **conditions: Any) -> Any:
        """A role that services may assume, under conditions, with these statements; returns its ARN."""
        when = {"Condition": conditions} if conditions else {}
        return self._bench.role_of(*statements, trusted=trusted, **when)

    def key(self, *statements: Any) -> Any:
        """A key with its account's administration and these statements; returns its ARN."""
        account = self.allow("kms:*", to={"AWS": "arn:aws:iam::000000000000:root"})
        policy = self.document(account, *statements)
        return self._bench.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]

    def on_queue(self, url: Any, *statements: Any) -> None:
        self._bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": self.document(*statements)})

    def on_topic(self, arn: Any, *statements: Any) -> None:
        sns, policy = self._bench.client("sns"), self.document(*statements)
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    def open_queue(self, **attributes: Any) -> Any:
        """A queue that rules and topics may send to."""
        return self._bench.queue(open_to=["events.amazonaws.com", "sns.amazonaws.com"], **attributes)


class Workbench:
    """The shared embedded AWS, with the few verbs the tests repeat."""

    def __init__(self, aws: Any, state_dir: Any) -> None:
        self.aws = aws
        self.client = cache(aws.client)
        self.ecs, self.sfn, self.sqs = (self.client(name) for name in ("ecs", "stepfunctions", "sqs"))
        self.network = NETWORK
        self._state_dir = state_dir
        self.permissions = Permissions(self)
        self.role = self.role_of({"Effect": "Allow", "Action": "*", "Resource": "*"})

    def role_of(self, *statements: Any, trusted: Any = SERVICES, boundary: Any = None, **condition: Any) -> Any:
        """A role that the given services may assume, with the given statements as its only policy."""
        name = f"r-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole", **condition}
        document = {"Version": "2012-10-17", "Statement": [trust]}
        limit = {"PermissionsBoundary": boundary} if boundary else {}
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document), **limit)["Role"]
        if statements:
            policy = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        return made["Arn"]

    def containers(self, family: Any) -> Any:
        journal = self._state_dir / "containers.jsonl"
        runs = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
        label = "com.amazonaws.ecs.task-definition-family"
        return [item for item in runs if item["labels"][label] == family]

    def removed(self) -> Any:
        return (self._state_dir / "removed.txt").read_text().split()

    def task_definition(
        self, command: Any = ("exit", "0"), *, execution_role: Any = None, task_role: Any = None, **container: Any
    ) -> Any:
        family = f"f-{uuid.uuid4().hex[:8]}"
        definition = {"name": "main", "image": "busybox", "command": list(command), **container}
        registered = self.ecs.register_task_definition(
            family=family,
            containerDefinitions=[definition],
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="1024",
            memory="2048",
            executionRoleArn=execution_role or self.role,
            **({"taskRoleArn": task_role} if task_role else {}),
        )
        return registered["taskDefinition"]["taskDefinitionArn"]

    def machine(self, states: Any, *, role: Any = None, **definition: Any) -> Any:
        name = f"m-{uuid.uuid4().hex[:8]}"
        text = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **definition}
        created = self.sfn.create_state_machine(name=name, definition=json.dumps(text), roleArn=role or self.role)
        return created["stateMachineArn"]

    def start(self, machine: Any, data: Any = None) -> Any:
        return self.sfn.start_execution(stateMachineArn=machine, input=json.dumps(data or {}))["executionArn"]

    def finished(self, execution: Any, *, seconds: Any = 30.0) -> Any:
        def ended() -> Any:
            described = self.sfn.describe_execution(executionArn=execution)
            return described if described["status"] != "RUNNING" else None

        return eventually(ended, seconds=seconds)

    def execute(self, states: Any, data: Any = None, **definition: Any) -> Any:
        return self.finished(self.start(self.machine(states, **definition), data))

    def queue(self, *, open_to: Any = None, **attributes: Any) -> Any:
        """A queue, to which a service may send when one is given; returns its URL and its ARN."""
        url = self.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if open_to:
            send = {"Effect": "Allow", "Principal": {"Service": open_to}, "Action": "sqs:SendMessage", "Resource": arn}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [send]})
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url, arn

    def messages(self, url: Any, count: Any = 1, *, seconds: Any = 30.0) -> Any:
        found = []

        def enough() -> Any:
            answer = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
            )
            found.extend(answer.get("Messages", []))
            return len(found) >= count

        eventually(enough, seconds=seconds)
        return found

    def stopped(self, task_arn: Any, cluster: Any = "default") -> Any:
        def task() -> Any:
            described = self.ecs.describe_tasks(cluster=cluster, tasks=[task_arn])["tasks"][0]
            return described if described["lastStatus"] == "STOPPED" else None

        return eventually(task)

    def run_task(self, definition: Any, **request: Any) -> Any:
        wanted = {"launchType": "FARGATE", "networkConfiguration": NETWORK, **request}
        answer = self.ecs.run_task(taskDefinition=definition, **wanted)
        return answer["tasks"][0]["taskArn"]

    def deploy(self, resources: Any, outputs: Any = None) -> Any:
        name = f"s-{uuid.uuid4().hex[:8]}"
        cloudformation = self.client("cloudformation")
        template = {"Resources": resources, "Outputs": outputs or {}}
        cloudformation.create_stack(
            StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
        )

        def ended() -> Any:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            return stack if not stack["StackStatus"].endswith("IN_PROGRESS") else None

        stack = eventually(ended, seconds=20)
        return stack, {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}


@pytest.fixture(scope="session")
def bench(tmp_path_factory: Any) -> Any:
    state_dir = tmp_path_factory.mktemp("embedded")
    original = server.CHILD_COMMAND
    server.CHILD_COMMAND = (sys.executable, str(CHILD))
    try:
        aws = EmbeddedAws.start(state_dir)
    finally:
        server.CHILD_COMMAND = original
    with aws:
        yield Workbench(aws, state_dir)


@pytest.fixture
def permissions(bench: Any) -> Any:
    return bench.permissions


@pytest.fixture
def until() -> Any:
    return eventually


@pytest.fixture(scope="module")
def services(embedded: EmbeddedAws, aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """A cluster of services whose tasks are processes."""
    return Services(aws, DevCommands(Path(embedded.log_file).parent), tmp_path_factory.mktemp("app"))
