"""What is JSON, and how much of it there is."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from naws.core.tokens import has_token

_HALF = re.compile(r"[\ud800-\udfff]")


def unfit(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Every part that is not JSON; a token and a construct's attribute pass."""
    match value:
        case Mapping():
            for key, part in cast("Mapping[object, object]", value).items():
                if not (isinstance(key, str) and _is_json(key)):
                    yield f"{path}[{key!r}]", key
                yield from unfit(part, f'{path}["{key}"]')
        case list() | tuple():
            for index, part in enumerate(cast("Sequence[object]", value)):
                yield from unfit(part, f"{path}[{index}]")
        case _:
            if not _is_json(value):
                yield path, value


def _is_json(value: object) -> bool:
    match value:
        case None | bool() | int():
            return True
        case str():
            return _HALF.search(value) is None
        case float():
            return has_token(value) or math.isfinite(value)
        case _:
            return hasattr(value, "__jsii_ref__")


def compact(value: object) -> str:
    """`value` as CDK writes it into a template: no blanks, nothing escaped that need not be."""
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"), skipkeys=True)


def texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, keys included, with its path."""
    match value:
        case str():
            yield path, value
        case Mapping():
            for key, part in cast("Mapping[str, object]", value).items():
                yield f'{path}["{key}"]', key
                yield from texts(part, f'{path}["{key}"]')
        case list() | tuple():
            for index, part in enumerate(cast("Sequence[object]", value)):
                yield from texts(part, f"{path}[{index}]")
        case _:
            return
