"""Objects: an S3 bucket that is closed, encrypted, versioned and retained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.bindings import Access, BucketBinding
from naws.core.context import PatternContext
from naws.core.data._bucket import build_bucket
from naws.core.data.base import DATA_CHECKS, DataPlan, DataProps, decided, mended
from naws.core.hints import Hint, Hints
from naws.core.pattern.base import Pattern
from naws.core.rule import Check
from naws.core.rules import data_bucket, times
from naws.core.rules.values import Field
from naws.core.spelling import suggesting, suggesting_arguments
from naws.core.units import seconds
from naws.core.validation import bind, of

_DAY = 86_400
_OLD_VERSIONS = 90 * _DAY


@suggesting
@dataclass(frozen=True, kw_only=True)
class DataBucketProps(DataProps):
    """What a `DataBucket` is."""

    _hints: ClassVar[Hints] = {"noncurrent_version_expiration": Hint(seconds=_DAY)}
    bucket_name: str | None = None
    """Omitted: with `Conventions(name_prefix=…)` the prefix and the construct's id, made unique; else CloudFormation
    names it."""
    noncurrent_version_expiration: cdk.Duration | None = None
    """How long a version is kept that was overwritten or deleted, in days. Omitted: 90 days."""


@dataclass(frozen=True, kw_only=True)
class BucketPlan(DataPlan):
    """A bucket, decided.

    Attributes:
        noncurrent: seconds that an old version is kept.
    """

    props: DataBucketProps
    noncurrent: float


def _names(plan: BucketPlan) -> tuple[Field]:
    return (Field("bucket_name", plan.props.bucket_name),)


def _noncurrent(plan: BucketPlan) -> tuple[Field]:
    return (Field("noncurrent_version_expiration", plan.noncurrent),)


CHECKS: tuple[Check[BucketPlan], ...] = (
    *of(lambda plan: plan, DATA_CHECKS),
    *bind(_names, data_bucket.NAME_RULES),
    *bind(_noncurrent, (*times.TIME_RULES, *data_bucket.EXPIRATION_RULES)),
    *bind(lambda plan: (Field(plan.operations.removal_path, plan.removal_policy),), data_bucket.REMOVAL_RULES),
)


class DataBucket(Pattern):
    """An S3 bucket: no public access, TLS only, encrypted, versioned, retained, and it tells EventBridge.

    Args:
        scope: a stack, best the stage's data stack, or any construct in one.
        construct_id: unique in `scope`; programs find the bucket in `<ID>_BUCKET`.
        props: what it is. Omitted: the defaults.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "data-bucket"
    checks = CHECKS
    _plan: BucketPlan

    def __init__(self, scope: Construct, construct_id: str, props: DataBucketProps = DataBucketProps()) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: DataBucketProps, context: PatternContext) -> BucketPlan:
        """Decide everything that `props` leave open."""
        props, context, mismatches = mended(props, context)
        noncurrent = seconds(props.noncurrent_version_expiration, _OLD_VERSIONS)
        return BucketPlan(**decided(props, context), mismatches=mismatches, noncurrent=noncurrent)

    def _build(self, plan: BucketPlan) -> cdk.CfnResource:
        self._bucket, resource = build_bucket(self, plan, plan.props.bucket_name, plan.noncurrent)
        return resource

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket, for everything that has no field here."""
        return self._bucket

    @suggesting_arguments("DataBucket.binding")
    def binding(
        self,
        *,
        access: Access = "read",
        prefix: str | None = None,
        name: str | None = None,
        variables: Mapping[str, str | None] | None = None,
    ) -> BucketBinding:
        """What lets a program use its objects, as `BucketBinding`; `name` is the construct's id when omitted."""
        name = name or self._plan.context.construct_id
        return BucketBinding(self._bucket, access=access, prefix=prefix, name=name, variables=variables or {})
