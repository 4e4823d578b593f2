"""AWS SDK integrations of Step Functions that MiniStack lacks."""

import xml.etree.ElementTree as ET
from typing import Any

from naws.cli.embedded.departures.json_values import compact
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import app, states
from naws.cli.embedded.departures.shapes import operation, to_api

_RESULTS = {
    "etag": "ETag",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SsekmsKeyId",
    "x-amz-version-id": "VersionId",
}


@departure(
    "AWS Step Functions Developer Guide, 'Learning to use AWS service SDK integrations'; botocore sqs (a "
    "service of the JSON protocol, whose answers and errors keep their form)"
)
def sqs_answers() -> None:
    """``aws-sdk:sqs`` answers as its model says: lists stay lists, and ``Sqs.QueueDoesNotExistException`` is named."""
    states._AWS_SDK_SERVICE_MAP["sqs"] = {"target_prefix": "AmazonSQS", "protocol": "json"}


@departure(
    "AWS Step Functions Developer Guide, 'Learning to use AWS service SDK integrations'; botocore s3 PutObject; "
    "objects of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services/"
    "test_aws_sdk_task_service.snapshot.json (test_s3_put_object, 2025-11-06)"
)
@patch(wrap, states, "_dispatch_aws_sdk_rest_xml")
def s3_put_object(original: Original, info: Any, service_name: str, action: str, arguments: dict[str, Any]) -> Any:
    """``aws-sdk:s3:putObject`` stores ``Body`` as JSON text, a string in quotes, and calls it ``text/plain``."""
    if (service_name, action.lower()) != ("s3", "putobject"):
        return original(info, service_name, action, arguments)
    body = {"Body": compact(arguments["Body"])} if "Body" in arguments else {}
    return put_object({"ContentType": "text/plain; charset=UTF-8", **arguments, **body})


def put_object(arguments: dict[str, Any]) -> dict[str, Any]:
    """Call S3 with a text.

    Raises:
        _ExecutionError: S3 refuses.
    """
    body = arguments.get("Body", "").encode()
    shape = operation("s3", "PutObject").input_shape
    given = to_api(arguments, shape)  # Step Functions spells SseKmsKeyId what S3 spells SSEKMSKeyId
    wire = {name: member.serialization for name, member in shape.members.items() if name in given}
    headers = {at["name"].lower(): str(given[name]) for name, at in wire.items() if at.get("location") == "header"}
    headers |= {f"x-amz-meta-{name}": str(value) for name, value in arguments.get("Metadata", {}).items()}
    headers |= {"host": "s3.amazonaws.com", "content-length": str(len(body))}
    path = f"/{arguments['Bucket']}/{arguments['Key']}"
    response = app.call_service_handler_sync(app.SERVICE_HANDLERS["s3"], "PUT", path, headers, body, {})
    _, answered, answer = response
    if failed(response):
        raise _refused(answer)
    lower = {name.lower(): value for name, value in answered.items()}
    return {result: lower[name] for name, result in _RESULTS.items() if name in lower}


def _refused(answer: bytes) -> Exception:
    root = ET.fromstring(answer)  # noqa: S314  # MiniStack's own answer in this process
    code, message = (root.findtext(name) or "" for name in ("Code", "Message"))
    name = code if code.endswith("Exception") else f"{code or 'S3'}Exception"
    return states._ExecutionError(states._prefix_sdk_error("s3", name), message)
