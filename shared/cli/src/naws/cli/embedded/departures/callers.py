"""Who calls: policies, condition keys and limits of a role's session and of a user, as IAM keeps them."""
# ruff: noqa: SLF001  # reads MiniStack's private stores, as departures do

from typing import Any

from naws.cli.embedded.departures.encryption import scope_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import core, service


def session_of(arn: str) -> Any:
    """MiniStack's description of a role's session, by its ARN."""
    judge = core("iam_evaluator")
    account, (_, name, session_name) = arn.split(":")[4], arn.rpartition(":")[2].split("/", 2)
    role = role_record(account, name)
    return judge.PrincipalInfo(
        arn=arn,
        type="AssumedRole",
        account=account,
        policies=judge._gather_role_policies(name, account),
        keys={"aws:userid": f"{role.get('RoleId', '')}:{session_name}", **_tags(role)},
        limits=judge._permissions_boundary(service("iam")._roles, name, account),
    )


def user_of(arn: str) -> Any:
    """MiniStack's description of a user, by its ARN."""
    judge = core("iam_evaluator")
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    user = members(service("iam")._users.get_scoped(account, None, name))
    with scope_of(arn):
        policies = judge._gather_user_policies(name, account)
    return judge.PrincipalInfo(
        arn=arn,
        type="User",
        account=account,
        policies=policies,
        keys={"aws:userid": user.get("UserId", ""), "aws:username": name, **_tags(user)},
        limits=judge._permissions_boundary(service("iam")._users, name, account),
    )


def identity_of(arn: str) -> Any:
    """MiniStack's description of a session or a user; None for everybody else."""
    if ":assumed-role/" in arn:
        return session_of(arn)
    return user_of(arn) if ":user/" in arn else None


def role_record(account: str, name: str) -> dict[str, Any]:
    """A role as IAM keeps it; empty when there is none."""
    return members(service("iam")._roles.get_scoped(account, None, name))


def _tags(entity: dict[str, Any]) -> dict[str, str]:
    return {f"aws:principaltag/{tag['Key'].lower()}": tag["Value"] for tag in entity.get("Tags") or ()}


def unknown_policies(principal: str) -> list[str]:
    """The policies of AWS that a role or user has and this AWS has no text of: they allow nothing here."""
    if not principal.startswith("arn:"):
        return []
    entity = _entity(principal)
    attached = [*(entity.get("AttachedPolicies") or ()), entity.get("PermissionsBoundary") or ""]
    known = service("iam")._lookup_policy
    return [arn for arn in attached if arn.startswith("arn:aws:iam::aws:policy/") and not known(arn)]


def _entity(arn: str) -> dict[str, Any]:
    account = arn.split(":")[4]
    if ":assumed-role/" in arn:
        return role_record(account, arn.split("/")[1])
    return members(service("iam")._users.get_scoped(account, None, arn.rpartition("/")[2]))
