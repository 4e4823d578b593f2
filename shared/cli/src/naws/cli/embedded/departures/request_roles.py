"""``iam:PassRole`` for the roles in requests: one table from the action to where the role is."""

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import json_object, listed, members
from naws.cli.embedded.departures.patching import Original, before, departure, wrap
from naws.cli.embedded.departures.permissions import refused
from naws.cli.embedded.departures.services import evaluator, iam_actions, responses

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
    "IAM User Guide, 'Grant a user permissions to pass a role to an AWS service'; the refusals as users met them "
    "on AWS: wellcomecollection/platform issue 374 (RegisterTaskDefinition), "
    "ecs-deploy-task-definition-to-scheduled-task issue 22 (PutTargets)"
)
def roles_in_requests() -> None:
    """Whoever passes a role by a request may do so: ``iam:PassRole`` on the role, with ``iam:PassedToService``.

    Who deploys a stack is not asked: CloudFormation acts as the account's root here. A role that a change leaves as it
    is, and does not name, is not passed.
    """
    before(iam_actions, "extract_resource_arn", _note)
    wrap(evaluator, "enforce", _asking)


def _note(name: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, *_: Any) -> None:
    action = iam_actions.extract_iam_action(name, method, path, headers, body, parameters)
    _roles.set(tuple(_named(action, json_object(body))) if action in _PASSED else ())


def _named(action: str, request: dict[str, Any]) -> Iterator[str]:
    account = responses.get_account_id()
    for path in _PASSED[action][1]:
        outer, _, field = path.rpartition(".")
        holder: Any = request.get(outer) if outer else request
        for item in listed(holder):
            role = str(members(item).get(field) or "")
            if action.startswith("ecs:") and role and not role.startswith("arn:"):
                role = f"arn:aws:iam::{account}:role/{role}"  # ECS takes a name, too
            if role.startswith("arn:"):  # what is no ARN is refused for that
                yield role


def _asking(original: Original, key: str, action: str, *rest: Any, **named: Any) -> Any:
    result = original(key, action, *rest, **named)
    if result is not None or action not in _PASSED:
        return result
    for role in _roles.get():
        context = {"iam:PassedToService": _PASSED[action][0]}
        if error := judge.denied(judge.ask_caller, "iam:PassRole", role, context=context):
            return refused(str(error), role)
    return None
