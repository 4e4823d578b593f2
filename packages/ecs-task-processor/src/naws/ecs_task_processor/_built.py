"""What was built, read off the construct tree for the late rules."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from naws.core.alarms import Alarms
from naws.core.key_access import behind
from naws.core.network import NewVpc
from naws.core.registries import repository_of
from naws.core.rules.built_bucket import BuiltBucket
from naws.core.rules.built_cluster import BuiltCluster
from naws.core.rules.built_network import BuiltNetwork
from naws.core.rules.built_owners import BuiltTrust, PulledImage
from naws.core.rules.built_parts import BuiltTask
from naws.core.rules.built_role import BuiltRole
from naws.core.rules.built_stack import BuiltStack
from naws.core.rules.built_topic import BuiltTopic
from naws.core.rules.new_vpc import Spread
from naws.core.subnets import stands_in
from naws.ecs_task_processor._task import Place
from naws.ecs_task_processor.plan import CONTAINER, Plan

_PROVIDERS = {"spot": ("FARGATE_SPOT",), "spot-then-on-demand": ("FARGATE_SPOT", "FARGATE")}
"""The capacity providers that a run names."""


def built_task(task: ecs.FargateTaskDefinition, plan: Plan) -> BuiltTask:
    """The task definition, and which of it the plan has."""
    resource = cast("ecs.CfnTaskDefinition", task.node.default_child)
    properties: dict[str, Any] = {
        "cpu": resource.cpu,
        "memory": resource.memory,
        "containerDefinitions": resource.container_definitions,
        "runtimePlatform": resource.runtime_platform,
    }
    return BuiltTask(
        path=task.node.path,
        resource=cdk.Stack.of(task).resolve(properties),
        main=CONTAINER,
        planned={CONTAINER, *(each.name for each in plan.props.sidecars)},
        judged={each.name for each in plan.program.variables},
    )


def built_network(task: ecs.FargateTaskDefinition, place: Place, plan: Plan) -> BuiltNetwork:
    """The network; of a VPC that is not made here little is known."""
    isolated = _isolated(place.vpc)
    closed = bool(isolated) and bool(place.subnet_ids) and set(place.subnet_ids) <= isolated
    counted = not _listed_later(place) and not stands_in(place.vpc)
    return BuiltNetwork(
        path="vpc",
        vpc_id=place.vpc.vpc_id,
        isolated=closed,
        way_out=isinstance(place.vpc, ec2.Vpc) and bool(place.vpc.private_subnets),
        endpoints=list(_endpoints(place.vpc)) if closed else (),
        images=list(_images(task)) if closed else (),
        secrets=_secret_services(task) if closed else (),
        subnets=len(place.subnet_ids) if counted else None,
        sessions=plan.props.enable_execute_command is True,
    )


def built_spread(place: Place, plan: Plan) -> Spread:
    """Over how many zones its subnets are; of a VPC that is created the plan knows."""
    judged = _listed_later(place) or isinstance(plan.network.vpc, NewVpc)
    return Spread(path="vpc", zones=None if judged else len(set(place.zones)))


def _listed_later(place: Place) -> bool:
    """Whether the subnets are a list that only CloudFormation can count."""
    return any(each.startswith("#{") for each in place.subnet_ids)


def built_cluster(place: Place, plan: Plan) -> BuiltCluster:
    """The cluster; of one that is not made here nothing is known."""
    wanted = _PROVIDERS.get(plan.props.capacity, ())
    has = _providers(place.cluster) if wanted and isinstance(place.cluster, ecs.Cluster) else None
    return BuiltCluster(path="cluster", wanted=wanted, has=has)


def built_role(task: ecs.FargateTaskDefinition) -> BuiltRole:
    """The permissions that the program's role has below its construct: CDK's grants, and what was said in place."""
    statements: list[Mapping[str, Any]] = []
    managed: list[str] = []
    for each in task.task_role.node.find_all():
        if isinstance(each, iam.CfnPolicy | iam.CfnManagedPolicy):
            statements += _listed(_resolved(each, each.policy_document))
        elif isinstance(each, iam.CfnRole):
            inline: list[Any] = _resolved(each, each.policies) or []
            statements += [one for policy in inline for one in _listed(policy["policyDocument"])]
            arns: list[Any] = _resolved(each, each.managed_policy_arns) or []
            managed += [json.dumps(arn).strip('"]}') for arn in arns]
    return BuiltRole(path="task_role", statements=statements, managed=managed)


def built_trusts(plan: Plan) -> Iterator[BuiltTrust]:
    """Whom the roles trust that were given and are made in the app; an import's trust is not known."""
    for path, role in (("task_role", plan.props.task_role), ("execution_role", plan.props.execution_role)):
        policy = role.assume_role_policy if isinstance(role, iam.Role) else None
        if policy is None or role is None:
            continue
        statements = _listed(cdk.Stack.of(role).resolve(policy.to_json()) or {})
        services = [name for each in statements for name in _services(each.get("Principal"))]
        known = all(isinstance(name, str) and name != "*" for name in services)
        yield BuiltTrust(path=path, services=services if known else None)


def pulled_images(task: ecs.FargateTaskDefinition, plan: Plan) -> Iterator[PulledImage]:
    """The images that come from private registries of ECR."""
    for each in _containers(task):
        repository = repository_of(_joined(each.get("image")))
        if repository is not None:
            name = each.get("name")
            path = "image" if name == CONTAINER else f'container["{name}"].image'
            yield PulledImage(path=path, home=repository.home, here=plan.context.home)


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


def built_topic(topic: sns.ITopic, plan: Plan) -> BuiltTopic:
    """The topic of the alarms, made here or imported."""
    alarms = plan.props.alarms
    said = isinstance(alarms, Alarms) and alarms.topic is not None
    made = topic.node.default_child
    key: Any = made.kms_master_key_id if isinstance(made, sns.CfnTopic) else None
    if key is None and topic.master_key is not None:
        key = topic.master_key.key_arn
    return BuiltTopic(
        path="alarms.topic" if said else "Conventions.alarm_topic",
        key="" if key is None else json.dumps(cdk.Stack.of(topic).resolve(key)),
        imported_key=isinstance(made, sns.CfnTopic) and topic.master_key is not None and not _made(topic.master_key),
    )


def built_bucket(bucket: s3.Bucket, plan: Plan) -> BuiltBucket:
    """The payload bucket, whose removal policy anything may have changed."""
    policy = cast("s3.CfnBucket", bucket.node.default_child).cfn_options.deletion_policy
    return BuiltBucket(
        path=bucket.node.path,
        deleted=policy in (None, cdk.CfnDeletionPolicy.DELETE),
        given=plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY,
    )


def _made(key: kms.IKey) -> bool:
    """Whether a key is made in the app, so that its policy can be extended."""
    return isinstance(behind(key).node.default_child, kms.CfnKey)


def built_stack(stack: cdk.Stack, patterns: int) -> BuiltStack:
    """How much is in a stack, nested ones not counted."""
    own = [each for each in stack.node.find_all() if isinstance(each, cdk.CfnElement) and cdk.Stack.of(each) is stack]
    resources = [each for each in own if isinstance(each, cdk.CfnResource)]
    return BuiltStack(
        path=stack.node.path,
        patterns=patterns,
        resources=len(resources),
        outputs=sum(isinstance(each, cdk.CfnOutput) for each in own),
        parameters=sum(isinstance(each, cdk.CfnParameter) for each in own),
    )


def _providers(cluster: ecs.Cluster) -> list[str] | None:
    """Capacity providers that a cluster is associated with in its own stack; None when that is not known.

    Other stacks may be of other accounts and regions, whose names mean nothing here.
    """
    made = cast("ecs.CfnCluster", cluster.node.default_child)
    names = [_resolved(made, name) for name in (made.ref, cluster.cluster_name, made.cluster_name) if name]
    found: list[Any] = list(_resolved(made, made.capacity_providers) or [])
    for each in cdk.Stack.of(cluster).node.find_all():
        if isinstance(each, ecs.CfnClusterCapacityProviderAssociations) and _resolved(made, each.cluster) in names:
            given: Any = _resolved(made, each.capacity_providers)
            found += given if isinstance(given, list) else [given]
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


def _containers(task: ecs.FargateTaskDefinition) -> list[Mapping[str, Any]]:
    resource = cast("ecs.CfnTaskDefinition", task.node.default_child)
    return _resolved(resource, resource.container_definitions)


def _images(task: ecs.FargateTaskDefinition) -> Iterator[str]:
    """Those that are known; of a repository that is made or imported here only the deployment knows the address."""
    for each in _containers(task):
        if isinstance(image := each.get("image"), str):
            yield image


def _secret_services(task: ecs.FargateTaskDefinition) -> set[str]:
    texts = [json.dumps(secret["valueFrom"]) for each in _containers(task) for secret in each.get("secrets") or ()]
    if not texts:
        return set()
    stack = cdk.Stack.of(task)
    secrets = (each for each in stack.node.find_all() if isinstance(each, secretsmanager.CfnSecret))
    own = [f'"Ref": "{stack.get_logical_id(each)}"' for each in secrets]
    found = {name for name in ("secretsmanager", "ssm") for text in texts if f":{name}:" in text}
    created = any(reference in text for reference in own for text in texts)
    return found | ({"secretsmanager"} if created else set())


def _listed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    statements: Any = document.get("Statement", [])
    return cast("list[Mapping[str, Any]]", statements if isinstance(statements, list) else [statements])


def _resolved(element: cdk.CfnElement, value: Any) -> Any:
    return cdk.Stack.of(element).resolve(value)
