"""Roles that are given, and what the roles of a task may do with images."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.homes import can_change
from naws.core.issues import Issue, PatternValidationError
from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    Needs,
    NewVpc,
    RawBinding,
    SecretBinding,
    SecretValue,
    Sidecar,
)
from naws.testing import cdk_app
from naws.testing.checkers import nag

HERE, REGION = "123456789012", "eu-central-1"
ROLE = f"arn:aws:iam::{HERE}:role/reports"
OTHER = "arn:aws:iam::210987654321:role/reports"
IMAGE = "public.ecr.aws/docker/library/busybox:1.36.1"
OF_ECR = f"{HERE}.dkr.ecr.{REGION}.amazonaws.com/team/reports:1.0"
TASKS = iam.ServicePrincipal("ecs-tasks.amazonaws.com")
Roles = Callable[[cdk.Stack], iam.IRole]


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Reports", env=cdk.Environment(account=HERE, region=REGION))


def refused(stack: cdk.Stack, **given: Any) -> list[Issue]:
    try:
        EcsTaskProcessor(stack, "Nightly", props(**given))
    except PatternValidationError as error:
        return list(error.issues)
    return []


def props(image: str = IMAGE, **given: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(**{"image": ecs.ContainerImage.from_registry(image), **given})


FIXED: dict[str, Roles] = {
    "imported": lambda stack: iam.Role.from_role_arn(stack, "R", ROLE, mutable=False),
    "named": lambda stack: iam.Role.from_role_name(stack, "R", "reports", mutable=False),
    "closed": lambda stack: iam.Role(stack, "R", assumed_by=TASKS).without_policy_updates(),
}
FREE: dict[str, Roles] = {
    "imported": lambda stack: iam.Role.from_role_arn(stack, "R", ROLE),
    "named": lambda stack: iam.Role.from_role_name(stack, "R", "reports"),
    "made": lambda stack: iam.Role(stack, "ImmutableRole", assumed_by=TASKS),
}


@pytest.mark.parametrize("field", ["task_role", "execution_role"])
@pytest.mark.parametrize("role", FIXED.values(), ids=FIXED)
def test_a_role_that_cannot_be_changed_is_reported(stack: cdk.Stack, role: Roles, field: str) -> None:
    secret = secretsmanager.Secret(stack, "Secret")
    bindings = [BucketBinding(s3.Bucket(stack, "Sales")), SecretBinding(secret, variables={"secret_arn": None})]
    (found,) = refused(stack, bindings=bindings, **{field: role(stack)})

    assert (found.code, found.level, found.path) == ("NAWS-OWNER-006", "practice", field)
    binding, other = ("bindings[0]", "bindings[1]") if field == "task_role" else ("bindings[1]", "bindings[0]")
    assert binding in found.expected
    assert other not in found.expected


MAY = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
KEY = {"KEY": SecretValue(arn=f"arn:aws:secretsmanager:{REGION}:{HERE}:secret:key")}
ASKED: dict[str, tuple[Needs, set[str]]] = {
    "secrets": (Needs(secrets=KEY), {"execution_role"}),
    "statements": (Needs(statements=[MAY]), {"task_role"}),
    "both": (Needs(statements=[MAY], secrets=KEY), {"task_role", "execution_role"}),
    "neither": (Needs(variables={"MODE": "a"}), set()),
}


@pytest.mark.parametrize(("asked", "roles"), ASKED.values(), ids=ASKED)
def test_a_binding_of_ones_own_needs_the_roles_that_its_needs_add_to(
    stack: cdk.Stack, asked: Needs, roles: set[str]
) -> None:
    fixed = {name: iam.Role.from_role_arn(stack, name, ROLE, mutable=False) for name in ("task_role", "execution_role")}
    found = refused(stack, bindings=[RawBinding(asked)], **fixed)
    assert {issue.path for issue in found if "bindings[0]" in issue.expected} == roles

    accepted = {"NAWS-OWNER-006": "the platform team adds what the roles lack"}
    made = EcsTaskProcessor(stack, "Later", props(**fixed, acknowledge=accepted))
    try:
        made.add_binding(RawBinding(asked))
    except PatternValidationError as error:
        assert {issue.path for issue in error.issues if "binding" in issue.expected} == roles  # noqa: PT017
    else:
        assert not roles


@pytest.mark.parametrize("field", ["task_role", "execution_role"])
@pytest.mark.parametrize("role", FREE.values(), ids=FREE)
def test_a_role_that_can_be_changed_passes(stack: cdk.Stack, role: Roles, field: str) -> None:
    assert refused(stack, **{field: role(stack)}) == []


@pytest.mark.parametrize("field", ["task_role", "execution_role"])
def test_a_role_of_another_account_is_reported_once(stack: cdk.Stack, field: str) -> None:
    (found,) = refused(stack, **{field: iam.Role.from_role_arn(stack, "R", OTHER)})
    assert (found.code, found.path) == ("NAWS-OWNER-002", field)


def test_cdk_drops_what_is_added_to_a_role_that_counts_as_fixed(stack: cdk.Stack) -> None:
    """How the two are kept apart is CDK's affair: when it changes, this fails."""
    roles = {**{f"fixed {name}": make for name, make in FIXED.items()}, **FREE}
    for number, (name, make) in enumerate(roles.items()):
        role = make(cdk.Stack(stack.node.root, f"Roles{number}"))
        role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"]))
        policies = [each for each in cdk.Stack.of(role).node.find_all() if isinstance(each, iam.CfnPolicy)]
        assert can_change(role) == bool(policies) == (not name.startswith("fixed")), name


def test_a_binding_that_is_added_later_is_refused_too(stack: cdk.Stack) -> None:
    accepted = {"NAWS-OWNER-006": "the platform team lets it read payloads"}
    given = props(task_role=FIXED["imported"](stack), acknowledge=accepted)
    processor = EcsTaskProcessor(stack, "Nightly", given)
    with pytest.raises(PatternValidationError, match="NAWS-OWNER-006"):
        processor.add_binding(BucketBinding(s3.Bucket(stack, "Sales")))
    processor.add_binding(BucketBinding(s3.Bucket(stack, "Orders")), acknowledge=accepted)


def test_a_secret_that_is_added_later_needs_the_execution_role(stack: cdk.Stack) -> None:
    accepted = {"NAWS-OWNER-006": "it has the managed policy"}
    processor = EcsTaskProcessor(stack, "Nightly", props(execution_role=FIXED["imported"](stack), acknowledge=accepted))
    secret = ecs.Secret.from_secrets_manager(secretsmanager.Secret(stack, "Secret"))
    with pytest.raises(PatternValidationError, match="NAWS-OWNER-006"):
        processor.add_secret("TOKEN", secret)


def errors(stack: cdk.Stack) -> str:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    try:
        app.synth()
    except RuntimeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("field", ["task_role", "execution_role"])
@pytest.mark.parametrize(
    ("trusted", "shown"),
    [
        (TASKS, ""),
        (iam.CompositePrincipal(iam.ServicePrincipal("lambda.amazonaws.com"), TASKS), ""),
        (iam.ServicePrincipal("lambda.amazonaws.com"), "a role that trusts lambda.amazonaws.com"),
        (iam.AccountPrincipal(HERE), "a role that trusts no service"),
        (iam.AnyPrincipal(), ""),
    ],
)
def test_a_role_that_is_made_here_trusts_ecs(
    stack: cdk.Stack, field: str, trusted: iam.PrincipalBase, shown: str
) -> None:
    given = {field: iam.Role(stack, "R", assumed_by=trusted)}
    EcsTaskProcessor(stack, "Nightly", props(**given))
    found = errors(stack)
    assert ("NAWS-OWNER-007" in found) == bool(shown)
    assert not shown or f"NAWS-OWNER-007 (limit)  {field} = {shown}" in found


def test_a_trust_that_is_added_later_counts(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "R", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    EcsTaskProcessor(stack, "Nightly", props(task_role=role))
    assert role.assume_role_policy is not None
    statement = iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[TASKS])
    role.assume_role_policy.add_statements(statement)
    assert "NAWS-OWNER-007" not in errors(stack)


def pulling(stack: cdk.Stack) -> dict[str, list[Any]]:
    """For each action of ECR the resources on which the execution role may do it."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    found: dict[str, list[Any]] = {}
    for part in app.synth().get_stack_by_name("Reports").template["Resources"].values():
        if part["Type"] == "AWS::IAM::Policy" and "ExecutionRole" in json.dumps(part["Properties"]["Roles"]):
            for statement in part["Properties"]["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                for action in actions:
                    if action.startswith("ecr:"):
                        found.setdefault(action, []).append(statement["Resource"])
    return found


LAYERS = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


@pytest.mark.parametrize("image", [OF_ECR, OF_ECR.replace(":1.0", f"@sha256:{'a' * 64}")])
def test_an_image_of_ecr_is_pulled_by_its_name(stack: cdk.Stack, image: str) -> None:
    EcsTaskProcessor(stack, "Nightly", props(image))
    found = pulling(stack)
    assert set(found) == {*LAYERS, "ecr:GetAuthorizationToken"}
    assert found["ecr:GetAuthorizationToken"] == ["*"]
    for action in LAYERS:
        (arn,) = found[action]
        assert f':ecr:{REGION}:{HERE}:repository/team/reports"' in json.dumps(arn)


def test_a_sidecar_of_ecr_is_pulled_too(stack: cdk.Stack) -> None:
    sidecar = Sidecar(name="proxy", image=ecs.ContainerImage.from_registry(OF_ECR))
    EcsTaskProcessor(stack, "Nightly", props(sidecars=[sidecar]))
    assert set(pulling(stack)) == {*LAYERS, "ecr:GetAuthorizationToken"}


@pytest.mark.parametrize("image", [IMAGE, "registry.example/team/reports:1.0", "busybox:1.36"])
def test_an_image_of_elsewhere_needs_no_right_of_ecr(stack: cdk.Stack, image: str) -> None:
    EcsTaskProcessor(stack, "Nightly", props(image))
    assert pulling(stack) == {}


IMAGES: dict[str, Callable[[cdk.Stack], ecs.ContainerImage]] = {
    "name": lambda _: ecs.ContainerImage.from_registry(OF_ECR.replace(HERE, "210987654321")),
    "repository": lambda stack: ecs.ContainerImage.from_ecr_repository(
        ecr.Repository.from_repository_arn(stack, "Images", f"arn:aws:ecr:{REGION}:210987654321:repository/reports"),
        "1.0",
    ),
}


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_the_owner_of_an_image_of_another_account_is_named(
    stack: cdk.Stack, image: Callable[[cdk.Stack], ecs.ContainerImage]
) -> None:
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image(stack)))
    assert errors(stack) == ""
    warnings = json.dumps([each.data for each in processor.node.metadata if each.type == "aws:cdk:warning"])
    assert "image = an image of account 210987654321" in warnings
    assert f"arn:aws:iam::{HERE}:root" in warnings


@pytest.mark.parametrize("field", ["task_role", "execution_role"])
@pytest.mark.parametrize("imported", [False, True], ids=["made", "imported"])
def test_a_role_of_another_stack_is_used_by_a_policy_of_this_one(field: str, *, imported: bool) -> None:
    app = cdk_app()
    env = cdk.Environment(account=HERE, region=REGION)
    roles, stack = cdk.Stack(app, "Roles", env=env), cdk.Stack(app, "Reports", env=env)
    role = iam.Role.from_role_arn(roles, "R", ROLE) if imported else iam.Role(roles, "R", assumed_by=TASKS)
    binding = BucketBinding(s3.Bucket(stack, "Sales"))
    EcsTaskProcessor(stack, "Nightly", props(**{field: role}, vpc=NewVpc(), bindings=[binding]))
    assembly = app.synth()
    there = assembly.get_stack_by_name("Roles").template.get("Resources", {})
    here = assembly.get_stack_by_name("Reports").template["Resources"]
    assert [part["Type"] for part in there.values()] == ([] if imported else ["AWS::IAM::Role"])
    (policy,) = [part["Properties"] for name, part in here.items() if name.startswith("NightlyGiven")]
    actions = json.dumps(policy["PolicyDocument"])
    assert ("s3:ListBucket" if field == "task_role" else "logs:PutLogEvents") in actions
    assert policy["Roles"] == (["reports"] if imported else policy["Roles"])


def test_what_a_user_allows_the_program_is_not_answered_for_by_the_pattern() -> None:
    """The pattern answers for what is its own; a wildcard of its users is still theirs to explain."""

    def build(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Reports")
        image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
        made = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image))
        for resource in "*", "arn:aws:s3:::reports/*":
            allowed = iam.PolicyStatement(actions=["s3:GetObject"], resources=[resource])
            made.task_role.add_to_principal_policy(allowed)

    found = {(each.rule, each.path) for each in nag(build) if each.rule.startswith("AwsSolutions-")}
    assert found == {
        (f"AwsSolutions-IAM5[Resource::{resource}]", "Reports/Nightly/TaskRole/DefaultPolicy/Resource")
        for resource in ("*", "arn:aws:s3:::reports/*")
    }
