"""Messages of a queue, received so that none is lost: each comes back, unless it is deleted."""

import signal
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.interrupts import Stopping, signals
from naws.cli.json_texts import parsed
from naws.core.parsed_json import is_object

_BATCH = 10
"""Source: SQS API, ReceiveMessage, MaxNumberOfMessages."""
HIDDEN_SECONDS = 300
"""What is received and not given back, as by a command that was killed, is back after these."""
_WAIT_SECONDS = 1
_MOST_READERS = 8
_EMPTY_ANSWERS = 3
_TOO_MANY = "OverLimit"
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        queue: The address of its queue.
        id: Its id, which stays the same in a dead-letter queue.
        body: Its text.
        attributes: The values of its message attributes that are text.
        sent: When it was sent, first.
        receipt: What deletes it, until it is received again.
        system: The queue's own attributes of it.
        typed: All its message attributes, as SQS gives and takes them.
    """

    queue: str
    id: str
    body: str
    attributes: Mapping[str, str]
    sent: datetime
    receipt: str = field(repr=False, compare=False)
    system: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    typed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]], compare=False)

    @property
    def group(self) -> str:
        """Its message group; empty without one."""
        return self.system.get("MessageGroupId", "")

    @property
    def came_by(self) -> str:
        """The ARN of the queue that moved it into its dead-letter queue; empty of one that was sent there."""
        return self.system.get("DeadLetterQueueSourceArn", "")


@dataclass(frozen=True)
class Reading:
    """What a queue had.

    Attributes:
        messages: Each, once.
        hidden: How many cannot be seen now, about: somebody else has received them, or they wait behind others of their
            message group.
        problem: Why it was not read, or not wholly.
    """

    messages: tuple[Message, ...]
    hidden: int = 0
    problem: str = ""


class Queue:
    """One queue.

    Args:
        sqs: A client.
        url: Its address.
    """

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self.url = url

    def read(self, progress: Callable[[int, int], None]) -> Reading:
        """All messages, with their bodies; none is deleted, and all are back at once.

        SQS shows ten at a time, and those only of some of its servers: it is asked until it has no more.

        Args:
            progress: Is called with how many were read, and about how many there are.

        Raises:
            KeyboardInterrupt: By Ctrl-C or SIGTERM; what was asked for by then was waited for, and is back.
        """
        attributes = self._attributes()
        visible, hidden = (int(attributes.get(name, 0)) for name in _COUNTS)
        if "RedrivePolicy" in attributes:
            problem = "it moves messages that are received too often, so that reading might move them"
            return Reading((), hidden, problem)
        found: dict[str, Message] = {}
        problem = ""
        stopping = Stopping()
        # An interrupt in the midst of starting a reader would leave it behind, and what it receives hidden.
        with signals(stopping):
            try:
                for count in self._rounds(found, visible):
                    progress(count, max(visible, count))
                    if stopping.asked:
                        raise KeyboardInterrupt
            except ClientError as error:
                if code_of(error).rpartition(".")[2] != _TOO_MANY:
                    raise
                problem = f"SQS hands out no more at once than {len(found):,}: there are others"
            finally:
                self.give_back(found.values())
        unread = max(0, visible + hidden - len(found))
        # The counts may be a minute old: what was just read may still be counted as hidden, and what went as visible.
        hidden = unread if self.ordered and (found or hidden) else min(hidden, unread)
        return Reading(tuple(sorted(found.values(), key=lambda each: each.sent)), hidden, problem)

    def _rounds(self, found: dict[str, Message], visible: int) -> Generator[int]:
        """Receive until the queue has no more; after each round of readers, how many were found."""

        def receive(_: int) -> int:
            # Noted here: of a round in which a reader fails, all is given back. Only what is there is waited for.
            received = self.receive(_WAIT_SECONDS if visible > len(found) else 0)
            new = sum(each.id not in found for each in received)
            found.update({each.id: each for each in received})
            return new

        empty = 0
        with ThreadPoolExecutor(min(_MOST_READERS, max(1, visible // _BATCH))) as readers:
            while empty < _EMPTY_ANSWERS:
                left = max(1, min(_MOST_READERS, (visible - len(found)) // _BATCH))
                new = sum(readers.map(receive, range(left)))
                yield len(found)
                if new:
                    empty = 0
                elif int(self._attributes().get(_COUNTS[0], 0)) == 0:
                    return
                else:
                    empty += 1

    @property
    def ordered(self) -> bool:
        """It is a FIFO queue: what is received of a message group keeps back all others of that group.

        Source: https://repost.aws/knowledge-center/sqs-fifo-messages-not-returned
        """
        return self.url.endswith(".fifo")

    def receive(self, wait: int = _WAIT_SECONDS) -> list[Message]:
        """Up to ten messages, which nobody else gets for five minutes.

        Args:
            wait: For so many seconds, if there is none. 0 asks only some of SQS's servers.
        """
        answer = self._sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=wait,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return [self._message(each) for each in answer.get("Messages", ())]

    def give_back(self, messages: Iterable[Message]) -> None:
        """Let others receive messages again, at once. One that cannot be given back comes back by itself."""
        held = [*messages]
        if not held:
            return
        batches = [held[start : start + _BATCH] for start in range(0, len(held), _BATCH)]
        with signals(signal.SIG_IGN), ThreadPoolExecutor(_MOST_READERS) as givers:
            list(givers.map(self._show, batches))

    def _show(self, messages: Sequence[Message]) -> None:
        entries = [
            {"Id": str(number), "ReceiptHandle": each.receipt, "VisibilityTimeout": 0}
            for number, each in enumerate(messages)
        ]
        try:
            self._sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
        except ClientError:
            return

    def send_again(self, message: Message) -> str:
        """Send what another queue has of a message, with all that its sender gave it; the id of the new one.

        Only its deduplication id is another one: SQS accepts, and drops, what has that of the last five minutes.
        Source: SQS API, SendMessage
        """
        system, more = message.system, dict[str, Any]()
        if "MessageGroupId" in system:
            more["MessageGroupId"] = system["MessageGroupId"]
        if self.ordered:
            more["MessageDeduplicationId"] = message.id
        if trace := system.get("AWSTraceHeader"):
            more["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
        request = {"QueueUrl": self.url, "MessageBody": message.body, "MessageAttributes": message.typed}
        return self._sqs.send_message(**request, **more)["MessageId"]

    def delete(self, message: Message) -> None:
        """Take a message away for good."""
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._attributes().get("QueueArn", "")

    @property
    def dead_letters_to(self) -> str:
        """The ARN of its dead-letter queue; empty without one."""
        policy = parsed(self._attributes().get("RedrivePolicy", "{}"))
        return str(policy["deadLetterTargetArn"]) if is_object(policy) and "deadLetterTargetArn" in policy else ""

    def _attributes(self) -> dict[str, str]:
        names = [*_COUNTS, "RedrivePolicy", "QueueArn"]
        return self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names).get("Attributes", {})

    def _message(self, received: dict[str, Any]) -> Message:
        given = received.get("MessageAttributes", {})
        system = received.get("Attributes", {})
        milliseconds = int(system.get("SentTimestamp", 0))
        return Message(
            queue=self.url,
            id=received["MessageId"],
            body=received["Body"],
            attributes={name: each["StringValue"] for name, each in given.items() if "StringValue" in each},
            sent=datetime.fromtimestamp(milliseconds / 1000, UTC),
            receipt=received["ReceiptHandle"],
            system=system,
            typed=given,
        )
