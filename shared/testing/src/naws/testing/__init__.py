"""Test tools for N-AWS standard types and for the stacks that use them."""

from naws.testing._extras import MissingExtraError
from naws.testing._script import Answer, Outcome, Outcomes, Returns, TaskRequest, Throws
from naws.testing.workflow import WorkflowRun, run_workflow

__all__ = [
    "Answer",
    "MissingExtraError",
    "Outcome",
    "Outcomes",
    "Returns",
    "TaskRequest",
    "Throws",
    "WorkflowRun",
    "run_workflow",
]
