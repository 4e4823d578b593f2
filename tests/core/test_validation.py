"""How a pattern binds rules to the parts of its plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, limit
from naws.core.validation import bind, of


def _positive(code: str):
    @limit(code=code, title="It is positive", source="arithmetic", example="", fix="")
    def positive(value: int) -> Iterator[Finding]:
        if value <= 0:
            yield Finding(path="value", value=value, expected="more than 0", remedy="value=1")

    return positive


_FIRST, _SECOND = _positive("NAWS-A-001"), _positive("NAWS-A-002")


@dataclass(frozen=True)
class _Plan:
    part: list[int]


def test_bind_asks_each_rule_of_each_part():
    checks = bind(lambda plan: plan.part, (_FIRST, _SECOND))
    found = [(issue.code, issue.value) for check in checks for issue in check.run(_Plan([1, 0, -1]))]
    assert found == [("NAWS-A-001", "0"), ("NAWS-A-001", "-1"), ("NAWS-A-002", "0"), ("NAWS-A-002", "-1")]


def test_of_asks_the_checks_of_one_part_of_a_plan():
    checks = of(lambda plan: plan.part, bind(lambda part: part, (_FIRST, _SECOND)))
    assert [check.rule.code for check in checks] == ["NAWS-A-001", "NAWS-A-002"]
    assert [issue.value for issue in checks[1].run(_Plan([5, -5]))] == ["-5"]
