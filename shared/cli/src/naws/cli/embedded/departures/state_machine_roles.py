"""The role of a state machine, as Step Functions checks it when the machine is created or changed."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import is_array, is_object, members
from naws.cli.embedded.departures.patching import core, departure, replace, service

_TYPE = "AWS::StepFunctions::StateMachine"
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
    source=(
        "AWS Step Functions Developer Guide, 'Integrating services (.sync)'; the refusals as users met them on AWS: "
        "lumigo-CLI issue 83 (assume), nasa/cumulus pull request 2693 (managed-rule)"
    ),
    replaces=(
        "stepfunctions._create_state_machine",
        "stepfunctions._update_state_machine",
        "stepfunctions.error_response_json",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "cloudformation.provisioners._sfn_definition",
        "cloudformation.provisioners._physical_name",
    ),
)
def state_machine_roles() -> None:
    """A machine's role exists, trusts ``states.amazonaws.com``, and may make the rules by which ``.sync`` learns ends.

    Who creates a machine by the API may pass its role; of who deploys a stack that is not asked. Otherwise
    ``AccessDeniedException``, and a stack fails.
    """
    states = service("stepfunctions")
    replace(states, "_create_state_machine", _checked)
    replace(states, "_update_state_machine", _checked)
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS[_TYPE]
    handlers["create"] = _deployed(_checked_create(handlers["create"]))
    handlers["update"] = _deployed(handlers["update"])


def _checked(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def checked(request: dict[str, Any]) -> Any:
        states = service("stepfunctions")
        known = members(states._state_machines.get(request.get("stateMachineArn", "")))
        arn = request.get("stateMachineArn") or _arn(request.get("name", ""))
        role = request.get("roleArn") or known.get("roleArn", "")
        refusal = _refusal(arn, role, request.get("definition") or known.get("definition", "{}"))
        if refusal is not None and ("roleArn" in request or "definition" in request):
            return states.error_response_json("AccessDeniedException", refusal, 400)
        return original(request)

    return checked


def _checked_create(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        provisioners = service("cloudformation.provisioners")
        name = properties.get("StateMachineName") or provisioners._physical_name(stack, logical_id, max_len=80)
        refusal = _refusal(_arn(name), properties.get("RoleArn", ""), provisioners._sfn_definition(properties))
        if refusal is not None:
            raise ValueError(refusal)
        return original(logical_id, properties, stack)

    return create


def _deployed(original: Callable[..., Any]) -> Callable[..., Any]:
    def provision(*arguments: Any, **named: Any) -> Any:
        token = _by_template.set(True)
        try:
            return original(*arguments, **named)
        finally:
            _by_template.reset(token)

    return provision


def _arn(name: str) -> str:
    responses = core("responses")
    return f"arn:aws:states:{responses.get_region()}:{responses.get_account_id()}:stateMachine:{name}"


def _refusal(arn: str, role: str, definition: str) -> str | None:
    if not judge.evaluating() or role.count(":") < 5:  # noqa: PLR2004  # what is no ARN is refused for that
        return None
    region, account = arn.split(":")[3:5]
    try:
        if not _by_template.get():
            judge.ask_caller("iam:PassRole", role, context={"iam:PassedToService": "states.amazonaws.com"})
    except judge.DeniedError as error:
        return str(error)
    try:
        judge.ask_trust(role, "states.amazonaws.com", source_arn=arn, source_account=account)
    except judge.DeniedError:
        return _NOT_ASSUMABLE
    try:
        for rule in sorted(_rules(definition)):
            for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
                judge.ask_role(role, "StepFunctions", action, f"arn:aws:events:{region}:{account}:rule/{rule}")
    except judge.DeniedError:
        return f"'{role}' is not authorized to create managed-rule."
    return None


def _rules(definition: str) -> set[str]:
    try:
        return {_RULES[name] for name in _resources(json.loads(definition)) if name in _RULES}
    except ValueError:
        return set()  # it is refused for what it is


def _resources(value: Any) -> Iterator[str]:
    if is_object(value):
        if isinstance(value.get("Resource"), str):
            yield value["Resource"]
        for item in value.values():
            yield from _resources(item)
    elif is_array(value):
        for item in value:
            yield from _resources(item)
