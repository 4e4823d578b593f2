"""The roles of ECS tasks: who may pass them, what the execution role must be allowed, and the task's own keys."""

import re
import uuid
from typing import Any

from botocore.credentials import Credentials

from naws.cli.embedded.departures import judge, sessions
from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_definitions import definition_of_request, definition_of_task
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.permissions import ecs_context, ecs_resource
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import ecs, here, responses, secretsmanager

_PRINCIPAL = "ecs-tasks.amazonaws.com"
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com/([^:@]+)")
_SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
_ASM = f"{_SECRETS}unable to retrieve secret from asm: service call has been retried 1 time(s): "
_SSM = f"{_SECRETS}unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
_LOGS = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
_PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
_keys: dict[str, Credentials] = {}


class StartRefusedError(Exception):
    """The execution role lacks a permission; the text is the task's stopped reason."""


def ask_run_task(request: dict[str, Any]) -> None:
    """Ask for ``ecs:RunTask``.

    Raises:
        DeniedError: Whoever acts may not.
    """
    ask_about_task("RunTask", request)


def ask_about_task(operation: str, request: dict[str, Any]) -> None:
    """Ask for ``ecs:DescribeTasks`` or ``ecs:StopTask``.

    Raises:
        DeniedError: Whoever acts may not.
    """
    judge.ask_caller(f"ecs:{operation}", ecs_resource(operation, request), context=ecs_context(request))


@departure(
    "Amazon ECS API Reference, 'RunTask'; Developer Guide, 'IAM roles for Amazon ECS', 'Tag resources during "
    "creation'; the refusal: serverless-step-functions pull request 189"
)
@patch(check_requests, ecs, "_run_task")
def passed_roles(request: dict[str, Any]) -> None:
    """Whoever runs a task may pass its task role and its execution role to ``ecs-tasks.amazonaws.com``.

    Both trust ECS. Tags need ``ecs:TagResource`` on the tasks of the cluster, with ``ecs:CreateAction``.
    """
    definition = definition_of_request(request)
    error = judge.denied(_ask_to_pass, request, definition) if definition and judge.evaluating() else None
    if error:
        raise RefusedError(str(error), "AccessDeniedException")


def _ask_to_pass(request: dict[str, Any], definition: dict[str, Any]) -> None:
    for name in ("executionRoleArn", "taskRoleArn"):
        role = role_of(name, request, definition)
        if role:
            judge.ask_caller("iam:PassRole", role, context={"iam:PassedToService": _PRINCIPAL})
    if request.get("tags") or request.get("propagateTags") in {"TASK_DEFINITION", "SERVICE"}:
        tags = {f"aws:RequestTag/{tag['key']}": tag.get("value", "") for tag in request.get("tags", ())}
        context = {"ecs:CreateAction": "RunTask", **ecs_context(request), **tags}
        unborn = ecs_resource("StopTask", {**request, "task": uuid.uuid4().hex})
        judge.ask_caller("ecs:TagResource", unborn, context=context)


def role_of(name: str, request: dict[str, Any], definition: dict[str, Any]) -> str:
    """A task's role: of its overrides, else of its definition; a name alone is a role of the account."""
    given = str(members(request.get("overrides")).get(name) or definition.get(name) or "")
    return given if given.startswith("arn:") or not given else f"arn:aws:iam::{responses.get_account_id()}:role/{given}"


@departure(
    "Amazon ECS Developer Guide, 'Amazon ECS task execution IAM role', 'Stopped tasks error messages'; the reasons "
    "as tasks showed them: copilot-cli issue 3104, terraform-aws-directus issue 10, minecraft-ondemand issue 12"
)
@patch(wrap, ecs, "_start_task_worker")
def execution_role(
    original: Original, task: dict[str, Any], definition: dict[str, Any], overrides: Any, client: Any
) -> None:
    """Before a task starts, its execution role reads its secrets, pulls from ECR and makes the log stream.

    Where it may not, or ECS may not assume it, the task stops with ``TaskFailedToStart`` and AWS's sentence. A task
    that needs one and has none does not start either.
    """
    try:
        if judge.evaluating():
            _prepare(task, definition)
    except StartRefusedError as error:
        ecs._fail_task_start(task, client, str(error))
        return
    original(task, definition, overrides, client)


def _prepare(task: dict[str, Any], definition: dict[str, Any]) -> None:
    """Ask for everything that the agent does as the execution role.

    Raises:
        StartRefusedError: The role may not.
    """
    execution, own = (role_of(name, task, definition) for name in ("executionRoleArn", "taskRoleArn"))
    task_id = name_of(task["taskArn"])
    for role in filter(None, (execution, own)):
        if judge.denied(judge.ask_trust, role, _PRINCIPAL, source_arn=task["taskArn"]):
            reason = f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that "
            more = "the role being passed has the proper trust relationship and permissions and that your IAM user has "
            raise StartRefusedError(f"{reason}{more}permissions to pass this role.")
    for container in definition["containerDefinitions"]:
        _ask_for_secrets(execution, task_id, container)
        _ask_for_image(execution, task_id, container["image"])
        _ask_for_logs(execution, task_id, container)


def _ask(role: str, session: str, action: str, resource: str, reason: str) -> None:
    if not role:
        raise StartRefusedError(f"{reason}the task definition has no execution role, which must allow {action}")
    if error := judge.denied(judge.ask_role, role, session, action, resource):
        raise StartRefusedError(f"{reason}{error.code}: {error} status code: 400, request id: {uuid.uuid4()}")


def _ask_for_secrets(role: str, session: str, container: dict[str, Any]) -> None:
    repository = members(container.get("repositoryCredentials")).get("credentialsParameter")
    references = [secret["valueFrom"] for secret in container.get("secrets", ())]
    logging = members(container.get("logConfiguration")).get("secretOptions") or ()
    for reference in [*references, *(option["valueFrom"] for option in logging), *([repository] if repository else [])]:
        if ":secretsmanager:" in reference:
            arn = ":".join(reference.split(":")[:7])
            full = str(members(secretsmanager._resolve(arn)[1]).get("ARN") or arn)
            reason = f"{_ASM}failed to fetch secret {arn} from secrets manager: "
            _ask(role, session, "secretsmanager:GetSecretValue", full, reason)
            _ask_key(role, session, arn, reason, "Access to KMS is not allowed")
        else:
            arn = (
                reference if reference.startswith("arn:") else f"arn:aws:ssm:{here()}:parameter/{reference.lstrip('/')}"
            )
            _ask(role, session, "ssm:GetParameters", arn, _SSM)
            _ask_key(role, session, arn, _SSM)


def _ask_key(role: str, session: str, arn: str, reason: str, sentence: str = "") -> None:
    if error := judge.denied(judge.ask_role_key, role, session, arn, "kms:Decrypt"):
        text = f"{reason}AccessDeniedException: {sentence or error}"
        raise StartRefusedError(f"{text} status code: 400, request id: {uuid.uuid4()}")


def _ask_for_image(role: str, session: str, image: str) -> None:
    found = _ECR.match(image)
    if found is None:
        return
    account, region, name = found.groups()
    reason = "unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
    _ask(role, session, "ecr:GetAuthorizationToken", "*", f"{_SECRETS}{reason}")
    repository = f"arn:aws:ecr:{region}:{account}:repository/{name}"
    for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        _ask(role, session, action, repository, f"{_PULL}{image}: failed with status code 403 Forbidden: ")


def _ask_for_logs(role: str, session: str, container: dict[str, Any]) -> None:
    configuration = members(container.get("logConfiguration"))
    options = members(configuration.get("options"))
    if configuration.get("logDriver") != "awslogs" or not options.get("awslogs-group"):
        return
    region = options.get("awslogs-region") or responses.get_region()
    group = f"arn:aws:logs:{region}:{responses.get_account_id()}:log-group:{options['awslogs-group']}"
    stream = f"{group}:log-stream:{options.get('awslogs-stream-prefix', '')}/{container['name']}/{session}"
    if options.get("awslogs-create-group") == "true":
        reason = f"{_LOGS}failed to create Cloudwatch log group: "
        _ask(role, session, "logs:CreateLogGroup", f"{group}:log-stream:", reason)
    reason = f"{_LOGS}failed to create Cloudwatch log stream: "
    _ask(role, session, "logs:CreateLogStream", stream, reason)


def may_write_logs(task_id: str, group: str, stream: str) -> bool:
    """Whether the execution role of a task lets the awslogs driver write; without, the output is lost, as on AWS."""
    task = next(members(task) for _, task in ecs._tasks.all_items() if task["taskArn"].endswith(f"/{task_id}"))
    role = role_of("executionRoleArn", task, definition_of_task(task))
    resource = f"arn:aws:logs:{here()}:log-group:{group}:log-stream:{stream}"
    return not judge.denied(judge.ask_role, role, task_id, "logs:PutLogEvents", resource)


@departure("Amazon ECS Developer Guide, 'Task IAM role'; botocore's container credentials")
def task_role() -> None:
    """A task has the keys of a session of its task role, which ends with the task; without a role it has none.

    They are in the environment: the address at which ECS gives them is one that SDKs accept on AWS only. Keys that the
    task's own environment has win, as on AWS.
    """
    wrap(ecs, "_register_metadata", _with_keys)
    wrap(ecs, "_mark_task_stopped", _closing)


def _with_keys(
    original: Original,
    task_arn: str,
    cluster: str,
    definition: dict[str, Any],
    container: Any,
    launch: str,
    env: dict[str, str],
    *rest: Any,
) -> Any:
    answer = original(task_arn, cluster, definition, container, launch, env, *rest)
    for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        env.pop(name, None)
    role = role_of("taskRoleArn", members(ecs._tasks.get(task_arn)), definition)
    if role and "AWS_ACCESS_KEY_ID" not in env:
        if task_arn not in _keys:
            _keys[task_arn] = sessions.open_session(role, name_of(task_arn))
        keys: Any = _keys[task_arn]
        named = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        env.update(zip(named, (keys.access_key, keys.secret_key, keys.token), strict=True))
    return answer


def _closing(original: Original, task_arn: str, *rest: Any, **named: Any) -> bool:
    keys = _keys.pop(task_arn, None)
    if keys is not None:
        sessions.close_session(keys)
    return original(task_arn, *rest, **named)
