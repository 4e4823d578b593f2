"""What a run failed by, for people: of what a service wrote as JSON the sentence, and which run within it failed."""

import re
from typing import Any

from naws.cli.json_texts import parsed
from naws.core.parsed_json import is_object

_SENTENCES = ("errorMessage", "StoppedReason", "Cause", "cause")
"""Of a function's error, a task, an execution."""

_CANNOT_START = "CannotStartContainerError: "
# As runc and crun have it, in what ECS and the engines pass on.
_MISSING = re.compile(
    r'exec: "(?P<runc>[^"]+)": (?:executable file not found|stat [^:]*: no such file)'
    r"|executable file `(?P<crun>[^`]+)` not"
)
_REFUSED = re.compile(r'exec: "([^"]+)": permission denied')


def of_start(reason: str) -> str:
    """Why a task did not start: where the program of its container is the reason, a sentence instead of the engine's.

    Args:
        reason: As ECS has it.
    """
    if not reason.startswith(_CANNOT_START):
        return reason
    plain = reason.replace('\\"', '"')
    if missing := _MISSING.search(plain):
        program = missing["runc"] or missing["crun"]
        return f"{_CANNOT_START}there is no program {program!r} in the image: its ENTRYPOINT, its CMD or the command."
    if refused := _REFUSED.search(plain):
        return f"{_CANNOT_START}{refused[1]!r} in the image is not executable."
    return reason


def in_words(error: str, cause: str) -> str:
    """An error's name and its cause, once each; empty when there is neither.

    Args:
        error: Its name; may be empty.
        cause: As Step Functions has it; may be empty.
    """
    words = readable(cause)
    # A function's answer begins with the error that Step Functions has beside it, and may have nothing else.
    parts = (error, "" if words == error else words.removeprefix(f"{error}: "))
    return ": ".join(part for part in parts if part)


def readable(cause: str) -> str:
    """Of an answer that a service wrote as JSON only the sentence."""
    value = parsed(cause)
    if not is_object(value):
        return of_start(cause)
    found = (value.get(name) for name in _SENTENCES)
    sentence = next((each for each in found if isinstance(each, str) and each), None)
    kind = value.get("errorType") or value.get("Error")
    named = kind if isinstance(kind, str) else ""
    if sentence is None:
        return named or cause
    return in_words(named, of_start(sentence))


def innermost(cause: str) -> str:
    """The run that failed within another: the ARN of an execution, or a function's request; empty when none is named.

    Args:
        cause: As Step Functions has it.
    """
    value = parsed(cause)
    if not is_object(value):
        return ""
    within: Any = value.get("Cause")
    own: Any = value.get("ExecutionArn") or value.get("requestId")
    found = innermost(within) if isinstance(within, str) else ""
    return found or (own if isinstance(own, str) else "")
