"""Queues that a pattern was given: those of other stacks, and the dead-letter queues of all of them.

No template has them: what takes their messages is asked for the first, and redrive policies are for the others. Such a
dead-letter queue may be of other queues and programs, too; SQS knows of each message the queue that it came by.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

from naws.cli.accounts import Place
from naws.cli.operate.queues import Queue
from naws.cli.operate.references import referred
from naws.core.runs import Runs

_PIPE, _MAPPING = "AWS::Pipes::Pipe", "AWS::Lambda::EventSourceMapping"
_TAKEN_FROM = {_PIPE: "Source", _MAPPING: "EventSourceArn"}


class _Pattern(Protocol):
    """What is to be known of a deployed pattern."""

    @property
    def place(self) -> Place: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def resources(self) -> Mapping[str, str]: ...
    @property
    def template(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def own_dead_letter_queues(self) -> list[str]: ...
    def own(self, kind: str) -> dict[str, str]: ...


@dataclass(frozen=True)
class GivenQueues:
    """The queues that a pattern was given.

    Attributes:
        urls: The addresses of those of other stacks.
        letters: Their dead-letter queues, by address: of which queues these are, as addresses by ARNs.
        refusals: AWS's, where it was asked for a queue of another stack.
        notes: What was not looked into, and why.
    """

    urls: list[str] = field(default_factory=list[str])
    letters: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    refusals: list[ClientError] = field(default_factory=list[ClientError])
    notes: list[str] = field(default_factory=list[str])


def given_queues(pattern: _Pattern) -> GivenQueues:
    """Ask for the queues that a pattern was given."""
    found = GivenQueues()
    for url in _of_the_stack(pattern):
        _look(pattern, url, found)
    for kind, logical, physical in _of_others(pattern):
        try:
            arn = _source(pattern, kind, logical, physical)
            if arn.split(":")[2:3] != ["sqs"]:
                continue
            url = _url(pattern, arn)
        except ClientError as error:
            found.refusals.append(error)
            found.notes.append(not_looked(pattern, physical, error))
            continue
        found.urls.append(url)
        _look(pattern, url, found)
    return found


def _look(pattern: _Pattern, url: str, found: GivenQueues) -> None:
    """Find the dead-letter queue of a queue; one that cannot be asked is noted."""
    sqs = pattern.place.client("sqs")
    try:
        queue = Queue(sqs, url)
        target = queue.dead_letters_to
        if not target:
            return
        letters = _url(pattern, target)
        # Whoever may not ask for it now could not read it later.
        if Queue(sqs, letters).arn and letters not in pattern.own_dead_letter_queues:
            found.letters.setdefault(letters, {})[queue.arn] = url
    except ClientError as error:
        found.notes.append(not_looked(pattern, url, error))


def not_looked(pattern: _Pattern, url: str, error: ClientError) -> str:
    """The sentence on a queue whose dead letters nobody has looked at, and how they are looked at."""
    path, name = shlex.quote(pattern.runs.path), url.rpartition("/")[2]
    until = f"Allow that: until then nobody knows what failed there, and naws failures {path} ends with 1"
    return f"{name} was not looked into for dead letters: {error}. {until}."


def _of_the_stack(pattern: _Pattern) -> Iterator[str]:
    """The addresses of queues that are of the stack, but whose dead-letter queue is none of the pattern's."""
    for name in pattern.runs.queues:
        policy = pattern.template.get(name, {}).get("Properties", {}).get("RedrivePolicy")
        own = not set(pattern.runs.dead_letter_queues).isdisjoint(referred(policy))
        if policy and not own and name in pattern.resources:
            yield pattern.resources[name]


def _of_others(pattern: _Pattern) -> Iterator[tuple[str, str, str]]:
    """What takes messages from queues of other stacks: its type, logical id and physical id."""
    for kind, key in _TAKEN_FROM.items():
        for logical, physical in pattern.own(kind).items():
            source = pattern.template[logical].get("Properties", {}).get(key)
            if set(pattern.runs.queues).isdisjoint(referred(source)):
                yield kind, logical, physical


def _source(pattern: _Pattern, kind: str, logical: str, physical: str) -> str:
    """The ARN of what a pipe or a mapping takes from."""
    written: Any = pattern.template[logical]["Properties"].get(_TAKEN_FROM[kind])
    if isinstance(written, str):
        return written
    asked: Mapping[str, Any] = (
        pattern.place.client("pipes").describe_pipe(Name=physical)
        if kind == _PIPE
        else pattern.place.client("lambda").get_event_source_mapping(UUID=physical)
    )
    return str(asked.get(_TAKEN_FROM[kind], ""))


def _url(pattern: _Pattern, arn: str) -> str:
    *_, account, name = arn.split(":")
    return pattern.place.client("sqs").get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
