"""What S3 asks for beyond a request's own action, and to whom it says that an object is not there."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from defusedxml.ElementTree import fromstring

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.encryption import bucket_owner, request_encryption, scope_of
from naws.cli.embedded.departures.json_values import is_array, members
from naws.cli.embedded.departures.patching import core, departure, replace, service
from naws.cli.embedded.departures.permissions import pin_caller, refused

_OK, _NOT_FOUND = 200, 404
_GRANTS = ("read", "write", "read-acp", "write-acp", "full-control")
_LISTS = ("x-amz-acl", *(f"x-amz-grant-{name}" for name in _GRANTS))
_UNSIGNED = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
_DELETIONS = frozenset({"s3:DeleteObject", "s3:DeleteObjectVersion"})

_encryption: ContextVar[Mapping[str, Mapping[str, str]]] = ContextVar("naws_encryption")
_part: ContextVar[bool] = ContextVar("naws_part", default=False)
_key_by_key: ContextVar[bool] = ContextVar("naws_key_by_key", default=False)


@departure(
    source="Amazon S3 API Reference, 'GetObject', 'HeadObject', 'GetObjectAttributes': Permissions; "
    "pottava/aws-s3-proxy, issue 46 (an unsigned request for what a key of KMS encrypts)",
    replaces=("s3._get_object", "s3._head_object", "s3._get_object_attributes", "s3._foreign_bucket_allows"),
)
def missing_objects() -> None:
    """Who has ``s3:ListBucket`` on a bucket learns that an object is not there (404); others are refused (403).

    What a key of KMS encrypts is read by nobody who does not sign, however public it is.
    """
    for name in ("_get_object", "_head_object", "_get_object_attributes"):
        replace(service("s3"), name, _hiding)


def _hiding(original: Callable[..., Any]) -> Callable[..., Any]:
    def read(bucket: str, key: str, *rest: Any) -> Any:
        answer = original(bucket, key, *rest)
        owner = bucket_owner(bucket)
        unsigned = judge.evaluating() and core("iam_evaluator")._anonymous.get()
        if unsigned and answer[1].get("x-amz-server-side-encryption") == "aws:kms":
            return service("s3")._error("InvalidArgument", _UNSIGNED, 400, f"/{bucket}/{key}")
        if answer[0] != _NOT_FOUND or not owner or not judge.evaluating():
            return answer
        try:
            _ask_to_list(bucket, owner)
        except judge.DeniedError as error:
            return _denied(str(error), f"/{bucket}/{key}")
        return answer

    return read


def _ask_to_list(bucket: str, owner: str) -> None:
    if not core("iam_evaluator")._anonymous.get():
        judge.ask_caller("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    elif not service("s3")._foreign_bucket_allows(owner, bucket, "", "GET", {}, ""):
        raise judge.DeniedError("AccessDenied", "Access Denied")


def _denied(text: str, resource: str) -> Any:
    return service("s3")._error("AccessDenied", text, 403, resource)


@departure(
    source="Amazon S3 API Reference, 'PutObject': Permissions (s3:PutObjectAcl, s3:PutObjectTagging)",
    replaces=("core.iam_actions.s3_additional_checks", "core.iam_actions._s3_action"),
)
def object_headers() -> None:
    """A write that sets tags needs ``s3:PutObjectTagging``, too; one that sets an ACL or grants, ``s3:PutObjectAcl``.

    So do a copy and the beginning of a multipart upload.
    """
    replace(core("iam_actions"), "s3_additional_checks", _with_headers)


def _with_headers(original: Callable[..., Any]) -> Callable[..., Any]:
    def checks(method: str, path: str, headers: Mapping[str, str], body: bytes, parameters: Any) -> Any:
        found = original(method, path, headers, body, parameters)
        bucket, _, key = path.lstrip("/").partition("/")
        action = core("iam_actions")._s3_action(method, path, parameters)
        if not key or action != "PutObject" or "uploadId" in parameters:
            return found
        arn = f"arn:aws:s3:::{bucket}/{key}"
        tags = [("s3:PutObjectTagging", arn)] if headers.get("x-amz-tagging") else []
        lists = [("s3:PutObjectAcl", arn)] if any(headers.get(name) for name in _LISTS) else []
        return [*found, *tags, *lists]

    return checks


@departure(
    source=(
        "Amazon S3 API Reference, 'PutObject', 'GetObject'; 'CreateMultipartUpload' (kms:Decrypt for the parts); "
        "S3 User Guide, 'Using server-side encryption with AWS KMS keys'"
    ),
    replaces=(
        "core.iam_actions.extract_resource_arn",
        "core.iam_actions._s3_source_object",
        "core.iam_evaluator.enforce",
        "s3._merge_hoisted_amz_headers",
        "s3._multipart_uploads",
        "s3._object_versions",
        "s3._resolve_sse_write_headers",
        "s3._stored_sse_headers",
    ),
)
def object_keys() -> None:
    """A write needs the key that its headers name, else its bucket's; a read, the key that its object was written with.

    A copy of a version reads that version.

    Each part of a multipart upload needs ``kms:Decrypt``, too, on the key that the upload began with.
    """
    replace(core("iam_actions"), "extract_resource_arn", _noting_encryption)
    replace(core("iam_evaluator"), "enforce", _with_encryption)


def _noting_encryption(original: Callable[..., str]) -> Callable[..., str]:
    def extract(name: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, *where: str) -> str:  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        resource = original(name, method, path, headers, body, parameters, *where)
        _encryption.set({})
        _part.set(name == "s3" and method == "PUT" and "uploadId" in parameters)
        if name == "s3" and bucket_owner(path.strip("/").partition("/")[0]):
            with scope_of(resource):
                _encryption.set(_encryption_of(method, path, headers, parameters))
        return resource

    return extract


def _encryption_of(method: str, path: str, headers: Any, parameters: Any) -> dict[str, Mapping[str, str]]:
    """The encryption of what a request writes or reads, by the action that it is asked for."""
    s3 = service("s3")
    bucket, _, key = path.lstrip("/").partition("/")
    upload, version = (_first(parameters, name) for name in ("uploadId", "versionId"))
    if method in {"PUT", "POST"} and key:
        known = s3._multipart_uploads.get(upload) if upload else None
        given = s3._merge_hoisted_amz_headers(headers, parameters)
        own = s3._resolve_sse_write_headers(given, bucket)[0] if known is None else s3._stored_sse_headers(known)
        return {"s3:PutObject": members(own), **_source_version(headers)}
    versions = s3._object_versions.get((bucket, key)) or () if version else ()
    found = next((item for item in versions if item["version_id"] == version), None)
    return {"s3:GetObjectVersion": s3._stored_sse_headers(found)} if found else {}


def _source_version(headers: Any) -> dict[str, Mapping[str, str]]:
    """The encryption of the version that a copy reads; empty when it reads the object as it is."""
    source, version = core("iam_actions")._s3_source_object(headers) or ("", "")
    bucket, _, key = source.removeprefix("arn:aws:s3:::").partition("/")
    versions = service("s3")._object_versions.get((bucket, key)) or () if version else ()
    found = next((item for item in versions if item["version_id"] == version), None)
    return {"s3:GetObjectVersion": service("s3")._stored_sse_headers(found)} if found else {}


def _first(parameters: Any, name: str) -> str:
    value = parameters.get(name) or ""
    return str(value[0] if is_array(value) else value)


def _with_encryption(original: Callable[..., Any]) -> Callable[..., Any]:
    def enforce(  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        key: str, action: str, name: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        token = request_encryption.set(_encryption.get({}).get(action))
        try:
            result = original(key, action, name, region, resource_arn, service_context)
            if result is None and action == "s3:PutObject" and _part.get():
                judge.ask_caller_key(resource_arn, "kms:Decrypt")
        except judge.DeniedError as error:
            return refused(str(error), resource_arn)
        finally:
            request_encryption.reset(token)
        return result

    return enforce


@departure(
    source="Amazon S3 API Reference, 'ListBuckets' (the buckets of the authenticated sender; s3:ListAllMyBuckets)",
    replaces=("s3._list_buckets", "core.iam_evaluator._anonymous"),
)
def unsigned_listing() -> None:
    """Who does not sign has no account whose buckets could be listed, and is refused."""
    replace(service("s3"), "_list_buckets", _signed_only)


def _signed_only(original: Callable[..., Any]) -> Callable[..., Any]:
    def list_buckets(*arguments: Any) -> Any:
        if judge.evaluating() and core("iam_evaluator")._anonymous.get():
            return _denied("Access Denied", "/")
        return original(*arguments)

    return list_buckets


@departure(
    source=(
        "Amazon S3 API Reference, 'DeleteObjects'; the answer as users met it on AWS: boto3 issue 2884, "
        "node-s3-client issue 235"
    ),
    replaces=(
        "s3._delete_objects",
        "core.iam_actions.extract_resource_arn",
        "core.iam_evaluator.enforce",
        "core.iam_evaluator.check_credentials",
        "s3.S3_NS",
    ),
)
def deletions() -> None:
    """Of a request that deletes many objects each key is judged by itself: a refused one is an error of the answer."""
    replace(core("iam_actions"), "extract_resource_arn", _noting)
    replace(core("iam_evaluator"), "enforce", _later)
    replace(service("s3"), "_delete_objects", _allowed_only)


def _noting(original: Callable[..., str]) -> Callable[..., str]:
    def extract(name: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, *where: str) -> str:  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        bucket, _, key = path.strip("/").partition("/")
        many = name == "s3" and method == "POST" and "delete" in parameters and not key
        _key_by_key.set(bool(many and service("s3").access_point_for_alias(bucket) is None))
        return original(name, method, path, headers, body, parameters, *where)

    return extract


def _later(original: Callable[..., Any]) -> Callable[..., Any]:
    evaluator = core("iam_evaluator")

    def enforce(key: str, action: str, *rest: Any, **named: Any) -> Any:
        if not (_key_by_key.get() and action in _DELETIONS) or evaluator._anonymous.get():
            return original(key, action, *rest, **named)
        failure = evaluator.check_credentials(key, "s3")
        if failure is None:
            pin_caller(key)
        return failure

    return enforce


def _allowed_only(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete(bucket: str, body: bytes, headers: Any = None) -> Any:
        try:
            request = fromstring(body) if _key_by_key.get() and judge.evaluating() else None
        except (ET.ParseError, ValueError):
            request = None  # it is refused for what it is
        if request is None:
            return original(bucket, body, headers)
        errors = [error for item in list(request) if (error := _taken_out(bucket, request, item)) is not None]
        if not errors:
            return original(bucket, body, headers)
        status, answered, text = original(bucket, ET.tostring(request), headers)
        return status, answered, _with_errors(text, errors) if status == _OK else text

    return delete


def _taken_out(bucket: str, request: ET.Element, item: ET.Element) -> dict[str, str] | None:
    """The error of a key that the caller may not delete, which is taken out of the request."""
    fields = {part.tag.rpartition("}")[2]: part.text or "" for part in item}
    if item.tag.rpartition("}")[2] != "Object" or not fields.get("Key"):
        return None
    action = "s3:DeleteObjectVersion" if fields.get("VersionId") else "s3:DeleteObject"
    try:
        judge.ask_caller(action, f"arn:aws:s3:::{bucket}/{fields['Key']}")
    except judge.DeniedError as error:
        request.remove(item)
        named = {name: fields[name] for name in ("Key", "VersionId") if fields.get(name)}
        return {**named, "Code": "AccessDenied", "Message": str(error)}
    return None


def _with_errors(text: bytes, errors: list[dict[str, str]]) -> bytes:
    namespace, answer = service("s3").S3_NS, fromstring(text)
    for error in errors:
        element = ET.SubElement(answer, f"{{{namespace}}}Error")
        for name, value in error.items():
            ET.SubElement(element, f"{{{namespace}}}{name}").text = value
    return ET.tostring(answer, "utf-8", default_namespace=namespace, xml_declaration=True)
