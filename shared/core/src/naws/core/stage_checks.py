"""What is asked of a `ServiceStage` when CDK synthesises it, after everything that ordinary CDK code added."""

from collections.abc import Iterator, Sequence
from functools import cache

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation

from naws.core.conventions import conventions_in
from naws.core.homes import home_at
from naws.core.issues import Issue
from naws.core.rules.removal import Disposable, Removal, disposable_too, personal
from naws.core.stacks import PATTERN_TAG, path_of, reference_of, scopes_of
from naws.core.stateful import METADATA, STATEFUL_TYPES

DATA_ID = "Data"
"""The id of the stack that holds a stage's data."""
_OURS = "Naws"
"""How the ids begin of what patterns share in a stack."""
_DELETED_BY_DEFAULT = (
    "CloudFormation::Stack",
    "DocDB::DBInstance",
    "Neptune::DBInstance",
    "SecretsManager::Secret",
    "SQS::Queue",
)
"""Types that CDK has deleted with their stack when nobody gives a policy: it says nothing of what somebody wants."""
_JUDGED = STATEFUL_TYPES.difference(f"AWS::{name}" for name in _DELETED_BY_DEFAULT)


@jsii.implements(IValidation)
class StageChecks:
    """The rules on all of a stage, whatever made it.

    Args:
        stage: it.
        personal_accounts: the accounts that may have it; None: it is not disposable.
    """

    def __init__(self, stage: cdk.Stage, personal_accounts: Sequence[str] | None) -> None:
        self._stage, self._personal_accounts = stage, personal_accounts

    def validate(self) -> list[str]:
        """The errors, as CDK takes them."""
        every = self._stage.node.find_all()
        stacks = [each for each in every if isinstance(each, cdk.Stack) and not isinstance(each, cdk.NestedStack)]
        self._deploy_data_first(stacks)
        guide = conventions_in(scopes_of(self._stage)).guide_url
        return [f"\n{issue.render(guide)}" for issue in (*self._elsewhere(stacks), *self._removed(every))]

    def _deploy_data_first(self, stacks: Sequence[cdk.Stack]) -> None:
        """Between accounts CDK puts no stack before another one, whatever they use of each other."""
        data = self._stage.node.try_find_child(DATA_ID)
        if not isinstance(data, cdk.Stack):
            return
        home, before = home_at(data), _before(data)
        for each in stacks:
            own = reference_of(each) not in before and cdk.Stage.of(each) is cdk.Stage.of(data)
            if own and home_at(each).account != home.account:
                each.add_dependency(data, "data first")

    def _elsewhere(self, stacks: Sequence[cdk.Stack]) -> Iterator[Issue]:
        """Stacks of a disposable stage in an account that is not listed."""
        if self._personal_accounts is not None:
            for each in stacks:
                path, account = f"{path_of(each)}: env", home_at(each).account
                yield from personal.issues(
                    Disposable(path=path, value=True, account=account, personal_accounts=self._personal_accounts)
                )

    def _removed(self, every: Sequence[IConstruct]) -> Iterator[Issue]:
        """What holds data, is no pattern's, and would go with its stack although the stage is not disposable."""
        if self._personal_accounts is None:
            for each in filter(_holds_data, every):
                removal = Removal(
                    path=f"{path_of(each)}: removal_policy",
                    value=cdk.RemovalPolicy.DESTROY,
                    disposable=False,
                    plain=True,
                )
                yield from disposable_too.issues(removal)


def _before(stack: cdk.Stack) -> set[str]:
    """Jsii's references to a stack and to all that are deployed before it."""
    known, waiting = set[str](), [stack]
    while waiting:
        each = waiting.pop()
        if reference_of(each) not in known:
            known.add(reference_of(each))
            waiting += each.dependencies
    return known


def _holds_data(resource: IConstruct) -> bool:
    """Whether it is plain CDK's, holds data, is deleted with its stack, and nobody has accepted that."""
    if not isinstance(resource, cdk.CfnResource) or _type_of(resource) not in _JUDGED:
        return False
    if resource.cfn_options.deletion_policy != cdk.CfnDeletionPolicy.DELETE:
        return False
    # An instance of a cluster holds none.
    if getattr(resource, "db_cluster_identifier", None) is not None:
        return False
    tags = cdk.TagManager.of(resource)
    ours = f"/{_OURS}" in resource.node.path or (tags is not None and PATTERN_TAG in tags.tag_values())
    return not ours and disposable_too.code not in (resource.get_metadata(METADATA) or {})


def _type_of(resource: cdk.CfnResource) -> str:
    """Its CloudFormation type; that of a class of CDK's is asked of Node once."""
    return _type_of_class(type(resource)) or resource.cfn_resource_type


@cache
def _type_of_class(kind: type) -> str | None:
    return getattr(kind, "CFN_RESOURCE_TYPE_NAME", None)
