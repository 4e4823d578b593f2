"""How a run receives what it is to work on, and how the program gets it."""

import json

from naws.ecs_task_processor.workflow.expressions import States, expression, retry
from naws.ecs_task_processor.workflow.settings import WorkflowSettings

OVERRIDE_LIMIT = 8192
"""Characters that RunTask takes for all overrides, formatting included. Source: ECS API, RunTask, overrides."""
ENVIRONMENT_NAMES = (
    "NAWS_RUN_ID",
    "NAWS_TRIGGER",
    "NAWS_ATTEMPT",
    "NAWS_EXECUTION",
    "NAWS_CPU",
    "NAWS_MEMORY_LIMIT_MIB",
    "NAWS_PAYLOAD",
    "NAWS_PAYLOAD_URI",
)
"""What the workflow tells the program; a user's own variables may not have these names."""

_NOT_STORED = """{
    'kind': 'infrastructure', 'outcome': 'NotStarted', 'error': 'Naws.PayloadNotStored',
    'reason': $states.errorOutput.Error & ': ' & $substring($states.errorOutput.Cause, 0, 1000)
}"""
_MARGIN = 256
_LONGEST_EXECUTION_NAME = 80


def receive(settings: WorkflowSettings, *, after: str) -> States:
    """Read the envelope, whichever trigger sent it: a pipe hands over an array of one, a person whatever they like."""
    envelope = """(
        $batch := $type($states.input) = 'array' and $count($states.input) = 1;
        $first := $batch ? $states.input[0] : $states.input;
        $isEnvelope := $type($first) = 'object' and $exists($first.trigger) and $exists($first.id);
        $in := $isEnvelope ? $first : $states.input;
        $time := $isEnvelope and $exists($in.time) ? $string($in.time) : $states.context.Execution.StartTime;
        $isEnvelope
            ? {'trigger': $string($in.trigger), 'id': $string($in.id),
               'time': $contains($time, /^[0-9]+$/) ? $fromMillis($number($time)) : $time,
               'payload': $exists($in.payload) ? $in.payload : {}}
            : {'trigger': 'manual', 'id': $states.context.Execution.Name, 'time': $time,
               'payload': $exists($in) ? $in : {}}
    )"""
    return {
        "Receive": {
            "Type": "Pass",
            "Assign": {
                "envelope": expression(envelope),
                "attempt": 1,
                "size": 0,
                "infrastructureFailures": 0,
                "taskFailures": 0,
                "onDemand": settings.capacity != "spot" and settings.infrastructure_attempts == 1,
                "polls": 0,
            },
            "Next": after,
        },
    }


def hand_over(settings: WorkflowSettings) -> States:
    """Put the payload into the environment when it fits, into S3 when it does not."""
    # $string() leaves the quotes of a plain string out; inside an object every payload becomes JSON.
    payload_text = "($text := $string({'p': $envelope.payload}); $substring($text, 5, $length($text) - 6))"
    run = "$states.context.Execution.Name"
    uri = f"'s3://{settings.payload_bucket}/runs/' & {run} & '.json'"
    return {
        "Measure": {"Type": "Pass", "Assign": {"payloadText": expression(payload_text)}, "Next": "Fits?"},
        "Fits?": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": expression(
                        f"$length($string([$payloadText, $envelope.id])) <= {payload_budget(settings.container)}"
                    ),
                    "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD", "Value": expression("$payloadText")}},
                    "Next": "Run task",
                }
            ],
            "Default": "Store payload",
        },
        "Store payload": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::aws-sdk:s3:putObject",
            "Arguments": {
                "Bucket": settings.payload_bucket,
                "Key": expression(f"'runs/' & {run} & '.json'"),
                "Body": expression("$envelope.payload"),
                "ContentType": "application/json",
            },
            "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": expression(uri)}},
            "Retry": retry(attempts=4),
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {
                        "verdict": expression(_NOT_STORED),
                        "payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": "not stored"},
                    },
                    "Next": "Keep failure",
                }
            ],
            "Next": "Run task",
        },
    }


def payload_budget(container: str) -> int:
    """Characters that the payload and the run's id may take, as JSON strings in an array, before S3 is used."""
    longest = {
        "NAWS_TRIGGER": "schedule",
        "NAWS_ATTEMPT": "100",
        "NAWS_EXECUTION": "x" * _LONGEST_EXECUTION_NAME,
        "NAWS_CPU": "32768",
        "NAWS_MEMORY_LIMIT_MIB": "249856",
    }
    environment = [{"Name": name, "Value": longest.get(name, "")} for name in ENVIRONMENT_NAMES]
    fixed = {
        "Cpu": "32768",
        "Memory": "249856",
        "ContainerOverrides": [{"Name": container, "Environment": environment}],
    }
    return OVERRIDE_LIMIT - len(json.dumps(fixed)) - _MARGIN
