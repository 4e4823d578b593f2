"""Messages of a queue, received so that none is lost: each comes back, unless it is deleted."""

import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.interrupts import signals
from naws.cli.operate.json_texts import parsed
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
        attributes: Its message attributes that are text.
        sent: When it was sent, first.
        receipt: What deletes it, until it is received again.
        system: The queue's own attributes of it.
    """

    queue: str
    id: str
    body: str
    attributes: Mapping[str, str]
    sent: datetime
    receipt: str = field(repr=False, compare=False)
    system: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)


@dataclass(frozen=True)
class Reading:
    """What a queue had.

    Attributes:
        messages: Each, once.
        hidden: How many somebody else has received now, about.
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
        """
        attributes = self._attributes()
        visible, hidden = (int(attributes.get(name, 0)) for name in _COUNTS)
        if "RedrivePolicy" in attributes:
            problem = "it moves messages that are received too often, so that reading might move them"
            return Reading((), hidden, problem)
        found: dict[str, Message] = {}
        problem = ""
        try:
            with ThreadPoolExecutor(min(_MOST_READERS, max(1, visible // _BATCH))) as readers:
                self._until_empty(found, readers, visible, progress)
        except ClientError as error:
            if code_of(error).rpartition(".")[2] != _TOO_MANY:
                raise
            problem = f"SQS hands out no more at once than {len(found):,}: there are others"
        finally:
            self.give_back(found.values())
        # The counts may be a minute old: what was just read may still be counted as hidden.
        hidden = min(hidden, max(0, visible + hidden - len(found)))
        return Reading(tuple(sorted(found.values(), key=lambda each: each.sent)), hidden, problem)

    def _until_empty(
        self, found: dict[str, Message], readers: Any, visible: int, progress: Callable[[int, int], None]
    ) -> None:
        def receive(_: int) -> int:
            # Noted here, so that an interrupted round is given back, too. Only what is there is waited for.
            received = self.receive(_WAIT_SECONDS if visible > len(found) else 0)
            new = sum(each.id not in found for each in received)
            found.update({each.id: each for each in received})
            return new

        empty = 0
        while empty < _EMPTY_ANSWERS:
            left = max(1, min(_MOST_READERS, (visible - len(found)) // _BATCH))
            new = sum(readers.map(receive, range(left)))
            progress(len(found), max(visible, len(found)))
            if new:
                empty = 0
            elif int(self._attributes().get(_COUNTS[0], 0)) == 0:
                return
            else:
                empty += 1

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
        )
