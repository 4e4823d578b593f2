"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from pathlib import Path

import pytest
from aws_cdk import aws_cognito as cognito

from naws.portal_website import PATTERN
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names
from site_folders import write_examples


class TestRules(RuleContract):
    pattern = PATTERN

    def judge(self) -> PropsJudge:
        names = {**public_names(self.pattern), "cognito": cognito}
        return PropsJudge(self.pattern, names, {"source": "web/dist"})

    @pytest.fixture(autouse=True)
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those that the examples name."""
        write_examples(tmp_path)
        monkeypatch.chdir(tmp_path)
