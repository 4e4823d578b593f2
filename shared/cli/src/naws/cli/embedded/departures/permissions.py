"""Policies of requests over HTTP: which permission a request needs, on what, under which conditions, in whose words."""

import re
from collections.abc import MutableMapping
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import first, is_object, json_object
from naws.cli.embedded.departures.partiql import permission_of
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.query_requests import query_resources
from naws.cli.embedded.departures.services import app, evaluator, here, iam_actions, responses

_DECRYPT, _ENCRYPT = ("kms:Decrypt",), ("kms:GenerateDataKey", "kms:Decrypt")
_ITEMS = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
_STATEMENTS = ("PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate")
KEY_ACTIONS: dict[str, tuple[str, ...]] = {
    **{f"dynamodb:{name}": _DECRYPT for name in (*_ITEMS, *_STATEMENTS)},
    "s3:GetObject": _DECRYPT,
    "s3:GetObjectVersion": _DECRYPT,
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": _DECRYPT,
    "secretsmanager:PutSecretValue": _ENCRYPT,
    "sns:Publish": _ENCRYPT,
    **{f"ssm:{name}": _DECRYPT for name in ("GetParameter", "GetParameters", "GetParametersByPath")},
    "sqs:ReceiveMessage": _DECRYPT,
    "sqs:SendMessage": _ENCRYPT,
}
"""The KMS actions that a call needs on an encrypted resource's key, as its caller, through the resource's service."""

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

_plain: ContextVar[bool] = ContextVar("naws_plain_http", default=False)
_request: ContextVar[str] = ContextVar("naws_request", default="")
_also: ContextVar[tuple[str, ...]] = ContextVar("naws_more_resources", default=())
_sealed: ContextVar[bool] = ContextVar("naws_not_decrypted", default=False)
_refusal: ContextVar[tuple[str, str, str] | None] = ContextVar("naws_refusal", default=None)


@departure("IAM User Guide, 'AWS global condition context keys', aws:SecureTransport")
def secure_transport() -> None:
    """A request counts as TLS, unless it has the header ``x-forwarded-proto: http``.

    Clients reach this AWS on a loopback address, or from a container's network, without a certificate; a test of a
    policy that denies what is not TLS sends the header.
    """
    evaluator._request_origin = ContextVar("naws_origin", default=("127.0.0.1", True))
    wrap(app, "pin_request_origin", _as_tls)


def _as_tls(original: Original, address: str, _: Any) -> None:
    original(address, not _plain.get())


@departure("IAM API Reference, 'Common errors', InvalidClientTokenId")
@patch(wrap, evaluator, "is_root_access_key")
def root_keys(original: Original, key: str) -> bool:
    """The account's root has the keys that this AWS gives out, and its number; MiniStack's ``test`` is nobody's key."""
    return key != "test" and original(key)


def begin(scope: MutableMapping[str, Any]) -> None:
    """Note what the departures here need of a request and MiniStack does not hand on."""
    headers = dict(scope.get("headers", []))
    _plain.set(headers.get(b"x-forwarded-proto", b"").strip().lower() == b"http")
    _request.set(f"{scope.get('method')} {scope.get('path')}")


@departure(
    "Service Authorization Reference of SQS, SNS, CloudWatch, DynamoDB, X-Ray; Amazon Bedrock User Guide, "
    "'Prerequisites for running model inference'; cfn-lint's list of AWS's actions"
)
def known_actions() -> None:
    """Batches need the permission of their single call, and CloudWatch's binary protocol names its operation.

    A conversation needs the permission of the model's invocation; a PartiQL statement that of its verb, on its table.

    A request of which no permission is known here is refused to everybody but the account's root, and named; on AWS it
    may pass.
    """
    wrap(iam_actions, "extract_iam_action", _mended_action)
    wrap(app, "_authenticate_only", _refusing_unknown)


def _mended_action(original: Original, *request: Any) -> str | None:
    name, _, path, _, body, _ = request
    smithy = _SMITHY.search(path)
    if smithy is not None:
        action = f"{iam_actions.SERVICE_TO_IAM_NAMESPACE.get(name, name)}:{smithy[1]}"
    elif name == "xray" and path in _XRAY_PATHS:
        action = f"xray:{_XRAY_PATHS[path]}"
    else:
        action = original(*request)
    if action == "dynamodb:ExecuteStatement":
        return (permission_of(_statement(body), "") or (action, ""))[0]
    return _ACTIONS.get(action, action) if action else None


def _refusing_unknown(original: Original, name: str, headers: Any, parameters: Any, request_id: str) -> Any:
    failure = original(name, headers, parameters, request_id)
    caller = str(evaluator.caller_arn())
    if failure or not judge.evaluating() or caller.endswith(":root"):
        return failure
    operation = headers.get("x-amz-target") or _request.get()
    text = (
        f"User: {caller} is refused {operation} of {name}: the embedded AWS does not know which permission it "
        "needs. Please report it; `naws local --without-policies` runs without."
    )
    judge.note_denial(caller, f"{name}:{operation}", "*", text)
    return iam_actions.access_denied_response(name, "", caller, request_id, message=text, headers=headers)


@departure(
    "Service Authorization Reference, Amazon ECS (RunTask: task definition as the request names it, ecs:cluster), "
    "Amazon CloudWatch (cloudwatch:namespace), EventBridge (events:source, events:detail-type, of several events), "
    "Step Functions (name of an execution, of a map run), Systems Manager, Amazon Athena; Athena User Guide, "
    "'Configure access to databases and tables in the AWS Glue Data Catalog'"
)
def request_resources() -> None:
    """RunTask is about a task definition, StopTask and DescribeTasks about a task, in the cluster ``ecs:cluster``.

    PutMetricData has ``cloudwatch:namespace``, DescribeMapRun its map run, GetParameters each of its parameters,
    PutEvents the sources and detail types of its events. A query is its workgroup's; a table of the catalog is its
    database's and the catalog's, too.
    AssumeRole has ``sts:ExternalId`` and ``sts:RoleSessionName``.
    """
    wrap(iam_actions, "extract_resource_arn", _mended_resource)
    wrap(iam_actions, "request_tag_context", _more_context)


def _mended_resource(original: Original, *request: Any) -> str:
    name, _, _, headers, body, _, region, account = request
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    where = f"{region}:{account}"
    if name == "ecs" and operation in _ECS_FIELDS:
        return ecs_resource(operation, json_object(body))
    if name == "dynamodb" and (read := permission_of(_statement(body), where)):
        return read[1]
    if queried := query_resources(name, operation, json_object(body), where):
        _also.set(queried[1:])
        return queried[0]
    if name == "states" and json_object(body).get("mapRunArn"):
        return str(json_object(body)["mapRunArn"])
    given = json_object(body) if name == "ssm" else {}
    named = [f"arn:aws:ssm:{where}:parameter/{str(item).lstrip('/')}" for item in given.get("Names", ())]
    _also.set(tuple(named[1:]))
    _sealed.set(name == "ssm" and not given.get("WithDecryption"))
    if given.get("Path"):
        return f"arn:aws:ssm:{where}:parameter/{given['Path'].strip('/')}"
    return named[0] if named else original(*request)


def ecs_resource(operation: str, request: dict[str, Any]) -> str:
    """The ARN that an ECS call such as ``RunTask`` needs permission on: a task definition, or a task of a cluster."""
    field = _ECS_FIELDS[operation]
    text = first(request.get(field))
    if text.startswith("arn:"):
        return text
    path = f"task-definition/{text}" if field == "taskDefinition" else f"task/{_cluster_name(request)}/{text}"
    return f"arn:aws:ecs:{here()}:{path}"


def ecs_context(request: dict[str, Any]) -> dict[str, str]:
    """The condition keys of an ECS call."""
    return {"ecs:cluster": f"arn:aws:ecs:{here()}:cluster/{_cluster_name(request)}"}


def event_context(request: dict[str, Any]) -> dict[str, Any]:
    """The condition keys of a PutEvents call: of several events all sources and detail types."""
    events = [entry for entry in request.get("Entries") or () if is_object(entry)]
    fields = {"events:source": "Source", "events:detail-type": "DetailType"}
    found = {key: [str(event[field]) for event in events if field in event] for key, field in fields.items()}
    return {**{key: values for key, values in found.items() if values}, "events:eventBusInvocation": "false"}


def _cluster_name(request: dict[str, Any]) -> str:
    return name_of(str(request.get("cluster") or "default"))


def _more_context(original: Original, name: str, action: str, body: bytes, parameters: Any) -> dict[str, Any]:
    keys = original(name, action, body, parameters)
    if name == "ecs" and json_object(body):
        keys |= ecs_context(json_object(body))
    if action == "events:PutEvents":
        keys |= event_context(json_object(body))
    if action == "sts:AssumeRole":
        keys |= {
            f"sts:{key}": first(parameters[key]) for key in ("ExternalId", "RoleSessionName") if parameters.get(key)
        }
    if action == "cloudwatch:PutMetricData":
        request = json_object(body) or _cbor(body)
        keys["cloudwatch:namespace"] = first(parameters.get("Namespace")) or str(request.get("Namespace", ""))
    return keys


def _statement(body: bytes) -> str:
    return str(json_object(body).get("Statement") or "")


def _cbor(body: bytes) -> dict[str, Any]:
    try:
        return json_object(import_module("cbor2").loads(body))
    except (ImportError, ValueError):
        return {}


@departure(
    "IAM User Guide, 'Troubleshoot access denied error messages'; KMS Developer Guide, 'kms:ViaService'; "
    "SQS and SNS Developer Guides, 'Key management'; S3 User Guide, 'Using server-side encryption with AWS KMS "
    "keys'; Secrets Manager User Guide, 'Secret encryption and decryption'"
)
def encrypted_resources() -> None:
    """Whoever reads or writes an encrypted queue, topic, object, secret or table needs its key, too.

    The account's root is refused what a resource's policy denies it, and a role lets whom its trust policy names.
    A denial names caller, action, resource, and the kind of policy: a boundary, too.
    """
    wrap(evaluator, "enforce", _with_key)
    wrap(iam_actions, "access_denied_response", _in_full)


def _with_key(
    original: Original,
    key: str,
    action: str,
    name: str,
    region: str,
    resource_arn: str = "*",
    service_context: Any = None,
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
        if result is None:
            code = _KEY_CODES.get(name, "")
            text = "Access to KMS is not allowed" if name == "secretsmanager" else text
        refusal = refused(text, resource, code=code)
        return result or refusal
    return result


def refused(sentence: str, resource: str, *, code: str = "") -> Any:
    """MiniStack's result of ``enforce`` for a permission that a request needs beyond its own action's.

    Args:
        sentence: AWS's words for the refusal.
        resource: On what.
        code: The error's code; empty for the one that the service has for a refusal.
    """
    _refusal.set((sentence, code, resource))
    return evaluator.EvalResult("ImplicitDeny", principal_arn=str(evaluator.caller_arn()))


def pin_caller(key: str) -> None:
    """The caller of requests that MiniStack answers before it asks who calls."""
    if not evaluator._request_caller_arn.get():
        principal = evaluator.resolve_principal(key or "", responses.get_account_id())
        evaluator._request_caller_arn.set(getattr(principal, "arn", ""))


def _in_full(original: Original, name: str, action: str, principal: str, request_id: str, **named: Any) -> Any:
    refusal = _refusal.get()
    if refusal is not None and not named.get("error_code") and not named.get("message"):
        named |= dict(zip(("message", "error_code", "resource_arn"), refusal, strict=True))
    return original(name, action, principal, request_id, **named)
