"""Who passes a role by a request may pass it: one table from the action to where the role is."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import is_array, json_object, members
from naws.cli.embedded.departures.patching import core, departure, replace
from naws.cli.embedded.departures.permissions import refused

_PASSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "ecs:RegisterTaskDefinition": ("ecs-tasks.amazonaws.com", ("executionRoleArn", "taskRoleArn")),
    "events:PutRule": ("events.amazonaws.com", ("RoleArn",)),
    "events:PutTargets": ("events.amazonaws.com", ("Targets.RoleArn",)),
    "lambda:CreateFunction": ("lambda.amazonaws.com", ("Role",)),
    "lambda:UpdateFunctionConfiguration": ("lambda.amazonaws.com", ("Role",)),
    "pipes:CreatePipe": ("pipes.amazonaws.com", ("RoleArn",)),
    "pipes:UpdatePipe": ("pipes.amazonaws.com", ("RoleArn",)),
    "scheduler:CreateSchedule": ("scheduler.amazonaws.com", ("Target.RoleArn",)),
    "scheduler:UpdateSchedule": ("scheduler.amazonaws.com", ("Target.RoleArn",)),
}
"""To whom a request passes a role, and where in it the role is. State machines: ``state_machine_roles``; a task's roles
at its run: ``task_permissions``."""

_roles: ContextVar[tuple[str, ...]] = ContextVar("naws_passed_roles", default=())


@departure(
    source=(
        "IAM User Guide, 'Grant a user permissions to pass a role to an AWS service'; the refusals as users met them "
        "on AWS: wellcomecollection/platform issue 374 (RegisterTaskDefinition), "
        "ecs-deploy-task-definition-to-scheduled-task issue 22 (PutTargets)"
    ),
    replaces=(
        "core.iam_actions.extract_iam_action",
        "core.iam_actions.extract_resource_arn",
        "core.iam_evaluator.enforce",
    ),
)
def roles_in_requests() -> None:
    """Whoever passes a role by a request may do so: ``iam:PassRole`` on the role, with ``iam:PassedToService``.

    Who deploys a stack is not asked: CloudFormation acts as the account's root here. A role that a change leaves as it
    is, and does not name, is not passed.
    """
    replace(core("iam_actions"), "extract_resource_arn", _noting)
    replace(core("iam_evaluator"), "enforce", _asking)


def _noting(original: Callable[..., str]) -> Callable[..., str]:
    def extract(name: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, *where: str) -> str:  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        action = core("iam_actions").extract_iam_action(name, method, path, headers, body, parameters)
        _roles.set(tuple(_named(action, json_object(body))) if action in _PASSED else ())
        return original(name, method, path, headers, body, parameters, *where)

    return extract


def _named(action: str, request: dict[str, Any]) -> Iterator[str]:
    account = core("responses").get_account_id()
    for place in _PASSED[action][1]:
        outer, _, field = place.rpartition(".")
        holder: Any = request.get(outer) if outer else request
        for item in holder if is_array(holder) else [holder]:
            role = str(members(item).get(field) or "")
            if action.startswith("ecs:") and role and not role.startswith("arn:"):
                role = f"arn:aws:iam::{account}:role/{role}"  # ECS takes a name, too
            if role.startswith("arn:"):  # what is no ARN is refused for that
                yield role


def _asking(original: Callable[..., Any]) -> Callable[..., Any]:
    def enforce(key: str, action: str, *rest: Any, **named: Any) -> Any:
        result = original(key, action, *rest, **named)
        if result is not None or action not in _PASSED:
            return result
        for role in _roles.get():
            try:
                judge.ask_caller("iam:PassRole", role, context={"iam:PassedToService": _PASSED[action][0]})
            except judge.DeniedError as error:
                return refused(str(error), role)
        return None

    return enforce
