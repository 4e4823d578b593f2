"""The KMS key that encrypts a resource, and the account and region of the resource."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import (
    dynamodb,
    here,
    kms,
    logs,
    responses,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
)

_ARN_PARTS = 6
_SSE = "x-amz-server-side-encryption"

request_encryption: ContextVar[Mapping[str, str] | None] = ContextVar("naws_request_encryption", default=None)
"""The encryption headers of the object that the request at hand writes, or of the version that it reads; None: the
object's as it is, and those of the bucket for one that does not exist."""


def key_of(resource: str) -> str | None:
    """The ARN of the key that encrypts a resource; None when it has none of its own.

    Args:
        resource: ARN of a queue, topic, bucket or object, secret, parameter, log group or table; None is the answer for
            everything else.

    Returns:
        The ARN of a key, or of the alias of a key of AWS such as ``arn:aws:kms:…:alias/aws/sns``.
    """
    if resource.count(":") < _ARN_PARTS - 1:
        return None
    find = _FINDERS.get(resource.split(":")[2])
    if find is None:
        return None
    with scope_of(resource):
        key = find(resource)
        return _as_arn(str(key)) if key else None


def encryption_context(resource: str) -> dict[str, str]:
    """The condition keys of the encryption context with which the service of a queue, topic, … or secret asks KMS.

    Sources: Amazon SQS Developer Guide, 'Key terms' (``aws:sqs:arn``); Amazon SNS Developer Guide, 'Securing Amazon
    SNS data with server-side encryption' (``aws:sns:topicArn``); CloudWatch Logs User Guide, 'Encrypt log data';
    Secrets Manager User Guide, 'Secret encryption and decryption' (``SecretARN``).
    """
    names = {
        "sqs": "aws:sqs:arn",
        "sns": "aws:sns:topicArn",
        "logs": "aws:logs:arn",
        "secretsmanager": "SecretARN",
    }
    name = names.get(resource.split(":")[2])
    return {f"kms:EncryptionContext:{name}": resource.removesuffix(":*")} if name else {}


def aliases_of(key: str) -> list[str]:
    """The aliases of a key, as ``kms:ResourceAliases`` has them, however the request names the key.

    Source: KMS Developer Guide, 'AWS KMS condition keys', kms:ResourceAliases (alias names, not ARNs).
    """
    with scope_of(key):
        found = kms._aliases.items()
        return [arn.split(":", _ARN_PARTS - 1)[-1] for arn, key_id in found if key.endswith(f":key/{key_id}")]


def scope_of(resource: str) -> AbstractContextManager[None]:
    """MiniStack's stores as the account and region of a resource see them; a bucket's ARN names neither."""
    parts = resource.split(":")
    account, region = (parts[4], parts[3]) if len(parts) >= _ARN_PARTS else ("", "")
    if resource.startswith("arn:aws:s3:::"):
        account = bucket_owner(_bucket(resource))
    return responses.request_scope(account or responses.get_account_id(), region or responses.get_region())


def bucket_owner(name: str) -> str:
    """The account that a bucket belongs to; empty when there is no such bucket."""
    owners = (key[0] for key in s3._buckets.to_dict() if key[-1] == name)
    return next(owners, "")


def _as_arn(key: str) -> str:
    known = kms._resolve_key(key)
    if known:
        return str(known["Arn"])
    if key.startswith("arn:"):
        return key
    return f"arn:aws:kms:{here()}:{key if key.startswith('alias/') else f'key/{key}'}"


def _bucket(resource: str) -> str:
    return resource.removeprefix("arn:aws:s3:::").partition("/")[0]


def _of_object(resource: str) -> Any:
    headers = request_encryption.get()
    if headers is None:
        headers = _object_headers(_bucket(resource), resource.partition("/")[2])
    return headers.get(f"{_SSE}-aws-kms-key-id", "alias/aws/s3") if headers.get(_SSE) == "aws:kms" else None


def _object_headers(bucket: str, key: str) -> dict[str, str]:
    found = members(members(s3._buckets.get(bucket)).get("objects")).get(key)
    return members(s3._bucket_default_sse_headers(bucket) if found is None else s3._stored_sse_headers(found))


def _of_secret(resource: str) -> Any:
    found = secretsmanager._resolve(resource)[1]
    return members(found).get("KmsKeyId") or "alias/aws/secretsmanager" if found else None


def _of_parameter(resource: str) -> Any:
    name = resource.partition(":parameter/")[2]
    parameters = ssm._parameters
    found = members(parameters.get(f"/{name}") or parameters.get(name))
    return found.get("KeyId") if found.get("Type") == "SecureString" else None


def _key_in(record: Any, *path: str) -> Any:
    for name in path:
        record = members(record).get(name)
    return record


_FINDERS: dict[str, Callable[[str], Any]] = {
    "sqs": lambda arn: _key_in(sqs._queue_by_arn(arn), "attributes", "KmsMasterKeyId"),
    "sns": lambda arn: _key_in(sns._topic_by_arn_any_scope(arn), "attributes", "KmsMasterKeyId"),
    "s3": _of_object,
    "secretsmanager": _of_secret,
    "logs": lambda arn: _key_in(logs._log_groups, arn.partition(":log-group:")[2].partition(":")[0], "kmsKeyId"),
    "dynamodb": lambda arn: _key_in(
        dynamodb._tables, arn.partition(":table/")[2].partition("/")[0], "SSEDescription", "KMSMasterKeyArn"
    ),
    "ssm": _of_parameter,
}
