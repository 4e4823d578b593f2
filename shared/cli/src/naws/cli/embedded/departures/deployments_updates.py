"""What CloudFormation does with `UpdatePolicy: CodeDeployLambdaAliasUpdate` of an alias."""

import uuid
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import deployments
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, bound, departure, wrap
from naws.cli.embedded.departures.placeholders import note
from naws.cli.embedded.departures.refusals import RefusedError
from naws.cli.embedded.departures.services import (
    cfn_changesets,
    cfn_engine,
    cfn_handlers,
    cfn_stacks,
    cloudformation,
    functions,
    provisioners,
)
from naws.cli.embedded.departures.templates import Made, wrap_template

_TYPE = "AWS::Lambda::Alias"
_POLICY = "CodeDeployLambdaAliasUpdate"
_HOOKS = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")
_operation: ContextVar[tuple[dict[str, Any], dict[str, Any]]] = ContextVar("naws_stack_operation", default=({}, {}))
"""Template and parameters of the operation at hand."""


@departure(
    "CloudFormation User Guide, 'UpdatePolicy attribute' (CodeDeployLambdaAliasUpdate); CodeDeploy User Guide, "
    "'Deployment configurations on an AWS Lambda compute platform', 'Redeploy and roll back a deployment'; a canary "
    'and its rollback by an alarm as seen on AWS: alias ["1",{"2":0.1}] until it is ["2",null], and '
    '"d-… failed. One or more alarms have been activated …" (HandlerErrorCode: InternalFailure); aws-cdk issue 13922 '
    "(references of an UpdatePolicy are dependencies: they can be circular)"
)
def alias_updates() -> None:
    """A new version of an alias is deployed by CodeDeploy: the weights are on the alias, and alarms are watched.

    A deployment that fails fails the update. The stack's rollback moves the alias at once. Minutes are seconds here.
    """
    for module in (cfn_handlers, cfn_changesets):
        wrap(module, "_deploy_stack_async", _noting)
    for module in (cfn_engine, cfn_stacks):
        wrap(module, "_extract_deps", _with_policy)
    wrap(cfn_stacks, ("_runs_on_worker_thread", "_sends_back_failed_update"), _alias_or)
    wrap_template("Lambda::Alias", create=_created, update=_updated)


def _alias_or(original: Original, kind: str) -> bool:
    return kind == _TYPE or original(kind)


async def _noting(
    original: Original, name: str, stack_id: str, template: Any, parameters: Any, *rest: Any, **named: Any
) -> None:
    with bound(_operation, (template, parameters)):
        await original(name, stack_id, template, parameters, *rest, **named)


def _with_policy(original: Original, definition: dict[str, Any], names: set[str]) -> set[str]:
    policy = members(members(definition.get("UpdatePolicy")).get(_POLICY))
    return original(definition, names) | {name for name, _ in cfn_engine._intrinsic_references(policy) if name in names}


def _policy(stack_name: str, logical_id: str) -> dict[str, Any]:
    template, parameters = _operation.get()
    stack = cloudformation._stacks[stack_name]
    policy = members(members(template.get("Resources", {}).get(logical_id)).get("UpdatePolicy")).get(_POLICY)
    if not policy:
        return {}
    conditions = cfn_stacks._evaluate_conditions(template, parameters)
    mappings = template.get("Mappings", {})
    known = stack.get("_resources", {})
    return members(
        cfn_stacks._resolve_refs(policy, known, parameters, conditions, mappings, stack_name, stack["StackId"])
    )


def _created(original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
    made = original(logical_id, properties, stack)
    template = _operation.get()[0].get("Resources", {}).get(logical_id, {})
    hooks = [hook for hook in _HOOKS if hook in members(members(template.get("UpdatePolicy")).get(_POLICY))]
    if hooks:
        note(stack, logical_id, "Lambda::Alias", made[0], f"{' and '.join(hooks)}: hooks are not invoked")
    return made


def _updated(
    original: Original, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str
) -> Made:
    rolling_back = "ROLLBACK" in cloudformation._stacks[stack]["StackStatus"]
    same = all(old.get(name) == new.get(name) for name in ("FunctionName", "Name"))
    _, function, _, _ = provisioners._lambda_function_for_cfn_ref(new.get("FunctionName", ""))
    policy = (
        {}
        if rolling_back or not same or old["FunctionVersion"] == new["FunctionVersion"]
        else _policy(stack, logical_id)
    )
    if policy:
        shift = deployments.Shift(function, new["Name"], old["FunctionVersion"], new["FunctionVersion"])
        _deploy(policy, shift)
    made = original(physical_id, old, new, stack, logical_id)
    if rolling_back and not new.get("RoutingConfig"):
        functions._functions[function]["aliases"][new["Name"]].pop("RoutingConfig", None)
    return made


def _deploy(policy: dict[str, Any], shift: deployments.Shift) -> None:
    try:
        group = deployments.group_of(policy["ApplicationName"], policy["DeploymentGroupName"])
        deployments.run(group, shift)
    except RefusedError as error:
        message = f'Resource handler returned message: "{error}"'
        raise ValueError(f"{message} (RequestToken: {uuid.uuid4()}, HandlerErrorCode: InternalFailure)") from None
