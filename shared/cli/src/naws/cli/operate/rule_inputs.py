"""The input that a rule makes of an event: its dead-letter queue has the event as it came.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.json_texts import parsed
from naws.cli.operate.deployed import Deployed
from naws.core.parsed_json import is_object

_PLACEHOLDER = re.compile(r"<([A-Za-z][A-Za-z0-9._-]*)>")
_WHOLE = "aws.events.event.json"


class RuleInputs:
    """The inputs of a pattern's rules; each rule is asked once.

    Args:
        pattern: The pattern.
    """

    def __init__(self, pattern: Deployed) -> None:
        self._pattern = pattern
        self._targets: dict[str, dict[str, Any]] = {}

    def of(self, event: str, attributes: Mapping[str, str]) -> str:
        """The input of the pattern for an event.

        Args:
            event: Its JSON text.
            attributes: Those of the message that has it; `RULE_ARN` names the rule.
        """
        target = self._target(attributes.get("RULE_ARN", ""))
        transformer = target.get("InputTransformer")
        if transformer:
            made = _filled(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), event)
            if made is not None:
                return made
        if target or self._pattern.runs.kind == "function":
            return event
        # The rule is gone: what the rules of all patterns make.
        value = parsed(event)
        envelope = {"trigger": "event", "id": value.get("id"), "time": value.get("time")}
        return f'{json.dumps(envelope)[:-1]}, "payload": {event}}}'

    def _target(self, rule: str) -> dict[str, Any]:
        if rule not in self._targets:
            self._targets[rule] = self._asked(rule) if rule else {}
        return self._targets[rule]

    def _asked(self, rule: str) -> dict[str, Any]:
        path = rule.partition(":rule/")[2].split("/")
        bus = {"EventBusName": path[0]} if len(path) > 1 else {}
        try:
            found = self._events.list_targets_by_rule(Rule=path[-1], **bus)["Targets"]
        except ClientError as error:
            if "ResourceNotFound" in str(error):
                return {}
            raise
        own: list[dict[str, Any]] = [each for each in found if each["Arn"] == self._pattern.arn]
        return own[0] if own else {}

    @cached_property
    def _events(self) -> Any:
        return self._pattern.place.client("events")


def _filled(template: str, paths: Mapping[str, str], event: str) -> str | None:
    """A template with its placeholders filled in; None where one of them is not known here."""
    value, unknown = parsed(event), list[str]()

    def text(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name == _WHOLE:
            return event
        found: Any = value
        steps = paths.get(name, "").removeprefix("$.").split(".")
        for step in steps:
            found = found.get(step) if is_object(found) else None
        if found is None:
            unknown.append(name)
        return json.dumps(found)

    filled = _PLACEHOLDER.sub(text, template)
    return None if unknown else filled
