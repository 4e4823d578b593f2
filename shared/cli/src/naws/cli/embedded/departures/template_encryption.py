"""The keys of buckets and tables of templates, and of objects that name none."""

from typing import Any
from xml.sax.saxutils import escape

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import dynamodb, s3
from naws.cli.embedded.departures.templates import BOTH, complete_template, is_true

_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


@departure(
    "CloudFormation User Guide, AWS::S3::Bucket BucketEncryption; S3 User Guide, 'Using server-side encryption "
    "with AWS KMS keys'"
)
@patch(complete_template, "S3::Bucket", BOTH)
def template_bucket(name: str, properties: dict[str, Any]) -> None:
    """A bucket of a template has its encryption, so that its readers and writers need its key."""
    rules: list[Any] = members(properties.get("BucketEncryption")).get("ServerSideEncryptionConfiguration") or [{}]
    default = members(members(rules[0]).get("ServerSideEncryptionByDefault"))
    encryption = s3._bucket_encryption
    encryption.pop(name, None)
    if default:
        values = "".join(f"<{tag}>{escape(str(value))}</{tag}>" for tag, value in sorted(default.items(), reverse=True))
        rule = f"<ApplyServerSideEncryptionByDefault>{values}</ApplyServerSideEncryptionByDefault>"
        configuration = "ServerSideEncryptionConfiguration"
        encryption[name] = f"<{configuration}><Rule>{rule}</Rule></{configuration}>"


@departure(
    "CloudFormation User Guide, AWS::DynamoDB::Table SSESpecification; DynamoDB Developer Guide, 'Encryption at "
    "rest: how it works'"
)
@patch(complete_template, "DynamoDB::Table", ("create",))
def template_table(name: str, properties: dict[str, Any]) -> None:
    """A table of a template has its key from its creation on, so that its readers and writers need it."""
    given = members(properties.get("SSESpecification"))
    if given:
        # CloudFormation's names of the members: SSEEnabled, SSEType, KMSMasterKeyId.
        request = {**given, "Enabled": is_true(given.get("SSEEnabled"))}
        dynamodb._tables[name]["SSEDescription"] = dynamodb._sse_description_from_spec(request)


@departure("S3 API Reference, PutObject, x-amz-server-side-encryption-aws-kms-key-id (what its absence means)")
@patch(wrap, s3, "_resolve_sse_write_headers")
def key_of_aws(original: Original, headers: dict[str, str], bucket: str) -> Any:
    """An object that is written with ``aws:kms`` and no key is encrypted with the account's ``aws/s3``."""
    given = {_KEY: "alias/aws/s3"} if headers.get("x-amz-server-side-encryption") == "aws:kms" else {}
    return original({**given, **headers}, bucket)
