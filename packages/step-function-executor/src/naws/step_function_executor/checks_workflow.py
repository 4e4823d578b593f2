"""Rules on a workflow before it is built: its time, its kind, and the file that it is read from."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from naws.core import Issue
from naws.core.authoring import (
    ASL_RULES,
    YEAR,
    Check,
    Field,
    Finding,
    as_definition,
    bind,
    limit,
    nearest,
    practice,
    span,
)
from naws.step_function_executor.plan import LONGEST_EXPRESS, Plan, WorkflowPlan
from naws.step_function_executor.plan_file import FilePlan

_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_SUBSTITUTIONS = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-stepfunctions-statemachine.html"
)
_TABLE = 'substitutions={"table": "orders"}'


@limit(
    code="NAWS-FLOW-025",
    title="A run takes 1 second to a year, one of EXPRESS five minutes at most",
    source=_QUOTAS,
    example="timeout=cdk.Duration.days(400)",
    fix="timeout=cdk.Duration.days(30)",
)
def timeout(workflow: WorkflowPlan) -> Iterator[Finding]:
    """Step Functions counts whole seconds and ends what takes longer, whatever its definition says."""
    allowed = span(1, LONGEST_EXPRESS if workflow.express else YEAR)
    of_file = "TimeoutSeconds" in workflow.written
    for found in allowed.check(Field("timeout", workflow.timeout)):
        # What stands in the file is mended there: beside it `timeout` would be a second one.
        seconds = int(min(max(workflow.timeout, 1), allowed.high))
        moved = replace(found, path="definition.TimeoutSeconds", remedy=f'"TimeoutSeconds": {seconds}')
        yield moved if of_file else found


@limit(
    code="NAWS-FLOW-021",
    title="A state waits for a workflow of type STANDARD",
    source="https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html",
    example="""
    # What is then a step: made.as_step(stack, "Close").
    state_machine_type=sfn.StateMachineType.EXPRESS
    """,
    fix="""
    # What is then a step: made.as_step(stack, "Close").
    state_machine_type=sfn.StateMachineType.STANDARD
    """,
)
def step_of_express(workflow: WorkflowPlan) -> Iterator[Finding]:
    """`.sync` asks for the end of an execution by its ARN, and one of EXPRESS has none that can be asked for."""
    if workflow.express:
        expected = "STANDARD, for what runs as a step"
        yield Field("state_machine_type").finding(expected, "omit state_machine_type", shown="EXPRESS")


@limit(
    code="NAWS-FLOW-022",
    title="The file of a definition can be read",
    source="https://docs.python.org/3/library/pathlib.html",
    example='definition=AslFile("clos.asl.json")',
    fix='definition=AslFile("close.asl.json")',
)
def readable_file(file: FilePlan) -> Iterator[Finding]:
    """A relative path begins where the app is run, beside its `cdk.json`."""
    if file.wrong:
        there = sorted(each.name for each in file.folder.glob("*.json"))
        stems = {each.partition(".")[0]: each for each in there}
        near = stems.get(nearest(file.name.partition(".")[0], stems), "")
        near = near or (there[0] if there and Path(file.given.path).is_dir() else "")
        remedy = f'definition=AslFile("{file.folder / near}")' if near else 'definition=AslFile("….asl.json")'
        yield Field("definition.path", str(file.given.path)).finding(f"a file: {file.wrong}", remedy)


@practice(
    code="NAWS-FLOW-023",
    title="Every placeholder of a file has a substitution",
    source=_SUBSTITUTIONS,
    example='definition=AslFile("table.asl.json")',
    fix=f'definition=AslFile("table.asl.json", {_TABLE})',
)
def substituted(file: FilePlan) -> Iterator[Finding]:
    """CloudFormation leaves an unknown name as it is: a state would call a service with `${table}` for a name."""
    values = file.given.substitutions
    for name in file.names:
        if name not in values:
            near = nearest(name, [each for each in values if each not in file.names])
            remedy = f'substitutions={{"{name}": …}}' + (f'  # instead of "{near}"' if near else "")
            yield Field(f'definition.substitutions["{name}"]').finding(
                f"a value for ${{{name}}} of the file", remedy, shown="not given"
            )


@practice(
    code="NAWS-FLOW-024",
    title="Every substitution is of a placeholder in the file",
    source=_SUBSTITUTIONS,
    example=f'definition=AslFile("close.asl.json", {_TABLE})',
    fix='definition=AslFile("close.asl.json")',
)
def placed(file: FilePlan) -> Iterator[Finding]:
    """One that stands nowhere is a name that was mistyped, here or there."""
    for name in () if file.wrong else file.given.substitutions:
        where = Field(f'definition.substitutions["{name}"]', name)
        if name not in file.names and f"${{{name}}}" in file.text:
            better = re.sub(r"\W+", "_", name).strip("_")
            remedy = f'"{better}": …  # and ${{{better}}} in the file'
            yield where.finding("a name of letters, digits and _, as placeholders have", remedy)
        elif name not in file.names:
            open_names = [each for each in file.names if each not in file.given.substitutions]
            near = nearest(name, open_names)
            remedy = f'"{near}": …' if near else f'remove "{name}"'
            known = ", ".join(f"${{{each}}}" for each in file.names) or "none"
            yield Field(f'definition.substitutions["{name}"]').finding(
                f"a name that the file has: {known}", remedy, shown="given"
            )


def _files(plan: Plan) -> Iterator[FilePlan]:
    """The file; what was given for one of its names and has the wrong type was given all the same."""
    if plan.workflow.file is not None:
        file, wrong = plan.workflow.file, {each.path for each in plan.mismatches}
        names = tuple(name for name in file.names if f'definition.substitutions["{name}"]' not in wrong)
        yield file if names == file.names else replace(file, names=names, text="")


def _unreadable(plan: Plan) -> list[Issue]:
    """What the rule on any definition finds, with a remedy for a file."""
    found = [issue for each in _files(plan) if each.text for issue in _READABLE.issues(as_definition(each.text))]
    remedy = "mend the file: it has no comments, no comma at an end, and no name twice"
    return [replace(issue, path="definition.path", remedy=remedy) for issue in found]


_READABLE = next(rule for rule in ASL_RULES if rule.code == "NAWS-ASL-051")
WORKFLOW_CHECKS: tuple[Check[Plan], ...] = (
    timeout.on(lambda plan: (plan.workflow,)),
    *bind(_files, (readable_file, substituted, placed)),
    Check(rule=_READABLE, run=_unreadable),
)
