"""Writes to items of DynamoDB tables."""

import functools
import threading
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service

_WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")


@departure(
    source="Amazon DynamoDB Developer Guide, 'Read consistency' and 'Conditional writes'; API Reference, UpdateItem",
    replaces=tuple(f"dynamodb.{name}" for name in _WRITES),
)
def one_write_at_a_time() -> None:
    """A write reads, judges its condition and writes as one: of two at once the second sees what the first wrote."""
    lock = threading.RLock()  # a batch and a transaction write by the same functions

    def locked(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def write(*arguments: Any, **named: Any) -> Any:
            with lock:
                return original(*arguments, **named)

        return write

    for name in _WRITES:
        replace(service("dynamodb"), name, locked)
