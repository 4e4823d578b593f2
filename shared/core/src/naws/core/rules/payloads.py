"""Rules on the payload that a trigger or a step starts a run with: whether it is JSON, and whether it fits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from naws.core.planned_triggers import STATE_MACHINE_INPUT, LargestInput
from naws.core.rule import Finding, limit, practice
from naws.core.rules.json_values import as_json, compact, mistyped, texts
from naws.core.rules.values import Field, format_number

LARGEST_OF_RULE = 8_192
"""Characters with the envelope. Source: EventBridge API, InputTransformer, InputTemplate."""
ENVELOPE_OF_RULE = len('{"trigger":"event","id":<id>,"time":<time>,"payload":}')
_REPLACED = re.compile(r"<aws\.scheduler\.(?:schedule-arn|scheduled-time|execution-id|attempt-number)>")
_OF_RULES = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html"
_PLACEHOLDER = re.compile(r"<(?!aws\.events\.)[A-Za-z0-9_.-]+>")


@dataclass(frozen=True, kw_only=True)
class Payload(Field):
    """The payload of a trigger, or of a run that is a step of a workflow.

    Attributes:
        service: what carries it.
        takes: how much what it starts can begin with.
    """

    service: Literal["rule", "schedule", "step"]
    takes: LargestInput = STATE_MACHINE_INPUT


@limit(
    code="NAWS-PAYLOAD-001",
    title="A payload is JSON",
    source="https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html",
    example='triggers=[ScheduleTrigger("@daily", payload={"since": datetime(2027, 1, 1)})]',
    fix='triggers=[ScheduleTrigger("@daily", payload={"since": "2027-01-01"})]',
)
def is_json(payload: Payload) -> Iterator[Finding]:
    """The task receives the payload as JSON: text, numbers, True, False, None, lists and dicts with text as keys.

    A number that is not finite is none in JSON. A whole number of more than 64 bits is, but loses digits on its way.
    """
    for field in mistyped(payload):
        yield field.finding(
            "text, a finite number of at most 64 bits, True, False, None, a list or a dict with text as keys",
            _entry(field.path, field.value),
        )


def _entry(where: str, value: object) -> str:
    """An entry of a dict with what is JSON in it, an item of a list alone; the field when it is the whole payload."""
    if not where.endswith("]"):
        return f"payload={as_json(value)}"
    key = where[where.rindex("[") :].strip("[]")
    if key == repr(value):
        return f'"{key}": …' if isinstance(value, int | float) else '"…": …'
    return as_json(value) if key.isdecimal() else f"{key}: {as_json(value)}"


@limit(
    code="NAWS-PAYLOAD-002",
    title="A payload fits into what the trigger can carry",
    source=f"{_OF_RULES}, and {STATE_MACHINE_INPUT.source}",
    example='triggers=[EventTrigger(events.EventPattern(source=["app"]), payload={"text": "x" * 9_000})]',
    fix='triggers=[EventTrigger(events.EventPattern(source=["app"]), payload={"text_at": "s3://texts/1"})]',
)
def fits(payload: Payload) -> Iterator[Finding]:
    """A rule takes 8,192 characters with the run's id and time; a run can begin with 250,000 bytes of payload.

    A state takes 262,144 bytes. The envelope needs some of them, and a run that fails is kept with what went wrong.
    What is larger is put into a bucket and named in the payload.
    """
    if payload.value is None or any(mistyped(payload)):
        return
    text = compact(payload.value)
    if payload.service == "rule":
        size, most, source = len(text) + ENVELOPE_OF_RULE, LARGEST_OF_RULE, _OF_RULES
        given, of = f"{format_number(size)} characters with the run's id and time", "characters, which a rule takes"
    else:
        size, most, source = len(text.encode()), payload.takes.size, payload.takes.source
        given, of = f"{format_number(size)} bytes", f"bytes, {payload.takes.why}"
    if size > most:
        yield payload.finding(
            f"at most {format_number(most)} {of}",
            'payload={"uri": "s3://…"}  # and a BucketBinding by which the program reads it',
            shown=given,
            source=source,
        )


@limit(
    code="NAWS-PAYLOAD-003",
    title="An event's payload has no placeholders",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html",
    example='triggers=[EventTrigger(events.EventPattern(source=["app"]), payload={"html": "a <b>word</b>"})]',
    fix='triggers=[EventTrigger(events.EventPattern(source=["app"]), payload={"html": "a &lt;b&gt;word&lt;/b&gt;"})]',
)
def no_placeholders(payload: Payload) -> Iterator[Finding]:
    """A rule's input is a template: EventBridge refuses `<word>` when it stands for no variable.

    `<id>` and `<time>` are variables of this library's, and would become the event's. AWS documents no escape.
    """
    for text, word in _words(payload, "rule", _PLACEHOLDER):
        yield text.finding(
            f"text without {word}, which a rule takes for a variable",
            "html.escape(…)  # and html.unescape in the program\n"
            'payload={"uri": "s3://…"}  # and a BucketBinding by which the program reads it',
        )


@limit(
    code="NAWS-PAYLOAD-006",
    title="The id that a step gives its run is text",
    source="a run's id tells a repetition from other work: the pattern's page, on runs that are steps",
    example='run_id=""',
    fix='run_id="{% $states.input.order %}"',
)
def names_run(run_id: object) -> Iterator[Finding]:
    """The program gets it as `NAWS_RUN_ID` and knows a repetition by it: with an empty id all work looks the same."""
    if not isinstance(run_id, str) or not run_id.strip() or any(mistyped(Field("run_id", run_id))):
        yield Field("run_id", run_id).finding(
            "text with something in it, or a JSONata expression between {% and %}",
            'omit run_id  # for the calling execution and the state\nrun_id="{% $states.input.… %}"',
        )


@practice(
    code="NAWS-PAYLOAD-007",
    title="A schedule's payload has no words that EventBridge Scheduler replaces",
    source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html",
    example='triggers=[ScheduleTrigger("@daily", payload={"run": "<aws.scheduler.execution-id>"})]',
    fix='triggers=[ScheduleTrigger("@daily", payload={"run": "daily"})]',
)
def not_replaced(payload: Payload) -> Iterator[Finding]:
    """Scheduler puts its own values in their places, two of which differ each time that it delivers the same time.

    A run that is delivered twice has one id, but would have two payloads. Accept it when the program wants the values.
    """
    for text, word in _words(payload, "schedule", _REPLACED):
        yield text.finding(
            f"text without {word}, which Scheduler replaces",
            "html.escape(…)  # and html.unescape in the program; NAWS_RUN_ID ends in the scheduled time",
        )


def _words(payload: Payload, service: str, words: re.Pattern[str]) -> Iterator[tuple[Field, str]]:
    """Each text of the payload that a service carries with such a word, and the word."""
    for text in texts(payload) if payload.service == service and not any(mistyped(payload)) else ():
        if found := words.search(text.value):
            yield text, found[0]


PAYLOAD_RULES = (is_json, fits, no_placeholders, not_replaced)
"""The rules for each payload that a trigger hands over."""
