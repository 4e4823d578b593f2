"""Functions behind HTTP APIs and function URLs: whether the service may invoke them, and what they answer."""

import asyncio
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.http_messages import AnsweredError
from naws.cli.embedded.departures.json_values import json_object
from naws.cli.embedded.departures.services import apigateway, functions

LONGEST = 30_000
"""Milliseconds that an integration may take, also when it sets no time.

Source: API Gateway Developer Guide, 'Quotas for configuring and running an HTTP API'.
"""
NOT_PERMITTED = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again."
)
_FAILED = "The Lambda function returned the following error: {}. Check your Lambda function code and try again."
_THROTTLED = 429
_waiting: set[asyncio.Task[Any]] = set()


class FunctionError(Exception):
    """An invocation that gives no answer: refused, throttled, failed, or not in time.

    Attributes:
        status: Of Lambda's answer; 200 when the function failed, 0 when there is none yet.
    """

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def function_of(integration: dict[str, Any]) -> str:
    """ARN of the function of a Lambda integration, with its qualifier."""
    return apigateway._extract_lambda_ref_from_integration_uri(integration["integrationUri"])


async def ask_function(arn: str, event: dict[str, Any], milliseconds: int) -> bytes:
    """The JSON that a function returns; one that takes longer goes on alone.

    Raises:
        FunctionError: It returns nothing.
    """
    name, qualifier = functions._lambda_function_name_and_qualifier_from_arn(arn)
    task: asyncio.Task[Any] = asyncio.create_task(functions._invoke(name, event, {}, path_qualifier=qualifier))
    _waiting.add(task)
    task.add_done_callback(_waiting.discard)
    done, _ = await asyncio.wait({task}, timeout=milliseconds / 1000)
    if not done:
        raise FunctionError(0, "Integration request timed out")
    status, headers, body = task.result()
    if status != 200:  # noqa: PLR2004  # HTTP
        raise FunctionError(status, str(json_object(body).get("message") or json_object(body).get("Reason") or ""))
    if "X-Amz-Function-Error" in headers:
        raise FunctionError(status, str(json_object(body).get("errorMessage", "")))
    return body


async def ask_integration(integration: dict[str, Any], event: dict[str, Any], source_arn: str) -> bytes:
    """The JSON that the function of an API's integration returns.

    Sources: API Gateway Developer Guide, 'Troubleshooting issues with HTTP API Lambda integrations'; of a timeout 503:
    serverless issue 11222, cortex issue 1226. Of a throttled function nothing is recorded: docs/unproven.md.

    Raises:
        AnsweredError: API Gateway may not invoke it, or it returns nothing.
    """
    arn = function_of(integration)
    if judge.denied(judge.ask_service, "apigateway.amazonaws.com", "lambda:InvokeFunction", arn, source_arn=source_arn):
        raise AnsweredError(500, "Internal Server Error", NOT_PERMITTED)
    try:
        return await ask_function(arn, event, int(integration.get("timeoutInMillis") or LONGEST))
    except FunctionError as error:
        if error.status in {0, _THROTTLED}:
            raise AnsweredError(503, "Service Unavailable", str(error)) from error
        raise AnsweredError(500, "Internal Server Error", _FAILED.format(error)) from error
