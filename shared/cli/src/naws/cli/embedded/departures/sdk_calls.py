"""AWS SDK integrations of Step Functions that MiniStack lacks."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from importlib import import_module
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service

_HEADERS = {
    "CacheControl": "cache-control",
    "ContentEncoding": "content-encoding",
    "ContentType": "content-type",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "SseKmsKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
    "StorageClass": "x-amz-storage-class",
    "Tagging": "x-amz-tagging",
    "IfNoneMatch": "if-none-match",
    "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
}
_RESULTS = {
    "etag": "ETag",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SsekmsKeyId",
    "x-amz-version-id": "VersionId",
}
_FIRST_ERROR_STATUS = 400


@departure(
    source="AWS Step Functions Developer Guide, 'Learning to use AWS service SDK integrations'; botocore sqs (a "
    "service of the JSON protocol, whose answers and errors keep their form)",
    replaces=("stepfunctions._AWS_SDK_SERVICE_MAP",),
)
def sqs_answers() -> None:
    """``aws-sdk:sqs`` answers as its model says: lists stay lists, and ``Sqs.QueueDoesNotExistException`` is named."""
    service("stepfunctions")._AWS_SDK_SERVICE_MAP["sqs"] = {"target_prefix": "AmazonSQS", "protocol": "json"}


@departure(
    source="AWS Step Functions Developer Guide, 'Learning to use AWS service SDK integrations'; botocore s3 PutObject; "
    "objects of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services/"
    "test_aws_sdk_task_service.snapshot.json (test_s3_put_object, 2025-11-06)",
    replaces=("stepfunctions._dispatch_aws_sdk_rest_xml",),
)
def s3_put_object() -> None:
    """``aws-sdk:s3:putObject`` stores ``Body`` as JSON text, a string in quotes, and calls it ``text/plain``."""
    replace(service("stepfunctions"), "_dispatch_aws_sdk_rest_xml", _with_put_object)


def _with_put_object(original: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch(info: Any, service_name: str, action: str, arguments: dict[str, Any]) -> Any:
        if (service_name, action.lower()) != ("s3", "putobject"):
            return original(info, service_name, action, arguments)
        body = {"Body": _json(arguments["Body"])} if "Body" in arguments else {}
        return put_object({"ContentType": "text/plain; charset=UTF-8", **arguments, **body})

    return dispatch


def put_object(arguments: dict[str, Any]) -> dict[str, Any]:
    """Call S3 with a text.

    Raises:
        _ExecutionError: S3 refuses.
    """
    app = import_module("ministack.app")
    body = arguments.get("Body", "").encode()
    headers = {_HEADERS[name]: str(value) for name, value in arguments.items() if name in _HEADERS}
    headers |= {f"x-amz-meta-{name}": str(value) for name, value in arguments.get("Metadata", {}).items()}
    headers |= {"host": "s3.amazonaws.com", "content-length": str(len(body))}
    path = f"/{arguments['Bucket']}/{arguments['Key']}"
    status, answered, answer = app.call_service_handler_sync(app.SERVICE_HANDLERS["s3"], "PUT", path, headers, body, {})
    if status >= _FIRST_ERROR_STATUS:
        raise _refused(answer)
    lower = {name.lower(): value for name, value in answered.items()}
    return {result: lower[name] for name, result in _RESULTS.items() if name in lower}


def _json(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _refused(answer: bytes) -> Exception:
    root = ET.fromstring(answer)  # noqa: S314  # MiniStack's own answer in this process
    code, message = (root.findtext(name) or "" for name in ("Code", "Message"))
    name = code if code.endswith("Exception") else f"{code or 'S3'}Exception"
    states = service("stepfunctions")
    return states._ExecutionError(states._prefix_sdk_error("s3", name), message)
