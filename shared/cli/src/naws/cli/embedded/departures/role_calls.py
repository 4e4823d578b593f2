"""The calls that a workflow makes, with the permissions of its state machine's role."""

import json
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import botocore.session

from naws.cli.embedded.departures import executions, judge
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.permissions import KEY_ACTIONS, event_context
from naws.cli.embedded.departures.services import app, here, iam_actions, responses, states
from naws.cli.embedded.departures.signed_calls import signed

_DENIED = frozenset({"AccessDenied", "AuthorizationError"})
_MODELS = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions"}


@dataclass(frozen=True)
class _Optimized:
    """An optimized integration: the call it makes, and how its SDK names an error that has no class of its own.

    Attributes:
        service: MiniStack's name of the service.
        target: The header of the request.
        error: The workflow's error when the call is denied.
        in_cause: The service as a cause names it.
        status: HTTP status of a denial.
    """

    service: str
    target: str
    error: str
    in_cause: str
    status: int = 400


_DYNAMODB = ("dynamodb", "DynamoDB_20120810.", "DynamoDB.AmazonDynamoDBException", "AmazonDynamoDBv2")
_OPTIMIZED = {
    "sqs:sendMessage": _Optimized("sqs", "AmazonSQS.SendMessage", "SQS.AmazonSQSException", "AmazonSQS", 403),
    "sns:publish": _Optimized("sns", "SNS.Publish", "SNS.AuthorizationErrorException", "AmazonSNS", 403),
    "events:putEvents": _Optimized(
        "events", "AWSEvents.PutEvents", "EventBridge.AmazonEventBridgeException", "AmazonEventBridge"
    ),
    **{
        f"dynamodb:{name}Item": _Optimized(_DYNAMODB[0], f"{_DYNAMODB[1]}{name.capitalize()}Item", *_DYNAMODB[2:])
        for name in ("get", "put", "update", "delete")
    },
}
START = _Optimized(
    "states", "AWSStepFunctions.StartExecution", "StepFunctions.AWSStepFunctionsException", "AWSStepFunctions"
)
_ECS = _Optimized("ecs", "AmazonEC2ContainerServiceV20141113.RunTask", "ECS.AccessDeniedException", "AmazonECS")
_LAMBDA = _Optimized("lambda", "AWSLambda.Invoke", "Lambda.AWSLambdaException", "AWSLambda", 403)


@departure(
    "AWS Step Functions Developer Guide, 'How Step Functions generates IAM policies for integrated services'; "
    "error names as recorded on AWS: DynamoDB.AmazonDynamoDBException, SQS.AmazonSQSException, "
    "SecretsManager.SecretsManagerException (localstack, stepfunctions snapshots); "
    "ECS.AccessDeniedException and its cause: serverless-step-functions pull request 189"
)
def calls_as_role() -> None:
    """A session of the machine's role makes every call of a workflow, and its policies are asked.

    The error is the one that the SDK has a class for, else the service's own (``S3.S3Exception``); AWS's sentence is
    the cause. SDK integrations are signed requests; of optimized ones the same permission is asked for.
    """
    wrap(app, "call_service_handler_sync", signed)
    wrap(states, "_prefix_sdk_error", _class_of)
    for name, call in _OPTIMIZED.items():
        resource = f"arn:aws:states:::{name}"
        states._SERVICE_DISPATCH[resource] = partial(_asking, call, states._SERVICE_DISPATCH[resource])
    wrap(states, ("_invoke_nested_start_execution", "_invoke_nested_start_execution_sync"), partial(_asking, START))
    wrap(states, "_call_lambda", _asking_lambda)
    wrap(states, "_read_map_items", _asking_reader)


@contextmanager
def denials(call: _Optimized = _ECS) -> Generator[None]:
    """Let a denial fail the workflow's state: AWS's sentence, then what the SDK adds.

    Raises:
        _ExecutionError: Something was denied.
    """
    try:
        yield
    except judge.DeniedError as error:
        details = f"Service: {call.in_cause}; Status Code: {call.status}; Error Code: {error.code}"
        cause = f"{error} ({details}; Request ID: {uuid.uuid4()}; Proxy: null)"
        raise failed(call.error, cause) from error


def _asking(call: _Optimized, original: Original, resource: str, arguments: Any) -> Any:
    if judge.evaluating():
        with denials(call):
            _ask(call, arguments)
    return original(resource, arguments)


def _ask(call: _Optimized, arguments: Mapping[str, Any]) -> None:
    where = (responses.get_region(), responses.get_account_id())
    parameters = dict(arguments)
    if call is START:
        parameters = {"stateMachineArn": arguments.get("StateMachineArn") or arguments.get("stateMachineArn")}
    headers = {"x-amz-target": call.target, "content-type": "application/x-amz-json-1.0"}
    body = json.dumps(parameters).encode()
    action = iam_actions.extract_iam_action(call.service, "POST", "/", headers, body, parameters)
    resource = iam_actions.extract_resource_arn(call.service, "POST", "/", headers, body, parameters, *where)
    context: dict[str, Any] = iam_actions.dynamodb_service_context(body) if call.service == "dynamodb" else {}
    if call.service == "events":
        context = event_context(parameters)
    buses: list[str] = iam_actions.eventbridge_resource_arns(body, *where) if call.service == "events" else []
    for asked in buses or [str(resource)]:
        judge.ask_caller(action, asked, context=context)
        judge.ask_caller_key(asked, *KEY_ACTIONS.get(action, ()))


def _asking_lambda(original: Original, function: str, event: Any) -> Any:
    if executions.current() is not None:
        arn = function if function.startswith("arn:") else f"arn:aws:lambda:{here()}:function:{function}"
        with denials(_LAMBDA):
            judge.ask_caller("lambda:InvokeFunction", arn)
    return original(function, event)


def _asking_reader(original: Original, reader: dict[str, Any], data: Any, ctx: Any) -> Any:
    given = states._resolve_params_obj(reader.get("Parameters") or reader.get("Arguments") or {}, data, ctx)
    bucket = f"arn:aws:s3:::{given.get('Bucket')}"
    try:
        if reader.get("Resource", "").endswith("listObjectsV2"):
            prefix = {"s3:prefix": given["Prefix"]} if given.get("Prefix") else {}
            judge.ask_caller("s3:ListBucket", bucket, context=prefix)
        else:
            judge.ask_caller("s3:GetObject", f"{bucket}/{given.get('Key')}")
            judge.ask_caller_key(f"{bucket}/{given.get('Key')}", "kms:Decrypt")
    except judge.DeniedError as error:
        raise failed("States.ItemReaderFailed", str(error)) from error
    return original(reader, data, ctx)


def _class_of(original: Original, service_name: str, code: str) -> str:
    prefix = original(service_name, "").rstrip(".")
    bare = code.removeprefix(f"{prefix}.").removesuffix("Exception")
    if code.startswith("States."):
        return code
    own = error_classes(_MODELS.get(service_name, service_name)).get(bare, prefix)
    return f"{prefix}.{own}Exception"


@lru_cache
def error_classes(name: str) -> dict[str, str]:
    """The class of an error, without ``Exception``, by its code, as the SDK's model knows it."""
    model: Any = botocore.session.get_session().get_service_model(name)
    shapes = {str(shape.name).removesuffix("Exception"): shape for shape in model.error_shapes}
    if name == "s3":
        # Of UpdateObjectEncryption only, and later than the SDK of Step Functions.
        shapes.pop("AccessDenied", None)
    codes = {own: str(members(shape.metadata.get("error")).get("code", own)) for own, shape in shapes.items()}
    return {**{own: own for own in codes}, **{code: own for own, code in codes.items()}}
