"""Whether a value is known at synthesis.

Unknown is not wrong: a CDK token or a look-up's dummy passes every check that cannot know its value.
Nothing here crosses into Node; `Duration` and `Size` objects are unified by a pattern's plan before checks see them.
"""

import re
import struct
from collections.abc import Iterable, Mapping
from typing import cast

_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")
_LOOKUP_DUMMIES = re.compile(
    r"vpc-12345|[psi]-(12345|67890)|rtb-(12345|57890)[psi]|dummy1[a-z]|sg-1234(5|5678|56789012)?|dummy-value-for-.*|"
    r"TEST(ARN|ADDRESS|READERADDRESS|ID)|arn:[^:]+:(iam|ecr):[^:]*:123456789012:(role|repository)/DUMMY_ARN|"
    r"arn:[^:]+:elasticloadbalancing:us-west-2:123456789012:(listener|loadbalancer)/\w+/my-load-balancer/50dc6c495c0c9188.*"
)
"""What CDK's look-ups return before they have looked: `dummyValue` in aws-cdk-lib, of each `from_lookup`."""
# aws-cdk-lib encodes a number token as a double whose upper sixteen bits are 0xFBFF (core/lib/private/encoding.js).
_NUMBER_TOKEN_PREFIX = 0xFBFF
_DEEPEST = 100


def has_token(value: object, above: tuple[int, ...] = ()) -> bool:
    """Whether `value` is, or anywhere inside holds, an unresolved CDK token.

    Args:
        value: anything; where it holds itself it is not looked into again.
        above: ids of what holds it.
    """
    if id(value) in above or len(above) == _DEEPEST:
        return False
    match value:
        case str():
            return "{Token[" in value and _TOKEN.search(value) is not None
        case int() | float():
            return not isinstance(value, bool) and _is_number_token(value)
        case Mapping():
            items = cast("Mapping[object, object]", value)
            return any(has_token(part, (*above, id(items))) for item in items.items() for part in item)
        case list() | tuple() | set() | frozenset():
            parts = cast("Iterable[object]", value)
            return any(has_token(part, (*above, id(parts))) for part in parts)
        case _:
            return False


def known(value: object) -> bool:
    """Whether a check may judge `value`: it is given, holds no token and is no dummy of a context look-up."""
    return value is not None and not has_token(value) and not is_lookup_dummy(value)


def is_lookup_dummy(value: object) -> bool:
    """Whether `value` is what a CDK context look-up returns before it has really looked."""
    return isinstance(value, str) and _LOOKUP_DUMMIES.fullmatch(value) is not None


def _is_number_token(value: float) -> bool:
    try:
        bits: int = struct.unpack(">Q", struct.pack(">d", float(value)))[0]
    except OverflowError:
        return False
    return bits >> 48 == _NUMBER_TOKEN_PREFIX
