from typing import Any

import pytest

from naws.core.jsonata import ExpressionError
from naws.testing._expressions import Expressions

INPUT = {
    "a": [1, 2, 3],
    "one": [7],
    "none": None,
    "order": 9007199254740993,
    "o": {"k": 1, "z": None},
    "cause": 'CannotPullContainerError: "x"\nmanifest unknown',
    "containers": [{"Name": "job", "ExitCode": 137}, {"Name": "log", "ExitCode": 0}],
}


def evaluated(expression: str) -> Any:
    expressions = Expressions("seed", lambda: 1767225600.5)
    return expressions.evaluate(expression, {"states": {"input": INPUT}, "v": 5, "s": "x/y $z"})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$exists($states.input.a)", True),
        ("$exists($states.input.b.c)", False),
        ("$exists($states.input.none)", True),
        ("$states.input.none", None),
        ("$states.input.none = null", True),
        ("$states.input.b = null", False),
        ("$contains($states.input.cause, /^(CannotPull|Resource)/)", True),
        ("$contains('abc', 'b')", True),
        ("'a,b' ~> $split(',') ~> $count()", 2),
        ("$merge([{'a': 1}, {'b': null}, $states.input.o])", {"a": 1, "b": None, "k": 1, "z": None}),
        ("$length($string({'a': 'é'}))", 9),
        ("$string($states.input.o)", '{"k":1,"z":null}'),
        ("$string({'a': 1.0, 'b': 0.1 + 0.2})", '{"a":1,"b":0.3}'),
        ("$string('x')", "x"),
        ("$string(137)", "137"),
        ("$states.input.one.$string()", "7"),
        ("$string(12345678901234567)", "12345678901234600"),
        ("$string({'n': [-9007199254740993, 0.1234567890123456789]})", '{"n":[-9007199254740990,0.123456789012346]}'),
        ("$string($states.input.order)", "9007199254740990"),
        ("'#' & $states.input.order & 1/3", "#90071992547409900.333333333333333"),
        ("'' & [1, {'a': null}]", '[1,{"a":null}]'),
        ("$states.input.b & 'x'", "x"),
        ("$string(1000000000000005)", "1000000000000010"),
        ("$string([1e20, 1e21, -1.5e-7, 0.000001])", "[100000000000000000000,1e+21,-1.5e-7,0.000001]"),
        ("$string({'a': [1], 'e': []}, true)", '{\n  "a": [\n    1\n  ],\n  "e": []\n}'),
        ("$states.input.order", 9007199254740992),
        ("$states.input.order = 9007199254740992", True),
        ("{'kept': $states.input.order + 1}", {"kept": 9007199254740992}),
        ("$parse('12345678901234567')", 12345678901234568),
        ("$lookup({'0': 'succeed', '3': 'retry'}, $string(3))", "retry"),
        ("$exists($lookup({'0': 'succeed'}, '3'))", False),
        ("$filter($states.input.a, function($x) { $x > 1 })", [2, 3]),
        ("$filter($states.input.a, function($x) { $x > 2 })", 3),
        ("[$filter($states.input.a, function($x) { $x > 2 })]", [3]),
        ("$states.input.containers[Name = 'job'].ExitCode", 137),
        ("$states.input.one", [7]),
        ("$states.input.one[0]", 7),
        ("$count($states.input.containers[ExitCode != 0])", 1),
        ("$max([1, 3, 2])", 3),
        ("$min([$power(2, 3) * 30, 600])", 240),
        ("$sum([1..5])", 15),
        ("[1..5]", [1, 2, 3, 4, 5]),
        ("[0..4][$ > 2]", [3, 4]),
        ("$map([0..3], function($i) { $i * 2 })", [0, 2, 4, 6]),
        ("137 in $states.input.containers.ExitCode", True),
        ("$string(3) in ['3', '4']", True),
        ("$v / 2 + 4 / 2", 4.5),
        ("10 / 5", 2),
        ("$v > 3 ? 'big' : 'small'", "big"),
        ("($x := 3; $x + 1)", 4),
        ("{'a': $states.input.b, 'b': 1}", {"b": 1}),
        ("[1, $states.input.b, 2]", [1, 2]),
        ("$append([], {'a': 1})", [{"a": 1}]),
        ("$split($s, '/')[1]", "y $z"),
        ("($states.input.containers.{'Name': Name, 'Value': $string(ExitCode)})[0]", {"Name": "job", "Value": "137"}),
        ("$millis()", 1767225600500),
        ("$now()", "2026-01-01T00:00:00.500Z"),
        ("$toMillis('2026-01-01T00:00:00Z')", 1767225600000),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1, 2, 3])", [[1, 2, 3]]),
        ("$partition([1, 2, 3], 1.9)", [[1], [2], [3]]),
        ("$exists($partition([], 2))", False),
        ("$range(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("$range(1, 9, 9)", 1),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(5, 1, -1.5)", [5, 4, 3, 2, 1]),
        ("$exists($range(5, 1, 1))", False),
        ("$exists($range(1, 5, 0))", False),
        ("$random(42)", 0.7275636800328681),
        ("$random(0.9)", 0.730967787376657),
        ("1" + " + 1" * 99, 100),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("""$parse('{"a": [1, null]}')""", {"a": [1, None]}),
        ("$length($uuid())", 36),
        ("$random() < 1", True),
        ("$random(3) = $random(3)", True),
    ],
)
def test_as_step_functions(expression: str, value: Any) -> None:
    assert evaluated(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.b",
        "$nothing",
        "$filter($states.input.a, function($x) { $x > 9 })",
        "1 + 'a'",
        "$parse('no json')",
        "$eval('1')",
        "$error('boom')",
        "function($x) { $x }",
        "1 +",
        "$length(3)",
        "1" + " + 1" * 100,
        "$partition([1], -2)",
        "$partition('a', 1)",
        "$range(1)",
        "$hash('a', 'sha-256')",
        "$hash(1, 'MD5')",
        "$parse(5)",
        """$parse('{"a": 1, "a": 2}')""",
        "$parse('1 2')",
        "$parse('NaN')",
        "$parse('1e400')",
    ],
)
def test_errors(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluated(expression)
