"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
from aws_cdk import aws_cognito as cognito
from endpoints import CATALOGUE, INTERNAL, ORDERS

from naws.core.rules.alarms import sends_mail
from naws.portal_website import PATTERN
from naws.portal_website.checks_domain import region_is_known
from naws.portal_website.checks_edge import operated
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names
from site_folders import write_examples

OF_FILES = {
    f"NAWS-SITE-{number:03}"
    for number in (*range(2, 4), *range(5, 11), *range(12, 15), 17, 24, 31, 32, 35, 37, 41, *range(50, 55), 61)
}
"""What is wrong is in the folder, and is mended there."""
OF_USER = {f"NAWS-EDGE-{number:03}" for number in (*range(1, 6), 10, 21, 23, 30, 33, 60, 72, 73)}
"""Only the user knows which endpoint answers, what a header is for, what the password is, or what is in a list."""
THERE = ("eu-central-1", "us-east-1")
"""The topic of a website's alarms is where they are."""
UNKNOWN = "env=None"
"""A stack whose account and region are not known."""


class SiteJudge(PropsJudge):
    """The region of a website is known, unless an example has `env=None`."""

    def plan(self, *, env: object = "given", **given: Any) -> Any:
        return super().plan(env=env, **given)


class TestRules(RuleContract):
    pattern = PATTERN
    words = frozenset({*OF_FILES, *OF_USER, "NAWS-REGION-004"})  # which topic there is, only the user knows
    moves: ClassVar = {
        "NAWS-EDGE-006": "the time is an argument of the endpoint",
        "NAWS-EDGE-007": "the authorizer is an argument of the service behind it",
        "NAWS-EDGE-022": "the header moves to a field of its own",
        "NAWS-SITE-011": "the headers move from the file into the props",
    }
    unbreakable: ClassVar = {
        "NAWS-EDGE-053": "a plan alone is in no stack that a zone could be of: test_reported.py",
        "NAWS-EDGE-056": "nor in one that a name could be of",
    }
    examples: ClassVar = {
        region_is_known.code: (f"{region_is_known.example}, {UNKNOWN}", f"{region_is_known.fix}, {UNKNOWN}"),
        operated.code: (UNKNOWN, 'env="given"'),
        sends_mail.code: (sends_mail.example.replace(*THERE), sends_mail.fix.replace(*THERE)),
    }

    def judge(self) -> PropsJudge:
        names = {**public_names(self.pattern), "cognito": cognito, "orders": ORDERS, "internal": INTERNAL}
        names |= {"catalogue": CATALOGUE}
        return SiteJudge(self.pattern, names, {"source": "web/dist"})

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the examples name."""
        write_examples(tmp_path)
        monkeypatch.chdir(tmp_path)
