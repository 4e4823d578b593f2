"""Rules at synthesis on what the program may do, read from the policies of its role."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naws.core.rule import Finding, practice
from naws.core.rules.values import Field
from naws.core.text import Verbatim, as_list

_ADMINISTRATOR = "AdministratorAccess"


@dataclass(frozen=True, kw_only=True)
class RoleView:
    """A role's permissions, as far as they are built here.

    Attributes:
        path: the field of the role.
        statements: of its policies, resolved.
        managed: the managed policies that it has, as text.
    """

    path: str
    statements: Sequence[Mapping[str, Any]]
    managed: Sequence[str]

    @property
    def everywhere(self) -> Iterator[Mapping[str, Any]]:
        """The statements that allow something on every resource."""
        for each in self.statements:
            resources = as_list(each.get("Resource"))
            if each.get("Effect", "Allow") == "Allow" and ("NotResource" in each or "*" in resources):
                yield each


@practice(
    code="NAWS-BUILT-023",
    title="The program may not do everything",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    example="then=lambda made: made.task_role.add_to_principal_policy("
    'iam.PolicyStatement(actions=["*"], resources=["*"]))',
    fix="then=lambda made: made.task_role.add_to_principal_policy("
    'iam.PolicyStatement(actions=["cloudwatch:PutMetricData"], resources=["*"]))',
)
def not_everything(role: RoleView) -> Iterator[Finding]:
    """A flaw in the program, or in what it reads, would have the account: one run is enough."""
    for statement in role.everywhere:
        if "NotAction" in statement or any(each in ("*", "*:*") for each in as_list(statement.get("Action"))):
            yield _finding(role, Verbatim("every action on every resource"))
    if any(each.endswith(f"/{_ADMINISTRATOR}") for each in role.managed):
        yield _finding(role, _ADMINISTRATOR)


@practice(
    code="NAWS-BUILT-024",
    title="The program may not pass every role",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    example="then=lambda made: made.task_role.add_to_principal_policy("
    'iam.PolicyStatement(actions=["iam:PassRole"], resources=["*"]))',
    fix="then=lambda made: made.task_role.add_to_principal_policy("
    'iam.PolicyStatement(actions=["iam:PassRole"], resources=["arn:aws:iam::123456789012:role/reports"]))',
)
def not_every_role(role: RoleView) -> Iterator[Finding]:
    """Whoever may hand any role to a service has the rights of every role in the account."""
    for statement in role.everywhere:
        actions = {str(each).lower() for each in as_list(statement.get("Action"))}
        if actions & {"iam:passrole", "iam:*", "iam:pass*"}:
            yield Field(role.path).finding(
                "the roles that the program has to pass",
                'resources=["arn:aws:iam::…:role/…"]  # of that statement',
                shown="iam:PassRole on every resource",
            )


def _finding(role: RoleView, value: str) -> Finding:
    return Field(role.path, value).finding(
        "the actions and the resources that the program needs",
        remedy="bindings=[BucketBinding(bucket)]  # grants what it takes\n"
        'iam.PolicyStatement(actions=["service:Action"], resources=["arn:…"])',
    )


ROLE_RULES = (not_everything, not_every_role)
