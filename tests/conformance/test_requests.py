"""Requests that AWS refuses for another reason than the definition; recorded by LocalStack's tests on AWS.

The files are those of tests/aws/services/stepfunctions/v2 in localstack/localstack. Where `told` is None the code is
compared alone: the embedded AWS words it in its own way.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e

GOOD = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
OTHER = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
ROLE = "arn:aws:iam::000000000000:role/machine"
DESTINATION = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:runs:*"}}
ONE_DESTINATION = "Invalid Logging Configuration: Must specify exactly one Log Destination."
TOLD = {
    "version": "Version description can only be set when publish is true",
    "update": "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be "
    "specified",
}


@dataclass(frozen=True)
class Fact:
    """One refusal: what was asked of a machine that exists, what AWS answered, and where that is recorded."""

    case: str
    recorded: str
    operation: str
    request: dict[str, Any]
    code: str
    told: str | None = None


LOGS, API = "test_sfn_api_logs.snapshot.json, 2024-06-01", "test_sfn_api.snapshot.json, 2023-06-22"
VERSIONS = "test_sfn_api_versioning.snapshot.json, 2023-08-11"
NO_LOGGING = "InvalidLoggingConfiguration"
NEW = {"definition": json.dumps(GOOD), "roleArn": ROLE, "name": "new"}


def logging(*destinations: Any, level: str) -> dict[str, Any]:
    return {"loggingConfiguration": {"level": level, "destinations": list(destinations)}}


FACTS = [
    *(
        Fact(f"logs of level {level} without destination", LOGS, "create_state_machine", NEW | logging(level=level),
             NO_LOGGING, ONE_DESTINATION)
        for level in ("ALL", "FATAL", "ERROR")
    ),
    Fact("two destinations", LOGS, "create_state_machine", NEW | logging(DESTINATION, DESTINATION, level="ALL"),
         NO_LOGGING, ONE_DESTINATION),
    Fact("two destinations, updated", "test_sfn_api_logs.snapshot.json, 2024-06-03", "update_state_machine",
         logging(DESTINATION, DESTINATION, level="ALL"), NO_LOGGING, ONE_DESTINATION),
    Fact("no destination, updated", "test_sfn_api_logs.snapshot.json, 2024-06-03", "update_state_machine",
         logging(level="ALL"), NO_LOGGING, ONE_DESTINATION),
    Fact("an update of nothing", "test_sfn_api.snapshot.json, 2023-08-08", "update_state_machine", {},
         "MissingRequiredParameter", TOLD["update"]),
    Fact("a description of no version", VERSIONS, "create_state_machine", NEW | {"versionDescription": "first"},
         "ValidationException", TOLD["version"]),
    Fact("a name that another machine has", API, "create_state_machine",
         {"definition": json.dumps(OTHER), "roleArn": ROLE}, "StateMachineAlreadyExists"),
    Fact("an input that is no JSON", API, "start_execution", {"input": "not some json"}, "InvalidExecutionInput"),
    Fact("an input in apostrophes", API, "start_execution", {"input": "{'not': 'json'"}, "InvalidExecutionInput"),
    Fact("an empty input", API, "start_execution", {"input": ""}, "InvalidExecutionInput"),
]  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.case)
def test_the_embedded_aws_refuses_the_request(fact: Fact, aws: Any) -> None:
    client = aws.client("stepfunctions")
    name = f"requests-{uuid.uuid4().hex[:8]}"
    machine = client.create_state_machine(name=name, definition=json.dumps(GOOD), roleArn=ROLE)["stateMachineArn"]
    subject = {"name": name} if fact.operation == "create_state_machine" else {"stateMachineArn": machine}
    with pytest.raises(ClientError) as refused:
        getattr(client, fact.operation)(**{**subject, **fact.request})
    error = refused.value.response["Error"]
    assert (error["Code"], fact.told or error["Message"]) == (fact.code, error["Message"])


@pytest.mark.parametrize(
    "given", [logging(DESTINATION, level="ALL"), logging(level="OFF"), {"loggingConfiguration": {}}]
)
def test_logging_that_aws_takes_is_taken(given: dict[str, Any], aws: Any) -> None:
    name = f"requests-{uuid.uuid4().hex[:8]}"
    client = aws.client("stepfunctions")
    assert client.create_state_machine(**{**NEW, "name": name, **given})["stateMachineArn"]
