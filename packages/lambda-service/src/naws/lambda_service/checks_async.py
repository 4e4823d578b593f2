"""Rules on what nobody waits for: asynchronous invocations, batches of messages, and loops."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_sqs as sqs

from naws.core import BucketBinding, QueueBinding
from naws.core.authoring import (
    PACE_RULES,
    WATCHED_RULES,
    Bounds,
    Check,
    Field,
    Finding,
    ScheduleWithRuntime,
    advice,
    as_duration,
    bind,
    format_duration,
    is_number,
    limit,
    practice,
    prefix_of,
    span,
    unwatched,
)
from naws.lambda_service.plan import RECEIVES, AsyncPlan, Plan
from naws.lambda_service.props import Batch

_ASYNC = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html"
_MAPPING = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html"
_CONFIGURE = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"
_SCALING = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
_LOOPS = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"
_QUEUE = "triggers=[QueueTrigger()]"
_VISIBLE = "triggers=[QueueTrigger(visibility_timeout=cdk.Duration.%s)]"
_ATTEMPTS = Bounds(low=0, high=2, unit="further attempts")
_AGE = span(60, 21_600)
_WINDOW = span(0, 300)
_CONCURRENCY = Bounds(low=2, high=1_000, unit="invocations at once")
_WITHOUT_WINDOW, _LARGEST = 10, 10_000
_TIMES = 6


@dataclass(frozen=True, kw_only=True)
class Batches:
    """Batches of messages, and whether one of their queues keeps an order."""

    plan: AsyncPlan
    fifo: str


@dataclass(frozen=True, kw_only=True)
class Hidden(Field):
    """For how long a queue hides a message that the function works on.

    Attributes:
        timeout: seconds of an invocation.
        window: seconds that a batch is waited for.
    """

    timeout: float
    window: float

    @property
    def advised(self) -> float:
        """What AWS advises."""
        return _TIMES * self.timeout + self.window

    @property
    def known(self) -> bool:
        """Whether all three are."""
        return all(map(is_number, (self.value, self.timeout, self.window)))

    def longer(self, expected: str) -> Finding:
        """A finding with the time that AWS advises."""
        shorter = f"timeout={as_duration(max(1, (self.value - self.window) // _TIMES))}"
        if self.name == "visibility_timeout":
            remedy = f"omit {self.name}\n{shorter}"
        else:  # a queue of one's own is changed elsewhere: what can be pasted here is the function's time
            remedy = f"{shorter}\nvisibility_timeout={as_duration(self.advised)}  # of that queue"
        return self.finding(expected, remedy, shown=format_duration(self.value))


@limit(
    code="NAWS-ASYNC-001",
    title="What failed is tried again at most twice, within 1 minute to 6 hours",
    source=_ASYNC,
    example="retry_attempts=5",
    fix="retry_attempts=2",
)
def attempts(plan: AsyncPlan) -> Iterator[Finding]:
    """Lambda refuses more. What has to be tried for longer belongs into a queue, which tries a message 1,000 times."""
    yield from _ATTEMPTS.check(Field("retry_attempts", plan.retry_attempts))
    yield from _AGE.check(Field("max_event_age", plan.max_event_age))


@limit(
    code="NAWS-ASYNC-002",
    title="A message is hidden for as long as the function may work on it",
    source=_CONFIGURE,
    example=_VISIBLE % "seconds(30)",
    fix=_QUEUE,
)
def hidden_long_enough(hidden: Hidden) -> Iterator[Finding]:
    """Lambda refuses to read a queue that hides messages for less than the function's timeout.

    A queue of CDK's hides them for 30 seconds, unless it says otherwise.
    """
    if hidden.known and hidden.value < hidden.timeout:
        least = format_duration(hidden.timeout)
        yield hidden.longer(f"at least {least}, the function's timeout; better six times that")


@practice(
    code="NAWS-ASYNC-003",
    title="A message is hidden for six times the timeout",
    source=_CONFIGURE,
    example=_VISIBLE % "minutes(2)",
    fix=_QUEUE,
)
def hidden_for_retries(hidden: Hidden) -> Iterator[Finding]:
    """A throttled batch is tried again by Lambda while its messages stay hidden: AWS advises that much, and the window.

    With less a message comes back while it is worked on, and is worked on twice.
    """
    if hidden.known and hidden.timeout <= hidden.value < hidden.advised:
        window = " and the window" if hidden.window else ""
        yield hidden.longer(f"at least {format_duration(hidden.advised)}, six times the timeout{window}")


@limit(
    code="NAWS-ASYNC-004",
    title="A batch has 1 to 10 messages, and up to 10,000 with a window",
    source=_MAPPING,
    example=f"batch=Batch(batch_size=100), {_QUEUE}",
    fix=f"batch=Batch(batch_size=100, max_batching_window=cdk.Duration.seconds(5)), {_QUEUE}",
)
def batch_size(part: Batches) -> Iterator[Finding]:
    """SQS hands over ten at once: Lambda has to wait for more. Those of a FIFO queue it never waits for."""
    plan, size = part.plan, Field("batch.batch_size", part.plan.batch_size)
    most = _WITHOUT_WINDOW if part.fifo else _LARGEST
    found = list(Bounds(low=1, high=most, unit="messages" + (" of a FIFO queue" if part.fifo else "")).check(size))
    yield from found
    at_once = is_number(plan.window) and plan.window < 1
    if not found and at_once and is_number(size.value) and size.value > _WITHOUT_WINDOW:
        yield size.finding(
            f"at most {_WITHOUT_WINDOW} without a window",
            f"max_batching_window=cdk.Duration.seconds(5)\nbatch_size={_WITHOUT_WINDOW}",
        )


@limit(
    code="NAWS-ASYNC-005",
    title="A batch is waited for up to 5 minutes, and not at all from a FIFO queue",
    source=_MAPPING,
    example=f"batch=Batch(max_batching_window=cdk.Duration.minutes(10)), {_QUEUE}",
    fix=f"batch=Batch(max_batching_window=cdk.Duration.minutes(5)), {_QUEUE}",
)
def batch_window(part: Batches) -> Iterator[Finding]:
    """Lambda counts whole seconds. A FIFO queue has no window: the next message of a group would wait, too."""
    field = Field("batch.max_batching_window", part.plan.window)
    yield from _WINDOW.check(field)
    if part.fifo and is_number(field.value) and field.value > 0:
        expected = f"none: {part.fifo} is a FIFO queue"
        yield field.finding(expected, "omit max_batching_window", shown=format_duration(field.value))


@limit(
    code="NAWS-ASYNC-007",
    title="A queue has 2 to 1,000 invocations at once",
    source=_SCALING,
    example=f"batch=Batch(max_concurrency=1), {_QUEUE}",
    fix=f"batch=Batch(max_concurrency=2), {_QUEUE}",
)
def concurrency(part: Batches) -> Iterator[Finding]:
    """Lambda reads a queue with two at the least. One at a time is a FIFO queue whose messages have one group."""
    yield from _CONCURRENCY.check(Field("batch.max_concurrency", part.plan.max_concurrency))


@practice(
    code="NAWS-ASYNC-008",
    title="Queues have no more invocations at once than are reserved",
    source=_SCALING,
    example=f"reserved_concurrent_executions=5, {_QUEUE}",
    fix=f"reserved_concurrent_executions=10, {_QUEUE}",
)
def within_reserved(plan: Plan) -> Iterator[Finding]:
    """Lambda would take messages and be throttled: each time is a try, and after five of them a good message is dead.

    Without `max_concurrency` it takes as many as there are.
    """
    part, queues = plan.asynchronous, len(plan.triggers.queues)
    reserved, each = part.reserved, part.max_concurrency
    if not queues or not is_number(reserved) or reserved < 1 or not (each is None or is_number(each)):
        return
    if each is None or each * queues > reserved:
        share = reserved // queues
        mended = f"max_concurrency={share}" if share > 1 else "omit reserved_concurrent_executions"
        enough = f"reserved_concurrent_executions={(each or 10) * queues}"
        yield Field("batch.max_concurrency", each).finding(
            f"at most {reserved} for {queues} {'queue' if queues == 1 else 'queues together'}: so many are reserved",
            f"{enough}\n{mended}" if each is not None else f"{mended}\n{enough}",
        )


@advice(
    code="NAWS-ASYNC-011",
    title="A message is tried five times or more",
    source=_CONFIGURE,
    example="triggers=[QueueTrigger(max_receive_count=2)]",
    fix=_QUEUE,
)
def enough_tries(tries: Field) -> Iterator[Finding]:
    """A throttled message has used a try, too: AWS advises five, so that good ones do not end as dead letters."""
    if is_number(tries.value) and 1 <= tries.value < RECEIVES:
        theirs = tries.name == "queue"
        remedy = f"max_receive_count={RECEIVES}{'  # of its dead_letter_queue' if theirs else ''}"
        shown = f"a queue with max_receive_count={tries.value}" if theirs else ""
        yield tries.finding(f"{RECEIVES} or more", remedy, shown=shown)


@practice(
    code="NAWS-ASYNC-016",
    title="A function does not send to the queue that starts it",
    source=_LOOPS,
    example='triggers=[QueueTrigger(queue=(q := sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.minutes(6))))], '
    "bindings=[QueueBinding(q)]",
    fix='triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.minutes(6)))]',
)
def no_queue_loop(plan: Plan) -> Iterator[Finding]:
    """One message makes the next, without end and paid for, until Lambda finds the loop and stops it.

    A program that sends what is left to do, and stops some time, accepts it here.
    """
    started = [queue.trigger.queue for queue in plan.triggers.queues if queue.trigger.queue is not None]
    for path, binding in plan.program.bindings:
        if isinstance(binding, QueueBinding) and binding.access == "send" and any(binding.queue is q for q in started):
            yield Field(path).finding("another queue than a trigger's", "remove the binding", shown="a trigger's queue")


@practice(
    code="NAWS-ASYNC-017",
    title="A function does not write where its own objects start it",
    source=_LOOPS,
    example='triggers=[EventTrigger.object_created(inbox := s3.Bucket(stack, "Inbox"))], '
    'bindings=[BucketBinding(inbox, access="read-write")]',
    fix='triggers=[EventTrigger.object_created(inbox := s3.Bucket(stack, "Inbox"), prefix="in/")], '
    'bindings=[BucketBinding(inbox, access="write", prefix="out/")]',
)
def no_bucket_loop(plan: Plan) -> Iterator[Finding]:
    """Each object that it writes starts it again, without end and paid for.

    Lambda finds no loop that leads through EventBridge. Give the trigger a prefix, and the binding another one.
    """
    for path, binding in plan.program.bindings:
        if not isinstance(binding, BucketBinding) or binding.access == "read":
            continue
        for event in plan.triggers.events:
            read, written = prefix_of(event.trigger) or "", binding.prefix or ""
            if event.trigger.bucket is binding.bucket and (read.startswith(written) or written.startswith(read)):
                apart = "" if read == "out/" or not read else '\nprefix="out/"'
                yield Field(f"{path}.access", binding.access).finding(
                    f"read; or a prefix apart from that of {event.path}, which is {read or 'every key'}",
                    f'access="read"{apart}',
                )


@advice(
    code="NAWS-ASYNC-021",
    title="Settings of batches and of attempts are beside what they are for",
    source=f"{_MAPPING}, and {_ASYNC}",
    example="batch=Batch(batch_size=5)",
    fix="batch=Batch(batch_size=5), triggers=[QueueTrigger()]",
)
def settings_that_count(plan: Plan) -> Iterator[Finding]:
    """Messages of queues come in batches, and nothing else. Attempts are of times, events and asynchronous invokes.

    A message is tried as often as its queue says, and a request once: whoever sent it may send it again.
    """
    if plan.props.batch != Batch() and not plan.triggers.queues:
        expected = "a queue that starts the function beside it: nothing else comes in batches"
        yield Field("batch").finding(expected, "triggers=[QueueTrigger()]\nomit batch", shown="given")
    attempts = (("retry_attempts", plan.props.retry_attempts != _ATTEMPTS.high), ("max_event_age", True))
    for name, is_given in attempts if not plan.asynchronous.keeps_failures else ():
        if is_given and getattr(plan.props, name) is not None:
            what = "messages" if plan.triggers.queues else "requests"
            expected = f"a schedule or an event beside it: {what} of this function have no such attempts"
            yield Field(name).finding(expected, f"omit {name}", shown="given")


def _hidden(plan: Plan) -> Iterator[Hidden]:
    part = plan.asynchronous
    for field in part.visibility:
        yield Hidden(path=field.path, value=field.value, timeout=part.timeout, window=part.window)


def _batches(plan: Plan) -> Iterator[Batches]:
    fifo = next((f"{queue.path}.queue" for queue in plan.triggers.queues if queue.fifo), "")
    yield Batches(plan=plan.asynchronous, fifo=fifo)


def _tries(plan: Plan) -> Iterator[Field]:
    for queue in plan.triggers.queues:
        given: Any = queue.trigger.queue
        if given is None:
            yield Field(f"{queue.path}.max_receive_count", queue.max_receive_count)
        elif isinstance(given, sqs.Queue) and given.dead_letter_queue is not None:
            yield Field(f"{queue.path}.queue", given.dead_letter_queue.max_receive_count)


def _paced(plan: Plan) -> Iterator[ScheduleWithRuntime]:
    """One attempt: those after a failure are seldom, and nobody waits for them."""
    for schedule in plan.triggers.schedules:
        timeout: Any = plan.function.timeout
        yield ScheduleWithRuntime(schedule=schedule, timeout=timeout, attempts=1, waits=0, field="timeout")


ASYNC_CHECKS: tuple[Check[Plan], ...] = (
    attempts.on(lambda plan: (plan.asynchronous,)),
    *bind(_hidden, (hidden_long_enough, hidden_for_retries)),
    *bind(_batches, (batch_size, batch_window, concurrency)),
    enough_tries.on(_tries),
    *bind(_paced, PACE_RULES),
    *bind(lambda plan: (plan,), (within_reserved, no_queue_loop, no_bucket_loop)),
    *bind(lambda plan: unwatched((plan.operations, plan.triggers), alone=plan.watched_alone), WATCHED_RULES),
)
