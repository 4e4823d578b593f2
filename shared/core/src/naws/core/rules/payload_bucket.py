"""The bucket of large payloads, as its template has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, rule
from naws.core.rules.removal import EMPTIED, STACK_DELETION
from naws.core.rules.values import Field


@dataclass(frozen=True, kw_only=True)
class BucketView(Field):
    """A payload bucket.

    Attributes:
        deleted: whether it goes with its stack.
        given: whether `removal_policy` has it so, which the rule for that field reports.
    """

    deleted: bool
    given: bool


@rule(
    code="NAWS-BUILT-029",
    level="advice",
    title="A bucket that was made to go with its stack is emptied before",
    source=STACK_DELETION,
    example="then=lambda made: cdk.RemovalPolicies.of(made.node.root).destroy()",
    fix="then=lambda made: cdk.RemovalPolicies.of(made.node.root).retain()",
)
def emptied_too(bucket: BucketView) -> Iterator[Finding]:
    """CDK code changes what `removal_policy` gave, for a whole app at once: NAWS-DATA-002 holds then, too."""
    if bucket.deleted and not bucket.given:
        yield bucket.finding(
            EMPTIED,
            remedy="cdk.RemovalPolicies.of(self).retain()\n"
            "cdk.RemovalPolicies.of(self).destroy()  # aws s3 rm --recursive s3://<bucket> before the deletion",
            shown="deleted with its stack",
        )


BUCKET_RULES = (emptied_too,)
