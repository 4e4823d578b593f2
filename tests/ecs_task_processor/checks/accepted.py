"""Strategies of props that have to be accepted; times are made once, because making one asks Node."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from hypothesis import strategies as st

from naws.core.fargate import MEMORY_FOR_CPU
from naws.ecs_task_processor import (
    Alarms,
    Conventions,
    EventTrigger,
    NoAlarms,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    Sidecar,
    VpcLookup,
)

_NAMES = st.from_regex(r"APP_[A-Z0-9_]{1,12}", fullmatch=True)
_TEXT = st.text(st.characters(max_codepoint=0x2FF, categories=("L", "N", "P", "Zs")), max_size=30)
_WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)
_EXPRESSIONS = st.sampled_from(
    ["@daily", "@hourly", "rate(1 hour)", "rate(3 days)", "cron(15 5 ? * MON-FRI *)", "cron(0 0 L * ? *)", "0 4 * * 1",
     "cron(30 6 ? * 3#2 *)", "@every 90m", "at(2199-01-01T00:00:00)"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_TEXT, part, max_size=3),
)


@lru_cache(maxsize=1024)
def seconds(count: float) -> cdk.Duration:
    return cdk.Duration.millis(count * 1000)


def times(*counts: float) -> st.SearchStrategy[cdk.Duration | None]:
    return st.sampled_from([None, *(seconds(count) for count in counts)])


@st.composite
def _sizes(draw: st.DrawFn) -> dict[str, Any]:
    cpu = draw(st.sampled_from(list(MEMORY_FOR_CPU)))
    memory = draw(st.sampled_from(MEMORY_FOR_CPU[cpu]))
    return {"cpu": cpu, "memory_limit_mib": memory, "scratch_mib": draw(st.integers(0, memory // 2))}


def _schedules() -> st.SearchStrategy[ScheduleTrigger]:
    return st.builds(
        ScheduleTrigger,
        _EXPRESSIONS,
        timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
        payload=st.none() | st.dictionaries(_TEXT, _JSON, max_size=3),
        enabled=st.booleans(),
        flexible_window=times(60, 1800),
        start=st.none() | st.just(datetime(2030, 1, 1, tzinfo=UTC)),
        end=st.none() | st.just(datetime(2040, 1, 1, tzinfo=UTC)),
    )


def _queues() -> st.SearchStrategy[QueueTrigger]:
    return st.builds(
        QueueTrigger,
        visibility_timeout=times(0, 30, 43_200),
        retention_period=times(7_200, 1_209_600),
        max_receive_count=st.integers(1, 1000),
        max_message_size=st.integers(1024, 250_000),
        filter=st.none() | st.just({"body": {"kind": ["report", {"prefix": "a"}]}}),
    )


def _events() -> st.SearchStrategy[EventTrigger]:
    patterns = [events.EventPattern(source=["app"], detail={"kind": [kind]}) for kind in ("a", "b")]
    return st.builds(EventTrigger, st.sampled_from(patterns), payload=st.none() | st.just({"kind": "event"}))


def _sidecars(image: ecs.ContainerImage) -> st.SearchStrategy[list[Sidecar]]:
    one = st.builds(
        Sidecar,
        name=_WORDS.map(lambda word: f"side-{word}"),
        image=st.just(image),
        memory_reservation_mib=st.none() | st.integers(6, 50),
        command=st.none() | st.just(["serve"]),
    )
    return st.lists(one, max_size=3, unique_by=lambda sidecar: sidecar.name)


def _retries() -> st.SearchStrategy[RetryPolicy]:
    return st.builds(
        RetryPolicy,
        infrastructure_attempts=st.integers(1, 100),
        task_attempts=st.integers(1, 100),
        interval=times(1, 60, 600),
        backoff_rate=st.floats(1, 10) | st.integers(1, 10),
        max_interval=times(600, 3600),
    )


def props(image: ecs.ContainerImage) -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments that no rule has anything against."""
    rest = st.fixed_dictionaries(
        {},
        optional={
            "command": st.lists(_WORDS, min_size=1, max_size=3),
            "working_directory": st.just("/app"),
            "environment": st.dictionaries(_NAMES, _TEXT, max_size=4),
            "ephemeral_storage_gib": st.integers(21, 200),
            "cpu_architecture": st.sampled_from([ecs.CpuArchitecture.ARM64, ecs.CpuArchitecture.X86_64]),
            "user": st.sampled_from(["1000", "1000:1000", "app", "app:staff"]),
            "stop_timeout": times(0, 30, 120),
            "attempt_timeout": times(60, 1800, 3600),
            "triggers": st.lists(_schedules() | _queues() | _events(), max_size=3),
            "retry": _retries(),
            "exit_codes": st.dictionaries(
                st.integers(1, 255), st.sampled_from(["succeed", "retry", "fail"]), max_size=2
            ),
            "sidecars": _sidecars(image),
            "log_retention": st.sampled_from([logs.RetentionDays.ONE_DAY, logs.RetentionDays.TEN_YEARS]),
            "removal_policy": st.sampled_from([cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN]),
            "alarms": st.sampled_from([Alarms(), NoAlarms(reason="a throw-away environment")]),
            "vpc": st.sampled_from(
                [
                    VpcLookup.create(max_azs=3, cidr="10.1.0.0/20"),
                    VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids="/n/s"),
                ]
            ),
            "conventions": st.builds(Conventions, name_prefix=st.none() | _WORDS, owner=st.none() | _WORDS),
        },
    )
    return st.builds(lambda size, other: size | other, _sizes(), rest)
