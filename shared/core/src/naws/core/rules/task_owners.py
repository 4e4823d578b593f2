"""Rules on the roles that services work as, and on the accounts that its images come from."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, advice, limit
from naws.core.rules.owners import Given
from naws.core.rules.owners_kinds import KINDS
from naws.core.rules.values import Field
from naws.core.statements import partition_of, statement

PULLING = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
"""The actions that pull an image of a repository. Source: the page on repository policies."""
_LAMBDA = 'assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")'


@dataclass(frozen=True, kw_only=True)
class Trust(Field):
    """The services that a role trusts; None: nobody knows.

    Attributes:
        service: what works as the role.
    """

    service: str


@limit(
    code="NAWS-OWNER-007",
    title="A role trusts the service that works as it",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    example=f'task_role=iam.Role(stack, "R", {_LAMBDA})',
    fix='task_role=iam.Role(stack, "R", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))',
)
def trusted(trust: Trust) -> Iterator[Finding]:
    """ECS cannot assume a role that trusts another service: no task starts, and each run fails after its attempts.

    Lambda creates no function with one.
    """
    if trust.value is not None and trust.service not in trust.value:
        yield trust.finding(
            f"a role that trusts {trust.service}",
            f'assumed_by=iam.ServicePrincipal("{trust.service}")  # of that role',
            shown=f"a role that trusts {', '.join(sorted(trust.value)) or 'no service'}",
        )


@advice(
    code="NAWS-OWNER-009",
    title="The owner of a repository of another account lets ECS pull from it",
    source=KINDS["repository"].account.source if KINDS["repository"].account else "",
    example='image=ecs.ContainerImage.from_registry("210987654321.dkr.ecr.eu-central-1.amazonaws.com/reports:1.0")',
    fix='image=ecs.ContainerImage.from_registry("123456789012.dkr.ecr.eu-central-1.amazonaws.com/reports:1.0")',
)
def owner_lets_it_be_pulled(image: Given) -> Iterator[Finding]:
    """The execution role may pull it as far as it is up to this account; the repository's policy has to allow it."""
    if image.elsewhere("account"):
        added = statement(str(image.here.account), PULLING, partition=partition_of(image.here.region))
        yield image.finding(
            f"a statement in that repository's policy, added by its owner: {added}",
            'acknowledge={"NAWS-OWNER-009": "…"}  # when the repository\'s policy has it',
            shown=f"an image of account {image.home.account}",
        )


TRUST_RULES = (trusted,)
PULL_RULES = (owner_lets_it_be_pulled,)
