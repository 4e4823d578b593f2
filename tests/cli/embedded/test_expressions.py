"""Expressions of Step Functions on the embedded AWS."""

import json
from typing import Any

import pytest

from naws.cli.embedded.departures.expressions import number_text

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12345678901234567, "12345678901234600"),
        (-9007199254740993, "-9007199254740990"),
        (0.1 + 0.2, "0.3"),
        (2.0, "2"),
        (-0.0, "0"),
        (123456789012344.5, "123456789012345"),
        (1.23456789012345678e20, "123456789012346000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (0.000001, "0.000001"),
    ],
)
def test_a_number_is_written_as_javascript_writes_it(number: float, text: str) -> None:
    assert number_text(number) == text


def test_what_is_parsed_keeps_its_nulls(bench: Any) -> None:
    text = '[null, {"a": null}, [[null]]]'
    state = {"Type": "Pass", "Output": "{% $parse($states.input.text) %}", "End": True}
    ended = bench.execute({"P": state}, {"text": text})
    assert json.loads(ended["output"]) == json.loads(text)


def test_text_of_a_value_has_fifteen_digits_and_letters_as_they_are(bench: Any) -> None:
    data = {"big": 12345678901234567, "list": [0.1, None, True, 'é\n"', {}, [9007199254740993]]}
    outputs = {
        "string": "{% $string($states.input) %}",
        "joined": "{% 'n=' & $states.input.big & $states.input.list %}",
        "pretty": "{% $string({'a': [1, []]}, true) %}",
        "range": "{% $string([1..3]) %}",
        "function": "{% $string($sum) %}",
        "kept": "{% $states.input.list[5] %}",
    }
    ended = bench.execute({"P": {"Type": "Pass", "Output": outputs, "End": True}}, data)
    listed = '[0.1,null,true,"é\\n\\"",{},[9007199254740990]]'
    assert json.loads(ended["output"]) == {
        "string": f'{{"big":12345678901234600,"list":{listed}}}',
        "joined": f"n=12345678901234600{listed}",
        "pretty": '{\n  "a": [\n    1,\n    []\n  ]\n}',
        "range": "[1,2,3]",
        "function": "",
        "kept": [9007199254740992],
    }
