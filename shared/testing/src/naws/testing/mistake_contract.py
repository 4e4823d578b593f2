"""The contract that the texts of a pattern's errors and warnings pass: one inherited test class.

    class TestMistakes(MistakeContract):
        pattern = PATTERN
        mistakes = (("no port", "container_port=0"), …)     # title and props as they are typed
        legal = ("container_port=1_024", …)

The texts are one file in `__snapshots__`, whole and to the letter. A change of it is looked at as a user would: does it
still show what is wrong, what is right, and what to paste?
"""

# ruff: noqa: D102, S101 - these are tests: their names are their docstrings, and they assert
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from constructs import Construct
from syrupy.assertion import SnapshotAssertion

import naws.core.context
from naws.core.issues import PatternValidationError
from naws.core.pattern.info import PatternInfo
from naws.testing.props_judge import PropsJudge
from naws.testing.rule_contract import public_names
from naws.testing.snapshot import TextSnapshot
from naws.testing.synth import synth_template

Typed = Sequence[tuple[str, str]]
"""A title, and the props as source text."""

REFUSALS = (PatternValidationError, TypeError)
"""What a mistake raises."""


class FixedClock(datetime):
    """A text that names days is the same on every day."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Noon of one day."""
        return datetime(2026, 12, 1, 12, tzinfo=tz or UTC)


def warnings_of(made: Construct) -> str:
    """All warnings of a construct, a line each."""
    return "\n".join(str(entry.data) for entry in made.node.metadata if entry.type == "aws:cdk:warning")


class MistakeContract:
    """The tests of what a user reads after a mistake; what is legal is accepted, and so are tokens."""

    pattern: ClassVar[PatternInfo]
    """The pattern: a package's `PATTERN`."""
    construct_id: ClassVar[str]
    """The construct's id in the texts; the stack is called `Shop`."""
    mistakes: ClassVar[Typed]
    """What is refused."""
    advised: ClassVar[Typed] = ()
    """What is built with a warning."""
    legal: ClassVar[Sequence[str]] = ()
    """What is built without one."""
    tokens: ClassVar[Sequence[str]] = ()
    """Props with `number` and `text`, which only the deployment knows."""
    environment: ClassVar[cdk.Environment] = cdk.Environment(account="123456789012", region="eu-central-1")

    def required(self) -> Mapping[str, Any]:
        """The props that every text has beside its own."""
        return {}

    def built(self, typed: str, stack: cdk.Stack, **more: Any) -> Any:
        """The construct of these props; `more` are further names that the text uses."""
        judge = PropsJudge(self.pattern, {**public_names(self.pattern), **more})
        props = self.pattern.props(**{**self.required(), **judge.given(typed, stack)})
        return self.pattern.construct(stack, self.construct_id, props)

    def whole_text(self, typed: str) -> str:
        """All that is printed when the props are typed; the warnings, when it is no error."""
        try:
            return warnings_of(self.built(typed, cdk.Stack(cdk.App(), "Shop", env=self.environment)))
        except REFUSALS as error:
            return f"{type(error).__name__}: {error}"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each text."""
        for name, texts in {"of_legal": self.legal, "of_tokens": self.tokens}.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, texts)

    @pytest.fixture(autouse=True)
    def _clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(naws.core.context, "datetime", FixedClock)

    def test_what_a_mistake_says(self, snapshot: SnapshotAssertion) -> None:
        texts = [(title, typed, self.whole_text(typed)) for title, typed in (*self.mistakes, *self.advised)]
        shown = [f"## {title}\n\n{typed}\n\n{text.rstrip()}\n" for title, typed, text in texts]
        refused = {title for title, _, text in texts if text.startswith(tuple(each.__name__ for each in REFUSALS))}
        assert refused == {title for title, _ in self.mistakes}
        assert [title for title, _, text in texts if not text] == []
        assert "\n\n".join(shown) == snapshot(extension_class=TextSnapshot)

    def test_what_is_legal_is_accepted_without_a_word(self, of_legal: str) -> None:
        assert self.whole_text(of_legal) == ""

    def test_what_only_the_deployment_knows_is_passed_on(self, of_tokens: str) -> None:
        stack = cdk.Stack(cdk.App(), "Shop")
        number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
        self.built(of_tokens, stack, number=number, text=cdk.CfnParameter(stack, "Text").value_as_string)
        template = str(synth_template(stack)["Resources"])
        assert of_tokens.count("number") == 0 or "{'Ref': 'Number'}" in template
        assert "Token[" not in template
        assert "e+2" not in template
