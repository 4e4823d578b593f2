"""The words that the states are written in: JSONata expressions, retries, calls."""

from typing import Any

import aws_cdk as cdk

from naws.core.tokens import has_token
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

METRIC_NAMESPACE = "NAWS/EcsTaskProcessor"

States = dict[str, Any]


def expression(text: str) -> str:
    """A JSONata expression; line breaks are only for its readers."""
    return "{% " + " ".join(text.split()) + " %}"


def number(value: float) -> str:
    """A number inside an expression; a token stays one."""
    return cdk.Token.as_string(value) if has_token(value) else f"{value:g}"


def retry(*, attempts: int) -> list[States]:
    """Try a call again whatever went wrong, with full jitter."""
    return [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": 2,
            "MaxAttempts": attempts,
            "BackoffRate": 2,
            "MaxDelaySeconds": 60,
            "JitterStrategy": "FULL",
        }
    ]


def nothing_stored() -> States:
    """What the failure message asks for before the payload's text has been made."""
    return {"payloadText": "", "payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": "not stored"}}


def note(settings: WorkflowSettings, metric: str, dimension: str, value: str, after: str) -> States:
    """Count something for the alarms; a count that fails must not fail the run."""
    dimensions = [
        {"Name": "Processor", "Value": settings.processor},
        {"Name": dimension, "Value": expression(value)},
    ]
    return {
        "Type": "Task",
        "Resource": f"arn:{settings.partition}:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {
            "Namespace": METRIC_NAMESPACE,
            "MetricData": [{"MetricName": metric, "Dimensions": dimensions, "Value": 1, "Unit": "Count"}],
        },
        "Retry": retry(attempts=2),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": after}],
        "Next": after,
    }
