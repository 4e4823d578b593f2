"""The contract that every rule of a pattern keeps: one inherited test class.

    class TestRules(RuleContract):
        pattern = PATTERN

Its example is refused with its code, its fix is accepted, and the first line of its remedy, pasted, mends. A rule of
naws.core whose example is in fields that the pattern's props have not is left to the patterns that have them, unless
`examples` has one for it; the run prints which these are.
"""

# ruff: noqa: D102, S101 - these are tests: their names are their docstrings, and they assert
import importlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, ClassVar

import pytest

from naws.core.issues import Issue
from naws.core.pattern.info import PatternInfo, installed_patterns
from naws.core.rule import Rule
from naws.testing.pasting import pasted
from naws.testing.props_judge import PropsJudge

WORDS = {
    "NAWS-SIZE-007", "NAWS-TASK-004", "NAWS-ENV-001", "NAWS-ENV-002", "NAWS-ENV-003", "NAWS-ENV-006", "NAWS-ENV-007",
    "NAWS-PAYLOAD-001", "NAWS-PAYLOAD-002", "NAWS-PATTERN-003", "NAWS-PATTERN-004", "NAWS-PATTERN-005",
    "NAWS-QUEUE-007", "NAWS-QUEUE-008", "NAWS-TAG-004", "NAWS-TAG-005", "NAWS-TAG-006", "NAWS-ALARM-001",
    "NAWS-NAME-005", "NAWS-TIME-001", "NAWS-DATA-014", "NAWS-NAME-010", "NAWS-ENV-008", "NAWS-PAYLOAD-003",
    "NAWS-PAYLOAD-007",
    "NAWS-PATTERN-007",
    "NAWS-ACK-001", "NAWS-ACK-002", "NAWS-ACK-003", "NAWS-ACK-004",
    "NAWS-OWNER-003", "NAWS-OWNER-004", "NAWS-OWNER-005", "NAWS-DATA-016", "NAWS-DATA-017", "NAWS-DATA-018",
    "NAWS-OWNER-011", "NAWS-DATA-048", "NAWS-DATA-049", "NAWS-DATA-032", "NAWS-DATA-033", "NAWS-DATA-034",
    "NAWS-DATA-035",
}  # fmt: skip
"""Rules of naws.core whose remedy is no line to paste: what is missing only the user knows."""
MOVES = {
    "NAWS-ENV-005": "the variable moves from environment to secrets: a second place changes",
    "NAWS-PATTERN-006": "the matcher is mended whole, and the path names what is in it",
    "NAWS-PATTERN-008": "the pattern was made by a helper, whose arguments change",
}
"""Rules of naws.core whose remedy changes more than one place, with the reason."""


def public_names(pattern: PatternInfo) -> dict[str, Any]:
    """The names that a pattern's package exports, with their values."""
    package = importlib.import_module(pattern.construct.__module__.rpartition(".")[0])
    return {name: getattr(package, name) for name in package.__all__}


class RuleContract:
    """The tests that the rules of any pattern must pass."""

    pattern: ClassVar[PatternInfo]
    """The pattern: a package's `PATTERN`."""
    words: ClassVar[AbstractSet[str]] = frozenset()
    """Like `WORDS`, of the pattern's own rules."""
    moves: ClassVar[Mapping[str, str]] = {}
    """Like `MOVES`, of the pattern's own rules."""
    examples: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Example and fix by the code of each shared rule whose own are in fields that this pattern has not."""
    unbreakable: ClassVar[Mapping[str, str]] = {}
    """Rules that no props of this pattern break, or none break alone, with the reason."""

    def judge(self) -> PropsJudge:
        """The judge of the props; overridden when some are required or the examples have names of their own."""
        return PropsJudge(self.pattern, public_names(self.pattern))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each rule that is held to its example."""
        for name in {"planned", "mendable"} & set(metafunc.fixturenames):
            rules = self._rules(name)
            metafunc.parametrize(name, rules.values(), ids=rules)

    def _rules(self, name: str) -> dict[str, Rule[Any]]:
        without = {*self.foreign(), *self.unbreakable, *((*MOVES, *self.moves) if name == "mendable" else ())}
        return {code: rule for code, rule in _judge(type(self)).planned.items() if code not in without}

    def foreign(self) -> set[str]:
        """Codes of the rules whose example or fix is in fields or names that the pattern has not."""
        return _foreign(type(self))

    def test_every_rule_says_why_and_where_it_comes_from(self) -> None:
        # All in one test: there are hundreds, and a test takes longer than what is looked at.
        assert {rule.code: lacks for rule in self.pattern.rules if (lacks := _lacks(rule))} == {}

    def test_no_code_is_used_twice(self) -> None:
        assert [code for code, count in Counter(rule.code for rule in self.pattern.rules).items() if count > 1] == []

    def test_a_code_is_one_rule_in_every_pattern(self) -> None:
        others = {rule.code: rule for pattern in installed_patterns() for rule in pattern.rules}
        assert [rule.code for rule in self.pattern.rules if others.get(rule.code, rule) is not rule] == []

    def test_every_check_is_of_a_listed_rule(self) -> None:
        listed = {rule.code for rule in self.pattern.rules}
        assert {check.rule.code for check in self.pattern.construct.checks} <= listed

    def test_only_shared_rules_have_examples_in_other_fields(
        self, record_property: Callable[[str, object], None]
    ) -> None:
        foreign = self.foreign()
        if foreign:
            record_property(
                f"rules with examples in fields that a {self.pattern.name} has not", ", ".join(sorted(foreign))
            )
        own = [rule.code for rule in self.pattern.rules if not rule.judge.__module__.startswith("naws.core.")]
        assert [code for code in own if code in foreign] == []

    def test_the_example_breaks_the_rule_and_the_fix_does_not(self, planned: Rule[Any]) -> None:
        judge = _judge(type(self))
        example, fix = self.texts(planned)
        broken = _issues(judge, example)
        mended = judge.issues(**judge.given(fix))

        assert planned.code in {issue.code for issue in broken}
        assert [issue for issue in mended if issue.code == planned.code] == []
        assert [issue.code for issue in mended if issue.level != "advice"] == []

    def test_what_is_not_pasted_is_there(self) -> None:
        assert {*self.words, *self.moves, *self.examples, *self.unbreakable} <= set(_judge(type(self)).planned)

    def test_the_remedy_of_an_example_mends_it(self, mendable: Rule[Any]) -> None:
        issue, left = first_pasted(_judge(type(self)), self.texts(mendable)[0], mendable.code)
        if left is None:
            assert mendable.code in {*WORDS, *self.words}, issue.remedy
        else:
            assert (mendable.code, issue.path) not in {(each.code, each.path) for each in left}, issue.remedy

    def texts(self, rule: Rule[Any]) -> tuple[str, str]:
        """Example and fix of a rule, as this pattern has them."""
        return self.examples.get(rule.code, (rule.example, rule.fix))


@cache
def _judge(contract: type[RuleContract]) -> PropsJudge:
    """One for all tests of a contract: pytest makes an instance for each, and a judge holds nothing of a test."""
    return contract().judge()


@cache
def _foreign(contract: type[RuleContract]) -> set[str]:
    """The codes are asked for by each test, and found by reading every example."""
    judge, texts = _judge(contract), contract().texts
    return {code for code, rule in judge.planned.items() if not all(map(judge.takes, texts(rule)))}


@cache
def _issues(judge: PropsJudge, text: str) -> list[Issue]:
    """What is found in an example: two tests ask for it."""
    return judge.issues(**judge.given(text))


def _lacks(rule: Rule[Any]) -> list[str]:
    """The parts of a rule that are empty or have another form."""
    parts = {
        "code": re.fullmatch(r"NAWS-[A-Z]+-\d{3}", rule.code),
        "title": rule.title and not rule.title.endswith("."),
        "why": rule.why,
        "source": rule.source,
        "example": rule.example,
        "fix": rule.fix != rule.example,  # empty where it is to omit all of it
    }
    return [name for name, holds in parts.items() if not holds]


def first_pasted(judge: PropsJudge, text: str, code: str) -> tuple[Issue, list[Issue] | None]:
    """The issue of a code in some props, and what is left when its remedy is pasted; None when it is no Python."""
    props = judge.given(text)
    first = next(issue for issue in _issues(judge, text) if issue.code == code)
    mended = pasted(props, first, judge.given)
    return first, None if mended is None else judge.issues(**mended)
