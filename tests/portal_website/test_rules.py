"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from pathlib import Path
from typing import ClassVar

import pytest
from aws_cdk import aws_cognito as cognito
from endpoints import INTERNAL, ORDERS

from naws.portal_website import PATTERN
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names
from site_folders import write_examples

OF_FILES = {f"NAWS-SITE-{number:03}" for number in (*range(2, 4), *range(5, 15), 17, 31, 32, 35, 37)}
"""What is wrong is in the folder, and is mended there."""
OF_ENDPOINTS = {f"NAWS-EDGE-{number:03}" for number in (*range(1, 6), 7)}
"""Which endpoint answers only the user knows."""


class TestRules(RuleContract):
    pattern = PATTERN
    words = frozenset(OF_FILES | OF_ENDPOINTS)
    moves: ClassVar = {"NAWS-EDGE-006": "the time is an argument of the endpoint"}

    def judge(self) -> PropsJudge:
        names = {**public_names(self.pattern), "cognito": cognito, "orders": ORDERS, "internal": INTERNAL}
        return PropsJudge(self.pattern, names, {"source": "web/dist"})

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the examples name."""
        write_examples(tmp_path)
        monkeypatch.chdir(tmp_path)
