"""`naws send` counts what a pipe makes of a message, and refuses only what no execution takes."""

import json

import pytest

from naws.cli.errors import CliError
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.message_sizes import check_handed_over
from naws.core.runs import Runs
from tests.cli.operate.test_given_queues import Shared

MOST = 262_144
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Nightly"


def workflow(**more):
    pipe = {"Source": {"Fn::GetAtt": ["Work", "Arn"]}, "Target": {"Ref": "Machine"}, **more}
    runs = Runs(pattern="tried", path="Jobs/Nightly", kind="workflow", queues=("Work",))
    template = {"Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe}}
    return Deployed(None, "Jobs", runs, MACHINE, {"Pipe": "pipe"}, template, "Machine")


def record(text):
    """What a pipe certainly hands over, without spaces."""
    own = {"messageId": "0" * 36, "body": text, "attributes": {}, "messageAttributes": {}, "md5OfBody": "0" * 32}
    return json.dumps([{**own, "eventSource": "aws:sqs"}], ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("character", ["x", '"', "\\", "\n", "ä", "\u2028"])
def test_a_message_is_as_long_as_its_json_text_within_the_record(character):
    room = MOST - len(record(""))
    count = room // (len(record(character)) - len(record("")))
    check_handed_over(workflow(), character * count)
    with pytest.raises(CliError) as caught:
        check_handed_over(workflow(), character * (count + 1))
    assert caught.value.title.endswith("and more; an execution takes 262,144.")
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "more",
    [
        {"TargetParameters": {"InputTemplate": '{"a": 1}'}},
        {"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}},
        {"Enrichment": "arn:aws:lambda:eu-west-1:111122223333:function:f"},
    ],
)
def test_what_nobody_can_know_is_sent(more):
    check_handed_over(workflow(**more), '"' * MOST)


def test_of_a_function_a_message_is_no_part_of_a_record_of_a_pipe():
    runs = Runs(pattern="lambda-service", path="Close/Check", kind="function", queues=("Work",))
    check_handed_over(Deployed(None, "Close", runs, "arn", {}), '"' * MOST)


@pytest.mark.e2e
def test_it_is_not_sent(aws, ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shared = Shared(aws)
    (tmp_path / "long.json").write_text(json.dumps({"a": [""] * 60_000}))
    code, document = ask("send", shared.path, "@long.json", "--queue", shared.own)
    assert code == 2
    assert document["error"]["title"].startswith("The message becomes an input of 360,1")
    assert shared.bench.left("Own") == (0, 0)
