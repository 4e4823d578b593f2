"""The example of each rule breaks it, and its fix breaks nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from naws.core.issues import Issue
from naws.core.validation import Rule
from naws.ecs_task_processor.checks import CHECKS, RULES
from naws.ecs_task_processor.checks_synth import SYNTH_RULES

BY_CODE = {rule.code: rule for rule in RULES}
CHECKED = {check.rule.code for check in CHECKS}
PLANNED = {rule.code: rule for rule in RULES if rule.code in CHECKED or rule not in SYNTH_RULES}


@pytest.mark.parametrize("rule", PLANNED.values(), ids=PLANNED)
def test_the_example_breaks_the_rule_and_the_fix_does_not(
    rule: Rule[Any], issues: Callable[..., list[Issue]], said: Callable[[str], dict[str, Any]]
) -> None:
    broken = issues(**said(rule.example))
    mended = issues(**said(rule.fix))

    assert rule.code in {issue.code for issue in broken}
    assert [issue for issue in mended if issue.code == rule.code] == []
    assert [issue.code for issue in mended if issue.level != "advice"] == []


@pytest.mark.parametrize("rule", RULES, ids=BY_CODE)
def test_a_rule_says_why_and_where_it_comes_from(rule: Rule[Any]) -> None:
    assert re.fullmatch(r"NAWS-[A-Z]+-\d{3}", rule.code)
    assert rule.why
    assert rule.source
    assert not rule.title.endswith(".")


def test_no_code_is_used_twice() -> None:
    assert len(RULES) == len(BY_CODE)
