"""Rules, schedules and topics invoke exactly the alias that they name, when it or their role allows it."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.cli.embedded.function_calls import FAILS, Function

pytestmark = pytest.mark.e2e
EVENTS = "events.amazonaws.com"


@pytest.fixture
def function(bench: Any, tmp_path: Path) -> Any:
    """One whose alias ``live`` has other code than ``$LATEST``."""
    made = Function(bench, tmp_path, FAILS)
    made.update("def handler(event, context):\n    write('latest', context)\n")
    return made


def dead_letter(bench: Any, url: Any) -> Any:
    (message,) = bench.messages(url)
    found = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    return {**found, "body": json.loads(message["Body"])}


class Rule:
    def __init__(self, bench: Any) -> None:
        self.events, self.name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
        pattern = json.dumps({"source": [self.name]})
        self.arn = self.events.put_rule(Name=self.name, EventPattern=pattern)["RuleArn"]

    def send(self, target: str, dead: str, detail: Any) -> None:
        letters = {"DeadLetterConfig": {"Arn": dead}}
        self.events.put_targets(Rule=self.name, Targets=[{"Id": "t", "Arn": target, **letters}])
        self.events.put_events(Entries=[{"Source": self.name, "DetailType": "t", "Detail": json.dumps(detail)}])


def test_a_rule_invokes_the_alias_whose_policy_allows_it(
    bench: Any, permissions: Any, function: Any, until: Any
) -> None:
    rule, (url, dead) = Rule(bench), permissions.open_queue()
    function.allow(EVENTS, rule.arn)
    rule.send(function.alias, dead, {"n": 1})
    until(lambda: function.lines)
    assert function.lines[0]["event"]["detail"] == {"n": 1}
    assert function.lines[0]["arn"] == function.alias
    assert not bench.sqs.receive_message(QueueUrl=url).get("Messages")


@pytest.mark.parametrize("allowed", ["nothing", "the function", "another rule", "another principal"])
def test_a_rule_that_may_not_invoke_leaves_a_dead_letter(
    bench: Any, permissions: Any, function: Any, allowed: str
) -> None:
    rule, (url, dead) = Rule(bench), permissions.open_queue()
    if allowed == "the function":
        function.allow(EVENTS, rule.arn, None)
    if allowed == "another rule":
        function.allow(EVENTS, f"{rule.arn}x")
    if allowed == "another principal":
        function.allow("s3.amazonaws.com", rule.arn)
    rule.send(function.alias, dead, {"n": 1})
    letter = dead_letter(bench, url)
    assert letter["body"]["detail"] == {"n": 1}
    assert (letter["ERROR_CODE"], letter["RULE_ARN"]) == ("NO_PERMISSIONS", rule.arn)
    assert letter["TARGET_ARN"] == function.alias
    assert "lambda:InvokeFunction" in letter["ERROR_MESSAGE"]
    assert not function.lines


def test_a_failing_schedule_is_retried_twice_and_in_the_failure_queue(bench: Any, function: Any) -> None:
    (url, arn), (_, dead) = bench.queue(), bench.queue()
    function.configure(DestinationConfig={"OnFailure": {"Destination": arn}})
    schedule_of(bench, function, dead, {"fails": 1})
    (message,) = bench.messages(url, seconds=15)
    found = json.loads(message["Body"])
    assert found["requestPayload"] == {"fails": 1}
    assert found["responsePayload"]["errorMessage"] == "no luck"
    assert found["requestContext"]["approximateInvokeCount"] == 3
    assert len(function.lines) == 3


def schedule_of(bench: Any, function: Any, dead: str, given: Any, *, allowed: str = "") -> str:
    """A schedule of the alias, whose role may invoke one ARN, and fire it now."""
    permissions = bench.permissions
    invoking = permissions.allow("lambda:InvokeFunction", on=allowed or function.alias)
    role = permissions.role("scheduler.amazonaws.com", invoking, permissions.allow("sqs:SendMessage", on=dead))
    target = {
        "Arn": function.alias,
        "RoleArn": role,
        "Input": json.dumps(given),
        "DeadLetterConfig": {"Arn": dead},
        "RetryPolicy": {"MaximumRetryAttempts": 0},
    }
    name = f"s-{uuid.uuid4().hex[:8]}"
    made = bench.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="cron(0 0 1 1 ? 2099)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    bench.aws.fire_schedule("default", name)
    return made["ScheduleArn"]


def test_a_schedule_invokes_the_alias_as_its_role(bench: Any, function: Any, until: Any) -> None:
    _, dead = bench.queue()
    schedule_of(bench, function, dead, {"n": 1})
    until(lambda: function.lines)
    assert [(line["event"], line["arn"]) for line in function.lines] == [({"n": 1}, function.alias)]


def test_a_schedule_whose_role_may_only_invoke_the_function_leaves_a_dead_letter(bench: Any, function: Any) -> None:
    url, dead = bench.queue()
    schedule = schedule_of(bench, function, dead, {"n": 1}, allowed=function.arn)
    letter = dead_letter(bench, url)
    assert letter["body"] == {"n": 1}
    assert (letter["ERROR_CODE"], letter["SCHEDULE_ARN"]) == ("AccessDeniedException", schedule)
    assert letter["TARGET_ARN"] == function.alias
    assert not function.lines


@pytest.mark.parametrize("other", ["", "x"])
def test_a_topic_invokes_the_alias_whose_policy_allows_it(bench: Any, function: Any, until: Any, other: str) -> None:
    sns = bench.client("sns")
    topic = sns.create_topic(Name=function.name)["TopicArn"]
    function.allow("sns.amazonaws.com", f"{topic}{other}")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.alias)
    sns.publish(TopicArn=topic, Message="hello")
    if other:
        until(lambda: [each for each in bench.aws.denials() if each.resource == function.alias])
        assert not function.lines
        return
    until(lambda: function.lines)
    assert function.lines[0]["event"]["Records"][0]["Sns"]["Message"] == "hello"
    assert function.lines[0]["arn"] == function.alias
