"""What is accepted, and that each field is refused beyond its range, by its name."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from naws.core.issues import Issue
from naws.ecs_task_processor import (
    Alarms,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    Sidecar,
    VpcLookup,
)
from naws.testing.checkers import cfn_lint, default_rules
from naws.testing.synth import cdk_app, synth_template

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode keeps a helper beside its tests out of reach
import accepted

sys.path.pop(0)

Judge = Callable[..., list[Issue]]
SOME = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(SOME, max_examples=4000)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
IMAGE = "public.ecr.aws/docker/library/busybox:1.36"


@pytest.fixture(scope="module")
def props(image: ecs.ContainerImage) -> st.SearchStrategy[dict[str, Any]]:
    return accepted.props(image)


@pytest.mark.parametrize("amount", [SOME, pytest.param(MANY, marks=pytest.mark.e2e)], ids=["some", "many"])
def test_every_legal_combination_is_accepted(
    amount: settings, props: st.SearchStrategy[dict[str, Any]], issues: Judge
) -> None:
    @amount
    @given(props)
    def accepts(said: dict[str, Any]) -> None:
        refused = [issue.render() for issue in issues(**said) if issue.level != "advice"]
        assert refused == []

    accepts()


def above(high: float) -> st.SearchStrategy[int]:
    return st.integers(int(high) + 1, 10**12)


def below(low: float) -> st.SearchStrategy[int]:
    return st.integers(-(10**6), int(low) - 1)


def outside(low: float, high: float) -> st.SearchStrategy[int]:
    return below(low) | above(high)


def span(low: float, high: float) -> st.SearchStrategy[Any]:
    """Durations outside, few of them: making one asks Node."""
    beyond = [high + 1, high + 60, high * 2 + 86_400]
    return st.sampled_from([*beyond, *([low / 2] if low else []), low + 0.5]).map(accepted.seconds)


NOT_WHOLE = st.sampled_from([True, 256.0, "256", "2GB", None, [1], {}])
BEYOND: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], dict[str, Any]]]] = {
    "cpu": (st.integers().filter(lambda cpu: cpu not in (256, 512, 1024, 2048, 4096, 8192, 16384, 32768)) | NOT_WHOLE,
            lambda value: {"cpu": value}),
    "memory_limit_mib": (outside(2048, 8192) | NOT_WHOLE, lambda value: {"memory_limit_mib": value}),
    "ephemeral_storage_gib": (outside(21, 200) | NOT_WHOLE.filter(lambda value: value is not None),
                              lambda value: {"ephemeral_storage_gib": value}),
    "scratch_mib": (outside(0, 1024) | NOT_WHOLE, lambda value: {"scratch_mib": value}),
    "stop_timeout": (span(0, 120), lambda value: {"stop_timeout": value}),
    "attempt_timeout": (span(1, 31_536_000), lambda value: {"attempt_timeout": value}),
    "retry.infrastructure_attempts": (outside(1, 100) | NOT_WHOLE,
                                      lambda value: {"retry": RetryPolicy(infrastructure_attempts=value)}),
    "retry.task_attempts": (outside(1, 100) | NOT_WHOLE, lambda value: {"retry": RetryPolicy(task_attempts=value)}),
    "retry.backoff_rate": (st.floats(max_value=0.99) | st.just(float("nan")) | st.just("2"),
                           lambda value: {"retry": RetryPolicy(backoff_rate=value)}),
    "retry.interval": (span(1, 2_592_000), lambda value: {"retry": RetryPolicy(interval=value)}),
    "retry.max_interval": (span(1, 2_592_000), lambda value: {"retry": RetryPolicy(max_interval=value)}),
    "triggers[0].max_receive_count": (outside(1, 1000) | NOT_WHOLE,
                                      lambda value: {"triggers": [QueueTrigger(max_receive_count=value)]}),
    "triggers[0].max_message_size": (outside(1024, 250_000) | NOT_WHOLE,
                                     lambda value: {"triggers": [QueueTrigger(max_message_size=value)]}),
    "triggers[0].visibility_timeout": (span(0, 43_200),
                                       lambda value: {"triggers": [QueueTrigger(visibility_timeout=value)]}),
    "triggers[0].retention_period": (span(60, 1_209_600),
                                     lambda value: {"triggers": [QueueTrigger(retention_period=value)]}),
    "triggers[0].flexible_window": (span(60, 86_400),
                                    lambda value: {"triggers": [ScheduleTrigger("@daily", flexible_window=value)]}),
    "triggers[0].timezone": (st.text(max_size=60).filter(lambda name: "/" not in name and not name.isalnum()),
                             lambda value: {"triggers": [ScheduleTrigger("@daily", timezone=value)]}),
    "triggers[0].expression": (st.text(max_size=20).filter(lambda text: "@" not in text and text.count(" ") < 4),
                               lambda value: {"triggers": [ScheduleTrigger(value)]}),
    "triggers[0].name": (st.text(min_size=65) | st.sampled_from(["", "a b", "ä"]),
                         lambda value: {"triggers": [ScheduleTrigger("@daily", name=value)]}),
    "alarms.oldest_message": (span(60, 1_209_600), lambda value: {"alarms": Alarms(oldest_message=value)}),
    "alarms.late_by": (span(60, 604_800), lambda value: {"alarms": Alarms(late_by=value)}),
    "vpc.max_azs": (outside(1, 6) | NOT_WHOLE, lambda value: {"vpc": VpcLookup.create(max_azs=value)}),
    "vpc.nat_gateways": (outside(1, 2) | NOT_WHOLE, lambda value: {"vpc": VpcLookup.create(nat_gateways=value)}),
    "vpc.cidr": (st.sampled_from(["10.0.0.0/8", "10.0.0.0/29", "10.0.0.0/27", "10.0.0.1/16", "10.0.0.0", "x", "::/16"]),
                 lambda value: {"vpc": VpcLookup.create(cidr=value)}),
    "vpc.subnet_count": (outside(1, 16) | NOT_WHOLE, lambda value: {
        "vpc": VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids="/n/s", subnet_count=value)}),
}  # fmt: skip


@pytest.mark.parametrize("path", BEYOND)
def test_a_field_beyond_its_range_is_refused_by_its_name(path: str, issues: Judge) -> None:
    values, said = BEYOND[path]

    @FEW
    @given(values)
    def refuses(value: Any) -> None:
        found = [issue for issue in issues(**said(value)) if issue.level != "advice"]
        assert path in {issue.path for issue in found}

    refuses()


def test_a_sidecar_beyond_its_range_is_refused_by_its_name(issues: Judge, image: ecs.ContainerImage) -> None:
    @FEW
    @given(below(6) | above(2048))
    def refuses(value: int) -> None:
        found = issues(sidecars=[Sidecar(name="side", image=image, memory_reservation_mib=value)])
        assert found[0].path.startswith("sidecars")

    refuses()


@pytest.mark.e2e
def test_what_is_accepted_synthesises_without_an_error(
    props: st.SearchStrategy[dict[str, Any]], image: ecs.ContainerImage
) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(props)
    def synthesises(said: dict[str, Any]) -> None:
        conventions = said.pop("conventions", None)

        def build(app: cdk.App) -> cdk.Stack:
            if conventions:
                conventions.apply(app)
            stack = cdk.Stack(app, "Reports")
            EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(**{"image": image, **said}))
            return stack

        assert [found for found in default_rules(build) if not found.rule.startswith("Annotation::")] == []
        assert [found for found in cfn_lint(synth_template(build(cdk_app()))) if found.rule.startswith("E")] == []

    synthesises()
