"""Conditions on writes of S3 objects, and what S3 says of destinations that it cannot notify."""

from collections.abc import Mapping
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, nothing, patch, replace, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import s3

_UNREACHABLE = "Unable to validate the following destination configurations"
_NO_ARN = "destination ARN is not in the correct format"


@departure("recorded answers of AWS: LocalStack's test_s3_api.snapshot.json, TestS3ObjectWritePrecondition")
def write_conditions() -> None:
    """A write is made if nothing is there, or over one version: If-None-Match takes ``*`` alone, If-Match an ETag.

    So is a copy. A condition that does not hold is named.
    """
    replace(s3, "_check_put_preconditions", nothing)
    check_requests(s3, "_check_put_preconditions", _check)
    check_requests(s3, "_copy_object", _check_copy)


def _check(headers: Mapping[str, str], existing: dict[str, Any] | None) -> None:
    absent, version = (headers.get(name, "").strip().strip('"') for name in ("if-none-match", "if-match"))
    given = [name for name, value in (("If-Match", version), ("If-None-Match", absent)) if value]
    if len(given) > 1 or version == "*" or absent not in {"", "*"}:
        text = "A header you provided implies functionality that is not implemented"
        raise RefusedError(text, "NotImplemented", 501, extra={"Header": ",".join(given)})
    if version and existing is None:
        raise RefusedError("The specified key does not exist.", "NoSuchKey", 404)
    if existing is not None and (absent or (version and version != existing["etag"].strip('"'))):
        text = "At least one of the pre-conditions you specified did not hold"
        raise RefusedError(text, "PreconditionFailed", 412, extra={"Condition": given[0]})


def _check_copy(bucket: str, key: str, headers: Mapping[str, str], *_: Any) -> None:
    if found := s3._buckets.get(bucket):
        _check(headers, found["objects"].get(key))


@departure("recorded answers of AWS: LocalStack's test_s3_notifications_sqs.snapshot.json, test_invalid_sqs_arn")
@patch(wrap, s3, "_invalid_notification_config")
def notification_refusals(original: Original, message: str) -> Any:
    """A destination that S3 cannot notify is refused in AWS's words, which do not name it."""
    if message.startswith(_UNREACHABLE):
        return original(_UNREACHABLE)
    return original("The ARN could not be parsed" if message.endswith(_NO_ARN) else message)
