"""The role of a state machine, as Step Functions checks it when the machine is created or changed."""

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.arns import account_of, region_of
from naws.cli.embedded.departures.json_values import is_array, is_object, json_object, members
from naws.cli.embedded.departures.patching import Original, bound, departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import here, provisioners, states
from naws.cli.embedded.departures.templates import physical_name, wrap_template

_PRINCIPAL = "states.amazonaws.com"
_RULES = {
    "arn:aws:states:::ecs:runTask.sync": "StepFunctionsGetEventsForECSTaskRule",
    "arn:aws:states:::states:startExecution.sync": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    "arn:aws:states:::states:startExecution.sync:2": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
_by_template: ContextVar[bool] = ContextVar("naws_by_template", default=False)
_NOT_ASSUMABLE = (
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
    "provided role."
)


@departure(
    "AWS Step Functions Developer Guide, 'Integrating services (.sync)'; the refusals as users met them on AWS: "
    "lumigo-CLI issue 83 (assume), nasa/cumulus pull request 2693 (managed-rule)"
)
def state_machine_roles() -> None:
    """A machine's role exists, trusts ``states.amazonaws.com``, and may make the rules by which ``.sync`` learns ends.

    Who creates a machine by the API may pass its role; of who deploys a stack that is not asked. Otherwise
    ``AccessDeniedException``, and a stack fails.
    """
    check_requests(states, ("_create_state_machine", "_update_state_machine"), _check_request)
    wrap_template("StepFunctions::StateMachine", create=_created, update=_by_cloudformation)


def machine_arn(name: str) -> str:
    """The ARN of a state machine of the request at hand."""
    return f"arn:aws:states:{here()}:stateMachine:{name}"


def _check_request(request: dict[str, Any]) -> None:
    known = members(states._state_machines.get(request.get("stateMachineArn", "")))
    if "roleArn" in request or "definition" in request:
        arn = request.get("stateMachineArn") or machine_arn(request.get("name", ""))
        role = request.get("roleArn") or known.get("roleArn", "")
        _check(arn, role, request.get("definition") or known.get("definition", "{}"))


def _created(original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    name = physical_name(properties, "StateMachineName", stack, logical_id, 80)
    with bound(_by_template, value=True):
        _check(machine_arn(name), properties.get("RoleArn", ""), provisioners._sfn_definition(properties))
        return original(logical_id, properties, stack)


def _by_cloudformation(original: Original, *arguments: Any, **named: Any) -> Any:
    with bound(_by_template, value=True):
        return original(*arguments, **named)


def _check(arn: str, role: str, definition: str) -> None:
    if not judge.evaluating() or not account_of(role):  # what is no ARN is refused for that
        return
    passed = {"iam:PassedToService": _PRINCIPAL}
    if not _by_template.get() and (error := judge.denied(judge.ask_caller, "iam:PassRole", role, context=passed)):
        raise RefusedError(str(error), "AccessDeniedException")
    if judge.denied(judge.ask_trust, role, _PRINCIPAL, source_arn=arn):
        raise RefusedError(_NOT_ASSUMABLE, "AccessDeniedException")
    # A text that is no definition has no resources here, and is refused for that elsewhere.
    for rule in sorted({_RULES[name] for name in _resources(json_object(definition)) if name in _RULES}):
        for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
            resource = f"arn:aws:events:{region_of(arn)}:{account_of(arn)}:rule/{rule}"
            if judge.denied(judge.ask_role, role, "StepFunctions", action, resource):
                text = f"'{role}' is not authorized to create managed-rule."
                raise RefusedError(text, "AccessDeniedException")


def _resources(value: Any) -> Iterator[str]:
    if is_object(value):
        if isinstance(value.get("Resource"), str):
            yield value["Resource"]
        for item in value.values():
            yield from _resources(item)
    elif is_array(value):
        for item in value:
            yield from _resources(item)
