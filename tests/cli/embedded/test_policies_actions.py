"""Calls whose permission has another name than the call."""

import uuid
from typing import Any

import pytest

from naws.cli.embedded.departures import partiql
from tests.cli.embedded.policies import ACCOUNT, allow, refusal, session

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("call", "action"),
    [("converse", "bedrock:InvokeModel"), ("converse_stream", "bedrock:InvokeModelWithResponseStream")],
)
def test_a_conversation_with_a_model_needs_its_invocation(bench: Any, call: Any, action: Any) -> None:
    client = session(bench, bench.role_of(allow("bedrock:Converse*")), "bedrock-runtime")
    _, message = refusal(lambda: getattr(client, call)(modelId="m", messages=[]))
    assert message.endswith(f"because no identity-based policy allows the {action} action")


def test_a_partiql_statement_needs_its_own_permission_on_its_table(bench: Any) -> None:
    name = f"t-{uuid.uuid4().hex[:8]}"
    bench.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"
    client = session(bench, bench.role_of(allow("dynamodb:PartiQLSelect", on=arn)), "dynamodb")
    assert refusal(lambda: client.execute_statement(Statement=f'SELECT * FROM "{name}"')) is None
    _, message = refusal(lambda: client.execute_statement(Statement=f"DELETE FROM \"{name}\" WHERE k='a'"))
    assert message.endswith(
        f"dynamodb:PartiQLDelete on resource: {arn} "
        "because no identity-based policy allows the dynamodb:PartiQLDelete action"
    )
    assert refusal(lambda: client.execute_statement(Statement='select * from "other"')) is not None


@pytest.mark.parametrize(
    ("statement", "verb", "resource"),
    [
        ('select a, "b"\n from "T-1"."I.1" where c = 1', "Select", "T-1/index/I.1"),
        ("INSERT INTO T value {'k': 'a'}", "Insert", "T"),
        ("update T set a = 1 where k = 'a'", "Update", "T"),
        ("delete from T.I where k = 'a'", "Delete", "T/index/I"),
    ],
)
def test_statements_are_read(statement: Any, verb: Any, resource: Any) -> None:
    table = f"arn:aws:dynamodb:r:1:table/{resource}"
    assert partiql.permission_of(statement, "r:1") == (f"dynamodb:PartiQL{verb}", table)


def test_what_is_no_statement_is_not_read() -> None:
    assert partiql.permission_of("exists(select * from T)", "r:1") is None
    assert partiql.permission_of("", "r:1") is None


def test_traces_of_a_daemon_need_xrays_permissions(bench: Any) -> None:
    client = session(bench, bench.role_of(), "xray")
    calls = {
        "PutTraceSegments": lambda: client.put_trace_segments(TraceSegmentDocuments=["{}"]),
        "PutTelemetryRecords": lambda: client.put_telemetry_records(TelemetryRecords=[]),
    }
    for name, call in calls.items():
        assert refusal(call)[1].endswith(f"because no identity-based policy allows the xray:{name} action")
