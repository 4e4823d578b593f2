"""JSONata as Step Functions evaluates it, on the engine jsonata-python.

Values are bound as data. Pasting them into the program text, as the interpreter does by itself, breaks on
quotes, line ends and on a `/` that looks like the start of a regular expression.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from naws.core.jsonata import ExpressionError, as_double, digest, drawn, no_eval, numbers, parsed, partition, written
from naws.core.parsed_json import is_array, is_object, rewritten
from naws.testing._extras import optional

# Measured on AWS: an expression of 100 steps in one another is evaluated, one of 101 is a "stack overflow"
# (floci-io/floci, pull request 2783, August 2026).
_DEEPEST = 100


class Expressions:
    """Evaluates expressions at one virtual time, with chance that repeats for the same seed or stands still."""

    def __init__(self, seed: str, now: Callable[[], float], chance: float | None = None) -> None:
        self._fixed_chance = chance
        engine = optional("jsonata.jsonata").Jsonata
        self._engine: Any = type("Engine", (engine,), {"evaluate_string_concat": self._concatenated})
        self._utils = optional("jsonata.utils").Utils
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose, protects nothing
        self._now = now
        self._functions = {name: self._engine.JLambda(function) for name, function in self._own_functions().items()}
        self._functions["string"] = self._engine.JFunction(self._engine.JLambda(self._string), "<x-b?:s>")

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Evaluate `expression` with `variables` (names without `$`).

        Raises:
            ExpressionError: it does not parse, fails, or yields nothing or something that is not JSON.
        """
        try:
            bindings = {name: self._to_engine(value) for name, value in variables.items()}
            program = self._engine(expression, stack=_DEEPEST)
            program.set_output_convert_nulls(False)
            result = program.evaluate(None, {**self._functions, **bindings})
        except ExpressionError:
            raise
        except Exception as error:
            raise ExpressionError(f"The JSONata expression '{expression}' failed: {error}") from error
        if result is None:
            raise ExpressionError(f"The JSONata expression '{expression}' returned nothing (undefined).")
        return self._to_json(result, expression)

    def _to_engine(self, value: Any) -> Any:
        """Copy JSON for the engine, where None means undefined and null is a value of its own."""
        return rewritten(value, lambda leaf: self._utils.NULL_VALUE if leaf is None else as_double(leaf))

    def _to_json(self, value: Any, expression: str) -> Any:
        if is_object(value):
            return {str(key): self._to_json(item, expression) for key, item in value.items()}
        if is_array(value):
            # By index: the engine's ranges leave out their last number when iterated.
            return [self._to_json(value[index], expression) for index in range(len(value))]
        if value is self._utils.NULL_VALUE:
            return None
        if value is None or isinstance(value, str | int | float):
            return as_double(value)
        raise ExpressionError(f"The JSONata expression '{expression}' returned an unsupported result type.")

    def _own_functions(self) -> dict[str, Callable[..., Any]]:
        """Functions that Step Functions adds to JSONata or takes away, and those that depend on time or chance."""
        return {
            "partition": partition,
            "range": numbers,
            "hash": digest,
            "random": self.drawn,
            "uuid": self.unique,
            "parse": self._parse,
            "eval": no_eval,
            "millis": lambda: int(self._now() * 1000),
            "now": self._now_text,
        }

    def _string(self, value: Any = None, pretty: bool | None = None) -> str | None:  # noqa: FBT001 - JSONata's own
        """Write a value as JavaScript writes JSON; the engine escapes what is not ASCII and so miscounts sizes."""
        if value is None or isinstance(value, str):
            return value
        return written(self._to_json(value, "$string"), 2 if pretty else None)

    def _concatenated(self, left: Any, right: Any) -> str:
        """`&`: both sides as `$string` writes them; the engine has a writer of its own there."""
        return (self._string(left) or "") + (self._string(right) or "")

    def drawn(self, seed: float | None = None) -> float:
        """A number of at least 0 and less than 1, of `seed` or of the run's own chance."""
        if seed is not None:
            return drawn(seed)
        return self._chance.random() if self._fixed_chance is None else self._fixed_chance

    def unique(self) -> str:
        """A UUID of the run's own chance."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def _parse(self, text: str | None = None) -> Any:
        return None if text is None else self._to_engine(parsed(text))

    def _now_text(self, picture: str | None = None, timezone: str | None = None) -> str:
        if picture is not None:
            functions = optional("jsonata.functions").Functions
            return functions.datetime_from_millis(int(self._now() * 1000), picture, timezone)
        moment = datetime.fromtimestamp(self._now(), UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
