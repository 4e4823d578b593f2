"""Workflows as their pattern makes them, on the embedded AWS: every end of a run is counted and kept, none is lost."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from probed import failed_runs, until
from workflows.app import Workflows

from naws.cli.aws import Aws
from naws.cli.stacks import EmbeddedStack
from naws.testing.synth import cdk_app

pytestmark = pytest.mark.e2e

PATIENCE = 90
ENDS = ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")


class Deployed:
    """The stack, and what a test asks of it."""

    def __init__(self, aws: Aws, stack: EmbeddedStack) -> None:
        self.stack, self.states, self.sqs = stack, aws.client("stepfunctions"), aws.client("sqs")
        self.table, self.cloudwatch = aws.client("dynamodb"), aws.client("cloudwatch")
        self._taken: dict[str, list[Any]] = {}

    def output(self, beginning: str) -> str:
        (found,) = [value for name, value in self.stack.outputs.items() if name.startswith(beginning)]
        return found

    def start(self, executor: str, given: Any) -> str:
        arn = self.output(f"{executor}StateMachineArn")
        return self.states.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]

    def ended(self, execution: str) -> dict[str, Any]:

        def found() -> dict[str, Any] | None:
            described = self.states.describe_execution(executionArn=execution)
            return None if described["status"] == "RUNNING" else described

        return until(found, PATIENCE)

    def executions(self, executor: str) -> list[dict[str, Any]]:
        pages = self.states.get_paginator("list_executions")
        arn = self.output(f"{executor}StateMachineArn")
        every = [each for page in pages.paginate(stateMachineArn=arn) for each in page["executions"]]
        return [self.states.describe_execution(executionArn=each["executionArn"]) for each in every]

    def entered(self, execution: str) -> list[str]:
        """The states, each as often as it was entered."""
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        events = [event for page in pages for event in page["events"]]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    def drain(self, url: str) -> list[Any]:
        """Every body that the queue has had, those taken earlier, too."""
        taken = self._taken.setdefault(url, [])
        while found := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for each in found:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                taken.append(json.loads(each["Body"]))
        return taken

    def kept(self, executor: str, execution: str) -> dict[str, Any]:
        """The message about a run in the failure queue of its workflow."""

        def found() -> list[Any]:
            every = self.drain(self.output(f"{executor}FailureQueueUrl"))
            return [each for each in every if each["executionArn"] == execution]

        (message,) = until(found, PATIENCE)
        return message

    def refuses(self, token: str) -> bool:
        """Whether an answer comes too late; the task ends a moment after its run."""
        try:
            self.states.send_task_success(taskToken=token, output="{}")
        except self.states.exceptions.TaskTimedOut:
            return True
        return False

    def question(self, name: str) -> str:
        """The token of a task that waits for an answer."""

        def found() -> list[str]:
            every = self.drain(self.output("QuestionsIs"))
            return [each["token"] for each in every if each["name"] == name]

        (token,) = until(found, PATIENCE)
        return token

    def answer(self, name: str) -> None:
        self.states.send_task_success(taskToken=self.question(name), output="{}")

    def stock(self, order: str) -> None:
        """Mend what fails: from now on the order can be reserved."""
        self.table.put_item(TableName=self.output("TableIs"), Item={"id": {"S": f"stock of {order}"}})

    def times(self, row: str) -> int:
        """How often a state has worked on a row."""
        found = self.table.get_item(TableName=self.output("TableIs"), Key={"id": {"S": row}})["Item"]
        return int(found["times"]["N"])

    def alarm(self, executor: str) -> dict[str, Any]:
        """The one on failed work, by the metrics that it has."""
        arn = self.output(f"{executor}StateMachineArn")
        wanted = [{"Name": "StateMachineArn", "Value": arn}]
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate()
        every = [alarm for page in pages for alarm in page["MetricAlarms"] if "FailedWork" in alarm["AlarmName"]]
        (found,) = [each for each in every if metrics_of(each)[0]["Dimensions"] == wanted]
        assert sorted(metric["MetricName"] for metric in metrics_of(found)) == sorted(ENDS)
        return found

    def counts(self, executor: str) -> Counter[str]:
        """What the metrics of the alarm on failed work have, by their names."""
        now, found = datetime.now(UTC), Counter[str]()
        period = {"StartTime": now - timedelta(days=1), "EndTime": now + timedelta(days=1), "Period": 3600}
        for metric in metrics_of(self.alarm(executor)):
            answer = self.cloudwatch.get_metric_statistics(**metric, **period, Statistics=["Sum"])
            found[metric["MetricName"]] = int(sum(point["Sum"] for point in answer["Datapoints"]))
        return found


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]


@pytest.fixture(scope="module")
def deploy_it(
    deploy: Callable[[Path], list[EmbeddedStack]], aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Deployed]:
    def deploy_it(version: str) -> Deployed:
        folder = tmp_path_factory.mktemp("workflows")
        app = cdk_app(folder)
        Workflows(app, "Workflows", version)
        app.synth()
        (stack,) = deploy(folder)
        return Deployed(aws, stack)

    return deploy_it


@pytest.fixture(scope="module")
def deployed(deploy_it: Callable[[str], Deployed]) -> Deployed:
    return deploy_it("1")


def failed(deployed: Deployed, executor: str, given: Any) -> tuple[str, dict[str, Any]]:
    """A run that fails, and the message that is kept of it."""
    execution = deployed.start(executor, given)
    ended = deployed.ended(execution)
    message = deployed.kept(executor, execution)
    assert (message["status"], json.loads(message["input"])) == (ended["status"], given)
    error = None if ended["status"] == "TIMED_OUT" else ended.get("error")  # the event has no name for it
    assert (message.get("error"), message.get("cause")) == (error, ended.get("cause"))
    return execution, message


def counted(deployed: Deployed, executor: str, before: Counter[str]) -> Counter[str]:
    """The ends that were counted since."""
    return until(lambda: deployed.counts(executor) - before, PATIENCE)


def test_a_run_succeeds_and_nothing_is_kept_or_counted(deployed: Deployed) -> None:
    before = deployed.counts("Orders")
    deployed.stock("plain")
    given = {"payload": {"order": "plain"}}
    ended = deployed.ended(execution := deployed.start("Orders", given))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", given)
    assert deployed.entered(execution)[-3:] == ["Count", "Check it", "Reserve"]
    assert (deployed.times("plain"), deployed.times("stock of plain")) == (1, 1)
    assert deployed.counts("Orders") == before


def test_what_failed_at_the_third_state_goes_on_there(deployed: Deployed) -> None:
    before = deployed.counts("Orders")
    execution, message = failed(deployed, "Orders", {"payload": {"order": "late"}})
    assert message["error"] == "DynamoDb.ConditionalCheckFailedException"
    entered = deployed.entered(execution)
    assert entered[-3:] == ["Count", "Check it", "Reserve"]
    assert counted(deployed, "Orders", before) == {"ExecutionsFailed": 1}

    deployed.stock("late")
    deployed.states.redrive_execution(executionArn=message["executionArn"])
    ended = deployed.ended(execution)
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    assert json.loads(ended["output"]) == {"payload": {"order": "late"}}
    assert deployed.entered(execution) == entered
    assert (deployed.times("late"), deployed.times("stock of late")) == (1, 1)
    assert counted(deployed, "Orders", before) == {"ExecutionsFailed": 1}


def test_what_failed_is_listed_and_put_back_from_the_queue(
    deployed: Deployed, naws: Callable[..., tuple[int, Any]]
) -> None:
    execution = deployed.start("Orders", {"payload": {"order": "listed"}})
    assert deployed.ended(execution)["status"] == "FAILED"
    run = execution.rpartition(":")[2]
    listed: Callable[[], Any] = lambda: failed_runs(naws("failures", "Workflows/Orders")[1])  # noqa: E731
    shown = until(lambda: (each := listed().get(run)) and each["source"] == "failure queue" and each, PATIENCE)
    assert shown["cause"].startswith("DynamoDb.ConditionalCheckFailedException: ")
    assert shown["redrive"] == "redrive"
    deployed.stock("listed")
    code, document = naws("redrive", "Workflows/Orders", run)
    assert (code, [each["outcome"] for each in document["patterns"][0]["runs"]]) == (0, ["redriven"])
    ended = deployed.ended(execution)
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    assert (deployed.times("listed"), deployed.times("stock of listed")) == (1, 1)
    kept = deployed.drain(deployed.output("OrdersFailureQueueUrl"))
    assert execution not in [each["executionArn"] for each in kept], "its message has gone with it"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "without an answer", "seconds": 1}, "States.Timeout"),
        ({"name": "not heard of", "seconds": 600, "heartbeat": 1}, "NotHeardOf"),
    ],
)
def test_a_task_that_nobody_answers_fails_its_run(deployed: Deployed, given: dict[str, Any], error: str) -> None:
    """Of the two errors, `States.HeartbeatTimeout` is caught, and becomes another one."""
    before = deployed.counts("Ask")
    _, message = failed(deployed, "Ask", given)
    assert (message["status"], message["error"]) == ("FAILED", error)
    assert counted(deployed, "Ask", before) == {"ExecutionsFailed": 1}
    with pytest.raises(deployed.states.exceptions.TaskTimedOut):
        deployed.answer(given["name"])


def test_a_run_that_takes_too_long_is_ended_counted_and_kept(deployed: Deployed) -> None:
    before = deployed.counts("Brief")
    _, message = failed(deployed, "Brief", {"order": 1})
    assert message["status"] == "TIMED_OUT"
    assert counted(deployed, "Brief", before) == {"ExecutionsTimedOut": 1}
    assert until(lambda: deployed.alarm("Brief")["StateValue"] == "ALARM", PATIENCE)


def test_a_run_that_somebody_ends_is_counted_and_kept(deployed: Deployed) -> None:
    before = deployed.counts("Ask")
    given = {"name": "ended", "seconds": 600}
    execution = deployed.start("Ask", given)
    token = deployed.question("ended")
    deployed.states.stop_execution(executionArn=execution, error="Stopped", cause="by hand")
    message = deployed.kept("Ask", execution)
    assert (message["status"], message["error"], message["cause"]) == ("ABORTED", "Stopped", "by hand")
    assert json.loads(message["input"]) == given
    assert counted(deployed, "Ask", before) == {"ExecutionsAborted": 1}
    assert until(lambda: deployed.refuses(token), PATIENCE)


def items(*, bad: int) -> list[dict[str, Any]]:
    """A thousand, of which every hundredth has an order that cannot be reserved yet, as many as are asked for."""
    orders = {number * 100: f"{number} of {bad}" for number in range(1, bad + 1)}
    return [{"number": number, **({"order": orders[number]} if number in orders else {})} for number in range(1000)]


def item_counts(deployed: Deployed, execution: str) -> dict[str, int]:
    (listed,) = deployed.states.list_map_runs(executionArn=execution)["mapRuns"]
    counts = deployed.states.describe_map_run(mapRunArn=listed["mapRunArn"])["itemCounts"]
    assert counts.pop("total") == 1000
    return {name: number for name, number in counts.items() if number}


def numbers_sent(deployed: Deployed) -> list[int]:
    """The numbers of all items that were sent so far."""
    return [each["number"] for each in deployed.drain(deployed.output("DoneIs"))]


def test_of_a_thousand_items_three_may_fail(deployed: Deployed) -> None:
    before, sent, given = deployed.counts("Items"), len(numbers_sent(deployed)), items(bad=3)
    good = [each["number"] for each in given if "order" not in each]
    ended = deployed.ended(execution := deployed.start("Items", {"items": given}))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", good)
    assert item_counts(deployed, execution) == {"succeeded": 997, "failed": 3}
    assert sorted(numbers_sent(deployed)[sent:]) == good
    assert deployed.counts("Items") == before


def test_of_a_thousand_items_four_are_too_many_and_run_again_alone(deployed: Deployed) -> None:
    before, sent, given = deployed.counts("Items"), len(numbers_sent(deployed)), items(bad=4)
    orders = [each["order"] for each in given if "order" in each]
    execution, message = failed(deployed, "Items", {"items": given})
    assert message["error"] == "States.ExceedToleratedFailureThreshold"
    assert item_counts(deployed, execution) == {"succeeded": 996, "failed": 4}
    assert len(numbers_sent(deployed)[sent:]) == 996
    assert counted(deployed, "Items", before) == {"ExecutionsFailed": 1}

    for order in orders:
        deployed.stock(order)
    deployed.states.redrive_execution(executionArn=message["executionArn"])
    ended = deployed.ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", [*range(1000)])
    assert item_counts(deployed, execution) == {"succeeded": 1000}
    assert sorted(numbers_sent(deployed)[sent:]) == [*range(1000)]
    assert [deployed.times(f"stock of {order}") for order in orders] == [1] * 4


def test_a_step_that_is_a_workflow_fails_and_is_redriven_with_its_caller(deployed: Deployed) -> None:
    before = {each: deployed.counts(each) for each in ("Inner", "Outer")}
    execution, message = failed(deployed, "Outer", {"order": "nested"})
    assert message["error"] == "States.TaskFailed"
    (first,) = of_caller(deployed, execution)
    cause = json.loads(message["cause"])
    assert (cause["ExecutionArn"], cause["Status"]) == (first["executionArn"], "FAILED")
    assert cause["Error"] == "DynamoDb.ConditionalCheckFailedException"
    for each, counts in before.items():
        assert counted(deployed, each, counts) == {"ExecutionsFailed": 1}

    deployed.stock("nested")
    deployed.states.redrive_execution(executionArn=message["executionArn"])
    ended = deployed.ended(execution)
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    runs = of_caller(deployed, execution)
    assert {json.loads(each["input"])["id"] for each in runs} == {f"{execution}/Run it"}
    assert Counter(each["status"] for each in runs)["SUCCEEDED"] == 1
    assert deployed.entered(execution) == ["Begin", "Run it"]
    assert deployed.times("stock of nested") == 1

    # One that no other workflow runs is kept; by then, the other would have been.
    direct, _ = failed(deployed, "Inner", {"id": "alone", "payload": {"order": "never"}})
    kept = deployed.drain(deployed.output("InnerFailureQueueUrl"))
    assert [each["executionArn"] for each in kept] == [direct]


def of_caller(deployed: Deployed, execution: str) -> list[dict[str, Any]]:
    """The runs of the inner workflow that another has started."""
    return [each for each in deployed.executions("Inner") if json.loads(each["input"]).get("caller") == execution]


@pytest.mark.parametrize(
    ("body", "payload"),
    [('{"order": "message"}', {"order": "message"}), ("text, and no JSON", "text, and no JSON"), ('"7"', "7")],
)
def test_a_message_becomes_an_envelope(deployed: Deployed, body: str, payload: Any) -> None:
    deployed.stock("message" if isinstance(payload, dict) else payload)
    url = deployed.output("OrdersQueue1Url")
    message = deployed.sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"]
    (started,) = until(lambda: [each for each in deployed.executions("Orders") if message in each["input"]], PATIENCE)
    ended = deployed.ended(started["executionArn"])
    assert ended["status"] == "SUCCEEDED", ended
    envelope = json.loads(ended["output"])
    assert datetime.fromisoformat(envelope.pop("time")) <= datetime.now(UTC) + timedelta(seconds=1)
    assert envelope == {"trigger": "queue", "id": message, "payload": payload}


def test_a_message_that_fails_is_kept_and_goes_on_as_its_envelope(deployed: Deployed) -> None:
    url = deployed.output("OrdersQueue1Url")
    message = deployed.sqs.send_message(QueueUrl=url, MessageBody='{"order": "sold out"}')["MessageId"]
    (started,) = until(lambda: [each for each in deployed.executions("Orders") if message in each["input"]], PATIENCE)
    kept = deployed.kept("Orders", started["executionArn"])
    deployed.stock("sold out")
    deployed.states.redrive_execution(executionArn=kept["executionArn"])
    ended = deployed.ended(kept["executionArn"])
    envelope = json.loads(ended["output"])
    assert (ended["status"], envelope["id"], envelope["payload"]) == ("SUCCEEDED", message, {"order": "sold out"})
    assert deployed.times("sold out") == 1


def test_a_run_ends_with_the_definition_that_it_began_with(
    deployed: Deployed, deploy_it: Callable[[str], Deployed]
) -> None:
    first = deployed.start("Changed", {"name": "before"})
    token = deployed.question("before")
    after = deploy_it("2")
    assert after.output("ChangedStateMachineArn") == deployed.output("ChangedStateMachineArn")
    second = deployed.start("Changed", {"name": "after"})
    deployed.answer("after")
    deployed.states.send_task_success(taskToken=token, output="{}")
    answers = [json.loads(deployed.ended(each)["output"]) for each in (first, second)]
    assert answers == [{"version": "1"}, {"version": "2"}]
