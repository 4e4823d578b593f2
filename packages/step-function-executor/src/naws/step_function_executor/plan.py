"""The plan of a workflow: every default filled in, every unit unified. Pure, but for the file that is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from aws_cdk import aws_stepfunctions as sfn

from naws.core import PatternContext
from naws.core.authoring import (
    ProgramPatternPlan,
    ProgramPlan,
    TriggeredPlan,
    Twice,
    check_types,
    is_number,
    key_given,
    of_needs,
    of_operations,
    of_roles,
    of_triggers,
    plan_operations,
    plan_program,
    plan_triggers,
    roles_given,
    seconds,
)
from naws.step_function_executor.plan_file import FilePlan, language_of, plan_file
from naws.step_function_executor.plan_host import WorkflowKind
from naws.step_function_executor.props import AslFile, StepFunctionExecutorProps

DAY, LONGEST_EXPRESS = 86_400, 300
"""Seconds. Source of the second: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


@dataclass(frozen=True, kw_only=True)
class WorkflowPlan:
    """The state machine. Times are seconds.

    Attributes:
        express: whether it is EXPRESS.
        language: of the machine itself.
        timeout: of an execution.
        log_level: the events that are logged.
        file: what the definition is read from; None: the states are CDK's.
        written: those of `language` and `timeout` that the file has and the props leave to it, by their names there; a
            value that is wrong, too, so that the rules on definitions find it.
    """

    express: bool
    language: Literal["JSONata", "JSONPath"]
    timeout: float
    log_level: sfn.LogLevel
    file: FilePlan | None
    written: Mapping[str, Any]

    @property
    def longest(self) -> float:
        """`timeout`, for what is calculated from it; of one that only the deployment knows, a day."""
        return self.timeout if is_number(self.timeout) else DAY


@dataclass(frozen=True, kw_only=True)
class Plan(TriggeredPlan, ProgramPatternPlan):
    """A workflow, decided.

    Attributes:
        workflow: the state machine.
    """

    props: StepFunctionExecutorProps
    workflow: WorkflowPlan


def resolve(props: StepFunctionExecutorProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open; a value of the wrong type counts as not given."""
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    context = replace(context, conventions=conventions)
    workflow, triggers = _workflow(props), plan_triggers(props.triggers, context)
    operations = plan_operations(props, context, workflow.longest)
    program = plan_program({}, {}, props.bindings, context, WorkflowKind())
    needs = zip(program.bindings, program.needs, strict=True)
    return Plan(
        props=props,
        mismatches=mismatches + more,
        context=context,
        workflow=workflow,
        triggers=triggers,
        program=program,
        operations=operations,
        given=(
            *of_roles({"role": props.role}, context.home),
            *(each for (path, _), needed in needs for each in of_needs(needed, path, context.home)),
            *of_operations(props, operations, context),
            *of_triggers(triggers, context.home),
        ),
        roles=tuple(roles_given({"role": props.role}, {"role": _needs_of_role(program)}, context.home)),
        key=key_given(props, context),
    )


def _workflow(props: StepFunctionExecutorProps) -> WorkflowPlan:
    express = props.state_machine_type == sfn.StateMachineType.EXPRESS
    given = props.definition
    file = plan_file(given) if isinstance(given, AslFile) and given.path is not None else None  # pyright: ignore[reportUnnecessaryComparison] - None stands in for a mismatch
    own: Mapping[str, Any] = {} if file is None else file.definition
    usual = LONGEST_EXPRESS if express else DAY
    of_file = own.get("TimeoutSeconds", usual)
    written = {
        "QueryLanguage": None if props.query_language is not None else own.get("QueryLanguage"),
        "TimeoutSeconds": None if props.timeout is not None else own.get("TimeoutSeconds"),
    }
    return WorkflowPlan(
        express=express,
        language=_language(props, file, language_of(own)),
        timeout=seconds(props.timeout, of_file if isinstance(of_file, int | float) else usual),
        log_level=props.log_level or (sfn.LogLevel.ALL if express else sfn.LogLevel.ERROR),
        file=file,
        written={name: value for name, value in written.items() if value is not None},
    )


def _language(
    props: StepFunctionExecutorProps, file: FilePlan | None, named: str | None
) -> Literal["JSONata", "JSONPath"]:
    given = props.query_language
    if given is not None:
        return "JSONata" if given == sfn.QueryLanguage.JSONATA else "JSONPath"
    return "JSONata" if file is None or named == "JSONata" else "JSONPath"


def _needs_of_role(program: ProgramPlan) -> Sequence[str]:
    bound = [path for (path, _), needs in zip(program.bindings, program.needs, strict=True) if needs.statements]
    return ["logs", "traces", "definition", *bound]


def twice_given(plan: Plan) -> Sequence[Twice]:
    """What is given, and stands in the file, too."""
    file, props, workflow = plan.workflow.file, plan.props, plan.workflow
    if file is None:
        return ()
    language = language_of(file.definition) or "JSONPath"
    found = (
        (props.timeout, Twice(path="timeout", given=workflow.timeout, written=file.definition.get("TimeoutSeconds"))),
        (props.query_language, Twice(path="query_language", given=workflow.language, written=language)),
    )
    return tuple(each for given, each in found if given is not None)
