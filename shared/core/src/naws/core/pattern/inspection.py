"""The constructs that were built, read off the construct tree when CDK synthesises, each once.

resources ── properties, all in one call ──> their text as CloudFormation gets it ──> what rules judge
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import IConstruct

from naws.core.build.network import Network
from naws.core.homes import Home
from naws.core.key_access import behind
from naws.core.network import NewVpc
from naws.core.plans.network import NetworkPlan
from naws.core.plans.pattern import TaskPatternPlan
from naws.core.registries import repository_of
from naws.core.rules.owners import Given
from naws.core.rules.role_permissions import RoleView
from naws.core.rules.stack_size import StackView
from naws.core.rules.task_network import ClusterView, NetworkView
from naws.core.rules.task_owners import Trust
from naws.core.rules.task_template import TaskView
from naws.core.rules.topic_key import TopicView
from naws.core.rules.values import Field
from naws.core.stacks import reference_of
from naws.core.subnets import stands_in
from naws.core.text import as_list

Properties = Mapping[str, Any]
"""The properties of a resource, resolved, named as CloudFormation does but with a small letter."""
ReadT = TypeVar("ReadT")
_JUDGED = ("cpu", "memory", "containerDefinitions", "runtimePlatform")


class Inspection:
    """A stack when CDK synthesises it: what its patterns share is read once.

    Args:
        stack: it.
        resources: those whose properties are read, with one call. Lazy values are resolved, overrides are not in them.
        every: all constructs in the stack. Omitted: not known.
    """

    def __init__(
        self, stack: cdk.Stack, resources: Sequence[cdk.CfnResource], every: Sequence[IConstruct] = ()
    ) -> None:
        self.stack, self.every = stack, every
        self._properties: Mapping[str, Properties] = self.read(resources)
        self._read: dict[tuple[str, str], Any] = {}

    def read(self, resources: Iterable[cdk.CfnResource]) -> Mapping[str, Properties]:
        """The properties of resources, by jsii's references to them."""
        given = {reference_of(each): each._cfn_properties for each in resources}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # protected in CDK; one call instead of one per property
        return self.stack.resolve(given) if given else {}

    def properties(self, resource: IConstruct) -> Properties:
        """The properties of one of the resources."""
        return self._properties[reference_of(resource)]

    def once(self, kind: str, construct: IConstruct, read: Callable[[], ReadT]) -> ReadT:
        """Return what `read` returns; it is called only once for each construct and kind."""
        key = (kind, reference_of(construct))
        if key not in self._read:
            self._read[key] = read()
        return self._read[key]


def role_resources(role: iam.IRole, *more: IConstruct) -> list[cdk.CfnResource]:
    """The resources below a role's construct that give it permissions: CDK's grants, and its own policies.

    Args:
        role: made here, or given.
        more: what has further policies of it below.
    """
    every = [each for place in (role, *more) for each in place.node.find_all()]
    return [each for each in every if isinstance(each, iam.CfnPolicy | iam.CfnManagedPolicy | iam.CfnRole)]


def role_view(path: str, resources: Iterable[Properties]) -> RoleView:
    """The permissions in the properties of `role_resources`; `path` is the field of their role."""
    statements: list[Mapping[str, Any]] = []
    managed: list[str] = []
    for each in resources:
        statements += _statements(each.get("policyDocument") or {})
        inline: list[Any] = each.get("policies") or []
        statements += [one for policy in inline for one in _statements(policy["policyDocument"])]
        arns: list[Any] = each.get("managedPolicyArns") or []
        managed += [json.dumps(arn).strip('"]}') for arn in arns]
    return RoleView(path=path, statements=statements, managed=managed)


def task_view(properties: Properties, plan: TaskPatternPlan) -> TaskView:
    """A task definition, and which of it the plan has."""
    return TaskView(
        resource={name: properties.get(name) for name in _JUDGED if properties.get(name) is not None},
        main=plan.task.main.name,
        planned={each.name for each in plan.task.containers},
        judged={each.name for each in plan.program.variables},
    )


def network_view(  # noqa: PLR0913  # what a task asks of its network, each by its name
    inspection: Inspection,
    network: Network,
    plan: NetworkPlan,
    *,
    images: Sequence[str] = (),
    secrets: Callable[[], Collection[str]] = frozenset,
    sessions: bool = False,
) -> NetworkView:
    """The network of a pattern's compute; of a VPC that is not made here little is known.

    Args:
        inspection: of the stack.
        network: as it is built.
        plan: as it is decided.
        images: of a task's containers, as far as they are known. Omitted: there are none.
        secrets: finds the services that ECS fetches secrets from; called where there is no way out. Omitted: none.
        sessions: whether ECS Exec is to lead into it. Omitted: not.
    """
    vpc, subnets = network.vpc, set(network.subnets.ids)
    isolated = inspection.once("isolated", vpc, lambda: _isolated(vpc))
    closed = bool(isolated) and bool(subnets) and subnets <= isolated
    created = isinstance(plan.vpc, NewVpc)
    listed = any(each.startswith("#{") for each in subnets)  # a list that only CloudFormation can count
    counted = not listed and not inspection.once("stands in", vpc, lambda: stands_in(vpc))
    return NetworkView(
        vpc_id=inspection.once("id", vpc, lambda: vpc.vpc_id),
        isolated=closed,
        way_out=closed and bool(vpc.private_subnets),
        endpoints=list(_endpoints(vpc)) if closed else (),
        images=images,
        secrets=secrets() if closed else (),
        subnets=len(network.subnets.ids) if counted else None,
        zones=Field(plan.path, None if listed or created else len(set(network.subnets.zones))),
        sessions=sessions,
    )


def images_of(task: TaskView) -> list[str]:
    """The images of a task's containers, as far as they are known."""
    return [each["image"] for each in task.containers if isinstance(each.get("image"), str)]


def cluster_view(cluster: ecs.ICluster, wanted: Sequence[str]) -> ClusterView:
    """The cluster, and the capacity providers by which tasks are started in it; none: by launch type."""
    return ClusterView(wanted=wanted, has=_providers(cluster) if wanted and isinstance(cluster, ecs.Cluster) else None)


def role_trusts(roles: Mapping[str, iam.IRole | None], service: str) -> Iterator[Trust]:
    """The services that given roles trust which the app makes; None of an import, whose trust is not known.

    Args:
        roles: by the fields that they are given in.
        service: what works as them.
    """
    for path, role in roles.items():
        policy = role.assume_role_policy if isinstance(role, iam.Role) else None
        if policy is None or role is None:
            continue
        statements = _statements(cdk.Stack.of(role).resolve(policy.to_json()) or {})
        services = [name for each in statements for name in _services(each.get("Principal"))]
        known = all(isinstance(name, str) and name != "*" for name in services)
        yield Trust(path=path, value=services if known else None, service=service)


def pulled_images(task: TaskView, here: Home) -> Iterator[Given]:
    """The images that come from private registries of ECR."""
    for each in task.containers:
        repository = repository_of(_joined(each.get("image")))
        if repository is not None:
            path = task.image_path(str(each.get("name")))
            yield Given(path=path, kind="repository", home=repository.home, here=here)


def topic_view(topic: sns.ITopic, path: str) -> TopicView:
    """The topic of the alarms, made here or imported; `path` is the field that it is given in."""
    made = topic.node.default_child
    key: Any = made.kms_master_key_id if isinstance(made, sns.CfnTopic) else None
    own = topic.master_key
    if key is None and own is not None:
        key = own.key_arn
    return TopicView(
        path=path,
        key="" if key is None else json.dumps(cdk.Stack.of(topic).resolve(key)),
        imported_key=isinstance(made, sns.CfnTopic) and own is not None and not _made(own),
    )


def goes_with_stack(bucket: s3.Bucket) -> Field:
    """Whether a payload bucket is deleted with its stack: anything may have changed its removal policy."""
    policy = cast("s3.CfnBucket", bucket.node.default_child).cfn_options.deletion_policy
    return Field(bucket.node.path, policy in (None, cdk.CfnDeletionPolicy.DELETE))


def stack_view(stack: cdk.Stack, every: Sequence[IConstruct], patterns: int) -> StackView:
    """The size of a stack, nested ones not counted.

    Args:
        stack: it.
        every: all constructs in it.
        patterns: how many of them are patterns.
    """
    inner = [each for each in every if isinstance(each, cdk.Stack) and reference_of(each) != reference_of(stack)]
    others = {reference_of(each) for other in inner for each in other.node.find_all()}
    own = [each for each in every if reference_of(each) not in others]
    return StackView(
        path=stack.node.path,
        patterns=patterns,
        resources=sum(isinstance(each, cdk.CfnResource) for each in own),
        outputs=sum(isinstance(each, cdk.CfnOutput) for each in own),
        parameters=sum(isinstance(each, cdk.CfnParameter) for each in own),
    )


def _services(principal: Any) -> list[Any]:
    """The services of a statement's principal, and `*`, of which nobody knows whether it is a service."""
    match principal:
        case "*" | {"AWS": "*"}:
            return ["*"]
        case {"Service": [*names]}:
            return names
        case {"Service": name}:
            return [name]
        case _:
            return []


def _joined(text: Any) -> str:
    """A text that is joined of known parts and the partition's domain."""
    match text:
        case str():
            return text
        case {"Ref": "AWS::URLSuffix"}:
            return "amazonaws.com"
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(map(_joined, parts))
        case _:
            return "…"


def _made(key: kms.IKey) -> bool:
    """Whether a key is made in the app, so that its policy can be extended."""
    return isinstance(behind(key).node.default_child, kms.CfnKey)


def _providers(cluster: ecs.Cluster) -> list[str] | None:
    """Capacity providers that a cluster is associated with in its own stack; None when that is not known.

    Other stacks may be of other accounts and regions, whose names mean nothing here.
    """
    made = cast("ecs.CfnCluster", cluster.node.default_child)
    names = [_resolved(made, name) for name in (made.ref, cluster.cluster_name, made.cluster_name) if name]
    found: list[Any] = list(_resolved(made, made.capacity_providers) or [])
    for each in cdk.Stack.of(cluster).node.find_all():
        if isinstance(each, ecs.CfnClusterCapacityProviderAssociations) and _resolved(made, each.cluster) in names:
            found += as_list(_resolved(made, each.capacity_providers))
    return found if all(isinstance(each, str) for each in found) else None


def _isolated(vpc: ec2.IVpc) -> set[str]:
    """The subnets without a way out, of a VPC that is made here; of another nothing is known."""
    return {subnet.subnet_id for subnet in vpc.isolated_subnets} if isinstance(vpc, ec2.Vpc) else set()


def _endpoints(vpc: ec2.IVpc) -> Iterator[str]:
    """Service names of the endpoints that this VPC has in its own stack."""
    for each in cdk.Stack.of(vpc).node.find_all():
        if isinstance(each, ec2.CfnVPCEndpoint) and each.vpc_id == vpc.vpc_id and each.service_name is not None:
            yield _text(_resolved(each, each.service_name))


def _text(service: Any) -> str:
    """A service's name; its region may be joined in."""
    match service:
        case {"Fn::Join": [_, [*_, last]]}:
            return str(last)
        case _:
            return str(service)


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return as_list(document.get("Statement", []))


def secret_services(task: TaskView, stack: cdk.Stack) -> set[str]:
    """The services that ECS fetches the secrets from, as far as they are known."""
    texts = [json.dumps(secret["valueFrom"]) for each in task.containers for secret in each.get("secrets") or ()]
    if not texts:
        return set()
    secrets = (each for each in stack.node.find_all() if isinstance(each, secretsmanager.CfnSecret))
    own = [f'"Ref": "{stack.get_logical_id(each)}"' for each in secrets]
    found = {name for name in ("secretsmanager", "ssm") for text in texts if f":{name}:" in text}
    created = any(reference in text for reference in own for text in texts)
    return found | ({"secretsmanager"} if created else set())


def _resolved(element: cdk.CfnElement, value: Any) -> Any:
    return cdk.Stack.of(element).resolve(value)
