"""How a run receives what it is to work on, and how the program gets it."""

import json

from naws.ecs_task_processor.workflow.expressions import States, expression, retry, went_wrong
from naws.ecs_task_processor.workflow.settings import ItemsInPayload, WorkflowSettings

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
"""What the workflow tells every program; a user's own variables may not have these names."""
ITEM_NAMES = ("NAWS_ITEM_INDEX", "NAWS_ITEM_COUNT")
"""What it tells the program of an item; the second only where the count is known before the items are read."""

ENVELOPE_NAMES = ("trigger", "id", "time", "payload", "payload_uri")
"""All that an envelope may hold, and `item` with `fan_out`; whatever holds more is a payload."""

# $string() leaves the quotes of a plain string out; inside an object every payload becomes JSON.
_PAYLOAD_TEXT = "($text := $string({'p': $envelope.payload}); $substring($text, 5, $length($text) - 6))"
_MARGIN = 256
_LONGEST_EXECUTION_NAME = 80


def receive(settings: WorkflowSettings, *, after: str) -> States:
    """Read the envelope, whichever trigger sent it, and see to it that the program can get the payload.

    A pipe hands over an array of one, a person whatever they like.
    """
    item = "" if settings.fan_out is None else ", 'item': $in.item"
    names = json.dumps([*ENVELOPE_NAMES, *(["item"] if item else [])])
    bound, given = _given(settings)
    envelope = f"""({bound}
        $batch := $type({given}) = 'array' and $count({given}) = 1;
        $first := $batch ? {given}[0] : {given};
        $isEnvelope := $type($first) = 'object' and $exists($first.trigger) and $exists($first.id)
            and $count($keys($first)[$not($ in {names})]) = 0;
        $in := $isEnvelope ? $first : {given};
        $time := $isEnvelope and $exists($in.time) ? $string($in.time) : $states.context.Execution.StartTime;
        $isEnvelope
            ? {{'trigger': $string($in.trigger), 'id': $string($in.id),
               'time': $contains($time, /^[0-9]{{13}}$/) ? $fromMillis($number($time)) : $time,
               'payload': $exists($in.payload) ? $in.payload : {{}},
               'payload_uri': $in.payload_uri{item}}}
            : {{'trigger': 'manual', 'id': $states.context.Execution.Name, 'time': $time,
               'payload': $exists($in) ? $in : {{}}}}
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
                "payloadVariable": {},
            },
            "Output": {},  # the input is in the envelope; passed on, it would fill every event of the history
            "Next": "Fits?",
        },
        **_hand_over(settings, after),
    }


def _hand_over(settings: WorkflowSettings, after: str) -> States:
    """Put the payload into the environment when it fits, into S3 when it does not."""
    run = "$states.context.Execution.Name"
    budget = payload_budget(settings.container, item_names(settings))
    uri = f"'s3://{settings.payload_bucket}/{settings.payload_prefix}runs/' & {run} & '.json'"
    return {
        "Fits?": {
            "Type": "Choice",
            "Choices": [
                _stored_before(after),
                {
                    "Condition": expression(f"$length($string([{_PAYLOAD_TEXT}, $envelope.id])) <= {budget}"),
                    "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD", "Value": expression(_PAYLOAD_TEXT)}},
                    "Next": after,
                },
            ],
            "Default": "Store payload",
        },
        "Store payload": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::aws-sdk:s3:putObject",
            "Arguments": {
                "Bucket": settings.payload_bucket,
                "Key": expression(f"'{settings.payload_prefix}runs/' & {run} & '.json'"),
                "Body": expression("$envelope.payload"),
                "ContentType": "application/json",
            },
            "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": expression(uri)}},
            "Output": {},
            "Retry": retry(attempts=4),
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {"verdict": expression(went_wrong("Naws.PayloadNotStored"))},
                    "Output": {},
                    "Next": "Keep failure",
                }
            ],
            "Next": after,
        },
    }


def item_names(settings: WorkflowSettings) -> tuple[str, ...]:
    """The variables that say which item a task works on."""
    if settings.fan_out is None:
        return ()
    return ITEM_NAMES if isinstance(settings.fan_out.over, ItemsInPayload) else ITEM_NAMES[:1]


def _given(settings: WorkflowSettings) -> tuple[str, str]:
    """The name of what was given, and how it is bound; a batch becomes an envelope."""
    if settings.fan_out is None or settings.fan_out.batch == 1:
        return "", "$states.input"
    # What JSONata returns for one array is the array itself, not an array of it.
    items = """$count($items) > 1 ? $map($items, function($i) { $i.value })
        : $type($items[0].value) = 'array' ? [[$items[0].value]] : [$items[0].value]"""
    given = f"""$type($states.input) = 'object' and $exists($states.input.BatchInput)
        ? ($items := $states.input.Items; $shared := $states.input.BatchInput; {{
            'trigger': $shared.trigger, 'time': $shared.time, 'id': $shared.id & '#' & $string($items[0].index),
            'payload': {items},
            'item': {{'index': $items[0].index, 'count': $shared.count}}
        }})
        : $states.input"""
    return f" $given := {given};", "$given"


def _stored_before(after: str) -> States:
    """A run that is put back names the payload that was stored for it the first time."""
    return {
        "Condition": expression("$exists($envelope.payload_uri)"),
        "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": expression("$envelope.payload_uri")}},
        "Next": after,
    }


def payload_budget(container: str, more: tuple[str, ...] = ()) -> int:
    """Characters that the payload and the run's id may take, as JSON strings in an array, before S3 is used.

    Args:
        container: name of the container that gets them.
        more: further variables that the program is told.
    """
    longest = {
        "NAWS_TRIGGER": "schedule",
        "NAWS_ATTEMPT": "100",
        "NAWS_EXECUTION": "x" * _LONGEST_EXECUTION_NAME,
        "NAWS_CPU": "32768",
        "NAWS_MEMORY_LIMIT_MIB": "249856",
        **dict.fromkeys(ITEM_NAMES, "100000000"),
    }
    environment = [{"Name": name, "Value": longest.get(name, "")} for name in (*ENVIRONMENT_NAMES, *more)]
    fixed = {
        "Cpu": "32768",
        "Memory": "249856",
        "ContainerOverrides": [{"Name": container, "Environment": environment}],
    }
    return OVERRIDE_LIMIT - len(json.dumps(fixed)) - _MARGIN
