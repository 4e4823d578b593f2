"""Objects of a bucket."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal

from aws_cdk import aws_s3 as s3

from naws.core.bindings.needs import Needs, named, variable_name
from naws.core.context import PatternContext
from naws.core.key_access import use_of_key
from naws.core.spelling import suggesting

_READ = ("s3:GetObject", "s3:GetObjectVersion")
_WRITE = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
_WHY = "The program works with the objects under this prefix, whatever their names."

Access = Literal["read", "write", "read-write"]


@suggesting
@dataclass(frozen=True)
class BucketBinding:
    """Objects of a bucket. The program finds `<NAME>_BUCKET`, and `<NAME>_PREFIX` when there is a prefix.

    Attributes:
        bucket: whose objects; the key that encrypts it is granted too.
        access: read, write or read-write; write includes delete.
        prefix: only keys that begin so. Omitted: all keys.
        name: first part of the variables' names. Omitted: the bucket's construct id.
        variables: other names by part, `bucket` and `prefix`; None leaves one out: `{"bucket": "SOURCE"}`. Omitted: the
            usual ones.
    """

    parts: ClassVar = ("bucket", "prefix")

    bucket: s3.IBucket
    _: KW_ONLY
    access: Access = "read"
    prefix: str | None = None
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The objects under the prefix, the key that encrypts them, and the bucket's name."""
        arn, name = self.bucket.bucket_arn, variable_name(self.name or self.bucket.node.id)
        keys = f"{arn}/{self.prefix or ''}*"
        statements = [_allow(self._on_objects(), keys)]
        wildcards = {keys: _WHY}
        if self.access != "write":
            statements.append(self._listing(arn))
        if self.bucket.encryption_key is not None:
            through = ("s3", self.bucket.env.region)
            use = use_of_key(self.bucket.encryption_key, *self.key_actions(), through=through)
            statements.append(use.statement)
            wildcards |= use.wildcards
        values = {"bucket": (f"{name}_BUCKET", self.bucket.bucket_name)}
        if self.prefix:
            values["prefix"] = (f"{name}_PREFIX", self.prefix)
        return Needs(statements=statements, wildcards=wildcards, variables=named(values, self.variables))

    def actions(self) -> tuple[str, ...]:
        """The S3 actions that the program may call on the bucket and its objects."""
        return (*self._on_objects(), *(("s3:ListBucket",) if self.access != "write" else ()))

    def key_actions(self) -> tuple[str, ...]:
        """The KMS actions that the program needs on the key that encrypts the bucket."""
        return ("kms:Decrypt", *(("kms:GenerateDataKey",) if self.access != "read" else ()))

    def _on_objects(self) -> list[str]:
        return [*(_READ if self.access != "write" else ()), *(_WRITE if self.access != "read" else ())]

    def _listing(self, arn: str) -> dict[str, Any]:
        under_prefix = {"StringLike": {"s3:prefix": [self.prefix, f"{self.prefix}*"]}} if self.prefix else None
        return _allow(["s3:ListBucket"], arn, under_prefix)


def _allow(actions: list[str], resource: str, conditions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": conditions} if conditions else statement
