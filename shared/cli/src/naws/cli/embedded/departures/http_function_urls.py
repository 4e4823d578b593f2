"""Requests to function URLs, from the client to the function and back."""

import time
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.http_addresses import url_prefix
from naws.cli.embedded.departures.http_authorizers import iam_identity, refusal
from naws.cli.embedded.departures.http_cors import is_preflight, preflight, with_origin
from naws.cli.embedded.departures.http_integrations import FunctionError, ask_function
from naws.cli.embedded.departures.http_logs import note
from naws.cli.embedded.departures.http_messages import (
    Answer,
    HttpRequest,
    MalformedError,
    answer_of,
    current_request,
    event_of,
)
from naws.cli.embedded.departures.http_settings import camel
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import app, functions, responses

_JSON = {"content-type": "application/json"}
_LONGEST = 900_000
_THROTTLED = 429
_EDGE = "cloudfront.amazonaws.com"


class _FailedError(Exception):
    """Lambda answers by itself."""

    def __init__(self, status: int, body: str, reason: str, **headers: str) -> None:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.answer = Answer(status, _JSON | named, body.encode())
        super().__init__(reason)


@departure(
    "AWS Lambda Developer Guide, 'Invoking Lambda function URLs' and 'Control access to Lambda function URLs' (since "
    "October 2025 both lambda:InvokeFunctionUrl and lambda:InvokeFunction); the answers as LocalStack's tests of "
    "function URLs and its url_router have them from AWS"
)
@patch(wrap, app, "_handle_lambda_url_request")
async def function_urls(
    original: Original, host: str, path: str, method: str, headers: Any, body: bytes, query: Any, *rest: Any
) -> Any:
    """A function URL asks for both permissions, of the caller or, with NONE, of everybody by the function's policy.

    It reaches the alias that it was made for. A function that fails is 502 without its words, one that is throttled
    429. CORS is answered by Lambda.
    """
    parsed = app._parse_lambda_url(host, path)
    if parsed is None:
        return None
    resolved = functions.resolve_function_url(parsed[0])
    if resolved is None:
        return 403, _JSON | {"x-amzn-errortype": "AccessDeniedException"}, b'{"Message":null}'
    account, region, name, qualifier, config = resolved
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")
    with responses.request_scope(account, region):
        request = current_request(url_prefix(path, parsed[0]), body)
        request.id = functions.new_uuid()
        streams = config.get("InvokeMode") == "RESPONSE_STREAM" and not is_preflight(request)
        if not streams:
            answer = await _answered(request, parsed[0], arn, config)
        elif judge.evaluating() and (refused := _refused(request, arn, config["AuthType"])):
            answer = _forbidden(refused).answer
        else:
            return await original(host, path, method, headers, body, query, *rest)
    return answer.status, {**answer.headers, "x-amzn-RequestId": request.id}, answer.body


async def _answered(request: HttpRequest, url_id: str, arn: str, config: dict[str, Any]) -> Answer:
    began, reason = time.monotonic(), ""
    cors: dict[str, Any] = camel(members(config.get("Cors")))
    try:
        asked = cors and is_preflight(request)
        answer = preflight(cors, request, 200) if asked else await _from_function(request, url_id, arn, config)
    except _FailedError as error:
        answer, reason = error.answer, str(error)
    if cors and not is_preflight(request):
        answer = with_origin(cors, request, answer)
    took = round((time.monotonic() - began) * 1000)
    _publish(arn, answer.status, took)
    note(
        {
            "apiId": url_id,
            "stage": "$default",
            "routeKey": "$default",
            "httpMethod": request.method,
            "path": request.path,
            "status": answer.status,
            "responseLatency": took,
            "error.message": reason,
            "requestId": request.id,
            "requestTimeEpoch": int(request.at * 1000),
        },
        arn,
    )
    return answer


def _publish(arn: str, status: int, took: float) -> None:
    # Source: AWS Lambda Developer Guide, 'Monitoring Lambda function URLs'.
    dimensions = {"FunctionName": arn.split(":")[6]}
    values = {"UrlRequestCount": 1, "Url4xxCount": status // 100 == 4, "Url5xxCount": status // 100 == 5}  # noqa: PLR2004  # HTTP's classes
    for name, value in values.items():
        publish("AWS/Lambda", name, value, dimensions)
    publish("AWS/Lambda", "UrlRequestLatency", took, dimensions, "Milliseconds")


async def _from_function(request: HttpRequest, url_id: str, arn: str, config: dict[str, Any]) -> Answer:
    kind = config.get("AuthType", "AWS_IAM")
    if judge.evaluating() and (refused := _refused(request, arn, kind)):
        raise _forbidden(refused)
    iam = iam_identity(request) if kind == "AWS_IAM" else None
    domain = f"{url_id}.lambda-url.{responses.get_region()}.on.aws"
    context = {
        "accountId": responses.get_account_id() if kind == "AWS_IAM" else "anonymous",
        "apiId": url_id,
        **({"authorizer": {"iam": iam}} if iam else {}),
        "domainName": domain,
        "domainPrefix": url_id,
        "requestId": request.id,
        "routeKey": "$default",
        "stage": "$default",
    }
    try:
        returned = await ask_function(arn, event_of(request, context), _LONGEST)
        return answer_of(returned, plain=_JSON["content-type"])
    except FunctionError as error:
        if error.status == _THROTTLED:
            raise _FailedError(429, '{"Message":"Rate Exceeded."}', str(error)) from error
        raise _FailedError(502, "Internal Server Error", str(error)) from error
    except MalformedError as error:
        raise _FailedError(
            502, "Internal Server Error", f'The answer has the wrong type for field "{error}"'
        ) from error


def _forbidden(reason: str) -> _FailedError:
    return _FailedError(403, '{"Message":"Forbidden"}', reason, x_amzn_errortype="AccessDeniedException")


signed_for: ContextVar[str] = ContextVar("naws_signed_for_distribution", default="")
"""ARN of the distribution that CloudFront signed the request at hand for; empty when it signed none."""


def _refused(request: HttpRequest, arn: str, kind: str) -> str:
    """Why the request may not come to the function; empty when it may."""
    url, via = {"lambda:FunctionUrlAuthType": kind}, {"lambda:InvokedViaFunctionUrl": "true"}
    if kind == "NONE":
        asks = (("lambda:InvokeFunctionUrl", url), ("lambda:InvokeFunction", via))
        denials = (judge.denied(judge.ask_everybody, action, arn, context=context) for action, context in asks)
        return next((str(denial) for denial in denials if denial), "")
    if distribution := signed_for.get():
        actions = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
        given = {"source_arn": distribution}
        denials = (judge.denied(judge.ask_service, _EDGE, action, arn, **given) for action in actions)
        return next((str(denial) for denial in denials if denial), "")
    reason = refusal("lambda", request, "lambda", "lambda:InvokeFunctionUrl", arn, **url)
    return reason or str(judge.denied(judge.ask_caller, "lambda:InvokeFunction", arn, context=via) or "")
