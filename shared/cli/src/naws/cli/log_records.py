"""Lines of logs that services write as JSON, as people read them: records of functions, and events of workflows."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from naws.cli.causes import in_words
from naws.cli.json_texts import parsed
from naws.cli.words import duration
from naws.core.parsed_json import is_array, is_object

_VALUE_CHARACTERS = 100
_BEGINNING = 8
# What the runtime and Powertools for AWS Lambda write of every record, and what is shown by itself.
_OF_LAMBDA = "function_name function_memory_size function_arn function_request_id requestId xray_trace_id tenantId"
_OF_LOGGERS = "timestamp level message logger location service cold_start stackTrace stack_trace"
_USUAL = frozenset(f"{_OF_LAMBDA} {_OF_LOGGERS}".split())
_OF_ERRORS = frozenset(("errorType", "errorMessage", "exception", "exception_name"))
_PLATFORM, _START, _REPORT = "platform.", "platform.start", "platform.report"
# Each attempt has them, and its report has what they have.
_FOLDED = frozenset(f"{_PLATFORM}{each}" for each in ("start", "initStart", "initRuntimeDone", "runtimeDone"))
_ENTERED, _EXITED = "StateEntered", "StateExited"
_NOTHING: Mapping[str, Any] = {}
FOLDER = re.compile(r'(?<=File ")[^"]*/functions/[0-9a-f]+/')
"""Where the embedded AWS has the files of functions."""


def record_of(line: str) -> Mapping[str, Any]:
    """What a line has as JSON; nothing of another."""
    found = parsed(line)
    return found if is_object(found) else _NOTHING


def shown(line: str) -> list[str]:
    """What a person reads of a line: the sentence with its level and fields, and its traceback below it.

    Of what Lambda itself writes of every attempt only the report is left.
    """
    record = record_of(line)
    kind = record.get("type")
    if isinstance(kind, str) and kind.startswith(_PLATFORM) and is_object(record.get("record")):
        return [*_of_platform(kind, record["record"])]
    if "execution_arn" in record and isinstance(kind, str):
        details = record.get("details")
        return [transition(kind, details if is_object(details) else _NOTHING) or kind]
    inner = record.get("message")
    if is_object(inner) and "errorMessage" in inner:
        record = {**record, **inner, "message": ""}
    if not {"message", "errorMessage"}.intersection(record):
        return line.splitlines() or [""]
    return [*_of_program(record)]


def run_named_in(line: str) -> str:
    """The beginning of the id of the run that a line is of; empty when it names none."""
    record = record_of(line)
    inner = record.get("record")
    found = record.get("requestId") or record.get("function_request_id")
    found = found or (inner.get("requestId") if is_object(inner) else "")
    return str(found or record.get("execution_arn") or "").rpartition(":")[2][:_BEGINNING]


def is_platform(line: str) -> bool:
    """Whether a line is Lambda's, and not the program's."""
    return str(record_of(line).get("type", "")).startswith(_PLATFORM)


def is_report(line: str) -> bool:
    """Whether a line is the report at the end of an attempt."""
    return record_of(line).get("type") == _REPORT


def started_in(line: str) -> str:
    """The id of the request whose attempt begins with a line; empty of another."""
    record = record_of(line)
    inner = record.get("record")
    return str(inner.get("requestId", "")) if record.get("type") == _START and is_object(inner) else ""


def raised(line: str) -> str:
    """The error that a function ended with, where a line is the runtime's record of it; else empty."""
    record = record_of(line)
    return "" if "message" in record else _error(record)


def transition(kind: str, details: Mapping[str, Any], *, whole: bool = False) -> str:
    """An event in the history of an execution, in a line; empty of what says nothing of its way.

    Args:
        kind: Its type.
        details: What it has beside it.
        whole: Its cause as it is, which may be JSON.
    """
    if kind.endswith(_ENTERED):
        return f"→ {details.get('name', '')}"
    if kind.endswith(_EXITED):
        return f"← {details.get('name', '')}"
    failure = str(details.get("error") or ""), str(details.get("cause") or "")
    error = ": ".join(filter(None, failure)) if whole else in_words(*failure)
    if kind.startswith("Execution") and kind != "ExecutionStarted":
        return f"{kind.removeprefix('Execution').lower()} {error}".rstrip()
    return f"{kind} {error}" if error else ""


def sentence(record: Mapping[str, Any], text: str) -> str:
    """A record's level, its text and its own fields, in a line."""
    fields = [f"{name}={_value(each)}" for name, each in record.items() if name not in _USUAL]
    return _joined(str(record.get("level", "")), FOLDER.sub("", text), " ".join(fields))


def cut(text: str, characters: int) -> str:
    """Of a long text the beginning and the end, which has the reason of errors that have others."""
    if len(text) <= characters:
        return text
    return f"{text[: characters // 2]} … {text[-characters // 2 :]}"


def _of_platform(kind: str, record: Mapping[str, Any]) -> Iterator[str]:
    failed = record.get("status", "success") != "success"
    if kind in _FOLDED or (kind == f"{_PLATFORM}initReport" and not failed):
        return
    metrics = record.get("metrics")
    measured: Mapping[str, Any] = metrics if is_object(metrics) else _NOTHING
    took, init = measured.get("durationMs"), measured.get("initDurationMs")
    used, size = measured.get("maxMemoryUsedMB"), measured.get("memorySizeMB")
    parts = [
        kind.removeprefix(_PLATFORM),
        f"{record['status']} {record.get('errorType', '')}".rstrip() if failed else "",
        duration(took / 1000) if isinstance(took, int | float) else "",
        f"init {duration(init / 1000)}" if isinstance(init, int | float) else "",
        f"{used} of {size} MB" if used is not None and size is not None else "",
    ]
    if not measured and not failed:
        parts += [f"{name}={_value(each)}" for name, each in record.items()]
    yield _joined(*parts)


def _of_program(record: Mapping[str, Any]) -> Iterator[str]:
    message, error = record.get("message", ""), _error(record)
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    fields = {name: each for name, each in record.items() if name not in _OF_ERRORS}
    first, *more = sentence(fields, text.strip() or error).splitlines() or [""]
    yield first
    yield from more
    frames = record.get("stackTrace")
    for frame in frames if is_array(frames) else ():
        yield from FOLDER.sub("", str(frame)).splitlines()
    if "exception" in record:
        yield from FOLDER.sub("", str(record["exception"])).splitlines()
    elif error and text.strip():
        yield error


def _error(record: Mapping[str, Any]) -> str:
    return in_words(str(record.get("errorType") or ""), str(record.get("errorMessage") or ""))


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return cut(" ".join(FOLDER.sub("", text).split()), _VALUE_CHARACTERS)


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)
