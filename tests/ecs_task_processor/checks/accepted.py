"""Strategies of props that have to be accepted; times are made once, because making one asks Node."""

from collections import ChainMap
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from hypothesis import strategies as st

from naws.core.fargate import MEMORY_FOR_CPU, Size, larger_than
from naws.ecs_task_processor import (
    Alarms,
    BucketBinding,
    Concurrency,
    Conventions,
    Egress,
    EventTrigger,
    FanOut,
    MemoryGrowth,
    NewVpc,
    NoAlarms,
    ObjectsUnder,
    QueueTrigger,
    RetryPolicy,
    RowsOf,
    ScheduleTrigger,
    SecretBinding,
    Sidecar,
    VpcLookup,
)

_NAMES = st.from_regex(r"APP_[A-Z0-9_]{1,12}", fullmatch=True)
_TEXT = st.text(st.characters(max_codepoint=0x2FF, categories=("L", "N", "P", "Zs")), max_size=30)
_WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)
_EXPRESSIONS = st.sampled_from(
    ["@daily", "@hourly", "rate(1 hour)", "rate(3 days)", "cron(15 5 ? * MON-FRI *)", "cron(0 0 L * ? *)", "0 4 * * 1",
     "cron(30 6 ? * 3#2 *)", "@every 90m", "cron(0 22-2 ? jan-dec fri-mon *)", "cron(0 5 ? * 2/2 *)",
     "at(2199-01-01T00:00:00)"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXT,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_TEXT, part, max_size=3),
)


class Elsewhere:
    """What a user brings along: resources of another stack, named and never made here."""

    def __init__(self) -> None:
        stack = cdk.Stack(cdk.App(), "Elsewhere")
        account = "arn:aws:{}:us-east-1:123456789012:{}"
        self.bucket = s3.Bucket.from_bucket_name(stack, "Inbox", "inbox-of-a-company")
        self.key = kms.Key.from_key_arn(stack, "Key", account.format("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"))
        self.topic = sns.Topic.from_topic_arn(stack, "Topic", account.format("sns", "on-call"))
        self.queue = sqs.Queue.from_queue_arn(stack, "Queue", account.format("sqs", "orders"))
        self.secret = secretsmanager.Secret.from_secret_name_v2(stack, "Warehouse", "warehouse/password")
        self.role = iam.Role.from_role_name(stack, "Role", "reports")
        self.boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
        self.group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")
        self.vpc = ec2.Vpc.from_vpc_attributes(
            stack,
            "Network",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["us-east-1a", "us-east-1b"],
            private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )
        self.cluster = ecs.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="shared", vpc=self.vpc)
        self.way_out = Egress(peer=ec2.Peer.ipv4("10.0.0.0/8"), port=ec2.Port.tcp(5432), description="the warehouse")


@lru_cache(maxsize=1)
def elsewhere() -> Elsewhere:
    return Elsewhere()


@lru_cache(maxsize=1024)
def seconds(count: float) -> cdk.Duration:
    return cdk.Duration.millis(count * 1000)


def times(*counts: float) -> st.SearchStrategy[cdk.Duration | None]:
    return st.sampled_from([None, *(seconds(count) for count in counts)])


@st.composite
def _sizes(draw: st.DrawFn) -> dict[str, Any]:
    cpu = draw(st.sampled_from(list(MEMORY_FOR_CPU)))
    memory = draw(st.sampled_from(MEMORY_FOR_CPU[cpu]))
    larger = [size.memory_limit_mib for size in larger_than(Size(cpu=cpu, memory_limit_mib=memory))]
    growth = draw(st.none() | st.sampled_from(larger)) if larger else None
    return {
        "cpu": cpu,
        "memory_limit_mib": memory,
        "scratch_mib": draw(st.integers(0, memory // 2)),
        "memory_growth": None if growth is None else MemoryGrowth(max_memory_limit_mib=growth),
    }


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
    ) | st.just(QueueTrigger(queue=elsewhere().queue))


def _events() -> st.SearchStrategy[EventTrigger]:
    patterns = [events.EventPattern(source=["app"], detail={"kind": [kind]}) for kind in ("a", "b")]
    console = [{"source": ["app"], "detail-type": ["A"]}, '{"source": ["app"], "detail": {"kind": [{"prefix": "a"}]}}']
    own = st.builds(
        EventTrigger, st.sampled_from([*patterns, *console]), payload=st.none() | st.just({"kind": "event"})
    )
    return own | st.just(EventTrigger.object_created(elsewhere().bucket, prefix="in/", suffix=".csv"))


def _sidecars(image: ecs.ContainerImage) -> st.SearchStrategy[list[Sidecar]]:
    one = st.builds(
        Sidecar,
        name=_WORDS.map(lambda word: f"side-{word}"),
        image=st.just(image),
        memory_reservation_mib=st.none() | st.integers(6, 50),
        command=st.none() | st.just(["serve"]),
    )
    return st.lists(one, max_size=3, unique_by=lambda sidecar: sidecar.name)


@st.composite
def _runs(draw: st.DrawFn) -> dict[str, Any]:
    """How often, how many at once, into how many: together they fit into an execution's history."""
    concurrency = draw(
        st.none() | st.builds(Concurrency, limit=st.integers(1, 1000), when_full=st.sampled_from(["wait", "skip"]))
    )
    waits = concurrency is not None and concurrency.when_full == "wait"
    attempts = st.integers(1, 5 if waits else 60)
    retry = st.builds(
        RetryPolicy,
        infrastructure_attempts=attempts,
        task_attempts=attempts if concurrency else st.just(1),  # or a schedule may come again too soon
        interval=times(1, 60, 600),
        backoff_rate=st.floats(1, 10) | st.integers(1, 10),
        max_interval=times(600, 3600),
    )
    return {
        "concurrency": concurrency,
        "retry": draw(retry),
        "fan_out": draw(_fan_outs()),
        "capacity": draw(st.sampled_from(["on-demand", "spot", "spot-then-on-demand"])),
    }


def _fan_outs() -> st.SearchStrategy[FanOut | None]:
    inbox = elsewhere().bucket
    over = [
        "$", "$.items", "$.orders.new", ObjectsUnder(inbox, ""), ObjectsUnder(inbox, "in/"),
        RowsOf(inbox, "rows.csv"), RowsOf(inbox, "in/rows.jsonl"),
    ]  # fmt: skip
    return st.none() | st.builds(
        FanOut,
        st.sampled_from(over),
        max_concurrency=st.integers(1, 10_000),
        batch=st.integers(1, 10_000),
        tolerated_failure_percentage=st.floats(0, 100) | st.integers(0, 100),
    )


def _networks() -> st.SearchStrategy[dict[str, Any]]:
    given = elsewhere()
    return st.sampled_from(
        [
            {},
            {"vpc": NewVpc(max_azs=3, cidr="10.1.0.0/20")},
            {"vpc": VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids="/n/s")},
            {"vpc": given.vpc, "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)},
            {"vpc": given.vpc, "security_groups": [given.group]},
            {"cluster": given.cluster},
            {"cluster": given.cluster, "egress": [given.way_out]},
        ]
    )


def _bindings() -> st.SearchStrategy[list[Any]]:
    given = elsewhere()
    bucket = st.builds(
        BucketBinding,
        st.just(given.bucket),
        access=st.sampled_from(["read", "write", "read-write"]),
        prefix=st.none() | st.just("in/"),
    )
    secret = st.builds(SecretBinding, st.just(given.secret), field=st.none() | st.just("password"))
    return st.tuples(bucket, secret).map(list) | st.just([])


def props(image: ecs.ContainerImage) -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments that no rule has anything against."""
    given = elsewhere()
    rest = st.fixed_dictionaries(
        {},
        optional={
            "command": st.lists(_WORDS, min_size=1, max_size=3),
            "working_directory": st.just("/app"),
            # A text such as `a:b@c` is taken for a password in an address, and rightly.
            "environment": st.dictionaries(_NAMES, _TEXT.filter(lambda text: "@" not in text), max_size=4),
            "ephemeral_storage_gib": st.integers(21, 200),
            "cpu_architecture": st.sampled_from([ecs.CpuArchitecture.ARM64, ecs.CpuArchitecture.X86_64]),
            "user": st.sampled_from(["1000", "1000:1000", "app", "app:staff"]),
            "stop_timeout": times(0, 30, 120),
            "attempt_timeout": times(60, 1800, 3600),
            "triggers": st.lists(_schedules() | _queues() | _events(), max_size=3, unique_by=_brought),
            "bindings": _bindings(),
            "entry_point": st.just(["python", "-m"]),
            "dev_command": st.just(["python", "job.py"]),
            "secrets": st.just({"SECRET_OF_ALL": ecs.Secret.from_secrets_manager(given.secret)}),
            "encryption_key": st.just(given.key),
            "task_role": st.just(given.role),
            "execution_role": st.just(given.role),
            "permissions_boundary": st.just(given.boundary),
            "exit_codes": st.dictionaries(
                st.integers(1, 255), st.sampled_from(["succeed", "retry", "fail"]), max_size=2
            ),
            "sidecars": _sidecars(image),
            "log_retention": st.sampled_from([logs.RetentionDays.ONE_DAY, logs.RetentionDays.TEN_YEARS]),
            "removal_policy": st.sampled_from([policy for policy in cdk.RemovalPolicy if policy.name != "SNAPSHOT"]),
            "alarms": st.builds(
                Alarms, topic=st.sampled_from([None, given.topic]), oldest_message=times(60, 3600), late_by=times(60)
            )
            | st.just(NoAlarms(reason="a throw-away environment")),
            "conventions": st.builds(
                Conventions,
                name_prefix=st.none() | _WORDS,
                owner=st.none() | _WORDS,
                tags=st.dictionaries(
                    _WORDS,
                    _WORDS,
                    max_size=3,
                ),
            ),
        },
    )
    return st.builds(lambda *parts: dict(ChainMap(*parts)), _sizes(), _runs(), _networks(), rest)


def _brought(trigger: Any) -> object:
    """A queue that is brought along has one reader."""
    return getattr(trigger, "queue", None) or id(trigger)
