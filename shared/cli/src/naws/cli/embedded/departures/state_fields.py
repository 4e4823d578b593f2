"""The fields of a Task or Map state in either query language."""

import json
import re
from typing import Any

from naws.cli.embedded.departures import paths
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.services import states

_INTEGER, _FLOAT = re.compile(r"-?\d+"), re.compile(r"-?\d+(\.\d+)?")
_RUNTIME, _QUERY = "States.Runtime", "States.QueryEvaluationError"
_MOST_PERCENT = 100


class StateFields:
    """Evaluates fields with the state's input, which of a JSONPath state is what ``InputPath`` leaves of it."""

    def __init__(self, state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> None:
        self.state, self.ctx = state, ctx
        self.jsonata = states._state_query_language(state, ctx) == "JSONata"
        self._data = data if self.jsonata else states._apply_input_path(state, data, ctx)

    def filled(self, template: Any, **context: Any) -> Any:
        """A template's value, with more in the context object."""
        fill = states._apply_jsonata_template if self.jsonata else states._resolve_params_obj
        return fill(template, self._data, {**self.ctx, **context})

    def arguments(self, holder: dict[str, Any]) -> Any:
        """``Arguments`` or ``Parameters`` of a reader or writer."""
        return self.filled(holder.get("Arguments" if self.jsonata else "Parameters", {}))

    def selected(self, item: dict[str, Any]) -> Any:
        """The input of an iteration: ``ItemSelector``'s value, else the item, or key and value of an object's entry."""
        template = self.state.get("ItemSelector", self.state.get("Parameters"))
        if template is not None:
            return self.filled(template, Map={"Item": item})
        return {"Key": item["Key"], "Value": item["Value"]} if "Key" in item else item["Value"]

    def items(self, *, objects: bool) -> list[dict[str, Any]]:
        """``Map.Item`` of every iteration; an object, where one may be, is iterated key by key.

        Raises:
            _ExecutionError: ``States.QueryEvaluationError`` or ``States.Runtime``: these are no items.
        """
        items = self._given()
        if objects and is_object(items):
            return [{"Index": index, "Key": key, "Value": items[key]} for index, key in enumerate(items)]
        if is_array(items):
            return [{"Index": index, "Value": item} for index, item in enumerate(items)]
        if not self.jsonata:
            raise failed(_RUNTIME, f'Reference path "{self.state.get("ItemsPath", "$")}" must point to array.')
        subject = "The field 'Items' must be" if "Items" in self.state else "Map state input must be"
        raise failed(_QUERY, f"{subject} an array but was: {json.dumps(items)}")

    def _given(self) -> Any:
        if self.jsonata:
            return self.filled(self.state["Items"]) if "Items" in self.state else self._data
        return paths.read(self.state.get("ItemsPath", "$"), self._data, self.ctx)

    def number(self, name: str, holder: dict[str, Any] | None = None) -> float | None:
        """A number, given, by expression or by path; None when it is not given.

        Raises:
            _ExecutionError: ``States.QueryEvaluationError`` or ``States.Runtime``: it is none, or out of range.
        """
        holder = self.state if holder is None else holder
        path = holder.get(f"{name}Path")
        if path is None and name not in holder:
            return None
        value = self.filled(holder[name]) if path is None else paths.read(path, self._data, self.ctx)
        shown = value if isinstance(value, str) else json.dumps(value)
        percentage = name == "ToleratedFailurePercentage"
        if not (_FLOAT if percentage else _INTEGER).fullmatch(shown) or (path is None and isinstance(value, str)):
            kind = "float" if percentage else "integer"
            cause = f'The {name}Path field refers to value "{shown}" which is not a valid {kind}: {path}'
            raise failed(_QUERY if self.jsonata else _RUNTIME, cause)
        number = float(shown)
        if percentage and not 0 <= number <= _MOST_PERCENT:
            raise failed(_RUNTIME, f"{name} must be between 0 and {_MOST_PERCENT}.")
        if number < 0 and name != "MaxItems":  # which the reader refuses
            raise failed(_RUNTIME, f"{name} cannot be negative.")
        return number if percentage else int(number)
