"""Permissions that S3 needs beyond a request's own action, and the callers who learn that an object is missing."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote, unquote_plus

from defusedxml.ElementTree import fromstring

from naws.cli.embedded.departures import http_messages, judge
from naws.cli.embedded.departures.encryption import bucket_owner, request_encryption, scope_of
from naws.cli.embedded.departures.json_values import first, members
from naws.cli.embedded.departures.patching import Original, before, bound, departure, patch, wrap
from naws.cli.embedded.departures.permissions import pin_caller, refused
from naws.cli.embedded.departures.services import app, evaluator, iam_actions, s3

_OK, _NOT_FOUND = 200, 404
_GRANTS = ("read", "write", "read-acp", "write-acp", "full-control")
_LISTS = ("x-amz-acl", *(f"x-amz-grant-{name}" for name in _GRANTS))
_UNSIGNED = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
_DELETIONS = frozenset({"s3:DeleteObject", "s3:DeleteObjectVersion"})

_encryption: ContextVar[Mapping[str, Mapping[str, str]]] = ContextVar("naws_encryption")
_part: ContextVar[bool] = ContextVar("naws_part", default=False)
_key_by_key: ContextVar[bool] = ContextVar("naws_key_by_key", default=False)


@departure(
    "Amazon S3 API Reference, 'GetObject', 'HeadObject', 'GetObjectAttributes': Permissions; "
    "pottava/aws-s3-proxy, issue 46 (an unsigned request for what a key of KMS encrypts)"
)
@patch(wrap, s3, ("_get_object", "_head_object", "_get_object_attributes"))
def missing_objects(original: Original, bucket: str, key: str, *rest: Any) -> Any:
    """A missing object is 404 for callers with ``s3:ListBucket`` on its bucket; others are refused (403).

    What a key of KMS encrypts is read by nobody who does not sign, however public it is.
    """
    answer = original(bucket, key, *rest)
    owner = bucket_owner(bucket)
    unsigned = judge.evaluating() and evaluator._anonymous.get()
    if unsigned and answer[1].get("x-amz-server-side-encryption") == "aws:kms":
        return s3._error("InvalidArgument", _UNSIGNED, 400, f"/{bucket}/{key}")
    if answer[0] != _NOT_FOUND or not owner or not judge.evaluating():
        return answer
    error = judge.denied(_ask_to_list, bucket, owner)
    return _denied(str(error), f"/{bucket}/{key}") if error else answer


def _ask_to_list(bucket: str, owner: str) -> None:
    if not evaluator._anonymous.get():
        judge.ask_caller("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    elif not s3._foreign_bucket_allows(owner, bucket, "", "GET", {}, ""):
        raise judge.DeniedError("AccessDenied", "Access Denied")


def _denied(text: str, resource: str) -> Any:
    return s3._error("AccessDenied", text, 403, resource)


@departure("Amazon S3 API Reference, 'PutObject': Permissions (s3:PutObjectAcl, s3:PutObjectTagging)")
@patch(wrap, iam_actions, "s3_additional_checks")
def object_headers(
    original: Original, method: str, path: str, headers: Mapping[str, str], body: bytes, parameters: Any
) -> Any:
    """A write that sets tags needs ``s3:PutObjectTagging``, too; one that sets an ACL or grants, ``s3:PutObjectAcl``.

    So do a copy and the beginning of a multipart upload.
    """
    found = original(method, path, headers, body, parameters)
    bucket, _, key = path.lstrip("/").partition("/")
    action = iam_actions._s3_action(method, path, parameters)
    if not key or action != "PutObject" or "uploadId" in parameters:
        return found
    arn = f"arn:aws:s3:::{bucket}/{key}"
    tags = [("s3:PutObjectTagging", arn)] if headers.get("x-amz-tagging") else []
    lists = [("s3:PutObjectAcl", arn)] if any(headers.get(name) for name in _LISTS) else []
    return [*found, *tags, *lists]


@departure(
    "Amazon S3 API Reference, 'PutObject', 'GetObject'; 'CreateMultipartUpload' (kms:Decrypt for the parts); "
    "S3 User Guide, 'Using server-side encryption with AWS KMS keys'"
)
def object_keys() -> None:
    """A write needs the key that its headers name, else its bucket's; a read, the key that its object was written with.

    A copy of a version reads that version.

    Each part of a multipart upload needs ``kms:Decrypt``, too, on the key that the upload began with.
    """
    wrap(iam_actions, "extract_resource_arn", _noting_encryption)
    wrap(evaluator, "enforce", _with_encryption)


def _noting_encryption(original: Original, *request: Any) -> str:
    name, method, path, headers, _, parameters, *_ = request
    resource = original(*request)
    _encryption.set({})
    _part.set(name == "s3" and method == "PUT" and "uploadId" in parameters)
    if name == "s3" and bucket_owner(path.strip("/").partition("/")[0]):
        with scope_of(resource):
            _encryption.set(_encryption_of(method, path, headers, parameters))
    return resource


def _encryption_of(method: str, path: str, headers: Any, parameters: Any) -> dict[str, Mapping[str, str]]:
    """The encryption of what a request writes or reads, by the action that it is asked for."""
    bucket, _, key = path.lstrip("/").partition("/")
    upload, version = (first(parameters.get(name)) for name in ("uploadId", "versionId"))
    if method in {"PUT", "POST"} and key:
        known = s3._multipart_uploads.get(upload) if upload else None
        given = s3._merge_hoisted_amz_headers(headers, parameters)
        own = s3._resolve_sse_write_headers(given, bucket)[0] if known is None else s3._stored_sse_headers(known)
        return {"s3:PutObject": members(own), **_source_version(headers)}
    return _version(bucket, key, version)


def _source_version(headers: Any) -> dict[str, Mapping[str, str]]:
    """The encryption of the version that a copy reads; empty when it reads the object as it is."""
    source, version = iam_actions._s3_source_object(headers) or ("", "")
    bucket, _, key = source.removeprefix("arn:aws:s3:::").partition("/")
    return _version(bucket, key, version)


def _version(bucket: str, key: str, version: str) -> dict[str, Mapping[str, str]]:
    versions = s3._object_versions.get((bucket, key)) or () if version else ()
    found = next((item for item in versions if item["version_id"] == version), None)
    return {"s3:GetObjectVersion": s3._stored_sse_headers(found)} if found else {}


def _with_encryption(
    original: Original, key: str, action: str, *rest: Any, resource_arn: str = "*", **named: Any
) -> Any:
    resource = rest[2] if len(rest) > 2 else resource_arn  # noqa: PLR2004  # as MiniStack's own signature has it
    with bound(request_encryption, _encryption.get({}).get(action)):
        result = original(key, action, *rest[:2], resource, *rest[3:], **named)
        part = result is None and action == "s3:PutObject" and _part.get()
        error = judge.denied(judge.ask_caller_key, resource, "kms:Decrypt") if part else None
    return refused(str(error), resource) if error else result


@departure("Amazon S3 API Reference, 'ListBuckets' (the buckets of the authenticated sender; s3:ListAllMyBuckets)")
@patch(wrap, s3, "_list_buckets")
def unsigned_listing(original: Original, *arguments: Any) -> Any:
    """An unsigned request to list buckets is refused: it has no account whose buckets could be listed."""
    if judge.evaluating() and evaluator._anonymous.get():
        return _denied("Access Denied", "/")
    return original(*arguments)


@departure(
    "Amazon S3 API Reference, 'DeleteObjects'; the answer as users met it on AWS: boto3 issue 2884, "
    "node-s3-client issue 235"
)
def deletions() -> None:
    """Of a request that deletes many objects each key is judged by itself: a refused one is an error of the answer."""
    before(iam_actions, "extract_resource_arn", _note_many)
    wrap(evaluator, "enforce", _later)
    wrap(s3, "_delete_objects", _allowed_only)


def _note_many(name: str, method: str, path: str, _headers: Any, _body: bytes, parameters: Any, *_where: str) -> None:
    bucket, _, key = path.strip("/").partition("/")
    many = name == "s3" and method == "POST" and "delete" in parameters and not key
    _key_by_key.set(bool(many and s3.access_point_for_alias(bucket) is None))


def _later(original: Original, key: str, action: str, *rest: Any, **named: Any) -> Any:
    if not (_key_by_key.get() and action in _DELETIONS) or evaluator._anonymous.get():
        return original(key, action, *rest, **named)
    failure = evaluator.check_credentials(key, "s3")
    if failure is None:
        pin_caller(key)
    return failure


def _allowed_only(original: Original, bucket: str, body: bytes, headers: Any = None) -> Any:
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


def _taken_out(bucket: str, request: ET.Element, item: ET.Element) -> dict[str, str] | None:
    """The error of a key that the caller may not delete, which is taken out of the request."""
    fields = {part.tag.rpartition("}")[2]: part.text or "" for part in item}
    if item.tag.rpartition("}")[2] != "Object" or not fields.get("Key"):
        return None
    action = "s3:DeleteObjectVersion" if fields.get("VersionId") else "s3:DeleteObject"
    error = judge.denied(judge.ask_caller, action, f"arn:aws:s3:::{bucket}/{fields['Key']}")
    if error is None:
        return None
    request.remove(item)
    named = {name: fields[name] for name in ("Key", "VersionId") if fields.get(name)}
    return {**named, "Code": "AccessDenied", "Message": str(error)}


def _with_errors(text: bytes, errors: list[dict[str, str]]) -> bytes:
    namespace, answer = s3.S3_NS, fromstring(text)
    for error in errors:
        element = ET.SubElement(answer, f"{{{namespace}}}Error")
        for name, value in error.items():
            ET.SubElement(element, f"{{{namespace}}}{name}").text = value
    return ET.tostring(answer, "utf-8", default_namespace=namespace, xml_declaration=True)


_AS_A_FORM = (
    "sveltejs/kit, issue 6451; imgix/js-core, issue 88; "
    "Amazon S3 User Guide, 'Naming Amazon S3 objects', Characters that might require special handling"
)


@departure(_AS_A_FORM)
@patch(wrap, app, "_handle_s3_vhost_request")
async def keys_by_host(original: Original, host: str, path: str, *rest: Any) -> Any:
    """A bucket reads ``+`` in the path of a request as a blank: the key ``a+b`` is asked for as ``a%2Bb``."""
    return await original(host, _with_blanks(path), *rest)


@departure(_AS_A_FORM)
@patch(wrap, app, "_dispatch_service_request")
async def keys_by_path(
    original: Original, method: str, path: str, headers: Any, body: bytes, query: Any, *rest: Any
) -> Any:
    """So it does where the bucket's name begins the path. A path of another service has ``+`` as it is."""
    if "+" in path and app.detect_service(method, path, headers, query) == "s3":
        path = _with_blanks(path)
    return await original(method, path, headers, body, query, *rest)


def _with_blanks(path: str) -> str:
    raw = http_messages.raw_path() if "+" in path else ""
    return unquote_plus(raw) if unquote(raw) == path else path
