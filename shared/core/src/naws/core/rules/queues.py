"""Rules on queues that start runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import aws_cdk as cdk

from naws.core.planned_triggers import STATE_MACHINE_INPUT, LargestInput, QueuePlan
from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Bounds, Field, format_number, is_number, span
from naws.core.text import Verbatim, format_duration

_ATTRIBUTES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"
_SIZE = Bounds(low=1_024, high=1_048_576, unit="bytes")


@dataclass(frozen=True, kw_only=True)
class QueueInput:
    """A queue, and the largest payload that its messages can start a run with."""

    queue: QueuePlan
    takes: LargestInput


@limit(
    code="NAWS-QUEUE-001",
    title="A visibility timeout is at most 12 hours",
    source=_ATTRIBUTES,
    example="triggers=[QueueTrigger(visibility_timeout=cdk.Duration.hours(24))]",
    fix="triggers=[QueueTrigger(visibility_timeout=cdk.Duration.minutes(1))]",
)
def visibility(plan: QueuePlan) -> Iterator[Finding]:
    """SQS refuses more. It covers the start of a run, or the invocation of a function."""
    yield from span(0, 43_200).check(Field(f"{plan.path}.visibility_timeout", plan.visibility_timeout))


@limit(
    code="NAWS-QUEUE-002",
    title="A queue keeps messages for 60 seconds to 14 days",
    source=_ATTRIBUTES,
    example="triggers=[QueueTrigger(retention_period=cdk.Duration.days(30))]",
    fix="triggers=[QueueTrigger(retention_period=cdk.Duration.days(14))]",
)
def retention(plan: QueuePlan) -> Iterator[Finding]:
    """SQS refuses any other time. What has to be kept for longer belongs into a bucket."""
    yield from span(60, 1_209_600).check(Field(f"{plan.path}.retention_period", plan.retention_period))


@limit(
    code="NAWS-QUEUE-003",
    title="A message is tried 1 to 1,000 times",
    source=_ATTRIBUTES,
    example="triggers=[QueueTrigger(max_receive_count=0)]",
    fix="triggers=[QueueTrigger(max_receive_count=3)]",
)
def receives(plan: QueuePlan) -> Iterator[Finding]:
    """After that many tries the message moves to the dead-letter queue."""
    count = Field(f"{plan.path}.max_receive_count", plan.max_receive_count)
    yield from Bounds(low=1, high=1_000, unit="tries").check(count)


@limit(
    code="NAWS-QUEUE-004",
    title="A message has 1,024 to 1,048,576 bytes at the most",
    source=_ATTRIBUTES,
    example="triggers=[QueueTrigger(max_message_size=2_000_000)]",
    fix="triggers=[QueueTrigger(max_message_size=250_000)]",
)
def message_size(part: QueueInput) -> Iterator[Finding]:
    """SQS takes no other limit. A queue that refuses a large message does so while its sender can still handle it."""
    size = part.queue.max_message_size
    for found in _SIZE.check(Field(f"{part.queue.path}.max_message_size", size)):
        yield replace(found, remedy=_smaller(part.takes.size)) if size > _SIZE.high else found


@limit(
    code="NAWS-QUEUE-005",
    title="A message fits into what it starts",
    source=STATE_MACHINE_INPUT.source,
    example="triggers=[QueueTrigger(max_message_size=262_144)]",
    fix="triggers=[QueueTrigger(max_message_size=250_000)]",
)
def message_fits(part: QueueInput) -> Iterator[Finding]:
    """A state takes 262,144 bytes with the envelope; what exceeds that ends the execution, and nothing can catch it.

    A run that fails is kept with what went wrong, which needs room, too. A queue that refuses a message does so
    while its sender can still handle it.
    """
    size, largest = part.queue.max_message_size, part.takes
    if part.queue.trigger.queue is None and is_number(size) and largest.size < size <= _SIZE.high:
        yield Field(f"{part.queue.path}.max_message_size").finding(
            f"at most {format_number(largest.size)} bytes, {largest.why}",
            _smaller(largest.size),
            shown=f"{format_number(size)} bytes",
            source=largest.source,
        )


@practice(
    code="NAWS-QUEUE-006",
    title="A queue that starts runs is no FIFO queue",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
    example='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Orders", fifo=True))]',
    fix='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Orders"))]',
)
def not_fifo(plan: QueuePlan) -> Iterator[Finding]:
    """A message is done once its run has started: the next run begins while the first still works.

    The order that a FIFO queue promises ends there, and runs that rely on it would be wrong now and then. A function
    works on a message itself, so that the order of each group is kept.
    """
    if plan.fifo and plan.use.done_when_started:
        expected = "a standard queue: tasks of one message group would run side by side"
        yield Field(f"{plan.path}.queue").finding(expected, "omit queue", shown="a FIFO queue")


@practice(
    code="NAWS-QUEUE-007",
    title="Settings of a queue are given to the queue that they are for",
    source="`QueueTrigger`'s settings are those of the queue that it creates",
    example='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Orders"), max_receive_count=5)]',
    fix="triggers=[QueueTrigger(max_receive_count=5)]",
)
def settings_apply(plan: QueuePlan) -> Iterator[Finding]:
    """A queue that exists keeps its own settings: what is given beside it would do nothing."""
    for name in plan.ignored_settings:
        yield Field(f"{plan.path}.{name}", _given(plan, name)).finding(
            f"no {name} beside queue: it belongs to the queue itself",
            f"omit {name}, and set it on the queue\nomit queue, and one with these settings is created",
        )


@advice(
    code="NAWS-QUEUE-008",
    title="A queue that starts runs has a dead-letter queue",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
    example='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Orders"))]',
    fix='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Orders", dead_letter_queue=sqs.DeadLetterQueue('
    'queue=sqs.Queue(stack, "Dead"), max_receive_count=5)))]',
)
def has_dead_letters(plan: QueuePlan) -> Iterator[Finding]:
    """Without one a message that cannot start a run, or whose run fails, comes back until it expires, and is gone."""
    if plan.dead_letters_missing:
        tried = "cannot start a run" if plan.use.done_when_started else "fail time and again"
        expected = f"a queue whose messages move to a dead-letter queue when they {tried}"
        count = plan.use.max_receive_count
        remedy = f"dead_letter_queue=sqs.DeadLetterQueue(queue=…, max_receive_count={count})  # of that queue"
        yield Field(f"{plan.path}.queue").finding(expected, remedy, shown="no dead-letter queue")


@practice(
    code="NAWS-QUEUE-009",
    title="A queue starts runs through one trigger",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html",
    example='triggers=[QueueTrigger(queue=q, filter={"body": {"kind": ["a"]}}) for q in [sqs.Queue(stack, "Q")] * 2]',
    fix='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q"), filter={"body": {"kind": ["a"]}})]',
)
def one_reader(plans: Sequence[QueuePlan]) -> Iterator[Finding]:
    """Two readers share a queue's messages between them: each message starts one run, of the one that was faster.

    A filter does not help: the reader whose filter does not match deletes the message.
    """
    for index, plan in enumerate(plans):
        same = [other for other in plans[:index] if other.trigger.queue is plan.trigger.queue is not None]
        if same:
            expected = f"a queue that {same[0].path} does not read already"
            yield Field(f"{plan.path}.queue").finding(expected, "omit queue", shown="the same")


def _smaller(size: int) -> str:
    return f"max_message_size={size:_}  # larger data in a bucket, its key in the message"


def _given(plan: QueuePlan, name: str) -> object:
    """A setting as it was given; a time in words."""
    given = getattr(plan.trigger, name)
    return Verbatim(format_duration(getattr(plan, name))) if isinstance(given, cdk.Duration) else given


QUEUE_RULES = (visibility, retention, receives, not_fifo, settings_apply, has_dead_letters)
"""The rules for each queue."""
QUEUE_INPUT_RULES = (message_size, message_fits)
"""The rules for each queue together with what it starts."""
QUEUE_READER_RULES = (one_reader,)
"""The rules for all queues together."""
