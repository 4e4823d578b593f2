"""A good rule keeps the contract; each way of breaking it is found by the test that is for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from naws.core.pattern.info import PatternInfo
from naws.core.rule import Finding, Rule, limit
from naws.testing import PropsJudge, RuleContract, rule_contract


@dataclass(frozen=True, kw_only=True)
class Props:
    size: int = 1
    acknowledge: dict[str, str] = field(default_factory=dict)


@limit(code="NAWS-SAMPLE-001", title="Small", source="https://x", example="size=9", fix="size=2")
def small(props: Props) -> Iterator[Finding]:
    """It would not fit."""
    if props.size > 3:
        yield Finding(path="size", value=props.size, expected="at most 3", remedy="size=3")


def too_large(props: Props) -> Iterator[Finding]:
    """Another remedy, which mends nothing."""
    yield from (replace(each, remedy="size=7") for each in small.judge(props))


def in_words(props: Props) -> Iterator[Finding]:
    """Another remedy, which is no line to paste."""
    yield from (replace(each, remedy="take a smaller one") for each in small.judge(props))


def contract(judged: Rule[Any], *, listed: bool = True) -> RuleContract:
    check = judged.on(lambda plan: (plan,))
    construct = SimpleNamespace(checks=(check,), synth_levels={}, resolve=lambda props, _: props)
    stack = SimpleNamespace(kind=SimpleNamespace(argument="samples"))
    rules = (judged,) if listed else ()
    info = PatternInfo(name="sample", construct=construct, props=Props, stack=stack, rules=rules)  # type: ignore[arg-type]

    class Contract(RuleContract):
        pattern = info

        def judge(self) -> PropsJudge:
            return PropsJudge(info, {})

    return Contract()


def keep(of: RuleContract, judged: Rule[Any]) -> None:
    of.test_every_rule_says_why_and_where_it_comes_from()
    of.test_no_code_is_used_twice()
    of.test_a_code_is_one_rule_in_every_pattern()
    of.test_every_check_is_of_a_listed_rule()
    of.test_only_shared_rules_have_examples_in_other_fields(lambda *_: None)
    of.test_the_example_breaks_the_rule_and_the_fix_does_not(judged)
    of.test_what_is_not_pasted_is_there()
    of.test_the_remedy_of_an_example_mends_it(judged)


def test_a_good_rule_keeps_the_contract() -> None:
    keep(contract(small), small)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "SMALL"},
        {"title": "Small."},
        {"why": ""},
        {"source": ""},
        {"example": "size=1"},
        {"fix": "size=9"},
        {"fix": "size=8"},
        {"example": "length=9"},
        {"fix": "size=Length(2)"},
        {"judge": too_large},
        {"judge": in_words},
    ],
)
def test_a_breach_is_found(change: dict[str, Any]) -> None:
    broken = replace(small, **change)
    with pytest.raises(AssertionError):
        keep(contract(broken), broken)


def test_a_rule_that_is_not_listed_is_found() -> None:
    with pytest.raises(AssertionError):
        contract(small, listed=False).test_every_check_is_of_a_listed_rule()


def test_a_code_has_the_same_words_in_every_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    other = contract(replace(small, title="Not large")).pattern
    monkeypatch.setattr(rule_contract, "installed_patterns", lambda: (other,))
    with pytest.raises(AssertionError):
        contract(small).test_a_code_is_one_rule_in_every_pattern()


def test_an_example_of_a_shared_rule_in_other_fields_is_named_and_left_out() -> None:
    def shared(props: Props) -> Iterator[Finding]:
        """A rule of the core."""
        return small.judge(props)

    shared.__module__ = "naws.core.rules.sizes"
    named: list[object] = []
    of = contract(replace(small, judge=shared, example="length=9", fix="length=2"))
    of.test_only_shared_rules_have_examples_in_other_fields(lambda _, text: named.append(text))
    assert named == ["NAWS-SAMPLE-001"]
    asked: dict[str, list[str]] = {}
    metafunc = SimpleNamespace(
        fixturenames=["planned", "self"], parametrize=lambda name, _, ids: asked.update({name: list(ids)})
    )
    of.pytest_generate_tests(metafunc)  # type: ignore[arg-type]
    assert asked == {"planned": []}


def test_names_bound_in_a_text_are_known() -> None:
    judge = contract(small).judge()
    assert judge.takes("size=sum(each for each in [1])")
    assert judge.takes("size=(lambda of: of)(cdk)")
    assert not judge.takes("size=of(cdk)")
