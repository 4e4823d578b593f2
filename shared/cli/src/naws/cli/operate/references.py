"""What a part of a template refers to."""

from collections.abc import Iterator
from typing import Any

from naws.core.parsed_json import is_array, is_object


def referred(value: Any) -> Iterator[str]:
    """The logical ids that a part of a template refers to."""
    if is_object(value):
        match dict(value):
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                yield name
            case others:
                for each in others.values():
                    yield from referred(each)
    elif is_array(value):
        for each in value:
            yield from referred(each)
