"""What happens to data when its stack is deleted: by `removal_policy`, in which stage, and as the template has it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Field

_STACK_DELETION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-delete-stack-fails"
_EMPTIED = "a payload bucket without objects when the stack is deleted; they expire after 60 days"
"""The bucket that is expected when the bucket is deleted with its stack."""
_TWO_KEYS = "docs/concepts/stages.md: removal takes two keys, the resource's policy and the stage's `disposable`"
_KEPT = "removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE"
_ACCEPTED = '\nbucket.node.default_child.add_metadata("naws:acknowledged", {"NAWS-STAGE-001": "because …"})'
_ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")'
_PERSONAL = f'disposable=True, personal_accounts=["123456789012"], {_ENV}'


@dataclass(frozen=True, kw_only=True)
class Removal(Field):
    """What happens to data when their stack goes, in a `ServiceStage`.

    Attributes:
        disposable: whether the stage is.
        plain: whether they are in no pattern, so that it is accepted in the metadata of the resource.
    """

    disposable: bool
    plain: bool = False

    @property
    def destroys(self) -> bool:
        """Whether they are destroyed then."""
        return getattr(self.value, "name", None) == "DESTROY"


@dataclass(frozen=True, kw_only=True)
class Disposable(Field):
    """Whether a stage is disposable, and where it is.

    Attributes:
        account: where it is deployed to; None: unknown.
        personal_accounts: the accounts that may have disposable stages.
    """

    account: str | None
    personal_accounts: Collection[str]


@limit(
    code="NAWS-DATA-001",
    title="Queues, logs and buckets are kept or deleted, not snapshot",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    example="removal_policy=cdk.RemovalPolicy.SNAPSHOT",
    fix="removal_policy=cdk.RemovalPolicy.RETAIN",
)
def no_snapshot(field: Field) -> Iterator[Finding]:
    """CloudFormation makes a snapshot of volumes, databases and caches only, and refuses the policy elsewhere."""
    if getattr(field.value, "name", None) == "SNAPSHOT":
        yield field.finding(
            "cdk.RemovalPolicy.RETAIN, DESTROY or RETAIN_ON_UPDATE_OR_DELETE",
            f"{field.name}=cdk.RemovalPolicy.RETAIN",
            shown="cdk.RemovalPolicy.SNAPSHOT",
        )


@advice(
    code="NAWS-DATA-002",
    title="A bucket that goes with its stack is emptied before",
    source=_STACK_DELETION,
    example="removal_policy=cdk.RemovalPolicy.DESTROY",
    fix="removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE",
)
def emptied(field: Field) -> Iterator[Finding]:
    """CloudFormation deletes no bucket that holds objects: the payload bucket does after a large payload or a fan-out.

    All else of the stack is deleted then, and the deletion fails with the bucket alone; once that is empty, it can be
    repeated. Emptying it without being asked would take a Lambda function with the right to delete every payload.
    """
    if getattr(field.value, "name", None) == "DESTROY":
        yield field.finding(
            _EMPTIED,
            remedy=f"{field.name}=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE\n"
            f"{field.name}=cdk.RemovalPolicy.DESTROY  # aws s3 rm --recursive s3://<bucket> before the deletion",
            shown="cdk.RemovalPolicy.DESTROY",
        )


@advice(
    code="NAWS-BUILT-029",
    title="A bucket that was made to go with its stack is emptied before",
    source=_STACK_DELETION,
    example="then=lambda made: cdk.RemovalPolicies.of(made.node.root).destroy()",
    fix="then=lambda made: cdk.RemovalPolicies.of(made.node.root).retain()",
)
def emptied_too(bucket: Field) -> Iterator[Finding]:
    """CDK code changes what `removal_policy` gave, for a whole app at once: NAWS-DATA-002 holds then, too."""
    if bucket.value:
        yield bucket.finding(
            _EMPTIED,
            remedy="cdk.RemovalPolicies.of(self).retain()\n"
            "cdk.RemovalPolicies.of(self).destroy()  # aws s3 rm --recursive s3://<bucket> before the deletion",
            shown="deleted with its stack",
        )


@practice(
    code="NAWS-STAGE-001",
    title="What is destroyed with its stack is in a disposable stage",
    source=_TWO_KEYS,
    example="removal_policy=cdk.RemovalPolicy.DESTROY, disposable=False",
    fix="removal_policy=cdk.RemovalPolicy.RETAIN, disposable=False",
)
def disposable_too(removal: Removal) -> Iterator[Finding]:
    """A policy for a trial would delete the data of a stage that people work with, in the same code."""
    if removal.destroys and not removal.disposable:
        yield removal.finding(
            "data that are kept, since the stage is not disposable",
            f"{_KEPT}\ndisposable=True, personal_accounts=[…]  # of the ServiceStage"
            + (_ACCEPTED if removal.plain else ""),
            shown="cdk.RemovalPolicy.DESTROY",
        )


@practice(
    code="NAWS-STAGE-002",
    title="What is in a disposable stage is destroyed with its stack",
    source=_TWO_KEYS,
    example=_PERSONAL,
    fix=f"removal_policy=cdk.RemovalPolicy.DESTROY, {_PERSONAL}",
)
def destroyed_too(removal: Removal) -> Iterator[Finding]:
    """Of a stage that is destroyed and made again, everything that is kept stays behind each time, and is paid for."""
    if removal.disposable and not removal.destroys:
        yield removal.finding(
            "cdk.RemovalPolicy.DESTROY, since the stage is disposable",
            "removal_policy=cdk.RemovalPolicy.DESTROY\n"
            "Conventions(removal_policy=cdk.RemovalPolicy.DESTROY)  # of the ServiceStage",
            shown=f"cdk.RemovalPolicy.{getattr(removal.value, 'name', removal.value)}",
        )


@limit(
    code="NAWS-STAGE-003",
    title="A disposable stage is in a personal account",
    source=_TWO_KEYS,
    example="disposable=True",
    fix=f"removal_policy=cdk.RemovalPolicy.DESTROY, {_PERSONAL}",
)
def personal(stage: Disposable) -> Iterator[Finding]:
    """Whoever deploys it with other credentials, or to another account, would have data there that anybody may destroy.

    It holds for each of its stacks.

    Without an account in `env` the credentials decide, which nobody sees when the app is synthesised.
    """
    if stage.value and (stage.account is None or stage.account not in stage.personal_accounts):
        listed = ", ".join(stage.personal_accounts) or "none is listed"
        where = f"this one is {stage.account}" if stage.account else "this one is unknown without env"
        yield stage.finding(
            f"an account of personal_accounts ({listed}); {where}",
            'disposable=False\nenv=cdk.Environment(account="…", region="…"), personal_accounts=["…"]',
        )


REMOVAL_RULES = (no_snapshot,)
PAYLOAD_REMOVAL_RULES = (emptied,)
"""Of what has a bucket for large payloads."""
TWO_KEYS_RULES = (disposable_too, destroyed_too)
STAGE_RULES = (personal,)
"""Those of a stage itself."""
BUCKET_RULES = (emptied_too,)
