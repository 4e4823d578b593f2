"""The states that receive a run's payload, and how the program gets it.

    Receive ─ Fits? ─┬─ NAWS_PAYLOAD
       Read body <───┤
                     └─ Which payload? ─ Store payload ─ NAWS_PAYLOAD_URI

A pipe without an input template hands over its documented event, an array of one record with the body as text.
Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html (example event)
"""

import json

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.expressions import TRIES, States, choice, counters, expression, way
from naws.ecs_task_processor.workflow.stored import EXACT, PAYLOAD_TEXT, read_body, store

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
"""The variables that the workflow sets for every program; a user's own variables may not have these names."""
ITEM_NAMES = ("NAWS_ITEM_INDEX", "NAWS_ITEM_COUNT")
"""Those that it sets for an item's program; the second only where the count is known before the items are read."""

ENVELOPE_NAMES = ("trigger", "id", "time", "payload", "payload_uri", "caller")
"""All that an envelope may hold, and `item` with `fan_out`; whatever holds more is a payload.

`caller` is the execution that runs the processor as a step: a failure is its to handle, and is not kept here.
"""
IGNORED_NAME = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
"""The field that a workflow which starts another adds to its input, so that the console links the two.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

_MARGIN = 256
_LONGEST_EXECUTION_NAME = 80


def receive(policy: RunPolicy, names: ResourceNames, *, after: str, whole: bool = True) -> States:
    """Read the envelope, whichever trigger sent it, and see to it that the program can get the payload.

    A pipe hands over an array of one record, a person whatever they like.

    Args:
        policy: what a run is to do.
        names: what it works with.
        after: the state that follows.
        whole: whether it is a run that something started, and not an item that the run makes an envelope for.
    """
    return {
        "Receive": {
            "Type": "Pass",
            "Assign": {
                "envelope": expression(f"({_read(policy, whole=whole)} {_envelope(policy)})"),
                **({"form": expression(f"({_read(policy, whole=True)} {_FORM})")} if whole else {}),
                "attempt": 1,
                "size": 0,
                "infrastructureFailures": 0,
                "taskFailures": 0,
                "onDemand": policy.capacity != "spot" and policy.infrastructure_attempts == 1,
                "polls": 0,
                **counters(*TRIES),
                "payloadVariable": {},
            },
            **({} if whole else {"Output": {}}),
            "Next": "Fits?",
        },
        "Fits?": _fits(policy, names, after, whole=whole),
        **(read_body() if whole else {}),
        **store(names, after, whole=whole),
    }


def _read(policy: RunPolicy, *, whole: bool) -> str:
    """JSONata that binds `$in`, the input's content, and whether it is a message, or else an envelope."""
    known = json.dumps([*ENVELOPE_NAMES, IGNORED_NAME, *(["item"] if policy.fan_out is not None else [])])
    bound, given = _given(policy)
    return f"""{bound}
        $alone := $type({given}) = 'array' and $count({given}) = 1;
        $first := $alone ? {given}[0] : {given};
        $isMessage := {"$alone and " + _IS_MESSAGE if whole else "false"};
        $isEnvelope := $isMessage or ($type($first) = 'object' and $exists($first.trigger) and $exists($first.id)
            and $count($keys($first)[$not($ in {known})]) = 0);
        $in := $isMessage ? {_MESSAGE} : $isEnvelope ? $first : {given};"""


_IS_MESSAGE = """$type($first) = 'object' and $first.eventSource = 'aws:sqs' and $exists($first.messageId)
    and $type($first.body) = 'string'"""
_MESSAGE = """{
    'trigger': 'queue', 'id': $first.messageId, 'time': $first.attributes.SentTimestamp, 'payload': $first.body
}"""
_FORM = """
    $isMessage ? 'message' : $type($states.input) = 'object' and $exists($states.input.BatchInput) ? 'batch'
    : $not($isEnvelope) ? 'bare' : $alone ? 'array' : 'envelope'
"""


def _envelope(policy: RunPolicy) -> str:
    item = "" if policy.fan_out is None else ", 'item': $in.item"
    return f"""
        $time := $isEnvelope and $exists($in.time) ? $string($in.time) : $states.context.Execution.StartTime;
        $isEnvelope
            ? {{'trigger': $string($in.trigger), 'id': $string($in.id),
               'time': $contains($time, /^[0-9]{{13}}$/) ? $fromMillis($number($time)) : $time,
               'payload': $exists($in.payload) ? $in.payload : {{}},
               'payload_uri': $in.payload_uri, 'caller': $in.caller{item}}}
            : {{'trigger': 'manual', 'id': $states.context.Execution.Name, 'time': $time,
               'payload': $exists($in) ? $in : {{}}}}"""


def _fits(policy: RunPolicy, names: ResourceNames, after: str, *, whole: bool) -> States:
    """Put the payload into the environment when it fits with every digit, into S3 when it does not."""
    budget = payload_budget(names.container, item_names(policy))

    def variable(text: str, *, when: str) -> States:
        # A large text is not looked at any further: an expression has not much memory.
        fits = f"$length($string([{text}, $envelope.id])) <= {budget} ? {when} : false"
        return way(fits, after, payloadVariable={"Name": "NAWS_PAYLOAD", "Value": expression(text)})

    # A run that is put back names the payload that was stored for it the first time.
    stored = {"Name": "NAWS_PAYLOAD_URI", "Value": expression("$envelope.payload_uri")}
    return choice(
        *([way("$form = 'message'", "Read body", form="text")] if whole else []),
        way("$exists($envelope.payload_uri)", after, payloadVariable=stored),
        variable(PAYLOAD_TEXT, when=EXACT),
        *([variable("$states.input.body", when="$form = 'json'")] if whole else []),
        otherwise="Which payload?" if whole else "Store payload",
    )


def item_names(policy: RunPolicy) -> tuple[str, ...]:
    """The variables that name the item a task works on."""
    if policy.fan_out is None:
        return ()
    return ITEM_NAMES if isinstance(policy.fan_out.over, str) else ITEM_NAMES[:1]


def _given(policy: RunPolicy) -> tuple[str, str]:
    """The name of what was given, and how it is bound; a batch becomes an envelope."""
    if policy.fan_out is None or policy.fan_out.batch == 1:
        return "", "$states.input"
    # JSONata returns one array as the array itself, not as an array of it.
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


def payload_budget(container: str, more: tuple[str, ...] = ()) -> int:
    """Characters that the payload and the run's id may take, as JSON strings in an array, before S3 is used.

    Args:
        container: name of the container that gets them.
        more: further variables that the program gets.
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
