"""JSONata as Step Functions evaluates it, on MiniStack's engine jsonata-python."""

import random
import re
from functools import partial
from importlib import import_module
from typing import Any

from naws.cli.embedded.departures.context_objects import context_object, current, failed, variables
from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.services import states
from naws.core import jsonata

_FAILED = "States.QueryEvaluationError"
_TIMEOUT_MS = 1000
_DEEPEST = 100
"""Steps in one another; one more was measured on AWS to fail (floci-io/floci, pull request 2783, August 2026)."""
_TIMESTAMP = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)((?<=-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")


@departure(
    "AWS Step Functions Developer Guide, 'Transforming data with JSONata' (JSONata 2.0.6); JSONata 2.0.6, "
    "function string: each number is reduced to 15 significant digits and written as JavaScript writes it"
)
def jsonata_text() -> None:
    """``$string`` and ``&`` write numbers with 15 significant digits, whole ones too, and letters as they are."""
    import_module("jsonata.functions").Functions._string = staticmethod(_string)


@departure(
    "AWS Step Functions Developer Guide, 'Transforming data with JSONata', 'Accessing execution data from the "
    "Context object'; executions of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2: "
    "scenarios/test_base_scenarios.snapshot.json (test_map_state_items_eval_jsonata_fail 2024-11-19), "
    "outputdecl/test_output.snapshot.json (BASE_EXPR 2026-02-19); JSONata's own suite of tests, function-tomillis"
)
def jsonata_evaluation() -> None:
    """An expression sees ``$states`` and variables only, nulls as nulls, and has no ``$eval``; numbers are doubles.

    One that yields nothing or a function fails with ``States.QueryEvaluationError``. The context object has what is
    documented: ``RoleArn`` and ``RedriveCount`` too, and nothing of MiniStack's own. A copy that is changed keeps its
    nulls, and ``$toMillis`` takes a date without a time, a month or a year.
    """
    replace(states, "_evaluate_jsonata", _evaluate)
    wrap(states, "_sfn_jsonata_to_millis", _to_millis)
    functions = import_module("jsonata.functions").Functions
    functions.function_clone = staticmethod(partial(_clone, functions.function_clone))
    # The engine bound the original to the name when it was loaded.
    import_module("jsonata").Jsonata.define_function("clone", "<(oa)-:o>", "function_clone")


def _evaluate(
    expression: str, data: Any, ctx: dict[str, Any] | None = None, result: Any = None, error_output: Any = None
) -> Any:
    subject = f"The JSONata expression '{expression}'"
    given = {"result": result, "errorOutput": error_output}
    seen = {name: value for name, value in given.items() if value is not None}
    seen |= {"input": data, "context": context_object(current(ctx))}
    try:
        program = import_module("jsonata").Jsonata(expression, timeout=_TIMEOUT_MS, stack=_DEEPEST)
        states._register_sfn_jsonata_functions(program)
        for name, function in _FUNCTIONS.items():
            program.register_lambda(name, function)
        program.set_output_convert_nulls(False)
        value = program.evaluate(None, _to_engine({**variables(ctx), "states": seen}))
    except Exception as error:
        code = getattr(error, "error", None)
        text = f"{code}: {error}" if code else str(error)
        raise failed(_FAILED, f"{subject} threw an error during evaluation. {text}") from error
    if value is None:
        raise failed(_FAILED, f"{subject} returned nothing (undefined).")
    return _to_json(value, subject)


def _to_millis(original: Original, timestamp: Any = None, picture: Any = None) -> Any:
    given = _TIMESTAMP.fullmatch(timestamp) if isinstance(timestamp, str) and picture is None else None
    if given:
        date, time = given.groups()
        # Of a date the months and days that it leaves out are the first; what is no timestamp is refused below.
        timestamp = f"{date}{'-01-01'[len(date) - 4 :]}{time or 'T00:00:00Z'}"
    elif picture is None and isinstance(timestamp, str):
        timestamp = timestamp.replace("T", " ")
    return original(timestamp, picture)


def _clone(original: Original, value: Any) -> Any:
    return None if value is None else _to_engine(original(value))


def _parsed(text: Any = None) -> Any:
    return _to_engine(jsonata.parsed(text))


def _drawn(seed: Any = None) -> float:
    return random.random() if seed is None else jsonata.drawn(seed)  # noqa: S311  # what a workflow draws guards nothing here


_FUNCTIONS = {
    "partition": jsonata.partition,
    "range": jsonata.numbers,
    "hash": jsonata.digest,
    "random": _drawn,
    "parse": _parsed,
    "eval": jsonata.no_eval,
}


def _to_engine(value: Any) -> Any:
    """A copy for the engine, where None is undefined and null a value of its own."""
    if is_object(value):
        return {name: _to_engine(item) for name, item in value.items()}
    if is_array(value):
        return [_to_engine(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(float(value))  # a double, exact up to 2^53 only
    return _null() if value is None else value


def _to_json(value: Any, subject: str) -> Any:
    if is_object(value):
        return {str(name): _to_json(item, subject) for name, item in value.items()}
    if is_array(value):
        return [_to_json(value[index], subject) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str | int | float):
        return value
    if value is _null():
        return None
    raise failed(_FAILED, f"{subject} returned an unsupported result type.")


def _null() -> Any:
    return import_module("jsonata.utils").Utils.NULL_VALUE


def _string(value: Any, pretty: bool) -> str:  # the engine's own signature
    text = jsonata.written(_plain(value), 2 if pretty else None)
    return "" if text == '""' else text  # a function's; the engine asks for no text of text


def _plain(value: Any) -> Any:
    """The engine's value as JSON; a function is empty text."""
    if is_array(value):
        # By index: the engine's ranges leave out their last number when iterated.
        return [_plain(value[index]) for index in range(len(value))]
    if is_object(value):
        return {str(name): _plain(item) for name, item in value.items()}
    if value is None or value is _null():
        return None
    return value if isinstance(value, str | int | float) else ""
