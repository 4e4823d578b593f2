"""Rules on `removal_policy`: what happens to data when its stack is deleted."""

from collections.abc import Iterator

from naws.core.rule import Finding, rule
from naws.core.rules.values import Field

STACK_DELETION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html#troubleshooting-errors-delete-stack-fails"
EMPTIED = "a payload bucket without objects when the stack is deleted; they expire after 60 days"
"""What a bucket needs that goes with its stack."""


@rule(
    code="NAWS-DATA-001",
    level="limit",
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


@rule(
    code="NAWS-DATA-002",
    level="advice",
    title="A bucket that goes with its stack is emptied before",
    source=STACK_DELETION,
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
            EMPTIED,
            remedy=f"{field.name}=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE\n"
            f"{field.name}=cdk.RemovalPolicy.DESTROY  # aws s3 rm --recursive s3://<bucket> before the deletion",
            shown="cdk.RemovalPolicy.DESTROY",
        )


REMOVAL_RULES = (no_snapshot, emptied)
