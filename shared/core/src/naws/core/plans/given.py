"""The resources that a pattern is given, by part of its plan: in which field, of what kind, and whose they are."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from naws.core.bindings.needs import Needs, Source
from naws.core.bindings.secret import secret_source
from naws.core.containers import Sidecar
from naws.core.context import PatternContext
from naws.core.homes import Home, can_change, home_in_zones, home_of, home_of_arn
from naws.core.key_access import alias_of, behind
from naws.core.network import Egress, NewVpc, VpcLookup
from naws.core.planned_triggers import TriggerPlans
from naws.core.plans.network import NetworkPlan
from naws.core.plans.operations import OperationsPlan
from naws.core.plans.program import ProgramPlan
from naws.core.props import Containerized, Operated
from naws.core.queues import RECEIVING
from naws.core.rules.owners import Given, GivenKey, GivenRole
from naws.core.rules.owners_kinds import KINDS
from naws.core.stacks import asked, node_of
from naws.core.statements import partition_of, statement
from naws.core.subnets import chosen, zones_of
from naws.core.tokens import known

_PARTITION = re.compile(r"(?<=^arn:)\$\{Token\[AWS\.Partition\.\d+\]\}")
_WHOLE = re.compile(r"^\$\{Token\[[^\]]*\]\}")
"""An ARN that only the deployment knows, at the beginning of its objects' ARN."""


def key_given(props: Operated, context: PatternContext) -> GivenKey | None:
    """The given KMS key for the pattern's resources: the props' or the conventions'; None for none."""
    here = context.home
    fields = {"encryption_key": props.encryption_key, "Conventions.encryption_key": context.conventions.encryption_key}
    path, key = next(((path, key) for path, key in fields.items() if key is not None), ("", None))
    if key is None:
        return None
    made = isinstance(asked(node_of(behind(key)), "default_child"), kms.CfnKey)
    return GivenKey(path=path, made=made, home=home_of(behind(key)), here=here, alias=alias_of(key))


def of_operations(
    props: Operated, plan: OperationsPlan, context: PatternContext, *, events: bool = False
) -> Iterator[Given]:
    """The boundary of roles, the topic of alarms and the key.

    Args:
        props: the pattern's.
        plan: what was decided of them.
        context: the conventions, and where the stack is.
        events: whether rules of EventBridge publish to the topic, too.
    """
    here = context.home
    if props.permissions_boundary is not None:
        home = home_of_arn(props.permissions_boundary.managed_policy_arn)
        if home.account != "aws":
            yield Given(path="permissions_boundary", kind="boundary", home=home, here=here)
    if plan.topic is not None:
        path, topic = plan.topic
        home, unnamed = home_of(topic), _unnamed(home_of(topic), here, asked(topic, "topic_arn"))
        added = () if home == here else _lets_publish(topic, here, events=events)
        yield Given(path=path, kind="topic", home=home, here=here, owner_adds=added, unnamed=unnamed)
    key = key_given(props, context)
    if key is not None:
        yield Given(path=key.path, kind="key", home=key.home, here=here)


def of_roles(roles: Mapping[str, iam.IRole | None], here: Home) -> Iterator[Given]:
    """The roles, by the field of each."""
    for name, role in roles.items():
        if role is not None:
            yield Given(path=name, kind="role", home=home_of(role), here=here)


def roles_given(
    roles: Mapping[str, iam.IRole | None], needs: Mapping[str, Sequence[str]], here: Home
) -> Iterator[GivenRole]:
    """The roles that are given, with what adds statements to each; one of another account has a rule of its own.

    Args:
        roles: by the field of each.
        needs: what adds statements, by the same field.
        here: where the stack is deployed to.
    """
    for name, role in roles.items():
        if role is not None:
            account = home_of(role).account
            elsewhere = None not in (account, here.account) and account != here.account
            yield GivenRole(path=name, changeable=elsewhere or can_change(role), needs=tuple(needs[name]))


def of_task(props: Containerized, network: NetworkPlan, program: ProgramPlan, here: Home) -> Iterator[Given]:
    """The network, the roles, the secrets of every container and the data of the bindings."""
    yield from of_network(network, here)
    yield from of_roles(_roles_of_task(props), here)
    yield from of_secrets(props.secrets, "secrets", here)
    for index, sidecar in enumerate(props.sidecars):
        if isinstance(sidecar, Sidecar):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            yield from of_secrets(sidecar.secrets, f"sidecars[{index}].secrets", here)
    for (path, _), needs in zip(program.bindings, program.needs, strict=True):
        yield from of_needs(needs, path, here)


def task_roles_given(
    props: Containerized, program: ProgramPlan, here: Home, *, own: Sequence[str] = ()
) -> Iterator[GivenRole]:
    """The roles that a task is given, with what adds statements to each.

    Args:
        props: the pattern's.
        program: what its bindings need.
        here: where the stack is deployed to.
        own: what adds statements to the program's role beside bindings.
    """
    secrets = [f'secrets["{name}"]' for name in props.secrets]
    secrets += [f"sidecars[{n}].secrets" for n, each in enumerate(props.sidecars) if each and each.secrets]
    needs = {"task_role": [*own], "execution_role": ["logs", "images of ECR", *secrets]}
    for (path, _), asked_for in zip(program.bindings, program.needs, strict=True):
        if asked_for.statements:
            needs["task_role"].append(path)
        if asked_for.secrets:
            needs["execution_role"].append(path)  # ECS reads them, not the program
    return roles_given(_roles_of_task(props), needs, here)


def _roles_of_task(props: Containerized) -> Mapping[str, iam.IRole | None]:
    return {"task_role": props.task_role, "execution_role": props.execution_role}


def of_triggers(triggers: TriggerPlans, here: Home) -> Iterator[Given]:
    """The event buses, buckets and queues that triggers are given."""
    for event in triggers.events:
        bus, bucket = event.trigger.event_bus, event.trigger.bucket
        if bus is not None:
            yield Given(path=f"{event.path}.event_bus", kind="bus", home=home_of(bus), here=here)
        if bucket is not None:
            yield Given(path=f"{event.path}.bucket", kind="bucket of events", home=home_of(bucket), here=here)
    for each in triggers.queues:
        queue = each.trigger.queue
        if queue is not None:
            home, arn, path = home_of(queue), queue.queue_arn, f"{each.path}.queue"
            added, unnamed = _added("the queue's policy", here, RECEIVING, arn), _unnamed(home, here, arn)
            yield Given(path=path, kind="queue", home=home, here=here, owner_adds=added, unnamed=unnamed)


def of_needs(needs: Needs, path: str, here: Home) -> Iterator[Given]:
    """The data of a binding."""
    for source in needs.sources:
        yield of_source(source, f"{path}.{source.field}", here)


def of_source(source: Source, path: str, here: Home) -> Given:
    """A resource that a program uses; nothing is asked of CDK of one that lives where the program does."""
    if source.home == here:
        return Given(path=path, kind=source.kind, home=source.home, here=here)
    added: tuple[str, ...] = ()
    if source.actions:
        noun = KINDS[source.kind].noun.partition(" ")[2]
        added += _added(f"the {noun}'s policy", here, source.actions, *source.arns)
    if source.key_actions:
        added += _key_policy(source.key_used_by, source.home, here, source.key_actions)
    unnamed = _unnamed(source.home, here, *source.arns, source.arn)
    return Given(path=path, kind=source.kind, home=source.home, here=here, owner_adds=added, unnamed=unnamed)


def of_secret(secret: ecs.Secret, path: str, here: Home) -> Given:
    """A secret or a parameter that fills a variable."""
    arn = asked(secret, "arn")
    home = home_of_arn(arn)
    if ":ssm:" in arn:
        return Given(path=path, kind="parameter", home=home, here=here, unnamed=_unnamed(home, here, arn))
    return of_source(secret_source(path, home, arn), path, here)


def of_secrets(secrets: Mapping[str, ecs.Secret], path: str, here: Home) -> Iterator[Given]:
    """The secrets and parameters that fill the variables of a container."""
    for name, secret in secrets.items():
        yield of_secret(secret, f'{path}["{name}"]', here)


def of_network(plan: NetworkPlan, here: Home) -> Iterator[Given]:
    """The VPC, subnets, security groups, peers and the cluster."""
    if plan.vpc is not None and not isinstance(plan.vpc, VpcLookup | NewVpc):
        yield Given(path=plan.path, kind="vpc", home=home_in_zones(plan.vpc, zones_of(plan.vpc)), here=here)
    subnets: Iterable[ec2.ISubnet] = chosen(plan.vpc_subnets).get("subnets") or ()
    for index, subnet in enumerate(subnets):
        yield Given(path=f"vpc_subnets.subnets[{index}]", kind="subnet", home=_of_subnet(subnet), here=here)
    for index, group in enumerate(plan.security_groups or ()):
        yield Given(path=f"security_groups[{index}]", kind="security group", home=home_of(group), here=here)
    for index, way in enumerate(plan.egress or ()):
        if isinstance(way, Egress):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            yield Given(path=f"egress[{index}].peer", kind="peer", home=home_of(way.peer), here=here)
    if plan.cluster is not None:
        yield Given(path="cluster", kind="cluster", home=home_of(plan.cluster), here=here)


def _of_subnet(subnet: ec2.ISubnet) -> Home:
    try:
        return home_in_zones(subnet, [subnet.availability_zone])
    except RuntimeError:  # CDK's: a subnet by its id has no zone
        return home_of(subnet)


def _lets_publish(topic: sns.ITopic, here: Home, *, events: bool) -> tuple[str, ...]:
    of_account = {"aws:SourceAccount": here.account or "<account>"}
    resources = (_shown(asked(topic, "topic_arn"), here),)
    text = statement("cloudwatch.amazonaws.com", ("sns:Publish",), resources, StringEquals=of_account)
    by_role = _added("the topic's policy", here, ("sns:Publish",), asked(topic, "topic_arn")) if events else ()
    return (f"to the topic's policy {text}", *by_role)


def _added(policy: str, here: Home, actions: Iterable[str], *arns: str) -> tuple[str, ...]:
    if here.account is None:
        return ()
    resources = tuple(_shown(arn, here) for arn in arns) or ("*",)
    text = statement(here.account, tuple(actions), resources, partition=partition_of(here.region))
    return (f"to {policy} {text}",)


def _key_policy(service: str, home: Home, here: Home, actions: Sequence[str]) -> tuple[str, ...]:
    if here.account is None:
        return ()
    through = {"kms:ViaService": f"{service}.{home.region or '<region>'}.amazonaws.com"}
    text = statement(here.account, tuple(actions), partition=partition_of(here.region), StringEquals=through)
    return (f"to its key's policy {text}",)


def _shown(arn: str, here: Home) -> str:
    """An ARN as far as it is known; what only the deployment knows has no name yet."""
    written = _PARTITION.sub(partition_of(here.region), _text(arn, here) or arn)
    return _WHOLE.sub("<its ARN>", written) if known(_WHOLE.sub("", written)) else "<its ARN>"


def _text(arn: str, here: Home) -> str | None:
    """An ARN as a stack there has it: by its name, when it is that of another environment's resource in this app.

    None: it has no name, so that CDK refuses it there.
    Source: https://docs.aws.amazon.com/cdk/v2/guide/resources.html#resources-referencing
    """
    if known(arn):
        return arn
    try:
        found: Any = _stack_in(here).resolve(arn)
    except RuntimeError:  # CDK's
        return None
    parts = cast("list[object]", found["Fn::Join"][1]) if "Fn::Join" in found else [found]
    texts = [partition_of(here.region) if part == {"Ref": "AWS::Partition"} else part for part in parts]
    return "".join(map(str, texts)) if all(isinstance(each, str) for each in texts) else arn


def _unnamed(home: Home, here: Home, *arns: str) -> bool:
    """Whether one of the ARNs of something that lives there cannot be written here."""
    return home != here and any(_text(arn, here) is None for arn in arns)


@cache
def _stack_in(home: Home) -> cdk.Stack:
    """A stack of no app, in which nothing is made: what is resolved in it is as a stack there has it."""
    return cdk.Stack(None, "Asked", env=cdk.Environment(account=home.account, region=home.region))
