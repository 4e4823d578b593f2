"""What AWS answers in the services that a processor is made of, replayed on the embedded AWS.

The facts stand beside this file, one file a service. ``judge`` says who vouches for a fact: ``recorded`` on AWS by
others, ``documented`` by AWS in the words of ``quoted``, or a ``model``: botocore's, with the version it was read in.
"""

import json
from functools import cache
from typing import Any

import pytest

from tests.conformance.facts import SERVICES, Replay, facts_of

FACTS = [(name, fact) for name in SERVICES for fact in facts_of(name)]
ROLE = "everything"
"""A role that every service may assume and that may do everything: what is judged is not permissions."""

AT_LEAST = {"ecs": 8}
NEEDED = {
    "recorded": {"by", "in", "case", "date"},
    "documented": {"by", "in", "quoted", "date"},
    "model": {"by", "in", "quoted", "date"},
}


def named(fact: Any) -> str:
    return fact if isinstance(fact, str) else str(fact["fact"])


def test_there_are_enough_facts_of_each_service_and_each_has_a_judge() -> None:
    for name in SERVICES:
        facts = facts_of(name)
        assert len(facts) >= AT_LEAST.get(name, 5), name
        assert len({fact["fact"] for fact in facts}) == len(facts), name
    for _, fact in FACTS:
        assert set(fact["recorded"]) == NEEDED[fact["judge"]], fact["fact"]
        assert all(fact["recorded"].values()), fact["fact"]
        assert fact["answered"], fact["fact"]


@pytest.fixture(scope="module")
def replay(aws: Any) -> Any:
    services = [f"{name}.amazonaws.com" for name in ("states", "ecs-tasks", "events", "scheduler", "pipes", "lambda")]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trusted, allowed = (json.dumps({"Version": "2012-10-17", "Statement": [item]}) for item in (trust, every))
    iam = aws.client("iam")
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=allowed)
    clients = cache(aws.client)
    return lambda: Replay(clients, {"role": role, "account": "000000000000", "region": "us-east-1"})


@pytest.mark.e2e
@pytest.mark.parametrize(("service", "fact"), FACTS, ids=named)
def test_the_embedded_aws_answers_as_aws(service: str, fact: dict[str, Any], replay: Any) -> None:
    assert service
    assert replay().of(fact) == ""
