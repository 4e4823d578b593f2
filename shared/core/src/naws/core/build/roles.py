"""Roles that a service of AWS assumes, for this account only, so that nobody else can send it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from naws.core.batching import batched
from naws.core.bindings.needs import Statement
from naws.core.homes import can_change
from naws.core.stacks import account_of, asked, kept, made_in, node_of, reference_of, stack_of
from naws.core.text import as_list, one_or_more

RoleT = TypeVar("RoleT", bound=iam.IRole | None)
_ALLOWED = "Allowed"
_LONGEST_NAME = 128
"""Characters of a policy's name. Source: IAM API, PutRolePolicy."""


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], **conditions: Any) -> dict[str, Any]:
    """A statement as CloudFormation has it.

    Args:
        sid: what it is for, in letters and digits.
        actions: what may be done.
        resources: with what.
        conditions: by operator, such as `ArnEquals={"ecs:cluster": arn}`. Omitted: none.
    """
    own = {"Sid": sid, "Effect": "Allow", "Action": one_or_more(actions), "Resource": one_or_more(resources)}
    return {**own, "Condition": conditions} if conditions else own


def document(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def service_role(
    scope: Construct,
    construct_id: str,
    service: str,
    description: str,
    statements: Sequence[Mapping[str, Any]] = (),
) -> iam.CfnRole:
    """A role that no construct exposes, made with one call: a service assumes it for this account only.

    What refers to its ARN is made when it may do all of `statements`, because they are part of it.

    Args:
        scope: its parent.
        construct_id: its id.
        service: such as "states".
        description: what it is for.
        statements: what it may do, as `allow` makes them. Omitted: nothing.
    """
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": _of_account(scope),
    }
    return iam.CfnRole(
        scope,
        construct_id,
        description=description,
        assume_role_policy_document=document([trust]),
        policies=inline_policies(statements) or None,
    )


def role_arn(role: iam.CfnRole) -> str:
    """The role's ARN, asked of Node once."""
    return asked(role, "attr_arn")


def inline_policies(statements: Sequence[Mapping[str, Any]]) -> list[cdk.IResolvable | iam.CfnRole.PolicyProperty]:
    """The policies of a role that may do all of `statements`; to be set again when there are more of them."""
    return (
        [iam.CfnRole.PolicyProperty(policy_name="Allowed", policy_document=document(statements))] if statements else []
    )


def role_for(
    scope: Construct, construct_id: str, service: str, description: str, *, of_account: bool = True
) -> iam.Role:
    """The same as CDK's own role, for those that a construct exposes or that grants are added to.

    Without `of_account` its trust has no condition, for a service of which no page says that it sends its account.
    """
    principal = principal_here(scope, service, of_account=of_account)
    role = iam.Role(scope, construct_id, description=description, assumed_by=principal)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    return made_in(role, scope)


def principal_here(scope: Construct, service: str, *, of_account: bool = True) -> iam.ServicePrincipal:
    """A service as it assumes roles, for the account of `scope` only `of_account`; one for all roles of a stack."""

    def make() -> iam.ServicePrincipal:
        conditions = _of_account(scope) if of_account else None
        return iam.ServicePrincipal(f"{service}.amazonaws.com", conditions=conditions)

    return kept(stack_of(scope), f"principal {service} {of_account}", make)


def let(role: iam.IRole, *statements: Statement, below: Construct | None = None) -> None:
    """Let a role do more. All that a build hands over is one policy, and not one call each.

    Args:
        role: one that a construct exposes, or that was given.
        statements: as `allow` makes them, or CDK's.
        below: parent of the policy: of a role that was given, something of the pattern's own, since others may add to
            that role, too, and what is imported can be nobody's parent. Omitted: the role.
    """
    parent = role if below is None else below
    for each in statements:
        batched((let, reference_of(parent)), _allow, _Right(role, parent, each))


@dataclass(frozen=True)
class _Right:
    role: iam.IRole
    parent: IConstruct
    statement: Statement


def _allow(handed_over: Sequence[_Right]) -> None:
    role, parent = handed_over[0].role, handed_over[0].parent
    if parent is not role and not can_change(role):
        return  # as CDK drops what is added to it
    apart = list(_named_apart(kept(parent, "sids", set[str]), [each.statement for each in handed_over]))
    of_cdk = [each for each in apart if isinstance(each, iam.PolicyStatement)]
    plain = [each for each in apart if not isinstance(each, iam.PolicyStatement)]
    there: Any = node_of(parent).try_find_child(_ALLOWED)
    if there is not None:
        there.add_statements(*of_cdk, *map(iam.PolicyStatement.from_json, plain))
        return
    given = iam.PolicyDocument.from_json(document(plain))
    scope: Any = parent
    # By CDK's name two stacks of one app would write over each other's policies of a role that both were given.
    name = None if parent is role else cdk.Names.unique_resource_name(scope, max_length=_LONGEST_NAME, separator="-")
    iam.Policy(scope, _ALLOWED, policy_name=name, document=given, statements=of_cdk or None, roles=[role])


def joined(statements: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Join statements that differ in their resources alone, so that a role has room for many triggers."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in statements:
        found.setdefault(json.dumps({**each, "Resource": ""}, default=str), []).append(each)
    return [_joined(alike) if len(alike) > 1 else alike[0] for alike in found.values()]


def _joined(alike: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    resources = list(dict.fromkeys(resource for each in alike for resource in as_list(each.get("Resource", []))))
    return {**alike[0], "Resource": resources} if len(resources) > 1 else alike[0]


def _named_apart(taken: set[str], statements: Sequence[Statement]) -> Iterator[Statement]:
    """Statements with names that no other of their policy has: IAM refuses one that has the same name twice.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
    """
    for plain in joined(each for each in statements if not isinstance(each, iam.PolicyStatement)):
        name = _apart(taken, plain.get("Sid"))
        yield {**plain, "Sid": name} if name else plain
    for each in statements:
        if isinstance(each, iam.PolicyStatement):
            given = each.sid
            name = _apart(taken, given)
            yield each if name == given else each.copy(sid=name)


def _apart(taken: set[str], name: str | None) -> str | None:
    """The name, with a number when it is taken; from now on it is."""
    if not name:
        return name
    names = chain((name,), (f"{name}{number}" for number in count(2)))
    free = next(each for each in names if each not in taken)
    taken.add(free)
    return free


def role_here(scope: Construct, construct_id: str, role: RoleT) -> RoleT | iam.IRole:
    """`role` itself; of another stack, a name for it here, whose statements become a policy of this stack.

    CDK adds statements to a role in the role's own stack. They name what is made here, so that the two stacks would
    wait for each other.

    Args:
        scope: parent of the name.
        construct_id: the name's id.
        role: any role, or None. One that cannot be changed stays as it is: nothing is added to it.
    """
    if role is None or cdk.Stack.of(role) is cdk.Stack.of(scope) or not can_change(role):
        return role
    return iam.Role.from_role_arn(scope, construct_id, role.role_arn)


def role_or_own(
    scope: Construct, given: iam.IRole | None, service: str, description: str
) -> tuple[iam.IRole, Construct]:
    """A role and the parent of its policies: those of a given one are apart, since others may have it too.

    Args:
        scope: the pattern.
        given: None: one is made.
        service: what assumes it, such as "lambda".
        description: of one that is made.
    """
    if given is None:
        own: Any = role_for(scope, "Role", service, description)
        return own, own
    return role_here(scope, "GivenRole", given), Construct(scope, "Rights")


def trusted_for_this_account(role: IConstruct) -> None:
    """Let the service that CDK made `role` for assume it for this account only."""
    resource = role.node.default_child
    if isinstance(resource, iam.CfnRole):
        resource.add_property_override("AssumeRolePolicyDocument.Statement.0.Condition", _of_account(role))


def apply_permissions_boundary(scope: Construct, given: iam.IManagedPolicy | None, name: str | None) -> None:
    """Bound every role under `scope`, by the policy that is given, else by the one of this name in the account."""
    if given is None and name is not None:
        given = iam.ManagedPolicy.from_managed_policy_name(scope, "PermissionsBoundary", name)
    if given is not None:
        iam.PermissionsBoundary.of(scope).apply(given)


def _of_account(scope: IConstruct) -> dict[str, Any]:
    """The condition that a service works for the account of `scope`.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    return {"StringEquals": {"aws:SourceAccount": account_of(scope)}}
