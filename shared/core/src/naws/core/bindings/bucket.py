"""Objects of a bucket."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal

from aws_cdk import aws_s3 as s3

from naws.core.bindings.granting import allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting

_READ = ("s3:GetObject", "s3:GetObjectVersion")
_APPEND = ("s3:PutObject", "s3:AbortMultipartUpload")
_WRITE = (*_APPEND, "s3:DeleteObject")
_OBJECTS = {"read": _READ, "write": _WRITE, "read-write": (*_READ, *_WRITE), "append": _APPEND}
_WHY = "The program works with the objects under this prefix, whatever their names."

Access = Literal["read", "write", "read-write", "append"]


@suggesting
@dataclass(frozen=True)
class BucketBinding:
    """Objects of a bucket. The program finds `<NAME>_BUCKET`, and `<NAME>_PREFIX` when there is a prefix.

    Attributes:
        bucket: whose objects; the key that encrypts it is granted too.
        access: read, write or read-write; write includes delete. append: new objects and new versions, nothing deleted
            and nothing read, for reports and audit trails.
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
        values = {"bucket": (f"{name}_BUCKET", self.bucket.bucket_name)}
        if self.prefix:
            values["prefix"] = (f"{name}_PREFIX", self.prefix)
        return needs_of(
            self._source(arn, keys),
            [allow(_OBJECTS[self.access], keys), *([self._listing(arn)] if self._reads else [])],
            named(values, self.variables),
            key=self.bucket.encryption_key,
            wildcards={keys: _WHY},
        )

    @property
    def _reads(self) -> bool:
        return self.access in ("read", "read-write")

    def _source(self, arn: str, keys: str) -> Source:
        return Source(
            field="bucket",
            kind="bucket",
            home=home_of(self.bucket),
            actions=(*_OBJECTS[self.access], *(("s3:ListBucket",) if self._reads else ())),
            arns=(arn, keys),
            # An upload in parts is put together by S3, which decrypts them.
            key_actions=("kms:Decrypt", *(("kms:GenerateDataKey",) if self.access != "read" else ())),
            key_used_by="s3",
            key_unknown=""
            if isinstance(self.bucket, s3.Bucket)
            else "s3.Bucket.from_bucket_attributes(…, encryption_key=key)",
        )

    def _listing(self, arn: str) -> dict[str, Any]:
        under_prefix = {"StringLike": {"s3:prefix": [self.prefix, f"{self.prefix}*"]}} if self.prefix else None
        return allow(["s3:ListBucket"], arn, conditions=under_prefix)
