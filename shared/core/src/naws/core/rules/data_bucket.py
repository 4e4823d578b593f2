"""Buckets that are made for data: names, old versions, and what becomes of them."""

import re
from collections.abc import Iterator

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Field, as_duration, is_number, is_text
from naws.core.text import format_duration

_NAMING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_LIFECYCLE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html"
_LEGAL = re.compile(r"[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_RESERVED = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)")
_DAY = 86_400
_MOST_DAYS = 2**31 - 1


@limit(
    code="NAWS-BUCKET-001",
    title="A bucket's name has 3 to 63 small letters, digits, dots and hyphens",
    source=_NAMING,
    example='bucket_name="Sales_Inbox"',
    fix='bucket_name="sales-inbox"',
)
def bucket_name(name: Field) -> Iterator[Finding]:
    """S3 refuses any other name, and every name that somebody else's bucket in the partition has already.

    It begins and ends with a letter or a digit, is no IP address, and has none of the beginnings and ends that S3 keeps
    for itself, such as `xn--` and `-s3alias`. Without a name CloudFormation finds one.
    """
    given = name.value
    if is_text(given) and (not _LEGAL.fullmatch(given) or _ADDRESS.fullmatch(given) or _RESERVED.fullmatch(given)):
        legal = re.sub(r"[^a-z0-9]+", "-", given.lower())[:63].strip("-")
        fits = _LEGAL.fullmatch(legal) and not _RESERVED.fullmatch(legal) and not _ADDRESS.fullmatch(given)
        yield name.finding(
            "3 to 63 small letters, digits, dots and hyphens, a letter or a digit at both ends, no IP address, and "
            "none of the beginnings and ends that S3 keeps for itself",
            (f'bucket_name="{legal}"\n' if fits else "") + "omit bucket_name  # CloudFormation names it",
        )


@practice(
    code="NAWS-BUCKET-002",
    title="A bucket's name has no dots",
    source=_NAMING,
    example='bucket_name="inbox.sales"',
    fix='bucket_name="inbox-sales"',
)
def without_dots(name: Field) -> Iterator[Finding]:
    """The bucket takes TLS only, and the certificate of S3 does not fit `<bucket>.s3…` when it has dots in it."""
    if is_text(name.value) and "." in name.value and not any(bucket_name.judge(name)):
        yield name.finding("a name without dots", f'bucket_name="{name.value.replace(".", "-")}"')


@limit(
    code="NAWS-BUCKET-003",
    title="Old versions are kept for whole days, one or more",
    source=_LIFECYCLE,
    example="noncurrent_version_expiration=cdk.Duration.hours(12)",
    fix="noncurrent_version_expiration=cdk.Duration.days(1)",
)
def whole_days(field: Field) -> Iterator[Finding]:
    """S3 counts the lifecycle of objects in days, and refuses a rule of none."""
    given = field.value
    if is_number(given) and (given < _DAY or given % _DAY or given > _MOST_DAYS * _DAY):
        nearest = min(max(given // _DAY, 1), _MOST_DAYS)
        remedy = f"{field.name}={as_duration(nearest * _DAY)}"
        yield field.finding("whole days, 1 or more", remedy, shown=format_duration(given))


@advice(
    code="NAWS-BUCKET-004",
    title="A bucket that goes with its stack is emptied before",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
    "#troubleshooting-errors-delete-stack-fails",
    example="removal_policy=cdk.RemovalPolicy.DESTROY",
    fix="removal_policy=cdk.RemovalPolicy.RETAIN",
)
def emptied(field: Field) -> Iterator[Finding]:
    """CloudFormation deletes no bucket that holds objects, and every version of an object is one.

    To empty it unasked would take a Lambda function with the right to delete everything in it.
    """
    if getattr(field.value, "name", None) == "DESTROY":
        yield field.finding(
            "a bucket without objects and versions when the stack is deleted",
            remedy=f"{field.name}=cdk.RemovalPolicy.RETAIN\n"
            f"{field.name}=cdk.RemovalPolicy.DESTROY  # every version deleted before the stack is",
            shown="cdk.RemovalPolicy.DESTROY",
        )


NAME_RULES = (bucket_name, without_dots)
EXPIRATION_RULES = (whole_days,)
REMOVAL_RULES = (emptied,)
