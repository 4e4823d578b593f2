"""One mistake is one issue, at a field that the user wrote, and its remedy does not lead to the next."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from naws.core.issues import Issue
from naws.testing.pasting import pasted

Judge = Callable[..., list[Issue]]
ArgumentsOf = Callable[[str], dict[str, Any]]
ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")'

ONCE: dict[str, list[tuple[str, str]]] = {
    "attempt_timeout=cdk.Duration.days(400)": [("NAWS-RETRY-005", "attempt_timeout")],
    "attempt_timeout=cdk.Duration.days(300), retry=RetryPolicy(task_attempts=3)": [
        ("NAWS-RETRY-006", "attempt_timeout")
    ],
    "retry=RetryPolicy(infrastructure_attempts=101, max_interval=cdk.Duration.days(31))": [
        ("NAWS-RETRY-001", "retry.infrastructure_attempts"),
        ("NAWS-RETRY-002", "retry.max_interval"),
    ],
    "retry=RetryPolicy(infrastructure_attempts=100, max_interval=cdk.Duration.days(30))": [("NAWS-RETRY-006", "retry")],
    "retry=RetryPolicy(infrastructure_attempts=10_000)": [("NAWS-RETRY-001", "retry.infrastructure_attempts")],
    f'vpc=VpcLookup.by_tags(["a"]), {ENV}': [("NAWS-TYPE-001", "vpc.tags")],
    f'vpc=VpcLookup.by_tags({{1: "a"}}), {ENV}': [("NAWS-TYPE-001", "vpc.tags[1]")],
    f'conventions=Conventions(vpc=VpcLookup.by_tags(["a"])), {ENV}': [("NAWS-TYPE-001", "Conventions.vpc.tags")],
    'user="root", acknowledge={"NAWS-TASK-007": 5}': [("NAWS-TYPE-001", 'acknowledge["NAWS-TASK-007"]')],
    'acknowledge={5: "the image needs root"}': [("NAWS-TYPE-001", "acknowledge[5]")],
    "triggers=[QueueTrigger(max_message_size=250_001)]": [("NAWS-QUEUE-005", "triggers[0].max_message_size")],
    "triggers=[QueueTrigger(max_message_size=262_144)]": [("NAWS-QUEUE-005", "triggers[0].max_message_size")],
    "triggers=[QueueTrigger(max_message_size=1_048_576)]": [("NAWS-QUEUE-005", "triggers[0].max_message_size")],
    "triggers=[QueueTrigger(max_message_size=1_048_577)]": [("NAWS-QUEUE-004", "triggers[0].max_message_size")],
    'vpc=VpcLookup.by_parameter(vpc_id="vpc-0a1b2c3d", private_subnet_ids="subnet-0a1b2c3d")': [
        ("NAWS-NET-021", "vpc.vpc_id"),
        ("NAWS-NET-021", "vpc.private_subnet_ids"),
    ],
    'alarms=NoAlarms(reason="because …")': [("NAWS-ALARM-001", "alarms.reason")],
    'sidecars=[Sidecar(name="a", image=image, scratch_mib=-1)]': [("NAWS-SIZE-005", "sidecars[0].scratch_mib")],
    'sidecars=[Sidecar(name="a", image=image, scratch_mib=2048)]': [("NAWS-SIZE-005", "sidecars[0].scratch_mib")],
    'sidecars=[Sidecar(name="a", image=image, scratch_mib=1500)]': [("NAWS-SIZE-006", "sidecars[0].scratch_mib")],
    'scratch_mib=1024, sidecars=[Sidecar(name="a", image=image, scratch_mib=512), '
    'Sidecar(name="b", image=image, scratch_mib=512)]': [("NAWS-SIZE-005", "scratch_mib")],
    'scratch_mib=4096, sidecars=[Sidecar(name="a", image=image, scratch_mib=4096)]': [
        ("NAWS-SIZE-005", "scratch_mib"),
        ("NAWS-SIZE-005", "sidecars[0].scratch_mib"),
    ],
    "vpc=NewVpc(nat_gateways=-1)": [("NAWS-NET-020", "vpc.nat_gateways")],
    "vpc=NewVpc(nat_gateways=0)": [("NAWS-NET-006", "vpc.nat_gateways")],
}


@pytest.mark.parametrize("text", ONCE)
def test_one_mistake_is_reported_once(text: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    assert [(issue.code, issue.path) for issue in issues(**arguments_of(text))] == ONCE[text]


@pytest.mark.parametrize(
    "text", [text for text in ONCE if text.startswith(("attempt_timeout", "triggers", "sidecars", "scratch_mib=1024"))]
)
def test_its_first_remedy_is_all_that_it_takes(text: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    given = arguments_of(text)
    (found,) = issues(**given)
    mended = pasted(given, found, arguments_of)

    assert mended is not None
    assert issues(**mended) == []


@pytest.mark.parametrize("reason", ["because …", " because ... ", "…", " "])
def test_a_remedys_placeholder_is_no_reason(reason: str, issues: Judge) -> None:
    (found,) = issues(user="root", acknowledge={"NAWS-TASK-007": reason})
    assert found.code == "NAWS-ACK-004"


def test_a_timeout_that_only_the_deployment_knows_leaves_the_others_judged(issues: Judge) -> None:
    number = cdk.Token.as_number(cdk.Fn.ref("Number"))
    (found,) = issues(attempt_timeout=cdk.Duration.days(400), stop_timeout=cdk.Duration.seconds(number))
    assert (found.code, found.remedy) == ("NAWS-RETRY-005", "attempt_timeout=cdk.Duration.days(365)")
