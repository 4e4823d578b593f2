"""How one run is put back, by answers of AWS's models that no embedded AWS gives at will."""

import io
import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from naws.cli.operate.again import Again
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Cause, Failure
from naws.cli.operate.journal import Journal
from naws.cli.operate.queues import Message
from naws.core.runs import Runs

SENT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Nightly"
EXECUTION = "arn:aws:states:eu-west-1:111122223333:execution:Nightly:0f1e"
ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:Mails:live"
DESCRIBED = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "startDate": SENT, "stopDate": SENT}
DESCRIBED |= {"status": "FAILED", "input": "{}", "redriveCount": 0}


class Memory(io.StringIO):
    """A file that is on no disk."""

    def fileno(self):
        return 0


class Place:
    """Clients that answer what a test gives them, held to botocore's models."""

    account, region = "111122223333", "eu-west-1"

    def __init__(self) -> None:
        keys = {"region_name": self.region, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.clients = {name: boto3.client(name, **keys) for name in ("stepfunctions", "lambda")}
        self.states, self.function = (Stubber(client) for client in self.clients.values())
        self.states.activate()
        self.function.activate()

    def client(self, service, *, attempts=6):
        assert attempts == (1 if service == "lambda" else 6)
        return self.clients[service]


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    """A journal in memory has nothing to sync."""
    monkeypatch.setattr("naws.cli.operate.journal.os.fsync", lambda _: None)


@pytest.fixture
def place():
    return Place()


def again(place, journal, *, kind="workflow", from_start=False, named=False):
    arn = MACHINE if kind == "workflow" else ALIAS
    pattern = Deployed(place, "Shop", Runs(pattern="t", path="Shop/It", kind=kind, redrive="execution"), arn, {})
    return Again(pattern, journal, from_start=from_start, named=named)


def failure(way, given="{}", execution=EXECUTION):
    message = Message("https://queue", "m-1", "{}", {}, SENT, "receipt")
    return Failure("a", Cause("E", "r"), SENT, "failure queue", way, given, execution, (message,))


def journal():
    return Journal(Memory())


def steps(file):
    return [json.loads(line)["step"] for line in file.getvalue().splitlines()]


@pytest.mark.parametrize("by", ["description", "refusal"])
def test_what_is_not_redrivable_says_why_and_what_else_there_is(place, by):
    reason = "Execution redrivable period exceeded"
    status = {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    status = status if by == "description" else {"redriveStatus": "REDRIVABLE"}
    place.states.add_response("describe_execution", DESCRIBED | status)
    place.states.add_client_error("redrive_execution", "ExecutionNotRedrivable", reason)
    file = Memory()
    outcome = again(place, Journal(file)).put_back(failure("redrive"))
    assert (outcome.what, outcome.accepted) == ("refused", False)
    assert outcome.reason.startswith(reason)
    assert "14 days" in outcome.reason
    assert "--from-start starts it anew" in outcome.reason
    assert steps(file)[-1] == "refused"


def test_a_redrive_has_a_token_of_its_failure(place):
    tokens = []
    for _ in range(2):
        place.states.add_response("describe_execution", DESCRIBED)
        place.states.add_response("redrive_execution", {"redriveDate": SENT})
        place.clients["stepfunctions"].meta.events.register(
            "provide-client-params.stepfunctions.RedriveExecution", lambda params, **_: tokens.append(params)
        )
        assert again(place, journal()).put_back(failure("redrive")).what == "redriven"
    assert {each["executionArn"] for each in tokens} == {EXECUTION}
    assert len({each["clientToken"] for each in tokens}) == 1


def test_a_start_that_came_too_late_is_known_by_its_name(place):
    place.states.add_client_error("start_execution", "ExecutionAlreadyExists", "exists")
    place.states.add_response("describe_execution", DESCRIBED | {"startDate": SENT.replace(hour=4)})
    outcome = again(place, journal()).put_back(failure("start"))
    assert (outcome.what, outcome.accepted) == ("already", True)


def test_a_name_of_an_earlier_failure_is_not_taken_for_this_one(place):
    place.states.add_client_error("start_execution", "ExecutionAlreadyExists", "exists")
    place.states.add_response("describe_execution", DESCRIBED | {"startDate": SENT.replace(hour=2)})
    place.states.add_response("start_execution", {"executionArn": f"{EXECUTION}2", "startDate": SENT})
    outcome = again(place, journal()).put_back(failure("start"))
    assert (outcome.what, outcome.started) == ("started", f"{EXECUTION}2")


def test_what_no_execution_takes_is_refused_for_good_and_its_message_stays(place):
    file = Memory()
    outcome = again(place, Journal(file)).put_back(
        failure("start", given=json.dumps("ä" * 140_000, ensure_ascii=False))
    )
    assert (outcome.what, outcome.accepted, steps(file)) == ("refused", False, ["refused"])
    assert outcome.reason.startswith(
        "its input has 280,002 bytes and an execution takes 262,144: no start will take it"
    )
    place.states.add_response("start_execution", {"executionArn": EXECUTION, "startDate": SENT})
    assert again(place, journal()).put_back(failure("start", given=json.dumps("x" * 262_142))).what == "started"


def test_of_a_function_nobody_knows_what_a_kill_cut_short(place):
    file = Memory(json.dumps({"step": "starting", "keys": ["m-1"]}) + "\n")
    function = failure("invoke", execution=None)
    outcome = again(place, Journal(file), kind="function").put_back(function)
    assert (outcome.what, outcome.accepted) == ("doubtful", False)
    place.function.add_response("invoke", {"StatusCode": 202})
    outcome = again(place, Journal(file), kind="function", named=True).put_back(function)
    assert outcome.what == "invoked"


def test_an_error_of_one_run_is_its_own_and_of_all_runs_ends_the_command(place):
    place.states.add_client_error("start_execution", "InvalidExecutionInput", "not JSON")
    assert again(place, journal()).put_back(failure("start")).what == "refused"
    for code in ("AccessDeniedException", "KmsAccessDeniedException"):
        place.states.add_client_error("start_execution", code, "may not")
        with pytest.raises(ClientError):
            again(place, journal()).put_back(failure("start"))
