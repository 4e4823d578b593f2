"""CloudWatch's metric math, as far as alarms of templates use it: arithmetic, comparisons, FILL, IF, days and hours.

Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics". A series has one value for each
period; None is a missing one. Dates are those of a period's beginning in UTC.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

Series = list[float | None]
Value = Series | float
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda one, other: one / other if other else math.nan,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_DATES: dict[str, Callable[[datetime], int]] = {
    "MINUTE": lambda moment: moment.minute,
    "HOUR": lambda moment: moment.hour,
    "DAY": lambda moment: moment.isoweekday(),
    "DATE": lambda moment: moment.day,
    "MONTH": lambda moment: moment.month,
    "YEAR": lambda moment: moment.year,
    "EPOCH": lambda moment: int(moment.timestamp()),
}
_WORDS = ((r"\bOR\b|\|\|", " or "), (r"\bAND\b|&&", " and "))


class UnknownMathError(ValueError):
    """An expression that this does not know; CloudWatch may."""


def evaluate(expression: str, series: Mapping[str, Series], begins: Sequence[float]) -> Series:
    """The series of an expression.

    Args:
        expression: such as ``FILL(m1, 0) + FILL(m2, 0)``.
        series: the values of each id, one for each period.
        begins: when the periods begin, in seconds since 1970.

    Raises:
        UnknownMathError: it has something that is not known here.
    """
    text = expression
    for words, ours in _WORDS:
        text = re.sub(words, ours, text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise UnknownMathError(expression) from None
    return _each(_Reader(series, begins).value(tree), len(begins))


class _Reader:
    def __init__(self, series: Mapping[str, Series], begins: Sequence[float]) -> None:
        self._series = series
        self._begins = begins

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._series:
                return self._series[name]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._pairs(_ARITHMETIC[type(op)], left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return self._pairs(_COMPARISONS[type(op)], left, right)
            case ast.BoolOp(op=op, values=values):
                return self._rows(all if isinstance(op, ast.And) else any, values)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
            case _:
                raise UnknownMathError(ast.unparse(node))

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        match name, arguments:
            case "FILL", [series, ast.Constant(value=int() | float() as number)]:
                return [float(number) if value is None else value for value in self._of(series)]
            case "IF", [condition, then, otherwise]:
                chosen = zip(self._of(condition), self._of(then), self._of(otherwise), strict=True)
                return [None if known is None else yes if known else no for known, yes, no in chosen]
            case date, [_series] if date in _DATES:
                self.value(_series)  # which series it is does not matter: it has a value for every period
                return [float(_DATES[date](datetime.fromtimestamp(begin, UTC))) for begin in self._begins]
            case _:
                raise UnknownMathError(name)

    def _of(self, node: ast.expr) -> Series:
        return _each(self.value(node), len(self._begins))

    def _pairs(self, of: Callable[[float, float], float], left: ast.expr, right: ast.expr) -> Series:
        pairs = zip(self._of(left), self._of(right), strict=True)
        found = [None if one is None or other is None else float(of(one, other)) for one, other in pairs]
        return [None if value is None or math.isnan(value) else value for value in found]  # divided by 0

    def _rows(self, of: Callable[[Iterable[object]], bool], values: list[ast.expr]) -> Series:
        return [float(of(row)) for row in zip(*map(self._of, values), strict=True)]


def _each(value: Value, count: int) -> Series:
    return value if isinstance(value, list) else [float(value)] * count
