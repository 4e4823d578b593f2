"""The guide's table has every binding."""

import runpy
from pathlib import Path

import aws_cdk as cdk

from naws import core

TABLE = Path(__file__).parents[2] / "docs/bindings.py"


def test_every_binding_is_in_the_table() -> None:
    made = runpy.run_path(str(TABLE))["bindings"](cdk.Stack(cdk.App(), "Guide"))
    named = {name for name in core.__all__ if name.endswith("Binding")} - {"Binding", "RawBinding"}
    assert {type(binding).__name__ for binding in made.values()} == named
