"""What Ctrl-C and SIGTERM do for a while."""

import contextlib
import signal
from collections.abc import Callable, Generator


def interrupt(*_: object) -> None:
    """End as Ctrl-C does, through every `finally`."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def signals(handler: Callable[..., None] | signal.Handlers) -> Generator[None]:
    """Have SIGTERM and SIGINT handled so until the end; ignored, they cut nothing short that must be done."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


class Stopping:
    """Whether Ctrl-C asked for an end: what is begun is finished first; a second one ends at once.

    Attributes:
        asked: It did.
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, *_: object) -> None:
        """Take note of a signal."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
