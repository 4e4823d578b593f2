"""Rules on the role that a task runs as, and on the accounts that its images come from."""

from collections.abc import Iterator

from naws.core.rule import Finding, advice, limit
from naws.core.rules.owners import Given
from naws.core.rules.owners_kinds import KINDS
from naws.core.rules.values import Field
from naws.core.statements import partition_of, statement

_TASKS = "ecs-tasks.amazonaws.com"
PULLING = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
"""The actions that pull an image of a repository. Source: the page on repository policies."""
_LAMBDA = 'assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")'


@limit(
    code="NAWS-OWNER-007",
    title="A role of a task trusts ECS",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    example=f'task_role=iam.Role(stack, "R", {_LAMBDA})',
    fix='task_role=iam.Role(stack, "R", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))',
)
def trusts_tasks(trust: Field) -> Iterator[Finding]:
    """ECS cannot assume a role that trusts another service: no task starts, and each run fails after its attempts."""
    if trust.value is not None and _TASKS not in trust.value:
        yield trust.finding(
            f"a role that trusts {_TASKS}",
            f'assumed_by=iam.ServicePrincipal("{_TASKS}")  # of that role',
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


TRUST_RULES = (trusts_tasks,)
PULL_RULES = (owner_lets_it_be_pulled,)
