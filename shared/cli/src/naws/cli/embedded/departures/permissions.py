"""Policies of requests over HTTP: which permission a request needs, on what, under which conditions, in whose words."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import re
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from typing import Any

from naws.cli.embedded.departures import judge, partiql
from naws.cli.embedded.departures.json_values import is_array, is_object, json_object
from naws.cli.embedded.departures.patching import core, departure, replace

KEY_ACTIONS: dict[str, tuple[str, ...]] = {
    "dynamodb:BatchGetItem": ("kms:Decrypt",),
    "dynamodb:BatchWriteItem": ("kms:Decrypt",),
    "dynamodb:DeleteItem": ("kms:Decrypt",),
    "dynamodb:GetItem": ("kms:Decrypt",),
    "dynamodb:PartiQLDelete": ("kms:Decrypt",),
    "dynamodb:PartiQLInsert": ("kms:Decrypt",),
    "dynamodb:PartiQLSelect": ("kms:Decrypt",),
    "dynamodb:PartiQLUpdate": ("kms:Decrypt",),
    "dynamodb:PutItem": ("kms:Decrypt",),
    "dynamodb:Query": ("kms:Decrypt",),
    "dynamodb:Scan": ("kms:Decrypt",),
    "dynamodb:UpdateItem": ("kms:Decrypt",),
    "s3:GetObject": ("kms:Decrypt",),
    "s3:GetObjectVersion": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "secretsmanager:PutSecretValue": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sns:Publish": ("kms:GenerateDataKey", "kms:Decrypt"),
    "ssm:GetParameter": ("kms:Decrypt",),
    "ssm:GetParameters": ("kms:Decrypt",),
    "ssm:GetParametersByPath": ("kms:Decrypt",),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
}
"""What a call asks of the key of an encrypted resource, as its caller, through the resource's service."""

_KEY_CODES = {"sns": "KMSAccessDenied", "sqs": "KMS.AccessDeniedException"}
_ACTIONS = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# MiniStack has no X-Ray; its paths, by botocore's model.
_XRAY_PATHS = {"/TraceSegments": "PutTraceSegments", "/TelemetryRecords": "PutTelemetryRecords"}
_SMITHY = re.compile(r"/service/[^/]+/operation/(\w+)$")
_ECS_FIELDS = {
    "RunTask": "taskDefinition",
    "StartTask": "taskDefinition",
    "StopTask": "task",
    "DescribeTasks": "tasks",
    "ExecuteCommand": "task",
}
_ASSUME_KEYS = ("ExternalId", "RoleSessionName")
_PARTIQL = "dynamodb:ExecuteStatement"
_ECS_KINDS = {"taskDefinition": "task-definition"}

_plain: ContextVar[bool] = ContextVar("naws_plain_http", default=False)
_request: ContextVar[str] = ContextVar("naws_request", default="")
_also: ContextVar[tuple[str, ...]] = ContextVar("naws_more_resources", default=())
_sealed: ContextVar[bool] = ContextVar("naws_not_decrypted", default=False)
_refusal: ContextVar[tuple[str, str, str] | None] = ContextVar("naws_refusal", default=None)


@departure(
    source="IAM User Guide, 'AWS global condition context keys', aws:SecureTransport",
    replaces=("core.iam_evaluator._request_origin", "core.iam_evaluator.pin_request_origin", "app.pin_request_origin"),
)
def secure_transport() -> None:
    """A request counts as TLS, unless it has the header ``x-forwarded-proto: http``.

    Clients reach this AWS on a loopback address, or from a container's network, without a certificate; a test of a
    policy that denies what is not TLS sends the header.
    """
    core("iam_evaluator")._request_origin = ContextVar("naws_origin", default=("127.0.0.1", True))
    replace(import_module("ministack.app"), "pin_request_origin", _as_tls)


def _as_tls(original: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    return lambda address, _: original(address, not _plain.get())


@departure(
    source="IAM API Reference, 'Common errors', InvalidClientTokenId",
    replaces=("core.iam_evaluator.is_root_access_key",),
)
def root_keys() -> None:
    """The account's root has the keys that this AWS gives out, and its number; MiniStack's ``test`` is nobody's key."""
    replace(core("iam_evaluator"), "is_root_access_key", _but_test)


def _but_test(original: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda key: key != "test" and original(key)


def begin(scope: MutableMapping[str, Any]) -> None:
    """Note what the departures here need of a request and MiniStack does not hand on."""
    headers = dict(scope.get("headers", []))
    _plain.set(headers.get(b"x-forwarded-proto", b"").strip().lower() == b"http")
    _request.set(f"{scope.get('method')} {scope.get('path')}")


@departure(
    source="Service Authorization Reference of SQS, SNS, CloudWatch, DynamoDB, X-Ray; Amazon Bedrock User Guide, "
    "'Prerequisites for running model inference'; cfn-lint's list of AWS's actions",
    replaces=(
        "core.iam_actions.extract_iam_action",
        "core.iam_actions.access_denied_response",
        "app._authenticate_only",
    ),
)
def known_actions() -> None:
    """Batches need the permission of their single call, and CloudWatch's binary protocol names its operation.

    A conversation needs the permission of the model's invocation; a PartiQL statement that of its verb, on its table.

    A request of which no permission is known here is refused to everybody but the account's root, and named; on AWS it
    may pass.
    """
    replace(core("iam_actions"), "extract_iam_action", _mended_action)
    replace(import_module("ministack.app"), "_authenticate_only", _refusing_unknown)


def _mended_action(original: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract(name: str, method: str, path: str, headers: Any, body: bytes, parameters: Any) -> str | None:  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        smithy = _SMITHY.search(path)
        if smithy is not None:
            action = f"{core('iam_actions').SERVICE_TO_IAM_NAMESPACE.get(name, name)}:{smithy[1]}"
        elif name == "xray" and path in _XRAY_PATHS:
            action = f"xray:{_XRAY_PATHS[path]}"
        else:
            action = original(name, method, path, headers, body, parameters)
        if action == _PARTIQL:
            return partiql.action_of(_statement(body)) or action
        return _ACTIONS.get(action, action) if action else None

    return extract


def _refusing_unknown(original: Callable[..., Any]) -> Callable[..., Any]:
    def authenticate(name: str, headers: Any, parameters: Any, request_id: str) -> Any:
        failure = original(name, headers, parameters, request_id)
        caller = str(core("iam_evaluator").caller_arn())
        if failure or not judge.evaluating() or caller.endswith(":root"):
            return failure
        operation = headers.get("x-amz-target") or _request.get()
        text = (
            f"User: {caller} is refused {operation} of {name}: the embedded AWS does not know which permission it "
            "needs. Please report it; `naws local --without-policies` runs without."
        )
        judge.note_denial(caller, f"{name}:{operation}", "*", text)
        actions = core("iam_actions")
        return actions.access_denied_response(name, "", caller, request_id, message=text, headers=headers)

    return authenticate


@departure(
    source=(
        "Service Authorization Reference, Amazon ECS (RunTask: task definition as the request names it, ecs:cluster), "
        "Amazon CloudWatch (cloudwatch:namespace), Step Functions (name of an execution, of a map run), Systems Manager"
    ),
    replaces=("core.iam_actions.extract_resource_arn", "core.iam_actions.request_tag_context"),
)
def request_resources() -> None:
    """RunTask is about a task definition, StopTask and DescribeTasks about a task, in the cluster ``ecs:cluster``.

    PutMetricData has ``cloudwatch:namespace``, DescribeMapRun its map run, GetParameters each of its parameters.
    AssumeRole has ``sts:ExternalId`` and ``sts:RoleSessionName``.
    """
    replace(core("iam_actions"), "extract_resource_arn", _mended_resource)
    replace(core("iam_actions"), "request_tag_context", _more_context)


def _mended_resource(original: Callable[..., str]) -> Callable[..., str]:
    def extract(  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        name: str, method: str, path: str, headers: Any, body: bytes, parameters: Any, region: str, account: str
    ) -> str:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        where = f"{region}:{account}"
        if name == "ecs" and operation in _ECS_FIELDS:
            return ecs_resource(operation, json_object(body), where)
        table = partiql.resource_of(_statement(body), where) if name == "dynamodb" else None
        if table:
            return table
        if name == "states" and json_object(body).get("mapRunArn"):
            return str(json_object(body)["mapRunArn"])
        given = json_object(body) if name == "ssm" else {}
        named = [f"arn:aws:ssm:{where}:parameter/{str(item).lstrip('/')}" for item in given.get("Names", ())]
        _also.set(tuple(named[1:]))
        _sealed.set(name == "ssm" and not given.get("WithDecryption"))
        if given.get("Path"):
            return f"arn:aws:ssm:{where}:parameter/{given['Path'].strip('/')}"
        return named[0] if named else original(name, method, path, headers, body, parameters, region, account)

    return extract


def ecs_resource(operation: str, request: dict[str, Any], where: str) -> str:
    """What an ECS call is about: a task definition, or a task of a cluster.

    Args:
        operation: Such as ``RunTask``.
        request: The API's request.
        where: ``region:account``.
    """
    field = _ECS_FIELDS[operation]
    named = request.get(field) or ""
    text = str(named[0] if is_array(named) and named else named)
    if text.startswith("arn:"):
        return text
    kind = _ECS_KINDS.get(field, "task")
    path = text if kind != "task" else f"{_cluster_name(request)}/{text}"
    return f"arn:aws:ecs:{where}:{kind}/{path}"


def ecs_context(request: dict[str, Any], where: str) -> dict[str, str]:
    """The condition keys of an ECS call."""
    return {"ecs:cluster": f"arn:aws:ecs:{where}:cluster/{_cluster_name(request)}"}


def _cluster_name(request: dict[str, Any]) -> str:
    return str(request.get("cluster") or "default").rpartition("/")[2]


def _more_context(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def context(name: str, action: str, body: bytes, parameters: Any) -> dict[str, Any]:
        keys = original(name, action, body, parameters)
        if name == "ecs" and json_object(body):
            responses = core("responses")
            keys |= ecs_context(json_object(body), f"{responses.get_region()}:{responses.get_account_id()}")
        if action == "sts:AssumeRole":
            keys |= {f"sts:{key}": _first(parameters[key]) for key in _ASSUME_KEYS if parameters.get(key)}
        if action == "cloudwatch:PutMetricData":
            keys["cloudwatch:namespace"] = _namespace(body, parameters)
        return keys

    return context


def _namespace(body: bytes, parameters: Any) -> str:
    given = parameters.get("Namespace")
    if given:
        return _first(given)
    return str((json_object(body) or _cbor(body)).get("Namespace", ""))


def _first(given: Any) -> str:
    return str(given[0] if is_array(given) else given)


def _statement(body: bytes) -> str:
    return str(json_object(body).get("Statement") or "")


def _cbor(body: bytes) -> dict[str, Any]:
    try:
        decoded: Any = import_module("cbor2").loads(body)
    except (ImportError, ValueError):
        return {}
    return decoded if is_object(decoded) else {}


@departure(
    source=(
        "IAM User Guide, 'Troubleshoot access denied error messages'; KMS Developer Guide, 'kms:ViaService'; "
        "SQS and SNS Developer Guides, 'Key management'; S3 User Guide, 'Using server-side encryption with AWS KMS "
        "keys'; Secrets Manager User Guide, 'Secret encryption and decryption'"
    ),
    replaces=("core.iam_evaluator.enforce", "core.iam_evaluator.caller_arn", "core.iam_actions.access_denied_response"),
)
def encrypted_resources() -> None:
    """Whoever reads or writes an encrypted queue, topic, object, secret or table needs its key, too.

    The account's root is refused what a resource's policy denies it, and a role lets whom its trust policy names.
    A denial names caller, action, resource, and the kind of policy: a boundary, too.
    """
    replace(core("iam_evaluator"), "enforce", _with_key)
    replace(core("iam_actions"), "access_denied_response", _in_full)


def _with_key(original: Callable[..., Any]) -> Callable[..., Any]:
    evaluator = core("iam_evaluator")

    def enforce(  # noqa: PLR0913, PLR0917  # MiniStack's own signature
        key: str, action: str, name: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        _refusal.set(None)
        result = original(key, action, name, region, resource_arn, service_context)
        if isinstance(result, evaluator.AuthError):
            return result
        pin_caller(key)
        resource = resource_arn
        try:
            if result is not None:
                judge.ask_caller(action, resource, context=service_context)  # raises with the whole sentence
                return None if action == "sts:AssumeRole" else result  # MiniStack asks the trust policy afterwards
            by_root = str(evaluator.caller_arn()).endswith(":root") and not evaluator._anonymous.get()
            for resource in (resource_arn, *_also.get()):
                if resource != resource_arn or by_root:
                    judge.ask_caller(action, resource, context=service_context)
                if not _sealed.get():
                    judge.ask_caller_key(resource, *KEY_ACTIONS.get(action, ()))
        except judge.DeniedError as error:
            text, code = str(error), ""
            if result is None and name in _KEY_CODES:
                code = _KEY_CODES[name]
            elif result is None and name == "secretsmanager":
                text = "Access to KMS is not allowed"
            refusal = refused(text, resource, code=code)
            return result or refusal
        return result

    return enforce


def refused(sentence: str, resource: str, *, code: str = "") -> Any:
    """MiniStack's result of ``enforce`` for a permission that a request needs beyond its own action's.

    Args:
        sentence: AWS's words for the refusal.
        resource: On what.
        code: The error's code; empty for the one that the service has for a refusal.
    """
    evaluator = core("iam_evaluator")
    _refusal.set((sentence, code, resource))
    return evaluator.EvalResult("ImplicitDeny", principal_arn=str(evaluator.caller_arn()))


def pin_caller(key: str) -> None:
    """The caller of requests that MiniStack answers before it asks who calls."""
    evaluator = core("iam_evaluator")
    if not evaluator._request_caller_arn.get():
        principal = evaluator.resolve_principal(key or "", core("responses").get_account_id())
        evaluator._request_caller_arn.set(getattr(principal, "arn", ""))


def _in_full(original: Callable[..., Any]) -> Callable[..., Any]:
    def respond(name: str, action: str, principal: str, request_id: str, **named: Any) -> Any:
        refusal = _refusal.get()
        if refusal is not None and not named.get("error_code") and not named.get("message"):
            named |= dict(zip(("message", "error_code", "resource_arn"), refusal, strict=True))
        return original(name, action, principal, request_id, **named)

    return respond


@departure(source="none: as AWS, but quicker", replaces=("core.iam_evaluator.parse_policy_document",))
def parsed_policies() -> None:
    """A policy's text is parsed once, however often it is asked."""
    replace(core("iam_evaluator"), "parse_policy_document", _once)


def _once(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    parsed = lru_cache(maxsize=4096)(original)

    def parse(document: Any) -> Any:
        return parsed(document) if isinstance(document, str) else original(document)

    return parse
