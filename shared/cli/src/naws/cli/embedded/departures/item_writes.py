"""Writes to items of DynamoDB tables."""

import threading
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import dynamodb

_LOCK = threading.RLock()  # a batch and a transaction write by the same functions


@departure("Amazon DynamoDB Developer Guide, 'Read consistency' and 'Conditional writes'; API Reference, UpdateItem")
@patch(wrap, dynamodb, ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items"))
def one_write_at_a_time(original: Original, *arguments: Any, **named: Any) -> Any:
    """A write reads, judges its condition and writes as one: of two at once the second sees what the first wrote."""
    with _LOCK:
        return original(*arguments, **named)
