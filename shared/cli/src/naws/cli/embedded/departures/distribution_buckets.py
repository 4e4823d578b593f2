"""CloudFront as a reader of buckets: which objects it gets, and whether it learns that one is missing."""

from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.encryption import bucket_owner
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import evaluator, responses, s3

_SERVICE = "cloudfront.amazonaws.com"
_READS = frozenset({"GET", "HEAD"})


@departure(
    "Amazon CloudFront Developer Guide, 'Restrict access to an Amazon S3 origin' (what the bucket's and the key's "
    "policies need); Amazon S3 API Reference, 'GetObject', Permissions: 404 with s3:ListBucket, 403 without"
)
@patch(wrap, s3, "serve_cloudfront_origin_fetch")
def objects_of_origins(
    original: Original, bucket: str, key: str, method: str, headers: Any, source_arn: str = "", oai_id: str = ""
) -> Any:
    """A missing object is 404 where the bucket's policy lets CloudFront list the bucket, and 403 where it does not.

    A key of KMS has to let CloudFront decrypt. A request for the root is one for the list of objects, which everybody
    gets who asks CloudFront for it where listing is allowed. Nothing is written: AWS's answer to a POST is S3's, too.
    """
    owner, resource = bucket_owner(bucket), f"/{bucket}/{key}"
    if not owner:
        return original(bucket, key, method, headers, source_arn, oai_id)
    if method not in _READS:
        code = "MethodNotAllowed" if method == "POST" else "AccessDenied"
        text = "The specified method is not allowed against this resource." if method == "POST" else "Access Denied"
        return s3._error(code, text, 405 if method == "POST" else 403, resource)
    known: Any = members(s3._ensure_bucket(bucket)).get("objects") or {}
    if key not in known:
        return _missing(owner, bucket, key, source_arn, oai_id)
    if source_arn and judge.denied(
        judge.ask_service_key, _SERVICE, f"arn:aws:s3:::{bucket}/{key}", "kms:Decrypt", source_arn=source_arn
    ):
        return s3._error("AccessDenied", "Access Denied", 403, resource)
    return original(bucket, key, method, headers, source_arn, oai_id)


def _missing(owner: str, bucket: str, key: str, source_arn: str, oai_id: str) -> Any:
    if judge.evaluating() and not _may_list(owner, bucket, source_arn, oai_id):
        return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
    if key:
        return s3._error("NoSuchKey", "The specified key does not exist.", 404, f"/{bucket}/{key}")
    with responses.request_scope(owner, responses.get_region()):
        return s3._list_objects_v1(bucket, {})


def _may_list(owner: str, bucket: str, source_arn: str, oai_id: str) -> bool:
    if s3._foreign_bucket_allows(owner, bucket, "", "GET", {}, ""):
        return True
    resource = f"arn:aws:s3:::{bucket}"
    if source_arn:
        return not judge.denied(judge.ask_service, _SERVICE, "s3:ListBucket", resource, source_arn=source_arn)
    policy = s3._bucket_policies.get_scoped(owner, None, bucket)
    if not policy or not oai_id:
        return False
    context = evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {oai_id}",
        principal_type="User",
        principal_account="",
        action="s3:ListBucket",
        resource_arn=resource,
        region=responses.get_region(),
    )
    return bool(evaluator.evaluate_resource_policy(policy, context).decision == "Allow")
