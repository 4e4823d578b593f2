"""Text of an error that is nobody's data: text without quotes, and things by the names of their classes."""

import re
from collections.abc import Sequence
from typing import Any, cast

from naws.core.type_checks import jsii_classes


class Verbatim(str):
    """A value in words, which an error prints without quotes: `2 days`. What it is called makes no secret of it."""

    __slots__ = ()
    __repr__ = str.__str__


class Line(str):
    """A remedy that is whole, where others are the value of a field."""

    __slots__ = ()


_IMPORTED_AS = {"elasticloadbalancingv2": "elbv2", "lambda": "lambda_", "stepfunctions": "sfn"}


def qualified(kind: Any) -> str:
    """A class as the usual imports name it: `ecs.Secret`, `cdk.Duration`."""
    module: str = getattr(kind, "__module__", "")
    name = re.sub(r"^_(.*?)(Base)?Proxy$", r"\1", getattr(kind, "__name__", str(kind)))
    service = re.search(r"\baws_cdk\b.*\.aws_(?P<name>\w+)", module)
    if service is None:
        return f"cdk.{name}" if module.startswith("aws_cdk") else name
    return f"{_IMPORTED_AS.get(service['name'], service['name'])}.{name}"


def class_of(value: object) -> Any:
    """The class of a thing; of what a look-up or an import returns that which it stands for."""
    return [type(value), *jsii_classes(value)][-1]


def thing(value: object) -> str:
    """A thing by its class: `an s3.Bucket`."""
    return with_article(qualified(class_of(value)))


def variable(value: object) -> str:
    """A thing as a variable is called that holds it: `log_group`."""
    return snake(re.sub(r"^I(?=[A-Z])", "", qualified(class_of(value)).rsplit(".", 1)[-1]))


def snake(name: str) -> str:
    """`LogGroup` as `log_group`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def as_list(value: Any) -> list[Any]:
    """A list of one that is written as the one, as IAM and event patterns do, as a list."""
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else [value]


def one_or_more(values: Sequence[str]) -> str | list[str]:
    """The opposite: a list, and the one of a list of one."""
    return values[0] if len(values) == 1 else list(values)


def with_article(noun: str) -> str:
    """`a noun` or `an other`, as it is spoken: `an s3.Bucket`, as its s is a letter of its own."""
    spelled = re.match(r"(s3|sns|sqs|ssm|ses|msk|fsx)\b", noun)
    return f"{'an' if spelled or noun[0] in 'aeioAEIO' else 'a'} {noun}"


def format_duration(value: float) -> str:
    """Seconds as a person would write them: `90 minutes`, `14 days`."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if value >= size and value % size == 0:
            return f"{int(value // size)} {unit}{'' if value == size else 's'}"
    return f"{value:,g} seconds"
