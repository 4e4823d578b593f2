"""Rules on a state machine as it will be deployed."""

from typing import Any

from naws.core.rule import Rule

FLOW_RULES: tuple[Rule[Any], ...] = ()
