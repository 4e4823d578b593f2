"""An invocation as one step of somebody's workflow."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core.authoring import json_fields, json_text

TRANSIENT = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
"""Errors that are nobody's fault and pass: the program may not have run. CDK's own retry leaves the last one out.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
"""


def build_step(  # noqa: PLR0913  # all that a step is made of
    scope: Construct,
    construct_id: str,
    alias: lambda_.IFunction,
    *,
    payload: Any,
    timeout: cdk.Duration,
    outputs: Any,
    assign: Mapping[str, Any] | None,
) -> tasks.LambdaInvoke:
    """The state that invokes the alias and waits for its answer, which is its output unless another is given."""
    step = tasks.LambdaInvoke.jsonata(
        scope,
        construct_id,
        lambda_function=alias,
        payload=_input(scope, payload),
        outputs="{% $states.result.Payload %}" if outputs is None else json_fields(scope, outputs),
        assign=json_fields(scope, assign),
        retry_on_service_exceptions=False,
        task_timeout=sfn.Timeout.duration(timeout),
    )
    step.add_retry(
        errors=list(TRANSIENT),
        interval=cdk.Duration.seconds(2),
        backoff_rate=2,
        max_attempts=6,
        max_delay=cdk.Duration.minutes(1),
        jitter_strategy=sfn.JitterType.FULL,
    )
    return step


def _input(scope: Construct, payload: Any) -> sfn.TaskInput:
    """The payload without loss: what Python hands to Node comes back without each None."""
    if isinstance(payload, Mapping):
        return sfn.TaskInput.from_object(json_fields(scope, payload))
    text = payload if isinstance(payload, str) else f"{{% {json_text(scope, payload)} %}}"
    return sfn.TaskInput.from_text("{% $states.input %}" if payload is None else text)
