"""The roles of ECS tasks: who may pass them, what the execution role must be allowed, and the task's own keys."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import re
import uuid
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures import judge, sessions
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import core, departure, replace, service
from naws.cli.embedded.departures.permissions import ecs_context, ecs_resource

_PRINCIPAL = "ecs-tasks.amazonaws.com"
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com/([^:@]+)")
_SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
_LOGS = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
_PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
_keys: dict[str, sessions.Keys] = {}


class StartRefusedError(Exception):
    """The execution role lacks a permission; the text is the task's stopped reason."""


@departure(
    source=(
        "Amazon ECS API Reference, 'RunTask'; Developer Guide, 'IAM roles for Amazon ECS', 'Tag resources during "
        "creation'; the refusal: serverless-step-functions pull request 189"
    ),
    replaces=("ecs._run_task", "ecs._task_defs", "ecs._resolve_td_key", "ecs.error_response_json"),
)
def passed_roles() -> None:
    """Whoever runs a task may pass its task role and its execution role to ``ecs-tasks.amazonaws.com``.

    Both trust ECS. Tags need ``ecs:TagResource`` on the tasks of the cluster, with ``ecs:CreateAction``.
    """
    replace(service("ecs"), "_run_task", _passing)


def ask_run_task(request: dict[str, Any]) -> None:
    """Ask for ``ecs:RunTask``, and for what running it to its end needs when ``.sync`` waits.

    Args:
        request: The API's request.

    Raises:
        DeniedError: Whoever acts may not.
    """
    judge.ask_caller("ecs:RunTask", ecs_resource("RunTask", request, _where()), context=ecs_context(request, _where()))


def ask_about_task(operation: str, request: dict[str, Any]) -> None:
    """Ask for ``ecs:DescribeTasks`` or ``ecs:StopTask``.

    Raises:
        DeniedError: Whoever acts may not.
    """
    resource = ecs_resource(operation, request, _where())
    judge.ask_caller(f"ecs:{operation}", resource, context=ecs_context(request, _where()))


def _where() -> str:
    return f"{core('responses').get_region()}:{core('responses').get_account_id()}"


def _passing(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def run_task(request: dict[str, Any]) -> Any:
        ecs = service("ecs")
        definition = ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", "")))
        if definition is not None and judge.evaluating():
            try:
                _ask_to_pass(request, definition)
            except judge.DeniedError as error:
                return ecs.error_response_json("AccessDeniedException", str(error), 400)
        return original(request)

    return run_task


def _ask_to_pass(request: dict[str, Any], definition: dict[str, Any]) -> None:
    for name in ("executionRoleArn", "taskRoleArn"):
        role = role_of(name, request, definition)
        if role:
            judge.ask_caller("iam:PassRole", role, context={"iam:PassedToService": _PRINCIPAL})
    if request.get("tags") or request.get("propagateTags") in {"TASK_DEFINITION", "SERVICE"}:
        tags = {f"aws:RequestTag/{tag['key']}": tag.get("value", "") for tag in request.get("tags", ())}
        context = {"ecs:CreateAction": "RunTask", **ecs_context(request, _where()), **tags}
        unborn = ecs_resource("StopTask", {**request, "task": uuid.uuid4().hex}, _where())
        judge.ask_caller("ecs:TagResource", unborn, context=context)


def role_of(name: str, request: dict[str, Any], definition: dict[str, Any]) -> str:
    """A task's role: of its overrides, else of its definition; a name alone is a role of the account."""
    given = str(members(request.get("overrides")).get(name) or definition.get(name) or "")
    return given if given.startswith("arn:") or not given else f"arn:aws:iam::{_where().split(':')[1]}:role/{given}"


@departure(
    source=(
        "Amazon ECS Developer Guide, 'Amazon ECS task execution IAM role', 'Stopped tasks error messages'; the reasons "
        "as tasks showed them: copilot-cli issue 3104, terraform-aws-directus issue 10, minecraft-ondemand issue 12"
    ),
    replaces=("ecs._start_task_worker", "ecs._fail_task_start", "ecs._awslogs_config"),
)
def execution_role() -> None:
    """Before a task starts, its execution role reads its secrets, pulls from ECR and makes the log stream.

    Where it may not, or ECS may not assume it, the task stops with ``TaskFailedToStart`` and AWS's sentence. A task
    that needs one and has none does not start either.
    """
    replace(service("ecs"), "_start_task_worker", _prepared)


def _prepared(original: Callable[..., None]) -> Callable[..., None]:
    def start(task: dict[str, Any], definition: dict[str, Any], overrides: Any, client: Any) -> None:
        try:
            if judge.evaluating():
                _prepare(task, definition)
        except StartRefusedError as error:
            service("ecs")._fail_task_start(task, client, str(error))
            return
        original(task, definition, overrides, client)

    return start


def _prepare(task: dict[str, Any], definition: dict[str, Any]) -> None:
    """Ask for everything that the agent does as the execution role.

    Raises:
        StartRefusedError: The role may not.
    """
    execution, own = (role_of(name, task, definition) for name in ("executionRoleArn", "taskRoleArn"))
    account, task_id = task["taskArn"].split(":")[4], task["taskArn"].rpartition("/")[2]
    for role in filter(None, (execution, own)):
        try:
            judge.ask_trust(role, _PRINCIPAL, source_arn=task["taskArn"], source_account=account)
        except judge.DeniedError as error:
            reason = f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that "
            more = "the role being passed has the proper trust relationship and permissions and that your IAM user has "
            raise StartRefusedError(f"{reason}{more}permissions to pass this role.") from error
    for container in definition["containerDefinitions"]:
        _ask_for_secrets(execution, task_id, container)
        _ask_for_image(execution, task_id, container["image"])
        _ask_for_logs(execution, task_id, container)


def _ask(role: str, session: str, action: str, resource: str, reason: str) -> None:
    if not role:
        raise StartRefusedError(f"{reason}the task definition has no execution role, which must allow {action}")
    try:
        judge.ask_role(role, session, action, resource)
    except judge.DeniedError as error:
        request_id = uuid.uuid4()
        raise StartRefusedError(f"{reason}{error.code}: {error} status code: 400, request id: {request_id}") from error


def _ask_for_secrets(role: str, session: str, container: dict[str, Any]) -> None:
    repository = members(container.get("repositoryCredentials")).get("credentialsParameter")
    references = [secret["valueFrom"] for secret in container.get("secrets", ())]
    logging = members(container.get("logConfiguration")).get("secretOptions") or ()
    for reference in [*references, *(option["valueFrom"] for option in logging), *([repository] if repository else [])]:
        if ":secretsmanager:" in reference:
            arn = ":".join(reference.split(":")[:7])
            reason = f"failed to fetch secret {arn} from secrets manager: "
            asm = f"unable to retrieve secret from asm: service call has been retried 1 time(s): {reason}"
            _ask(role, session, "secretsmanager:GetSecretValue", _full_arn(arn), f"{_SECRETS}{asm}")
            denied = f"{_SECRETS}{asm}AccessDeniedException: Access to KMS is not allowed"
            _ask_key(role, session, arn, denied)
        else:
            arn = (
                reference
                if reference.startswith("arn:")
                else f"arn:aws:ssm:{_where()}:parameter/{reference.lstrip('/')}"
            )
            reason = f"{_SECRETS}unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
            _ask(role, session, "ssm:GetParameters", arn, reason)
            _ask_key(role, session, arn, f"{reason}AccessDeniedException: ")


def _full_arn(arn: str) -> str:
    return str(members(service("secretsmanager")._resolve(arn)[1]).get("ARN") or arn)


def _ask_key(role: str, session: str, arn: str, reason: str) -> None:
    try:
        judge.ask_role_key(role, session, arn, "kms:Decrypt")
    except judge.DeniedError as error:
        text = reason if reason.endswith("not allowed") else f"{reason}{error}"
        raise StartRefusedError(f"{text} status code: 400, request id: {uuid.uuid4()}") from error


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
    region, account = options.get("awslogs-region") or _where().split(":")[0], _where().split(":")[1]
    group = f"arn:aws:logs:{region}:{account}:log-group:{options['awslogs-group']}"
    stream = f"{group}:log-stream:{options.get('awslogs-stream-prefix', '')}/{container['name']}/{session}"
    if options.get("awslogs-create-group") == "true":
        reason = f"{_LOGS}failed to create Cloudwatch log group: "
        _ask(role, session, "logs:CreateLogGroup", f"{group}:log-stream:", reason)
    reason = f"{_LOGS}failed to create Cloudwatch log stream: "
    _ask(role, session, "logs:CreateLogStream", stream, reason)


def may_write_logs(task_id: str, group: str, stream: str) -> bool:
    """Whether the execution role of a task lets the awslogs driver write; without, the output is lost, as on AWS."""
    ecs = service("ecs")
    task = next(members(task) for _, task in ecs._tasks.all_items() if task["taskArn"].endswith(f"/{task_id}"))
    definition = members(ecs._task_defs.get(task["taskDefinitionArn"].rpartition("/")[2]))
    resource = f"arn:aws:logs:{_where()}:log-group:{group}:log-stream:{stream}"
    try:
        judge.ask_role(role_of("executionRoleArn", task, definition), task_id, "logs:PutLogEvents", resource)
    except judge.DeniedError:
        return False
    return True


@departure(
    source="Amazon ECS Developer Guide, 'Task IAM role'; botocore's container credentials",
    replaces=("ecs._register_metadata", "ecs._mark_task_stopped", "ecs._tasks"),
)
def task_role() -> None:
    """A task has the keys of a session of its task role, which ends with the task; without a role it has none.

    They are in the environment: the address at which ECS gives them is one that SDKs accept on AWS only. Keys that the
    task's own environment has win, as on AWS.
    """
    replace(service("ecs"), "_register_metadata", _with_keys)
    replace(service("ecs"), "_mark_task_stopped", _closing)


def _with_keys(original: Callable[..., Any]) -> Callable[..., Any]:
    def register(  # noqa: PLR0913, PLR0917  # MiniStack's own signature
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
        role = role_of("taskRoleArn", members(service("ecs")._tasks.get(task_arn)), definition)
        if role and "AWS_ACCESS_KEY_ID" not in env:
            if task_arn not in _keys:
                _keys[task_arn] = sessions.open_session(role, task_arn.rpartition("/")[2])
            keys = _keys[task_arn]
            env["AWS_ACCESS_KEY_ID"] = keys.access_key_id
            env["AWS_SECRET_ACCESS_KEY"] = keys.secret_access_key
            env["AWS_SESSION_TOKEN"] = keys.session_token
        return answer

    return register


def _closing(original: Callable[..., bool]) -> Callable[..., bool]:
    def stopped(task_arn: str, *rest: Any, **named: Any) -> bool:
        keys = _keys.pop(task_arn, None)
        if keys is not None:
            sessions.close_session(keys)
        return original(task_arn, *rest, **named)

    return stopped
