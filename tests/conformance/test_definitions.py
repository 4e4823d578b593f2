"""What AWS answered to a definition, recorded by others: refused here for the same reason, at the same place.

`refused_definitions.json` holds a fact a row: the fault, what was sent (the definition is ours, with the same fault),
what AWS answered, and where and when that was recorded. A row without `ours` is about what no rule on a definition
alone can know: that the text is no JSON, or the type of the machine.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from naws.core.rules.asl import definition_issues

FACTS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("refused_definitions.json").read_text())
ROLE = "arn:aws:iam::000000000000:role/machine"

Facts = Callable[[Callable[..., None]], Callable[..., None]]


def named(fact: dict[str, Any]) -> str:
    return f"{fact['fault']} ({fact['recorded']['case']})"


def text_of(fact: dict[str, Any]) -> str:
    sent = fact["sent"]["definition"]
    return sent if isinstance(sent, str) else json.dumps(sent)


def told(diagnostic: dict[str, Any]) -> str:
    return f"{diagnostic['code']}: {diagnostic['message']} at {diagnostic.get('location') or 'null'}"


every_fact: Facts = pytest.mark.parametrize("fact", FACTS, ids=named)


def test_a_fact_says_where_it_is_recorded() -> None:
    for fact in FACTS:
        assert all(fact["recorded"][part] for part in ("by", "in", "case", "date")), fact
        assert fact["answered"], fact
    assert len({named(fact) for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("fact", [fact for fact in FACTS if "ours" in fact], ids=named)
def test_the_rules_refuse_it_at_the_same_place(fact: dict[str, Any]) -> None:
    limits = [issue for issue in definition_issues(fact["sent"]["definition"]) if issue.level == "limit"]
    found = {(issue.code, issue.path) for issue in limits}
    assert {(ours["code"], ours["path"]) for ours in fact["ours"]} <= found


@pytest.mark.e2e
@every_fact
def test_the_embedded_aws_says_what_aws_says_when_it_is_asked(fact: dict[str, Any], aws: Any) -> None:
    answer = aws.client("stepfunctions").validate_state_machine_definition(
        definition=text_of(fact), type=fact["sent"]["type"]
    )
    assert (answer["result"], answer["truncated"]) == ("FAIL", False)
    assert {told(found) for found in answer["diagnostics"]} == {told(found) for found in fact["answered"]}
    assert {found["severity"] for found in answer["diagnostics"]} == {"ERROR"}


@pytest.mark.e2e
@every_fact
def test_the_embedded_aws_creates_no_such_machine(fact: dict[str, Any], aws: Any) -> None:
    client = aws.client("stepfunctions")
    request = {"definition": text_of(fact), "type": fact["sent"]["type"]}
    with pytest.raises(client.exceptions.InvalidDefinition) as refused:
        client.create_state_machine(name="refused", roleArn=ROLE, **request)
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("Invalid State Machine Definition: '")
    for found in fact["answered"]:
        assert told(found) in message
