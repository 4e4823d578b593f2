"""The executions of a workflow that failed, as Step Functions has them for 90 days: the record that queues index.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (execution history retention)
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.operate.bodies import FAILED_STATES, of_execution
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.executions import listed_at
from naws.cli.operate.failure import Failure, State

LONGEST = timedelta(days=90)
MOST_LOOKED_INTO = 500
"""Executions without a message that are looked into unless all are asked for; each is a call."""
_FEW = 50
_READERS = 8
_STATES: dict[str, State] = {"RUNNING": "running", "PENDING_REDRIVE": "running", "SUCCEEDED": "succeeded"}
_NO_HISTORY = "StateMachineTypeNotSupported"
# Clocks are AWS's own, and events are a little later than what they are about.
_SLACK = timedelta(seconds=2)
_Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Reconciled:
    """Failures of queues and of the history together.

    Attributes:
        failures: All.
        note: What was not looked into.
    """

    failures: tuple[Failure, ...]
    note: str = ""


class History:
    """The executions of one workflow.

    Args:
        pattern: The workflow's.
        since: Those that ended before are left out.
        all_of_it: Look into all, however many.
    """

    def __init__(self, pattern: Deployed, since: datetime, *, all_of_it: bool) -> None:
        self._pattern, self._since, self._all = pattern, since, all_of_it
        self._states: Any = pattern.place.client("stepfunctions")

    def reconciled(self, failures: Sequence[Failure], progress: _Progress) -> Reconciled:
        """What queues have, and what they lack or do not know.

        Args:
            failures: What the queues have.
            progress: Is called with how many executions were asked for, and how many will be.
        """
        try:
            listed = {one["executionArn"]: one for one in self._listed()}
        except ClientError as error:
            if code_of(error) != _NO_HISTORY:
                raise
            return Reconciled(tuple(failures), "an EXPRESS workflow keeps no history of executions")
        joined = [*_by_execution(failures)]
        known = {each.execution for each in joined}
        stale = [each for each in joined if self._may_have_changed(each, listed)]
        lacking = self._not_put_back([one for arn, one in listed.items() if arn not in known])
        looked = lacking if self._all else lacking[:MOST_LOOKED_INTO]
        note = (
            f"{len(lacking) - len(looked):,} older executions were not looked into: --all" if lacking != looked else ""
        )
        count = _Count(progress, len(stale) + len(looked))
        with ThreadPoolExecutor(_READERS) as readers:
            now = dict(zip(map(id, stale), readers.map(count.counted(self._now), stale), strict=True))
            found = [*readers.map(count.counted(self._only_here), looked)]
        return Reconciled((*(now.get(id(each), each) for each in joined), *filter(None, found)), note)

    def _listed(self) -> Iterator[dict[str, Any]]:
        """Executions that failed, the newest first."""
        pages = self._states.get_paginator("list_executions")
        found: list[dict[str, Any]] = []
        for status in FAILED_STATES:
            # Sorted by their ends, the newest first: what is older than one is on no later page.
            for page in pages.paginate(stateMachineArn=self._pattern.arn, statusFilter=status):
                within = [one for one in page["executions"] if listed_at(one) >= self._since]
                found += within
                if len(within) < len(page["executions"]):
                    break
        yield from sorted(found, key=listed_at, reverse=True)

    def _not_put_back(self, lacking: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Executions of which no later one is known that was started for them; of few each is asked for later.

        A page of the list has a thousand names for one call.
        """
        if len(lacking) <= _FEW:
            return lacking
        oldest = min(listed_at(one) for one in lacking)
        started: dict[str, datetime] = {}
        for page in self._states.get_paginator("list_executions").paginate(stateMachineArn=self._pattern.arn):
            started |= {one["name"]: one["startDate"] for one in page["executions"]}
            if all(listed_at(one) < oldest for one in page["executions"]):
                break
        failures = [of_execution(self._pattern, one) for one in lacking]
        later = [
            any(name in started and started[name] >= each.at - _SLACK for name in each.new_names()) for each in failures
        ]
        return [one for one, put_back in zip(lacking, later, strict=True) if not put_back]

    def _may_have_changed(self, failure: Failure, listed: dict[str, Any]) -> bool:
        """Not listed as failed any more, or yet; or without the input that says whose it is, or a cause.

        No item of a map is listed, nor changes by itself.
        """
        arn, own = failure.execution, self._pattern.arn.rpartition(":")[2]
        if arn is None or arn.split(":")[6] != own:
            return False
        lacks = failure.given is None or _lacks_cause(failure)
        return arn not in listed or (lacks and failure.way is not None)

    def _now(self, failure: Failure) -> Failure:
        """What became of an execution that a message has."""
        described = self.describe(str(failure.execution))
        if described is None:
            return replace(failure, note="its execution is no longer in the history")
        state = _STATES.get(described["status"], "failed")
        if state != "failed":
            return replace(failure, state=state, note="redriven meanwhile")
        asked = of_execution(self._pattern, described)
        return replace(
            failure,
            run=asked.run if failure.given is None else failure.run,
            given=failure.given or asked.given,
            cause=asked.cause if _lacks_cause(failure) else failure.cause,
            state=asked.state,
            note=asked.note,
        )

    def _only_here(self, listed: dict[str, Any]) -> Failure | None:
        """An execution that no message has; None when it is a step of another workflow, or was put back."""
        described = self.describe(listed["executionArn"])
        if described is None or described["status"] not in FAILED_STATES:
            return None
        failure = of_execution(self._pattern, described)
        if failure.state == "step" or any(self.started_since(failure, name) for name in failure.new_names()):
            return None
        return failure

    def started_since(self, failure: Failure, name: str) -> str | None:
        """The execution that put a run back, by its name; None when there is none that is later than the failure."""
        arn = f"{self._pattern.arn.replace(':stateMachine:', ':execution:')}:{name}"
        found = self.describe(arn)
        return arn if found is not None and found["startDate"] >= failure.at - _SLACK else None

    def describe(self, arn: str) -> dict[str, Any] | None:
        """An execution; None when it is not there, or no more."""
        try:
            return self._states.describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return None
            raise


def _lacks_cause(failure: Failure) -> bool:
    """An event may be without the error."""
    return failure.cause.error in FAILED_STATES and not failure.cause.reason


class _Count:
    """Counts calls for the progress."""

    def __init__(self, progress: _Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def counted(self, call: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A call that is counted."""

        def do(given: Any) -> Any:
            answer = call(given)
            self._done += 1
            self._progress(self._done, self._total)
            return answer

        return do


def _by_execution(failures: Iterable[Failure]) -> Iterator[Failure]:
    """One failure for each execution, with all messages about it; what has no execution as it is."""
    joined: dict[str, Failure] = {}
    for each in failures:
        if each.execution is None:
            yield each
        else:
            before = joined.get(each.execution)
            joined[each.execution] = each if before is None else before.joined(each)
    yield from joined.values()
