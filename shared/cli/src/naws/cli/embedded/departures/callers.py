"""Callers as IAM keeps them: policies, condition keys and boundaries of a role's session and of a user."""

from typing import Any

from naws.cli.embedded.departures.arns import account_of, name_of
from naws.cli.embedded.departures.encryption import scope_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import evaluator, iam


def session_of(arn: str) -> Any:
    """MiniStack's description of a role's session, by its ARN."""
    account, (_, name, session_name) = account_of(arn), arn.rpartition(":")[2].split("/", 2)
    role = entity_of(arn)
    return evaluator.PrincipalInfo(
        arn=arn,
        type="AssumedRole",
        account=account,
        policies=evaluator._gather_role_policies(name, account),
        keys={"aws:userid": f"{role.get('RoleId', '')}:{session_name}", **_tags(role)},
        limits=evaluator._permissions_boundary(iam._roles, name, account),
    )


def user_of(arn: str) -> Any:
    """MiniStack's description of a user, by its ARN."""
    account, name, user = account_of(arn), name_of(arn), entity_of(arn)
    with scope_of(arn):
        policies = evaluator._gather_user_policies(name, account)
    return evaluator.PrincipalInfo(
        arn=arn,
        type="User",
        account=account,
        policies=policies,
        keys={"aws:userid": user.get("UserId", ""), "aws:username": name, **_tags(user)},
        limits=evaluator._permissions_boundary(iam._users, name, account),
    )


def identity_of(arn: str) -> Any:
    """MiniStack's description of a session or a user; None for everybody else."""
    if ":assumed-role/" in arn:
        return session_of(arn)
    return user_of(arn) if ":user/" in arn else None


def entity_of(arn: str) -> dict[str, Any]:
    """The user, the role, or the role of the session of this ARN, as IAM keeps it; empty when there is none."""
    name = arn.split("/")[1] if ":assumed-role/" in arn else name_of(arn)
    store = iam._users if ":user/" in arn else iam._roles
    return members(store.get_scoped(account_of(arn), None, name))


def _tags(entity: dict[str, Any]) -> dict[str, str]:
    return {f"aws:principaltag/{tag['Key'].lower()}": tag["Value"] for tag in entity.get("Tags") or ()}


def unknown_policies(principal: str) -> list[str]:
    """The policies of AWS that a role or user has and this AWS has no text of: they allow nothing here."""
    entity = entity_of(principal)
    attached = [*(entity.get("AttachedPolicies") or ()), entity.get("PermissionsBoundary") or ""]
    return [arn for arn in attached if arn.startswith("arn:aws:iam::aws:policy/") and not iam._lookup_policy(arn)]
