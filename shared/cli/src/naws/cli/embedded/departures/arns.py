"""The parts of ARNs."""

_PARTS = 6


def parts_of(arn: str) -> list[str]:
    """The six parts of an ARN; those of a text that is none are empty."""
    parts = arn.split(":", _PARTS - 1)
    return parts if len(parts) == _PARTS else [""] * _PARTS


def service_of(arn: str) -> str:
    """The service in an ARN, such as ``sqs``; empty when it is none."""
    return parts_of(arn)[2]


def region_of(arn: str) -> str:
    """The region in an ARN; empty when it has none."""
    return parts_of(arn)[3]


def account_of(arn: str) -> str:
    """The account in an ARN; empty when it has none."""
    return parts_of(arn)[4]


def name_of(arn: str) -> str:
    """The part of an ARN after the last slash, such as the name of a role or the id of a task."""
    return arn.rpartition("/")[2]
