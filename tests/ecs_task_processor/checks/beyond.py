"""For each field values beyond its range, and the props that say them; `every_field` lists what has to be here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import aws_cdk as cdk
from accepted import elsewhere, seconds
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from hypothesis import strategies as st

from naws.core.fargate import MEMORY_FOR_CPU
from naws.core.network import VpcById, VpcByName, VpcByTags, VpcFromParameters
from naws.ecs_task_processor import (
    Alarms,
    BucketBinding,
    Concurrency,
    Conventions,
    EcsTaskProcessorProps,
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

Values = st.SearchStrategy[Any]
Props = dict[str, Any]
LARGEST = 249_856


@dataclass(frozen=True)
class Beyond:
    """Values that are refused, how they are given, and where the issue is reported."""

    values: Values
    props_of: Callable[[Any], Props]
    path: str = ""


def below(low: float) -> Values:
    return st.integers(-(10**6), int(low) - 1)


def above(high: float) -> Values:
    return st.integers(int(high) + 1, 10**12)


def outside(low: float, high: float) -> Values:
    return below(low) | above(high)


def span(low: float, high: float) -> Values:
    """Durations outside, few of them: making one asks Node."""
    beyond = [high + 1, high + 60, high * 2 + 86_400]
    return st.sampled_from([*beyond, *([low / 2] if low else []), low + 0.5]).map(seconds)


NOT_WHOLE = st.sampled_from([True, 256.0, "256", "2GB", None, [1], {}])
NOT_SAID = NOT_WHOLE.filter(lambda value: value is not None)
NOT_LISTED = st.text(max_size=12).filter(lambda text: text not in WORDS)
WORDS = ("wait", "skip", "on-demand", "spot", "spot-then-on-demand", "read", "write", "read-write")
TOKENS = st.builds(lambda: cdk.Fn.ref("Parameter"))
NUMBER_TOKENS = st.builds(lambda: cdk.Token.as_number(cdk.Fn.ref("Parameter")))
NOT_NAMES = st.text(min_size=256) | st.sampled_from(["", "a b", "ä", "a/b"])
NOT_KEYS = st.text(min_size=1_025) | st.sampled_from(["in/*", "in/?.csv", "${aws:userid}/"])
NOT_JSON = st.sampled_from([{"since": {1, 2}}, {"x": float("nan")}, {1: "a"}, {"text": "x" * 250_000}])
SIZES = {size for sizes in MEMORY_FOR_CPU.values() for size in sizes}


def _props(name: str) -> Callable[[Any], Props]:
    return lambda value: {name: value}


def _part(field: str, kind: Callable[..., Any], name: str) -> Callable[[Any], Props]:
    return lambda value: {field: kind(**{name: value})}


def _trigger(kind: Callable[..., Any], name: str, *given: Any) -> Callable[[Any], Props]:
    return lambda value: {"triggers": [kind(*given, **{name: value})]}


def _schedule(name: str) -> Callable[[Any], Props]:
    return _trigger(ScheduleTrigger, name, "@daily")


def _event(name: str) -> Callable[[Any], Props]:
    return lambda value: {"triggers": [EventTrigger(events.EventPattern(source=["app"]), **{name: value})]}


def _sidecar(name: str) -> Callable[[Any], Props]:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")
    return lambda value: {"sidecars": [Sidecar(**{"name": "side", "image": image, name: value})]}


def _fan_out(name: str) -> Callable[[Any], Props]:
    return lambda value: {"fan_out": FanOut("$.items", **{name: value})}


def _convention(name: str) -> Callable[[Any], Props]:
    return lambda value: {"conventions": Conventions(**{name: value})}


def _looked_up(kind: Callable[..., VpcLookup], name: str) -> Callable[[Any], Props]:
    """A look-up on a stack that has an environment, so that only the value is wrong."""
    return lambda value: {"vpc": kind(**{name: value}), "env": "given"}


def _new(name: str) -> Callable[[Any], Props]:
    return lambda value: {"vpc": NewVpc(**{name: value})}


def _parameter(name: str) -> Callable[[Any], Props]:
    good = {"vpc_id": "/n/v", "private_subnet_ids": "/n/s"}
    return lambda value: {"vpc": VpcLookup.by_parameter(**{**good, name: value})}


def _fifo(_: Any) -> Props:
    return {"triggers": [QueueTrigger(queue=sqs.Queue.from_queue_arn(cdk.Stack(), "Q", "arn:aws:sqs:a:1:q.fifo"))]}


def _name_of_binding(kind: Callable[..., Any], source: str) -> Callable[[Any], Props]:
    return lambda value: {"bindings": [kind(getattr(elsewhere(), source), name=value)]}


BEYOND: dict[str, Beyond] = {
    "command": Beyond(st.sampled_from([[], [""], "python job.py"]), _props("command")),
    "entry_point": Beyond(st.sampled_from([[], [""], "python"]), _props("entry_point")),
    "dashboard": Beyond(st.sampled_from([1, "yes"]), _props("dashboard")),
    "enable_execute_command": Beyond(st.sampled_from([True, "yes"]), _props("enable_execute_command")),
    "dev_command": Beyond(st.sampled_from([[], [""], "python job.py"]), _props("dev_command")),
    "working_directory": Beyond(
        st.text().filter(lambda text: not text.startswith("/")) | st.just("/a\n"), _props("working_directory")
    ),
    "environment": Beyond(
        st.sampled_from(["", "A B", "A=B", "1A", "ä", "NAWS_RUN_ID", "AWS_ACCESS_KEY_ID"]),
        lambda name: {"environment": {name: "value"}},
    ),
    "secrets": Beyond(
        st.sampled_from(["", "A B", "A=B", "1A", "NAWS_PAYLOAD"]),
        lambda name: {"secrets": {name: ecs.Secret.from_secrets_manager(elsewhere().secret)}},
    ),
    "cpu": Beyond(st.integers().filter(lambda cpu: cpu not in MEMORY_FOR_CPU) | NOT_WHOLE, _props("cpu")),
    "memory_limit_mib": Beyond(outside(2048, 8192) | NOT_WHOLE, _props("memory_limit_mib")),
    "ephemeral_storage_gib": Beyond(outside(21, 200) | NOT_SAID, _props("ephemeral_storage_gib")),
    "user": Beyond(
        st.sampled_from(["root", "0", "0:0", "", "a b", "a:b:c", ":1000", "-1", "4294967295", "1:4294967296"]),
        _props("user"),
    ),
    "readonly_root_filesystem": Beyond(st.sampled_from([False, "yes"]), _props("readonly_root_filesystem")),
    "scratch_mib": Beyond(outside(0, 1024) | NOT_WHOLE, _props("scratch_mib")),
    "stop_timeout": Beyond(span(0, 120), _props("stop_timeout")),
    "attempt_timeout": Beyond(span(1, 31_536_000), _props("attempt_timeout")),
    "exit_codes": Beyond(outside(1, 255), lambda code: {"exit_codes": {code: "retry"}}),
    "capacity": Beyond(NOT_LISTED | TOKENS, _props("capacity")),
    "security_groups": Beyond(
        st.sampled_from([0, 6, 9]), lambda count: {"security_groups": [elsewhere().group] * count}
    ),
    "egress": Beyond(st.just([]), _props("egress")),
    "sidecars": Beyond(
        st.integers(10, 12),
        lambda count: {"sidecars": [_sidecar("name")(f"side-{n}")["sidecars"][0] for n in range(count)]},
    ),
    "vpc_subnets": Beyond(
        st.sampled_from(
            [
                ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
                ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
                ec2.SubnetSelection(subnet_group_name="nope"),
                ec2.SubnetSelection(subnets=[]),
            ]
        ),
        _props("vpc_subnets"),
    ),
    "alarms": Beyond(st.sampled_from([False, True, "none"]), _props("alarms")),
    "log_retention": Beyond(st.integers() | st.text(max_size=5), _props("log_retention")),
    "removal_policy": Beyond(
        st.sampled_from(["retain", 1, True, cdk.RemovalPolicy.SNAPSHOT]), _props("removal_policy")
    ),
    "cpu_architecture": Beyond(st.sampled_from(["ARM64", 64]), _props("cpu_architecture")),
    "acknowledge": Beyond(
        st.sampled_from(["NAWS-TASK-999", "NAWS-SIZE-001", "NAWS-TASK-007", ""]),
        lambda code: {"acknowledge": {code: "because"}},
    ),
    "retry.infrastructure_attempts": Beyond(
        outside(1, 100) | NOT_WHOLE, _part("retry", RetryPolicy, "infrastructure_attempts")
    ),
    "retry.task_attempts": Beyond(outside(1, 100) | NOT_WHOLE, _part("retry", RetryPolicy, "task_attempts")),
    "retry.backoff_rate": Beyond(
        st.floats(max_value=0.99) | st.just(float("nan")) | st.just("2"), _part("retry", RetryPolicy, "backoff_rate")
    ),
    "retry.interval": Beyond(span(1, 2_592_000), _part("retry", RetryPolicy, "interval")),
    "retry.max_interval": Beyond(span(1, 2_592_000), _part("retry", RetryPolicy, "max_interval")),
    "memory_growth.max_memory_limit_mib": Beyond(
        st.integers(-1, LARGEST * 2).filter(lambda size: size <= 2048 or size not in SIZES) | NOT_WHOLE,
        _part("memory_growth", MemoryGrowth, "max_memory_limit_mib"),
    ),
    "concurrency.limit": Beyond(outside(1, 1000) | NOT_WHOLE, _part("concurrency", Concurrency, "limit")),
    "concurrency.when_full": Beyond(NOT_LISTED | TOKENS, _part("concurrency", Concurrency, "when_full")),
    "fan_out.over": Beyond(
        st.sampled_from(["", "items", "$.", "$.a b", "$.items[*]", "$..a", "$.a[0]"]),
        lambda path: {"fan_out": FanOut(path)},
    ),
    "fan_out.over.prefix": Beyond(
        NOT_KEYS, lambda prefix: {"fan_out": FanOut(ObjectsUnder(elsewhere().bucket, prefix))}
    ),
    "fan_out.over.key": Beyond(
        st.text(max_size=20).filter(lambda key: not key.endswith((".csv", ".jsonl"))),
        lambda key: {"fan_out": FanOut(RowsOf(elsewhere().bucket, key))},
    ),
    "fan_out.max_concurrency": Beyond(outside(1, 10_000) | NOT_WHOLE, _fan_out("max_concurrency")),
    "fan_out.batch": Beyond(outside(1, 10_000) | NOT_WHOLE, _fan_out("batch")),
    "fan_out.tolerated_failure_percentage": Beyond(
        st.floats(max_value=-0.01) | st.floats(min_value=100.01) | st.just(float("nan")) | st.just("5"),
        _fan_out("tolerated_failure_percentage"),
    ),
    "egress[0].description": Beyond(
        st.text(min_size=256) | st.sampled_from(["ä", "a|b"]),
        lambda text: {"egress": [Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.HTTPS, description=text)]},
    ),
    "sidecars[0].name": Beyond(NOT_NAMES, _sidecar("name")),
    "sidecars[0].scratch_mib": Beyond(outside(0, 1024) | NOT_WHOLE, _sidecar("scratch_mib")),
    "sidecars[0].command": Beyond(st.sampled_from([[], [""], "serve"]), _sidecar("command")),
    "sidecars[0].environment": Beyond(
        st.sampled_from(["", "A B", "A=B"]), lambda name: _sidecar("environment")({name: "x"})
    ),
    "sidecars[0].secrets": Beyond(
        st.sampled_from(["", "A B"]),
        lambda name: _sidecar("secrets")({name: ecs.Secret.from_secrets_manager(elsewhere().secret)}),
    ),
    "sidecars[0].user": Beyond(st.sampled_from(["root", "0", "a b", "a:b:c"]), _sidecar("user")),
    "sidecars[0].readonly_root_filesystem": Beyond(st.sampled_from([False]), _sidecar("readonly_root_filesystem")),
    "sidecars[0].memory_reservation_mib": Beyond(below(6) | NOT_SAID, _sidecar("memory_reservation_mib")),
    "ScheduleTrigger.expression": Beyond(
        st.text(max_size=20).filter(lambda text: "@" not in text and text.count(" ") < 4),
        lambda text: {"triggers": [ScheduleTrigger(text)]},
        "triggers[0].expression",
    ),
    "ScheduleTrigger.timezone": Beyond(
        st.text(max_size=60).filter(lambda name: "/" not in name and not name.isalnum()),
        _schedule("timezone"),
        "triggers[0].timezone",
    ),
    "ScheduleTrigger.payload": Beyond(NOT_JSON, _schedule("payload"), "triggers[0].payload"),
    "ScheduleTrigger.flexible_window": Beyond(
        span(60, 86_400), _schedule("flexible_window"), "triggers[0].flexible_window"
    ),
    "ScheduleTrigger.start": Beyond(st.datetimes() | st.just("2030-01-01"), _schedule("start"), "triggers[0].start"),
    "ScheduleTrigger.end": Beyond(st.datetimes() | st.just("2030-01-01"), _schedule("end"), "triggers[0].end"),
    "ScheduleTrigger.name": Beyond(NOT_NAMES, _schedule("name"), "triggers[0].name"),
    "EventTrigger.event_pattern": Beyond(
        st.sampled_from(
            [
                events.EventPattern(),
                events.EventPattern(detail={"a": "b"}),
                {"source": "a"},
                {"detail_type": ["a"]},
                {},
                '{"source": ["a"]',
                "aws.s3",
                5,
                events.EventPattern(detail={}),
                events.EventPattern(detail={"a": [{"wildcard": "**"}]}),
            ]
        ),
        lambda pattern: {"triggers": [EventTrigger(pattern)]},
        "triggers[0].event_pattern",
    ),
    "EventTrigger.payload": Beyond(NOT_JSON, _event("payload"), "triggers[0].payload"),
    "EventTrigger.name": Beyond(NOT_NAMES, _event("name"), "triggers[0].name"),
    "QueueTrigger.queue": Beyond(st.just("fifo"), _fifo, "triggers[0].queue"),
    "QueueTrigger.visibility_timeout": Beyond(
        span(0, 43_200), _trigger(QueueTrigger, "visibility_timeout"), "triggers[0].visibility_timeout"
    ),
    "QueueTrigger.retention_period": Beyond(
        span(60, 1_209_600), _trigger(QueueTrigger, "retention_period"), "triggers[0].retention_period"
    ),
    "QueueTrigger.max_receive_count": Beyond(
        outside(1, 1000) | NOT_SAID, _trigger(QueueTrigger, "max_receive_count"), "triggers[0].max_receive_count"
    ),
    "QueueTrigger.max_message_size": Beyond(
        outside(1024, 250_000) | NOT_SAID, _trigger(QueueTrigger, "max_message_size"), "triggers[0].max_message_size"
    ),
    "QueueTrigger.filter": Beyond(
        st.sampled_from(
            [{}, {"kind": ["a"]}, {"body": {"kind": "a"}}, {"body": {}}, {"body": {"a": [{1, 2}]}}, {"$or": []}]
        ),
        _trigger(QueueTrigger, "filter"),
        "triggers[0].filter",
    ),
    "BucketBinding.access": Beyond(
        NOT_LISTED | TOKENS,
        lambda access: {"bindings": [BucketBinding(elsewhere().bucket, access=access)]},
        "bindings[0].access",
    ),
    "BucketBinding.name": Beyond(st.just("1st"), _name_of_binding(BucketBinding, "bucket"), "bindings[0]"),
    "BucketBinding.prefix": Beyond(
        NOT_KEYS,
        lambda prefix: {"bindings": [BucketBinding(elsewhere().bucket, prefix=prefix)]},
        "bindings[0].prefix",
    ),
    "BucketBinding.variables": Beyond(
        st.just({"host": "PGHOST"}),
        lambda names: {"bindings": [BucketBinding(elsewhere().bucket, variables=names)]},
        "bindings[0].variables",
    ),
    "SecretBinding.variables": Beyond(
        st.just({"host": "PGHOST"}),
        lambda names: {"bindings": [SecretBinding(elsewhere().secret, variables=names)]},
        "bindings[0].variables",
    ),
    "SecretBinding.field": Beyond(
        st.text(max_size=9).map(lambda name: f"{name}:b"),
        lambda field: {"bindings": [SecretBinding(elsewhere().secret, field=field)]},
        "bindings[0].field",
    ),
    "SecretBinding.name": Beyond(
        st.sampled_from(["1st", "--"]), _name_of_binding(SecretBinding, "secret"), "bindings[0]"
    ),
    "alarms.oldest_message": Beyond(span(60, 1_209_600), _part("alarms", Alarms, "oldest_message")),
    "alarms.late_by": Beyond(span(60, 604_800), _part("alarms", Alarms, "late_by")),
    "alarms.reason": Beyond(st.sampled_from(["", " "]), _part("alarms", NoAlarms, "reason")),
    "vpc.vpc_id": Beyond(st.text(max_size=10) | st.just("vpc-xyz") | TOKENS, _looked_up(VpcById, "vpc_id")),
    "vpc.vpc_name": Beyond(st.just("") | TOKENS, _looked_up(VpcByName, "vpc_name")),
    "vpc.tags": Beyond(st.just({}) | TOKENS.map(lambda token: {"stage": token}), _looked_up(VpcByTags, "tags")),
    "vpc.private_subnet_ids": Beyond(
        st.sampled_from(["", "a b", "a/b", "/a//b", "/a/", "/a" * 16, "/" + "a" * 1011]) | TOKENS,
        _parameter("private_subnet_ids"),
    ),
    "vpc.subnet_count": Beyond(outside(1, 16) | NOT_WHOLE | NUMBER_TOKENS, _parameter("subnet_count")),
    "vpc.max_azs": Beyond(outside(1, 6) | NOT_WHOLE | NUMBER_TOKENS, _new("max_azs")),
    "vpc.nat_gateways": Beyond(outside(1, 2) | NOT_WHOLE | NUMBER_TOKENS, _new("nat_gateways")),
    "vpc.cidr": Beyond(
        st.sampled_from(
            [
                "10.0.0.0/8",
                "10.0.0.0/29",
                "10.0.0.0/27",
                "10.0.0.1/16",
                "10.0.0.0",
                "x",
                "::/16",
                "127.0.0.0/16",
                "11.0.0.0/16",
                "172.32.0.0/16",
            ]
        )
        | TOKENS,
        _new("cidr"),
    ),
    "Conventions.service": Beyond(
        st.text(min_size=257) | st.just("a#b"), _convention("service"), "Conventions.service"
    ),
    "Conventions.stage": Beyond(st.text(min_size=257) | st.just("a#b"), _convention("stage"), "Conventions.stage"),
    "Conventions.owner": Beyond(st.text(min_size=257) | st.just("a#b"), _convention("owner"), "Conventions.owner"),
    "Conventions.name_prefix": Beyond(
        st.text(min_size=41) | st.sampled_from(["", "a b", "ä"]), _convention("name_prefix")
    ),
    "Conventions.tags": Beyond(
        st.sampled_from([{"aws:x": "y"}, {"": "y"}, {"a#": "y"}, {"a\tb": "y"}, {"a": "y" * 257}, {"a": "\t"}]),
        _convention("tags"),
    ),
    "Conventions.required_tags": Beyond(st.just(["cost-centre"]), _convention("required_tags"), "Conventions.tags"),
    "Conventions.permissions_boundary": Beyond(
        st.text(min_size=129) | st.sampled_from(["", "a b", "ä", "/a/b", "a/", "a//b"]),
        _convention("permissions_boundary"),
    ),
}

WITHOUT_RANGE: Mapping[str, str] = dict.fromkeys(
    ["image", "encryption_key", "task_role", "execution_role", "permissions_boundary", "cluster", "alarms.topic",
     "egress[0].peer", "egress[0].port", "sidecars[0].image", "EventTrigger.event_bus", "EventTrigger.bucket",
     "BucketBinding.bucket", "SecretBinding.secret", "fan_out.over.bucket", "Conventions.alarm_topic",
     "Conventions.vpc", "Conventions.log_retention", "Conventions.removal_policy",
     "Conventions.encryption_key", "Conventions.load_balancer", "Conventions.certificate", "Conventions.web_acl",
     "Conventions.edge_certificate", "Conventions.edge_web_acl", "Conventions.hosted_zone"],
    "an object of CDK's: only its type can be wrong",
) | dict.fromkeys(["vpc", "retry", "memory_growth", "concurrency", "fan_out", "triggers", "bindings"],
                  "its parts have ranges") | dict.fromkeys(
    ["ScheduleTrigger.enabled", "EventTrigger.enabled", "alarms.detail", "alarms.notify_ok"], "both answers are good"
) | dict.fromkeys(["alarms.email", "Conventions.guide_url"], "a text without a range: an address")  # fmt: skip

KINDS: dict[str, tuple[type, ...]] = {
    "": (EcsTaskProcessorProps,), "retry.": (RetryPolicy,), "memory_growth.": (MemoryGrowth,),
    "concurrency.": (Concurrency,), "fan_out.": (FanOut,), "fan_out.over.": (ObjectsUnder, RowsOf),
    "egress[0].": (Egress,), "sidecars[0].": (Sidecar,), "ScheduleTrigger.": (ScheduleTrigger,),
    "EventTrigger.": (EventTrigger,), "QueueTrigger.": (QueueTrigger,), "BucketBinding.": (BucketBinding,),
    "SecretBinding.": (SecretBinding,), "alarms.": (Alarms, NoAlarms),
    "vpc.": (VpcById, VpcByName, VpcByTags, VpcFromParameters, NewVpc),
    "Conventions.": (Conventions,),
}  # fmt: skip


def every_field() -> Iterator[str]:
    """Every field that a user can say, as BEYOND and WITHOUT_RANGE call it."""
    for prefix, kinds in KINDS.items():
        for kind in kinds:
            yield from (f"{prefix}{field.name}" for field in fields(kind) if field.init)


def wrongly_typed(name: str, value: object) -> tuple[str, Props]:
    """Where a value of no field's type is reported when it is given for `name`, and the props that give it."""
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")
    prefix, _, field = name.rpartition(".")
    given = elsewhere()
    made: dict[str, Callable[[], Props]] = {
        "": lambda: {field: value},
        "alarms": lambda: {"alarms": Alarms(**{field: value})},
        "egress[0]": lambda: {
            "egress": [
                Egress(**{"peer": ec2.Peer.any_ipv4(), "port": ec2.Port.HTTPS, "description": "a", field: value})
            ]
        },
        "sidecars[0]": lambda: {"sidecars": [Sidecar(**{"name": "side", "image": image, field: value})]},
        "EventTrigger": lambda: _event(field)(value),
        "BucketBinding": lambda: {"bindings": [BucketBinding(**{"bucket": given.bucket, field: value})]},
        "SecretBinding": lambda: {"bindings": [SecretBinding(**{"secret": given.secret, field: value})]},
        "fan_out.over": lambda: {
            "fan_out": FanOut(ObjectsUnder(**{"bucket": given.bucket, "prefix": "", field: value}))
        },
        "Conventions": lambda: {"conventions": Conventions(**{field: value})},
    }
    places = {"EventTrigger": "triggers[0]", "BucketBinding": "bindings[0]", "SecretBinding": "bindings[0]"}
    return f"{places.get(prefix, prefix)}.{field}".lstrip("."), made[prefix]()
