"""What S3 asks for beyond a request's own action, and to whom it says that an object is not there."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from defusedxml.ElementTree import fromstring

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.encryption import bucket_owner
from naws.cli.embedded.departures.permissions import pin_caller
from naws.cli.embedded.departures.seam import core, departure, replace, service

_OK, _NOT_FOUND = 200, 404
_GRANTS = ("read", "write", "read-acp", "write-acp", "full-control")
_LISTS = ("x-amz-acl", *(f"x-amz-grant-{name}" for name in _GRANTS))
_DELETIONS = frozenset({"s3:DeleteObject", "s3:DeleteObjectVersion"})

_key_by_key: ContextVar[bool] = ContextVar("naws_key_by_key", default=False)


@departure(
    source="Amazon S3 API Reference, 'GetObject', 'HeadObject', 'GetObjectAttributes': Permissions",
    replaces=("s3._get_object", "s3._head_object", "s3._get_object_attributes", "s3._foreign_bucket_allows"),
)
def missing_objects() -> None:
    """Who has ``s3:ListBucket`` on a bucket learns that an object is not there (404); others are refused (403)."""
    for name in ("_get_object", "_head_object", "_get_object_attributes"):
        replace(service("s3"), name, _hiding)


def _hiding(original: Callable[..., Any]) -> Callable[..., Any]:
    def read(bucket: str, key: str, *rest: Any) -> Any:
        answer = original(bucket, key, *rest)
        owner = bucket_owner(bucket)
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
