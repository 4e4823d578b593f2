"""Objects of jsii's are kept apart by their classes: what is imported or looked up is what it stands for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Any, Literal

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.bindings import Binding, BucketBinding
from naws.core.context import PatternContext
from naws.core.type_checks import check_types, matches

ARN = "arn:aws:{}:eu-central-1:123456789012:{}"
Make = Callable[[Construct], object]

MADE: dict[str, tuple[Any, Make]] = {
    "vpc": (ec2.IVpc, lambda stack: ec2.Vpc(stack, "It")),
    "looked-up vpc": (ec2.IVpc, lambda stack: ec2.Vpc.from_lookup(stack, "It", vpc_id="vpc-0a1b2c3d")),
    "cluster": (ecs.ICluster, lambda stack: ecs.Cluster(stack, "It")),
    "imported cluster": (
        ecs.ICluster,
        lambda stack: ecs.Cluster.from_cluster_arn(stack, "It", ARN.format("ecs", "cluster/main")),
    ),
    "group": (ec2.ISecurityGroup, lambda stack: ec2.SecurityGroup.from_security_group_id(stack, "It", "sg-0a1b2c3d")),
    "peer": (ec2.IPeer, lambda _: ec2.Peer.prefix_list("pl-0a1b2c3d")),
    "group as a peer": (ec2.IPeer, lambda stack: ec2.SecurityGroup.from_security_group_id(stack, "It", "sg-0a1b2c3d")),
    "port": (ec2.Port, lambda _: ec2.Port.tcp(443)),
    "role": (iam.IRole, lambda stack: iam.LazyRole(stack, "It", assumed_by=iam.AccountRootPrincipal())),
    "imported role": (iam.IRole, lambda stack: iam.Role.from_role_name(stack, "It", "task")),
    "user": (iam.IUser, lambda stack: iam.User(stack, "It")),
    "policy": (iam.IManagedPolicy, lambda stack: iam.ManagedPolicy.from_managed_policy_name(stack, "It", "boundary")),
    "bucket": (s3.IBucket, lambda stack: s3.Bucket(stack, "It")),
    "imported bucket": (s3.IBucket, lambda stack: s3.Bucket.from_bucket_name(stack, "It", "data")),
    "key": (kms.IKey, lambda stack: kms.Key.from_key_arn(stack, "It", ARN.format("kms", "key/1"))),
    "alias": (kms.IKey, lambda stack: kms.Alias.from_alias_name(stack, "It", "alias/it")),
    "queue": (sqs.IQueue, lambda stack: sqs.Queue.from_queue_arn(stack, "It", ARN.format("sqs", "it"))),
    "topic": (sns.ITopic, lambda stack: sns.Topic.from_topic_arn(stack, "It", ARN.format("sns", "it"))),
    "bus": (events.IEventBus, lambda stack: events.EventBus.from_event_bus_name(stack, "It", "it")),
    "secret": (secretsmanager.ISecret, lambda stack: secretsmanager.Secret.from_secret_name_v2(stack, "It", "it")),
    "container's secret": (
        ecs.Secret,
        lambda stack: ecs.Secret.from_secrets_manager(secretsmanager.Secret(stack, "It")),
    ),
    "image": (ecs.ContainerImage, lambda _: ecs.ContainerImage.from_registry("busybox")),
    "architecture": (ecs.CpuArchitecture, lambda _: ecs.CpuArchitecture.ARM64),
    "binding": (Binding, lambda stack: BucketBinding(s3.Bucket(stack, "It"))),
}
KINDS = list(dict.fromkeys(kind for kind, _ in MADE.values()))


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))


@pytest.mark.parametrize("name", MADE)
def test_a_thing_is_what_it_is_and_nothing_else(name: str, stack: cdk.Stack) -> None:
    kind, make = MADE[name]
    also = {"group": {ec2.IPeer}, "group as a peer": {ec2.ISecurityGroup}}
    thing = make(stack)
    assert {each for each in KINDS if matches(thing, each)} - also.get(name, set()) == {kind}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_object_of_jsii_is_none_of_them(kind: Any) -> None:
    assert not any(matches(value, kind) for value in (object(), "text", 5, None, {}, kind, lambda: None))


def test_a_class_of_the_users_own_is_what_it_says(stack: cdk.Stack) -> None:
    @jsii.implements(iam.IManagedPolicy)
    class Boundary(Construct):
        pass

    class Inbox(s3.Bucket):
        pass

    assert matches(Boundary(stack, "Boundary"), iam.IManagedPolicy)
    assert not matches(Boundary(stack, "Another"), iam.IRole)
    assert matches(Inbox(stack, "Inbox"), s3.IBucket)


def test_nothing_of_it_calls_node(stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    things = [make(Construct(stack, name)) for name, (_, make) in MADE.items()]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("Node was called")

    for call in ("get", "invoke", "sget", "sinvoke"):
        monkeypatch.setattr(type(jsii.kernel), call, refuse)
    assert all(matches(thing, kind) for thing, (kind, _) in zip(things, MADE.values(), strict=True))


class Size(IntEnum):
    SMALL = 256


class Word(StrEnum):
    SPOT = "spot"


@pytest.mark.parametrize(
    ("value", "kind"), [(Size.SMALL, int), (Size.SMALL, float), (Word.SPOT, str), (Word.SPOT, Literal["spot"])]
)
def test_a_member_of_an_enum_is_no_plain_value(value: Enum, kind: Any) -> None:
    assert not matches(value, kind)
    assert matches(value.value, kind)


def test_a_token_is_of_its_own_kind() -> None:
    text, number = cdk.Fn.ref("Word"), cdk.Token.as_number(cdk.Fn.ref("Number"))
    assert [kind for kind in (bool, int, float, str) if matches(text, kind)] == [str]
    assert [kind for kind in (bool, int, float, str) if matches(number, kind)] == [int, float]


@dataclass(frozen=True)
class Given:
    bindings: Sequence[Binding] = ()
    payload: Mapping[str, Any] | None = None


def test_what_fits_beside_a_mismatch_is_kept(stack: cdk.Stack) -> None:
    binding = BucketBinding(s3.Bucket(stack, "It"), access="rw", name="NAWS_X")  # pyright: ignore[reportArgumentType] - what a user may write
    without = BucketBinding(5, name="NAWS_X")  # pyright: ignore[reportArgumentType] - what a user may write

    kept, mismatches = check_types(Given(bindings=[binding, without], payload={3: "k", "x": b"x"}))  # pyright: ignore[reportArgumentType] - what a user may write
    assert [mismatch.path for mismatch in mismatches] == ["bindings[0].access", "bindings[1].bucket", "payload[3]"]
    assert kept.payload == {"x": b"x"}
    first, second = kept.bindings
    assert set(first.needs(PatternContext.of(stack, "It")).variables) == {"NAWS_X_BUCKET"}
    assert second is None
