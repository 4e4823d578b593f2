"""Requests to invoke a function: what they need permission on, how large they may be, and their request id."""

from typing import Any

from naws.cli.embedded.departures.function_runs import Request, requested
from naws.cli.embedded.departures.json_values import document, first
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import RefusedError, answer
from naws.cli.embedded.departures.services import functions, iam_actions

_SYNC_LIMIT_BYTES, _ASYNC_LIMIT_BYTES = 6_291_456, 1_048_576
_INVOKE = "/invocations"
_UNQUALIFIED = 6


@departure("Service Authorization Reference, 'AWS Lambda' (resource types function, function alias, function version)")
@patch(wrap, iam_actions, "extract_resource_arn")
def qualified_functions(original: Original, name: str, method: str, path: str, *request: Any) -> str:
    """A request with ``Qualifier`` is about the alias or version, and its policies name that."""
    resource = original(name, method, path, *request)
    qualifier = first(request[2].get("Qualifier")) if name == "lambda" else ""
    return f"{resource}:{qualifier}" if qualifier and resource.count(":") == _UNQUALIFIED else resource


@departure(
    "AWS Lambda Developer Guide, 'Lambda quotas' (6 MB synchronous, 1 MB asynchronous); the sentences: executions of "
    "AWS recorded in localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json "
    "(test_lambda_invoke_payload_encoding_error), and many public reports"
)
@patch(wrap, functions, "handle_request")
async def payloads(
    original: Original, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Any:
    """The event of an invocation is JSON of at most 6 MB, or 1 MB when it is asynchronous."""
    if method == "POST" and path.rstrip("/").endswith(_INVOKE):
        try:
            _check(body, headers.get("x-amz-invocation-type", ""))
        except RefusedError as error:
            return answer(functions, error)
    return await original(method, path, headers, body, query)


def _check(body: bytes, kind: str) -> None:
    limit = _ASYNC_LIMIT_BYTES if kind == "Event" else _SYNC_LIMIT_BYTES
    if len(body) > limit:
        text = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise RefusedError(text, "RequestEntityTooLargeException", 413)
    try:
        document(body.decode() or "{}")
    except ValueError as error:
        text = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise RefusedError(text, "InvalidRequestContentException") from error


class _Headers(dict[str, str]):
    """Headers that keep their request id: MiniStack writes its own over it."""

    def __init__(self, headers: dict[str, str], request_id: str) -> None:
        super().__init__(headers)
        self.request_id = request_id

    def update(self, *given: Any, **named: Any) -> None:
        super().update(*given, **named)
        super().update({"x-amzn-requestid": self.request_id})


@departure("AWS Lambda Developer Guide, 'Using the Lambda context object' (aws_request_id)")
@patch(wrap, functions, "_invoke")
async def request_ids(original: Original, *arguments: Any, **named: Any) -> Any:
    """The request id of the answer is the one that the handler's context has."""
    request = Request(functions.new_uuid())
    with requested(request):
        status, headers, body = await original(*arguments, **named)
    return status, _Headers(headers, request.id), body
