"""How a run receives what it is to work on, and how the program gets it.

    Receive ─ Fits? ─┬─ what the payload's numbers and size allow: NAWS_PAYLOAD
         ^           └─ Store payload: NAWS_PAYLOAD_URI
         └─ Read body, of a message

A pipe without an input template hands over its documented event, an array of one record with the body as text.
Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html (example event)
"""

import json
from typing import Any

from naws.ecs_task_processor.workflow.expressions import (
    TRIES,
    States,
    counters,
    expression,
    repeated,
    went_wrong,
)
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

ENVELOPE_NAMES = ("trigger", "id", "time", "payload", "payload_uri", "caller")
"""All that an envelope may hold, and `item` with `fan_out`; whatever holds more is a payload.

`caller` is the execution that runs the processor as a step: a failure is its to handle, and is not kept here.
"""
IGNORED_NAME = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
"""What a workflow that starts another adds to its input, so that the console links the two.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

# $string() leaves the quotes of a plain string out; inside an object every payload becomes JSON.
_WRAPPED = "$string({'p': $envelope.payload})"
_PAYLOAD_TEXT = f"($text := {_WRAPPED}; $substring($text, 5, $length($text) - 6))"
# JSONata's $string() writes 15 digits of a number (2.0.6); what S3 is given is never written by it.
_EXACT = f"$parse({_WRAPPED}) = {{'p': $envelope.payload}}"
_MARGIN = 256
_LONGEST_EXECUTION_NAME = 80


def receive(settings: WorkflowSettings, *, after: str, messages: bool = True) -> States:
    """Read the envelope, whichever trigger sent it, and see to it that the program can get the payload.

    A pipe hands over an array of one record, a person whatever they like.

    Args:
        settings: what the workflow has to know.
        after: the state that follows.
        messages: whether a message of a queue may start it.
    """
    item = "" if settings.fan_out is None else ", 'item': $in.item"
    names = json.dumps([*ENVELOPE_NAMES, IGNORED_NAME, *(["item"] if item else [])])
    bound, given = _given(settings)
    envelope = f"""({bound}
        $batch := $type({given}) = 'array' and $count({given}) = 1;
        $first := $batch ? {given}[0] : {given};
        $isMessage := {_IS_MESSAGE if messages else "false"};
        $isEnvelope := $isMessage or ($type($first) = 'object' and $exists($first.trigger) and $exists($first.id)
            and $count($keys($first)[$not($ in {names})]) = 0);
        $in := $isMessage ? {_MESSAGE} : $isEnvelope ? $first : {given};
        $time := $isEnvelope and $exists($in.time) ? $string($in.time) : $states.context.Execution.StartTime;
        $isEnvelope
            ? {{'trigger': $string($in.trigger), 'id': $string($in.id),
               'time': $contains($time, /^[0-9]{{13}}$/) ? $fromMillis($number($time)) : $time,
               'payload': $exists($in.payload) ? $in.payload : {{}},
               'payload_uri': $in.payload_uri, 'caller': $in.caller{item}}}
            : {{'trigger': 'manual', 'id': $states.context.Execution.Name, 'time': $time,
               'payload': $exists($in) ? $in : {{}}}}
    )"""
    return {
        "Receive": {
            "Type": "Pass",
            "Assign": {
                "envelope": expression(envelope),
                **({"message": expression(_IS_MESSAGE)} if messages else {}),
                "attempt": 1,
                "size": 0,
                "infrastructureFailures": 0,
                "taskFailures": 0,
                "onDemand": settings.capacity != "spot" and settings.infrastructure_attempts == 1,
                "polls": 0,
                **counters(*TRIES),
                "payloadVariable": {},
            },
            "Output": {},  # the input is in the envelope; passed on, it would fill every event of the history
            "Next": "Fits?",
        },
        **_hand_over(settings, after, messages=messages),
        **(_read_body() if messages else {}),
    }


_IS_MESSAGE = """(
    $record := $type($states.input) = 'array' and $count($states.input) = 1 ? $states.input[0];
    $type($record) = 'object' and $record.eventSource = 'aws:sqs' and $exists($record.messageId)
        and $type($record.body) = 'string'
)"""
_MESSAGE = """{
    'trigger': 'queue', 'id': $first.messageId, 'time': $first.attributes.SentTimestamp, 'payload': $first.body
}"""


def _read_body() -> States:
    """A body that is JSON becomes what it says, every other stays text.

    What is no JSON fails the branch, and is caught around it. The id behind the body, which its sender cannot know,
    shows that all of the body was read, and as one value.
    """
    read = "$parse('[' & $envelope.payload & ',\"' & $envelope.id & '\"]')"
    text = "{'payload': $envelope.payload}"
    parsed = f"($read := {read}; $count($read) = 2 ? {{'payload': $read[0]}} : {text})"
    known: dict[str, Any] = {"Output": {}, "Next": "Fits?"}
    return {
        "Read body": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Parse body",
                    "States": {"Parse body": {"Type": "Pass", "Output": expression(parsed), "End": True}},
                }
            ],
            "Assign": {"message": False, "envelope": expression("$merge([$envelope, $states.result[0]])")},
            **known,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"message": False}, **known}],
        }
    }


def _hand_over(settings: WorkflowSettings, after: str, *, messages: bool) -> States:
    """Put the payload into the environment when it fits, into S3 when it does not."""
    run = "$states.context.Execution.Name"
    budget = payload_budget(settings.container, item_names(settings))
    uri = f"'s3://{settings.payload_bucket}/{settings.payload_prefix}runs/' & {run} & '.json'"
    return {
        "Fits?": {
            "Type": "Choice",
            "Choices": [
                *([{"Condition": expression("$message"), "Next": "Read body"}] if messages else []),
                _stored_before(after),
                {
                    "Condition": expression(
                        f"$length($string([{_PAYLOAD_TEXT}, $envelope.id])) <= {budget} ? {_EXACT} : false"
                    ),
                    "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD", "Value": expression(_PAYLOAD_TEXT)}},
                    "Next": after,
                },
            ],
            "Default": "Store payload",
        },
        **repeated(
            "Store payload",
            {
                "Type": "Task",
                "Resource": f"arn:{settings.partition}:states:::aws-sdk:s3:putObject",
                "Arguments": {
                    "Bucket": settings.payload_bucket,
                    "Key": expression(f"'{settings.payload_prefix}runs/' & {run} & '.json'"),
                    # Step Functions writes every value as JSON here, a text with its quotes, too.
                    "Body": expression("$envelope.payload"),
                    "ContentType": "application/json",
                },
                "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": expression(uri)}},
                "Output": {},
                "Next": after,
            },
            tries=TRIES["Store payload"],
            assign={"verdict": expression(went_wrong("Naws.PayloadNotStored"))},
            given_up="Whose failure?",
        ),
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
