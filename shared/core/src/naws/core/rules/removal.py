"""What happens to data when its stack goes."""

from collections.abc import Iterator

from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Field, Told


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
        yield Finding(
            path=field.path,
            value=Told("cdk.RemovalPolicy.SNAPSHOT"),
            expected="cdk.RemovalPolicy.RETAIN, DESTROY or RETAIN_ON_UPDATE_OR_DELETE",
            remedy=f"{field.name}=cdk.RemovalPolicy.RETAIN",
        )
