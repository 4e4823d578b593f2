"""The keys of buckets and tables of templates, and of objects that name none."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, replace, service

_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


@departure(
    source="CloudFormation User Guide, AWS::S3::Bucket BucketEncryption; S3 User Guide, 'Using server-side encryption "
    "with AWS KMS keys'",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "s3._bucket_encryption"),
)
def template_bucket() -> None:
    """A bucket of a template has its encryption, so that its readers and writers need its key."""
    also("AWS::S3::Bucket", _encrypt_bucket, at_update=True)


@departure(
    source="CloudFormation User Guide, AWS::DynamoDB::Table SSESpecification; DynamoDB Developer Guide, 'Encryption at "
    "rest: how it works'",
    replaces=(
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "dynamodb._tables",
        "dynamodb._sse_description_from_spec",
    ),
)
def template_table() -> None:
    """A table of a template has its key from its creation on, so that its readers and writers need it."""
    also("AWS::DynamoDB::Table", _encrypt_table, at_update=False)


@departure(
    source="S3 API Reference, PutObject, x-amz-server-side-encryption-aws-kms-key-id (what its absence means)",
    replaces=("s3._resolve_sse_write_headers",),
)
def key_of_aws() -> None:
    """An object that is written with ``aws:kms`` and no key is encrypted with the account's ``aws/s3``."""

    def resolving(original: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(headers: dict[str, str], bucket: str) -> Any:
            given = {_KEY: "alias/aws/s3"} if headers.get("x-amz-server-side-encryption") == "aws:kms" else {}
            return original({**given, **headers}, bucket)

        return resolve

    replace(service("s3"), "_resolve_sse_write_headers", resolving)


def also(kind: str, complete: Callable[[str, dict[str, Any]], None], *, at_update: bool) -> None:
    """Let ``complete`` finish each resource of a kind once CloudFormation has made it, or updated it."""
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS[kind]
    create, update = handlers["create"], handlers["update"]

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        complete(made[0], properties)
        return made

    def updated(physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any) -> Any:
        made = update(physical_id, old, new, *rest, **named)
        complete(made[0], new)
        return made

    handlers["create"] = created
    if at_update:
        handlers["update"] = updated


def _encrypt_bucket(name: str, properties: dict[str, Any]) -> None:
    rules: list[Any] = members(properties.get("BucketEncryption")).get("ServerSideEncryptionConfiguration") or [{}]
    default = members(members(rules[0]).get("ServerSideEncryptionByDefault"))
    encryption = service("s3")._bucket_encryption
    encryption.pop(name, None)
    if default:
        values = "".join(f"<{tag}>{escape(str(value))}</{tag}>" for tag, value in sorted(default.items(), reverse=True))
        rule = f"<ApplyServerSideEncryptionByDefault>{values}</ApplyServerSideEncryptionByDefault>"
        configuration = "ServerSideEncryptionConfiguration"
        encryption[name] = f"<{configuration}><Rule>{rule}</Rule></{configuration}>"


def _encrypt_table(name: str, properties: dict[str, Any]) -> None:
    given = members(properties.get("SSESpecification"))
    if given:
        # CloudFormation's names of the members: SSEEnabled, SSEType, KMSMasterKeyId.
        request = {**given, "Enabled": str(given.get("SSEEnabled")).lower() == "true"}
        dynamodb = service("dynamodb")
        dynamodb._tables[name]["SSEDescription"] = dynamodb._sse_description_from_spec(request)
