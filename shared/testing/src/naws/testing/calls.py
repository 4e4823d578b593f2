"""Count the calls into Node that a piece of code makes: what building and synthesising costs on any machine."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from jsii._kernel.providers import process


@dataclass
class NodeCalls:
    """The calls into Node that were made so far."""

    by_kind: Counter[str] = field(default_factory=Counter[str])
    """Calls by the name of jsii's request, such as `CreateRequest` or `GetRequest`."""

    @property
    def count(self) -> int:
        """All calls, of whatever kind."""
        return self.by_kind.total()


@contextmanager
def node_calls() -> Generator[NodeCalls]:
    """Count the calls into Node inside of the block; blocks may be nested, and each counts its own."""
    calls = NodeCalls()
    node: Any = vars(process)["_NodeProcess"]  # jsii has no public place where every call passes
    send = node.send

    def counted(self: Any, request: Any, *others: Any, **named: Any) -> Any:
        calls.by_kind[type(request).__name__] += 1
        return send(self, request, *others, **named)

    with patch.object(node, "send", counted):
        yield calls


def calls_of(make: Callable[..., object], *arguments: object) -> int:
    """The number of calls into Node that `make(*arguments)` takes, such as a further construct in a stack."""
    with node_calls() as calls:
        make(*arguments)
    return calls.count
