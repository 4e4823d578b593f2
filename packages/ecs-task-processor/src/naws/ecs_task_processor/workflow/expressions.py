"""The words that the states are written in: JSONata expressions, retries, calls."""

from typing import Any

import aws_cdk as cdk

from naws.core.tokens import has_token
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

METRIC_NAMESPACE = "NAWS/EcsTaskProcessor"
LONGEST_CAUSE = 32_768
"""Characters of an error's cause. Source: Step Functions API, FailExecution and SendTaskFailure, cause."""
TOLD_OF_CAUSE = 1_000
"""Characters of a cause or reason that the workflow remembers and the failure queue tells."""

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


def went_wrong(error: str) -> str:
    """The verdict on a call of the workflow's own that failed for good: the program never ran."""
    return f"""{{
        'kind': 'infrastructure', 'outcome': 'NotStarted', 'error': '{error}',
        'reason': $substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, {TOLD_OF_CAUSE})
    }}"""


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
        "Output": {},
        "Retry": retry(attempts=2),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": {}, "Next": after}],
        "Next": after,
    }
