"""Queues that a pattern was given, of its own stack or another one: what they gave up is found, and only that."""

import json
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from naws.cli.operate import states
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.found import find_failures
from naws.cli.operate.progress import Counting
from naws.core.runs import Runs
from tests.cli.operate.conftest import Bench
from tests.cli.operate.written import ROLE, machine, of

HERE = "arn:aws:sqs:us-east-1:000000000000:"
ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:Mails:live"
UUID = "5f2c8d3e-0a61-4c8e-9a55-1d6f0b7c2e90"
ELSEWHERE = "arn:aws:sqs:eu-west-1:444455556666:Theirs"
MAPPING = {"Type": "AWS::Lambda::EventSourceMapping", "Metadata": {"aws:cdk:path": "Shop/Mails/Queue1Mapping"}}
ASYNCHRONOUSLY = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
MAY = {
    "PolicyName": "may",
    "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "states:StartExecution"], "Resource": "*"}],
    },
}


class Shared:
    """A workflow with a queue of another stack and one of its own, and what else uses their dead-letter queue."""

    def __init__(self, aws):
        self.sqs, self.path = aws.client("sqs"), f"Given{uuid.uuid4().hex[:8]}/It"
        self.letters = self.queue()
        self.theirs, self.other = self.queue(self.letters), self.queue(self.letters)
        redriven = {"deadLetterTargetArn": f"{HERE}{self.letters}", "maxReceiveCount": 1}
        source = {"Fn::Join": ["", [HERE, self.theirs]]}
        pipe = {"Source": source, "Target": {"Ref": "Given"}, "RoleArn": {"Fn::GetAtt": ["Pipes", "Arn"]}}
        role = json.loads(json.dumps(ROLE).replace("states.amazonaws", "pipes.amazonaws")) | {"Policies": [MAY]}
        runs = {"pattern": "tried", "path": self.path, "kind": "workflow", "queues": ["Own"]}
        self.bench = Bench(aws, {
            "Own": of("SQS::Queue", {"RedrivePolicy": redriven}),
            "Pipes": of("IAM::Role", role),
            "Pipe": of("Pipes::Pipe", {**pipe, "DesiredState": "STOPPED", "TargetParameters": ASYNCHRONOUSLY}),
            "Given": machine(runs),
        })  # fmt: skip
        self.own = self.bench.physical["Own"].rpartition("/")[2]

    def queue(self, letters=None):
        name = f"given-{uuid.uuid4().hex[:8]}"
        policy = json.dumps({"deadLetterTargetArn": f"{HERE}{letters}", "maxReceiveCount": 1})
        self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy} if letters else {})
        return name

    def send(self, name, body):
        """Send a message; of a queue that gives it up at once the id of what its dead-letter queue has."""
        url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sent = self.sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"]
        for _ in range(0 if name == self.letters else 2):
            self.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
        return sent

    def left(self):
        url = self.sqs.get_queue_url(QueueName=self.letters)["QueueUrl"]
        names = ["ApproximateNumberOfMessages"]
        return int(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])


@pytest.fixture
def shared(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Shared(aws)


def may_not(monkeypatch, queue, refused):
    """Have calls of a queue refused, by their names."""
    call = BaseClient._make_api_call

    def called(client, operation, request):
        if xform_name(operation) in refused and str(request.get("QueueUrl")).endswith(f"/{queue}"):
            raise ClientError(
                {"Error": {"Code": "AccessDenied", "Message": "not authorized to perform: that"}}, operation
            )
        return call(client, operation, request)

    monkeypatch.setattr(BaseClient, "_make_api_call", called)


@pytest.mark.e2e
class TestSharedDeadLetters:
    def test_its_own_are_found_and_put_back_and_those_of_others_stay(self, shared, ask):
        own = {shared.send(name, '{"a": 1}') for name in (shared.theirs, shared.own)}
        for name in (shared.other, shared.letters):
            shared.send(name, "{}")
        code, document = ask("failures", shared.path)
        (pattern,) = document["patterns"]
        assert (code, pattern["failed"]) == (1, 2)
        assert {run["run"] for group in pattern["causes"] for run in group["runs"]} == own
        assert pattern["notes"] == [f"{shared.letters} has 2 messages of others, which stay there"]
        code, document = ask("redrive", shared.path, "--yes")
        assert (code, {run["outcome"] for run in document["patterns"][0]["runs"]}) == (0, {"started"})
        records = [given[0] for given in shared.bench.inputs("Given")]
        assert {record["messageId"] for record in records} == own
        assert {record["eventSourceARN"] for record in records} == {f"{HERE}{shared.theirs}", f"{HERE}{shared.own}"}
        assert (shared.left(), ask("failures", shared.path)[0]) == (2, 0)

    def test_status_is_not_ok_while_one_is_there(self, shared, ask):
        assert ask("status", shared.path)[1]["patterns"][0]["queues"] == {shared.letters: 0}
        shared.send(shared.theirs, "{}")
        code, document = ask("status", shared.path)
        assert (code, document["patterns"][0]["problems"]) == (1, ["1 message in the dead-letter queue"])

    @pytest.mark.parametrize("refused", [["receive_message"], ["get_queue_attributes"]])
    def test_what_may_not_be_looked_into_is_not_as_if_nothing_failed(self, shared, ask, naws, monkeypatch, refused):
        may_not(monkeypatch, shared.letters, refused)
        code, document = ask("failures", shared.path)
        notes = document["patterns"][0]["notes"]
        assert (code, document["failed"], all("not authorized" in each for each in notes)) == (1, 0, True)
        code, document = ask("redrive", shared.path, "--yes")
        assert (code, document["patterns"][0]["runs"], document["patterns"][0]["notes"]) == (5, [], notes)
        assert f"nothing of {shared.path} failed of what can be seen" in naws("redrive", shared.path, "--yes").stdout
        shown = naws("failures")
        assert "nothing failed of what can be seen" in shown.stdout
        assert "Allow that" in shown.stderr

    def test_a_message_is_sent_to_the_queue_of_the_other_stack(self, shared, ask):
        code, document = ask("send", shared.path, '{"x": 1}', "--queue", shared.theirs)
        assert (code, document["queue"].rpartition("/")[2]) == (0, shared.theirs)
        error = ask("send", shared.path, "{}")[1]["error"]
        assert error["detail"].split() == ["Name", "one", "of", shared.own, shared.theirs]


class Place:
    """Clients that answer what a test gives them, held to botocore's models."""

    account, region = "111122223333", "eu-west-1"

    def __init__(self):
        keys = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.clients = {name: boto3.client(name, **keys) for name in ("lambda", "sqs")}
        self.function, self.sqs = (Stubber(client) for client in self.clients.values())
        self.function.activate()
        self.sqs.activate()

    def client(self, service, **_):
        return self.clients[service]


def mails(place, source):
    mapping = {**MAPPING, "Properties": {"EventSourceArn": source, "FunctionName": {"Ref": "Live"}}}
    runs = Runs(pattern="lambda-service", path="Shop/Mails", kind="function")
    return Deployed(place, "Shop", runs, ALIAS, {"Mapping": UUID, "Live": ALIAS}, {"Mapping": mapping}, "Live")


def test_a_function_s_queue_is_the_one_of_its_mapping_also_of_another_account():
    place = Place()
    place.function.add_response("get_event_source_mapping", {"EventSourceArn": ELSEWHERE}, {"UUID": UUID})
    wanted = {"QueueName": "Theirs", "QueueOwnerAWSAccountId": "444455556666"}
    place.sqs.add_response("get_queue_url", {"QueueUrl": "https://theirs"}, wanted)
    place.sqs.add_client_error("get_queue_attributes", "AccessDenied", "not authorized to perform: that")
    pattern = mails(place, {"Fn::ImportValue": "Data:Theirs"})
    assert (pattern.queues, pattern.dead_letter_queues) == (["https://theirs"], [])
    (note,) = pattern.given.notes
    assert note.startswith("theirs was not looked into for dead letters: ")
    assert "not authorized to perform: that" in note
    assert "Allow that" in note
    assert "naws failures Shop/Mails" in note


def test_what_others_do_not_let_us_read_is_named_and_all_else_is_read():
    place, wanted = Place(), {"QueueName": "Theirs", "QueueOwnerAWSAccountId": "444455556666"}
    place.sqs.add_response("get_queue_url", {"QueueUrl": "https://theirs"}, wanted)
    policy = json.dumps({"deadLetterTargetArn": f"{ELSEWHERE}Dead"})
    place.sqs.add_response("get_queue_attributes", {"Attributes": {"RedrivePolicy": policy}})
    place.sqs.add_response("get_queue_url", {"QueueUrl": "https://dead"})
    for arn in (f"{ELSEWHERE}Dead", ELSEWHERE):
        place.sqs.add_response("get_queue_attributes", {"Attributes": {"QueueArn": arn}})
    pattern = mails(place, ELSEWHERE)
    assert pattern.given.letters == {"https://dead": {ELSEWHERE: "https://theirs"}}
    place.sqs.add_client_error("get_queue_attributes", "AccessDenied", "not authorized")
    found = find_failures(pattern, datetime.now(UTC), all_of_it=False, counting=Counting())
    assert (found.failures, found.queues) == ((), {})
    (note,) = found.notes
    assert note.startswith("dead was not looked into for dead letters: ")


def test_status_names_what_it_has_not_looked_into(monkeypatch):
    place = Place()
    place.function.add_client_error("get_event_source_mapping", "AccessDeniedException", "not authorized")
    state = states.State(mails(place, {"Fn::ImportValue": "Data:Theirs"}))
    (note,) = state.data()["notes"]
    assert "was not looked into" in note
    shown = []
    monkeypatch.setattr(states.console, "note", shown.append)
    states._show([state])
    assert shown == [note]


def test_who_may_not_ask_for_the_queue_is_not_answered_as_if_there_were_none():
    place = Place()
    place.function.add_client_error("get_event_source_mapping", "AccessDeniedException", "not authorized")
    pattern = mails(place, {"Fn::ImportValue": "Data:Theirs"})
    assert pattern.dead_letter_queues == []
    assert "was not looked into" in pattern.given.notes[0]
    with pytest.raises(ClientError, match="not authorized"):
        _ = pattern.queues


def test_a_stream_is_no_queue():
    pattern = mails(SimpleNamespace(client=lambda *_: None), "arn:aws:kinesis:eu-west-1:111122223333:stream/s")
    assert (pattern.queues, pattern.given.notes) == ([], [])
