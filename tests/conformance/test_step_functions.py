"""How executions on AWS ended, recorded by others: they end so in the interpreter and on the embedded AWS.

`step_functions.json` holds a fact a row: what it is, what was sent (the definition is ours, with the same subject),
how AWS answered, where and when that was recorded, and who can be judged by it. Of `answered` the keys that a fact has
are compared: status, error, output, and the states that were entered, in their order.

In `sent` a text of many characters is written `{"repeat": [text, times]}`; `${queue}`, `${queue-arn}`, `${table}`,
`${bucket}` and `${machine}` are made for the fact. `answers` are what the tasks of the interpreter answer; the embedded
AWS calls its own services.
"""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from naws.testing import Outcomes, Returns, Throws, run_workflow

FACTS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("step_functions.json").read_text())
ROLE = "arn:aws:iam::000000000000:role/machine"
PLACES = ("queue", "queue-arn", "table", "bucket", "machine")
KEYS = ("fact", "sent", "answered", "recorded", "judges")


def named(fact: dict[str, Any]) -> str:
    return f"{fact['fact']} ({fact['recorded']['case']})"


def judged_by(judge: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fact", [fact for fact in FACTS if judge in fact["judges"]], ids=named)


def sent(fact: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(fact["sent"])
    for name, value in places.items():
        text = text.replace(f"${{{name}}}", value)
    return expanded(json.loads(text))


def expanded(value: Any) -> Any:
    if isinstance(value, list):
        return [expanded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"repeat"}:
        text, times = value["repeat"]
        return text * times
    return {key: expanded(item) for key, item in value.items()}


def outcomes(answers: dict[str, Any]) -> dict[str, Outcomes]:
    return {
        state: [Throws(**each["throws"]) if "throws" in each else Returns(each["returns"]) for each in given]
        for state, given in answers.items()
    }


def test_a_fact_says_what_it_is_and_where_it_is_recorded() -> None:
    for fact in FACTS:
        assert set(KEYS) <= set(fact), fact
        assert fact["service"] == "stepfunctions", fact
        assert all(fact["recorded"][part] for part in ("by", "in", "case", "date")), fact
        assert set(fact["answered"]) - {"status"}, fact
        assert fact["judges"], fact
        assert set(fact["judges"]) <= {"interpreter", "embedded"}, fact
    assert len({named(fact) for fact in FACTS}) == len(FACTS)


@judged_by("interpreter")
def test_the_interpreter_ends_as_aws_did(fact: dict[str, Any]) -> None:
    asked = sent(fact, {name: f"the-{name}" for name in PLACES})
    run = run_workflow(asked["definition"], asked["input"], outcomes(asked.get("answers", {})), check_arguments=False)
    ended = {"status": run.status, "error": run.error, "output": run.output, "states": run.states}
    assert {key: ended[key] for key in fact["answered"]} == fact["answered"], run.cause


@pytest.fixture
def places(aws: Any, request: pytest.FixtureRequest) -> dict[str, str]:
    """What a fact names in its definition, made for it alone."""
    name, fact = f"facts-{uuid.uuid4().hex[:8]}", request.node.callspec.params["fact"]
    text, made = json.dumps(fact["sent"]), {}
    if "${queue" in text:
        made["queue"] = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        made["queue-arn"] = f"arn:aws:sqs:{aws.target.region}:{aws.target.account}:{name}"
    if "${table}" in text:
        key = {"AttributeName": "id"}
        aws.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{**key, "KeyType": "HASH"}],
            AttributeDefinitions=[{**key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        made["table"] = name
    if "${bucket}" in text:
        aws.client("s3").create_bucket(Bucket=name)
        made["bucket"] = name
    if "machine" in fact["sent"]:
        made["machine"] = created(aws.client("stepfunctions"), fact["sent"]["machine"])
    return made


def created(client: Any, definition: dict[str, Any]) -> str:
    name = f"facts-{uuid.uuid4().hex[:8]}"
    return client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]


@pytest.mark.e2e
@judged_by("embedded")
def test_the_embedded_aws_ends_as_aws_did(fact: dict[str, Any], aws: Any, places: dict[str, str]) -> None:
    client, asked = aws.client("stepfunctions"), sent(fact, places)
    machine = created(client, asked["definition"])
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(asked["input"]))["executionArn"]
    ended = client.describe_execution(executionArn=execution)
    deadline = time.monotonic() + 20
    while ended["status"] == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.1)
        ended = client.describe_execution(executionArn=execution)
    history = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
    answer = {
        "status": ended["status"],
        "error": ended.get("error", ""),
        "output": json.loads(ended.get("output", "null")),
        "states": entered,
    }
    assert {key: answer[key] for key in fact["answered"]} == fact["answered"], ended.get("cause")
