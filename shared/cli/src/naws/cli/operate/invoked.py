"""A function that is invoked by hand, once, and the answer that is waited for."""

import shlex
from typing import Any

from botocore.exceptions import HTTPClientError, ReadTimeoutError

from naws.cli import console
from naws.cli.causes import readable
from naws.cli.errors import TIMED_OUT, CliError
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.next_steps import show_next
from naws.cli.operate.where import Where
from naws.cli.words import counted

LONGEST = 960.0
"""Seconds in which every function has ended: its timeout is 900 at most, and a cold start is not of it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (function timeout)
"""
_ACCEPTED = 60.0
_SHORTEST = 0.001


def invoke(where: Where, pattern: Deployed, payload: str, wait: float | None, *, show: bool) -> tuple[int, Any]:
    """Invoke a function.

    Args:
        where: Where it was found.
        pattern: The function's.
        payload: What it is given.
        wait: Seconds to wait for its answer; None: it is invoked asynchronously.
        show: Print what happens.

    Returns:
        The exit code, 0 or 1 when its answer is an error, and the answer.

    Raises:
        CliError: No answer came in time, or the connection was lost: the function may go on.
    """
    kind = "Event" if wait is None else "RequestResponse"
    # Once: what got no answer may have been done.
    client = pattern.place.client("lambda", attempts=1, patience=max(_ACCEPTED if wait is None else wait, _SHORTEST))
    try:
        answer = client.invoke(FunctionName=pattern.arn, InvocationType=kind, Payload=payload.encode())
        text = answer["Payload"].read().decode(errors="replace")
    except HTTPClientError as error:
        # Without a connection, which is an error of another class, nothing was invoked.
        raise _unanswered(pattern, error, wait) from error
    request, failed = answer["ResponseMetadata"].get("RequestId", ""), answer.get("FunctionError")
    if show:
        if wait is not None:
            console.line(readable(text) if failed else text, style="red" if failed else "")
        else:
            console.line(f"invoked: {request}")
        if failed or wait is None:
            show_next([f"naws logs {shlex.quote(request)}"])
    document = {"where": where.data(), **pattern.data(), "run": request, "failed": bool(failed)}
    return int(bool(failed)), {**document, "answer": None if wait is None else text}


def _unanswered(pattern: Deployed, error: HTTPClientError, wait: float | None) -> CliError:
    path = pattern.runs.path
    if isinstance(error, ReadTimeoutError) and wait is not None and wait < LONGEST:
        title = f"{path} has not ended within {counted(wait, 'second')}; it goes on."
    else:
        title = f"{path} may have been invoked, and may go on: its answer was lost. {error}"
    look = f"naws logs {shlex.quote(path)} --follow" if pattern.log_group else f"naws runs {shlex.quote(path)}"
    return CliError(title, look, code=TIMED_OUT)
