"""Conditions on writes of S3 objects, and what S3 says of destinations that it cannot notify."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from collections.abc import Callable, Mapping
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service, unless

_UNREACHABLE = "Unable to validate the following destination configurations"
_NO_ARN = "destination ARN is not in the correct format"


@departure(
    source="recorded answers of AWS: LocalStack's test_s3_api.snapshot.json, TestS3ObjectWritePrecondition",
    replaces=("s3._check_put_preconditions", "s3._copy_object", "s3._buckets", "s3._error"),
)
def write_conditions() -> None:
    """A write is made if nothing is there, or over one version: If-None-Match takes ``*`` alone, If-Match an ETag.

    So is a copy. A condition that does not hold is named.
    """
    replace(service("s3"), "_check_put_preconditions", lambda _: _check)
    replace(service("s3"), "_copy_object", unless(_refused_copy))


def _check(headers: Mapping[str, str], existing: dict[str, Any] | None) -> Any:
    absent, version = (headers.get(name, "").strip().strip('"') for name in ("if-none-match", "if-match"))
    refuse = service("s3")._error
    wrong = [name for name, given in (("If-Match", version), ("If-None-Match", absent)) if given]
    if len(wrong) > 1 or version == "*" or absent not in {"", "*"}:
        text = "A header you provided implies functionality that is not implemented"
        return refuse("NotImplemented", text, 501, extra={"Header": ",".join(wrong)})
    if version and existing is None:
        return refuse("NoSuchKey", "The specified key does not exist.", 404)
    if (absent and existing is not None) or (
        existing is not None and version and version != existing["etag"].strip('"')
    ):
        text = "At least one of the pre-conditions you specified did not hold"
        return refuse("PreconditionFailed", text, 412, extra={"Condition": wrong[0]})
    return None


def _refused_copy(bucket: str, key: str, headers: Mapping[str, str]) -> Any:
    there = service("s3")._buckets.get(bucket)
    return _check(headers, there["objects"].get(key)) if there else None


@departure(
    source="recorded answers of AWS: LocalStack's test_s3_notifications_sqs.snapshot.json, test_invalid_sqs_arn",
    replaces=("s3._invalid_notification_config",),
)
def notification_refusals() -> None:
    """What cannot be notified is refused in AWS's words, without the destination."""
    replace(service("s3"), "_invalid_notification_config", _in_words)


def _in_words(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def refuse(message: str) -> Any:
        if message.startswith(_UNREACHABLE):
            return original(_UNREACHABLE)
        return original("The ARN could not be parsed" if message.endswith(_NO_ARN) else message)

    return refuse
