"""The findings of a checker in a template, each in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One rule broken in one place."""

    rule: str
    """The rule's id, e.g. "AwsSolutions-SQS4"."""
    path: str
    """Construct path or template path."""
    message: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.path}: {self.message}"


class FindingsError(AssertionError):
    """A checker found something; `findings` holds it as data, the text lists it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join([f"{len(self.findings)} finding(s):", *(f"  {found}" for found in self.findings)]))
