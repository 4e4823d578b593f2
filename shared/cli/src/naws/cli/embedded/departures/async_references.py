"""Events on their way to functions, as these are invoked: by an alias or a version."""

from dataclasses import dataclass
from typing import Any

from naws.cli.embedded.departures.services import functions

LATEST = "$LATEST"


@dataclass
class Invocation:
    """One event on its way to a function.

    Attributes:
        arn: the function as it was invoked.
        event: what the function is given.
        request_id: that of every attempt, and of the answer to who asked for it.
        age: the seconds that the event would have by now on AWS.
        failures: attempts that the function failed.
        throttles: attempts that were throttled.
    """

    arn: str
    event: Any
    request_id: str
    age: float = 0
    failures: int = 0
    throttles: int = 0


def qualified(config: dict[str, Any]) -> tuple[str, str]:
    """The name of a function and the qualifier it is invoked by; `$LATEST` when it is invoked without one."""
    name, qualifier = functions._resolve_name_and_qualifier(config["FunctionArn"])
    return name, qualifier or LATEST
