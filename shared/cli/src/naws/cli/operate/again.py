"""How one run is put back: a new execution, its own going on, an invocation, or its message back in the queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of, is_key_denied
from naws.cli.operate.bodies import of_execution
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Failure
from naws.cli.operate.history import History
from naws.cli.operate.journal import Journal
from naws.cli.operate.queues import Queue
from naws.core.step_functions import STATE_LIMIT

What = Literal["started", "redriven", "invoked", "sent", "already", "running", "refused", "doubtful"]
ACCEPTED: tuple[What, ...] = ("started", "redriven", "invoked", "sent", "already")
"""The outcomes after which its messages go."""

_NAMES: dict[str, What] = {"start": "started", "redrive": "redriven", "invoke": "invoked", "send": "sent"}
_EVERYBODYS = ("AccessDenied", "ExpiredToken", "NotAuthorized", "UnrecognizedClient", "InvalidClientTokenId")
_FROM_START = "--from-start starts it anew, with its input and the definition of today"

_TOO_LONG = (
    f" and an execution takes {STATE_LIMIT:,}: no start will take it; put it into a bucket, start a run with its name, "
    "and delete the message"
)


@dataclass(frozen=True)
class Outcome:
    """What became of one run.

    Attributes:
        what: In a word.
        started: The execution that works on it now; empty of a function.
        reason: Why it was not put back, or what else is to be known.
    """

    what: What
    started: str = ""
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """It was put back, now or before."""
        return self.what in ACCEPTED


class Again:
    """Puts the runs of one pattern back.

    Args:
        pattern: Whose.
        journal: Remembers what was begun.
        from_start: Start anew what could go on where it failed.
        named: The runs that are asked for by name, which are started even if they may have been before.
    """

    def __init__(self, pattern: Deployed, journal: Journal, *, from_start: bool, named: bool) -> None:
        self._pattern, self._journal = pattern, journal
        self._from_start, self._named = from_start, named

    def put_back(self, failure: Failure) -> Outcome:
        """Put one run back, unless that was done.

        Raises:
            ClientError: AWS refuses whatever is asked, as without credentials.
        """
        before = self._journal.last(failure)
        if before.get("step") == "accepted":
            return Outcome("already", str(before.get("started", "")), "put back before, by the journal")
        if failure.state == "succeeded":
            return Outcome("already", str(failure.execution), "redriven, and has succeeded")
        if failure.state == "running":
            return self._running(failure, before)
        if failure.way is None or not failure.open:
            return Outcome("refused", reason=failure.note)
        try:
            return self._begun(failure, before)
        except ClientError as error:
            if code_of(error).startswith(_EVERYBODYS) or is_key_denied(code_of(error)):
                raise
            self._journal.write(failure, "refused", reason=str(error))
            return Outcome("refused", reason=str(error))

    def _begun(self, failure: Failure, before: Mapping[str, Any]) -> Outcome:
        way = "start" if failure.way == "redrive" and self._from_start else failure.way
        if way == "redrive":
            outcome = self._redriven(failure, before)
        elif way == "start":
            outcome = self._started(failure)
        elif before.get("step") == "starting" and not self._named:
            asked = "whether it was put back is not known: the last call ended meanwhile; name the run to put it back"
            return Outcome("doubtful", reason=asked)
        else:
            self._journal.write(failure, "starting")
            outcome = self._invoked(failure) if way == "invoke" else self._sent(failure)
        if outcome.accepted:
            self._journal.write(failure, "accepted", what=outcome.what, started=outcome.started)
        elif outcome.what == "refused":
            self._journal.write(failure, "refused", reason=outcome.reason)
        return outcome

    def _started(self, failure: Failure) -> Outcome:
        """A new execution, whose name is made of the one that failed: Step Functions starts none twice."""
        known = failure if failure.given is not None else self._described(failure)
        if known.given is None:
            return Outcome("refused", reason="its input is no longer known")
        if (size := len(known.given.encode("utf-8", "surrogatepass"))) > STATE_LIMIT:
            return Outcome("refused", reason=f"its input has {size:,} bytes{_TOO_LONG}")
        # The journal has it for people; whether it was started is what Step Functions knows.
        self._journal.write(failure, "starting")
        for name in failure.new_names():
            request = {"stateMachineArn": self._pattern.arn, "name": name, "input": known.given}
            try:
                return Outcome("started", self._states.start_execution(**request)["executionArn"])
            except ClientError as error:
                if code_of(error) != "ExecutionAlreadyExists":
                    raise
            if started := self._history.started_since(failure, name):
                return Outcome("already", started, "put back before")
        return Outcome("refused", reason="two executions were started for it before")

    def _redriven(self, failure: Failure, before: Mapping[str, Any]) -> Outcome:
        """Its execution, going on where it failed."""
        execution = str(failure.execution)
        found = self._history.describe(execution)
        if found is None:
            return Outcome("refused", reason=f"its execution is no longer in the history; {_FROM_START}")
        if found["status"] in ("RUNNING", "PENDING_REDRIVE"):
            return self._running(failure, before, found)
        if found["status"] == "SUCCEEDED":
            return Outcome("already", execution, "redriven, and has succeeded")
        if found.get("redriveStatus") == "NOT_REDRIVABLE":
            return self._not_redrivable(found.get("redriveStatusReason", ""))
        count = int(found.get("redriveCount", 0))
        self._journal.write(failure, "starting", redriveCount=count)
        try:
            self._states.redrive_execution(executionArn=execution, clientToken=f"{failure.new_names()[1]}-{count}"[:64])
        except ClientError as error:
            if code_of(error) == "ExecutionNotRedrivable":
                return self._not_redrivable(str(error).partition("operation: ")[2])
            raise
        return Outcome("redriven", execution)

    def _running(self, failure: Failure, before: Mapping[str, Any], found: Mapping[str, Any] | None = None) -> Outcome:
        """An execution that runs: because of us, where the journal has it as begun and it was redriven since."""
        execution = str(failure.execution)
        if before.get("step") == "starting":
            now = found or self._history.describe(execution) or {}
            if int(now.get("redriveCount", 0)) > int(before.get("redriveCount", 0)):
                self._journal.write(failure, "accepted", what="redriven", started=execution)
                return Outcome("already", execution, "redriven before, and runs")
        return Outcome("running", execution, "it runs again already: nothing is to be done while it does")

    @staticmethod
    def _not_redrivable(reason: str) -> Outcome:
        why = reason or "AWS does not say why"
        limits = "AWS redrives a STANDARD execution for 14 days after its end, and up to 24,999 events"
        return Outcome("refused", reason=f"{why.rstrip('.')} ({limits}); {_FROM_START}")

    def _invoked(self, failure: Failure) -> Outcome:
        # One attempt: what got no answer may have been done, and nobody can ask.
        function = self._pattern.place.client("lambda", attempts=1)
        payload = (failure.given or "{}").encode("utf-8", "surrogatepass")
        answer = function.invoke(FunctionName=self._pattern.arn, InvocationType="Event", Payload=payload)
        return Outcome("invoked", reason=f"request {answer.get('ResponseMetadata', {}).get('RequestId', '')}")

    def _sent(self, failure: Failure) -> Outcome:
        # One attempt, as of an invocation.
        queue = Queue(self._pattern.place.client("sqs", attempts=1), failure.queue)
        return Outcome("sent", reason=f"message {queue.send_again(failure.messages[-1])}")

    def _described(self, failure: Failure) -> Failure:
        found = self._history.describe(str(failure.execution)) if failure.execution else None
        return failure if found is None else replace(failure, given=of_execution(self._pattern, found).given)

    @cached_property
    def _states(self) -> Any:
        return self._pattern.place.client("stepfunctions")

    @cached_property
    def _history(self) -> History:
        return History(self._pattern, datetime.now(UTC), all_of_it=False)


def way_of(failure: Failure, *, from_start: bool) -> str:
    """What would be done with a run, in a word."""
    way = "start" if failure.way == "redrive" and from_start else failure.way
    return _NAMES[way] if way else "refused"
