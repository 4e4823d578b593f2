"""The plan of a package; replaced by that of the branch that packs."""

from dataclasses import dataclass

from naws.lambda_service.props_code import PythonCode


@dataclass(frozen=True, kw_only=True)
class CodePlan:
    """A package."""

    given: PythonCode


def plan_code(given: PythonCode, runtime: str, architecture: str, handler: str) -> CodePlan:
    """Decide."""
    del runtime, architecture, handler
    return CodePlan(given=given)
