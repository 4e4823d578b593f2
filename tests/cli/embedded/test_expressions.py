"""Expressions of Step Functions on the embedded AWS."""

import json
from typing import Any

import pytest

from naws.core.jsonata import written

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
    assert written(number) == text


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


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("2020", 1577836800000),
        ("2020-02", 1580515200000),
        ("2020-01-01", 1577836800000),
        ("2020-01-01T00:00:00.001Z", 1577836800001),
        ("2020-01-01T10:00:00+0530", 1577853000000),
        *((wrong, None) for wrong in ("20", "20200101", "2020-W01", "2020-01-01 10:00:00", "2020-01-01T10", "2020-13")),
    ],
)
def test_a_date_without_a_time_is_a_moment_too(bench: Any, text: str, millis: int | None) -> None:
    state = {"Type": "Pass", "Output": "{% $toMillis($states.input) %}", "End": True}
    ended = bench.execute({"P": state}, text)
    assert ended.get("output") == (None if millis is None else str(millis))
    assert ("D3110" in ended.get("cause", "")) is (millis is None)


def test_a_changed_copy_keeps_its_nulls(bench: Any) -> None:
    outputs = {
        "transformed": "{% $states.input ~> |d|{'new': 1}| %}",
        "cloned": "{% $clone($states.input) %}",
        "asked": "{% ($states.input ~> |d|{'new': a = null}|).d.new %}",
    }
    data = {"d": {"a": None}, "list": [None]}
    ended = bench.execute({"P": {"Type": "Pass", "Output": outputs, "End": True}}, data)
    changed = {"d": {"a": None, "new": 1}, "list": [None]}
    assert json.loads(ended["output"]) == {"transformed": changed, "cloned": data, "asked": True}
