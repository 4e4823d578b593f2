"""One run of a Distributed Map: the executions of its items, and the account of how they ended."""

import contextvars
import json
import threading
import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any

from naws.cli.embedded.departures import executions, judge
from naws.cli.embedded.departures.redrives import begin_again, not_redrivable
from naws.cli.embedded.departures.role_calls import START, denials
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.state_fields import StateFields

_POLL_SECONDS = 0.1
_MOST_THREADS = 256
_ENDS = {"SUCCEEDED": "succeeded", "FAILED": "failed", "ABORTED": "aborted", "TIMED_OUT": "timedOut"}
_OTHERS = ("total", "resultsWritten", "failuresNotRedrivable", "pendingRedrive")
_COUNTS = ("pending", "running", *_ENDS.values(), *_OTHERS)


class DistributedMapRun:
    """A Map Run, as `DescribeMapRun` describes it."""

    def __init__(self, fields: StateFields, processor: dict[str, Any], parent: dict[str, Any], items: int) -> None:
        self._parent = parent
        self._lock = threading.Lock()
        self._todo: deque[int] = deque()
        self._inputs: list[tuple[int, Any]] = []
        self._children: dict[int, dict[str, Any]] = {}
        self._express = processor.get("ProcessorConfig", {}).get("ExecutionType") == "EXPRESS"
        label = fields.state.get("Label") or uuid.uuid4().hex
        self.machine_arn = _register(processor, fields.ctx, parent, label)
        self.arn = f"{self.machine_arn.replace(':stateMachine:', ':mapRun:')}:{uuid.uuid4()}"
        self.record = self._record(fields, items)
        states._map_runs[self.arn] = self.record
        states._add_event(parent, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": self.arn}})

    def _record(self, fields: StateFields, items: int) -> dict[str, Any]:
        return {
            "mapRunArn": self.arn,
            "executionArn": self._parent["executionArn"],
            "status": "RUNNING",
            "startDate": states.now_iso(),
            "maxConcurrency": fields.number("MaxConcurrency") or 0,
            "toleratedFailurePercentage": fields.number("ToleratedFailurePercentage") or 0.0,
            "toleratedFailureCount": fields.number("ToleratedFailureCount") or 0,
            "itemCounts": {**dict.fromkeys(_COUNTS, 0), "total": items, "pending": items},
            "executionCounts": dict.fromkeys(_COUNTS, 0),
            "redriveCount": 0,
            "_stateMachineArn": self.machine_arn,
        }

    def work_on(self, inputs: list[tuple[int, Any]]) -> None:
        """Run an execution for each input, given with its number of items, and wait for all of them.

        Raises:
            StoppedError: the parent was stopped or timed out; so were the executions then.
            _ExecutionError: the role may not start executions of its own machine.
        """
        with denials(START):
            judge.ask_caller("states:StartExecution", self._parent["stateMachineArn"])
        self._inputs = inputs
        self.record["executionCounts"].update(total=len(inputs), pending=len(inputs))
        self._work(range(len(inputs)))

    def redrive(self) -> None:
        """Run again, from where they were, the executions that did not succeed; those of express type from the start.

        Raises:
            StoppedError: as above.
            _ExecutionError: the role may not redrive executions of this map run.
        """
        prefix = self.machine_arn.replace(":stateMachine:", ":execution:")
        with denials(START):
            if self._express:
                judge.ask_caller("states:StartExecution", self._parent["stateMachineArn"])
            else:
                judge.ask_caller("states:RedriveExecution", f"{prefix}:{self.arn.rpartition(':')[2]}")
        again = [index for index in range(len(self._inputs)) if self._redrivable(index)]
        with self._lock:
            count = self.record["redriveCount"] + 1
            self.record.update(status="RUNNING", redriveCount=count, redriveDate=states.now_iso())
            self.record.pop("stopDate", None)
            for index in again:
                self._move(self._state(index), "pendingRedrive", self._inputs[index][0])
        details = {"mapRunArn": self.arn, "redriveCount": count}
        states._add_event(self._parent, "MapRunRedriven", {"mapRunRedrivenEventDetails": details})
        self._work(again)

    def _redrivable(self, index: int) -> bool:
        child = self._children.get(index)
        if child is None or (self._express and child["status"] != "SUCCEEDED"):
            return True
        return not not_redrivable(child)

    def _state(self, index: int) -> str:
        child = self._children.get(index)
        return "pending" if child is None else _ENDS.get(child["status"], "running")

    def _work(self, indexes: Iterable[int]) -> None:
        self._todo = todo = deque(indexes)
        at_once = min(self.record["maxConcurrency"] or _MOST_THREADS, _MOST_THREADS, len(todo))
        workers = [
            threading.Thread(target=contextvars.copy_context().run, args=(self._worker, todo), daemon=True)
            for _ in range(at_once)
        ]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                executions.sleep(_POLL_SECONDS)
        except executions.StoppedError:
            self._stop()
            raise

    def end(self, status: str) -> None:
        """Set the final status and the stop date of the Map Run."""
        self.record.update(status=status, stopDate=states.now_iso())

    def children(self) -> list[dict[str, Any]]:
        """The executions that were started, in the order of their inputs."""
        with self._lock:
            return [child for _, child in sorted(self._children.items())]

    def failures(self) -> int:
        """The number of items that did not succeed."""
        return sum(self.record["itemCounts"][end] for end in _ENDS.values() if end != "succeeded")

    def _worker(self, todo: deque[int]) -> None:
        while True:
            try:
                index = todo.popleft()
            except IndexError:
                return
            known = self._children.get(index)
            child = self._start(index) if known is None else self._restart(index, known)
            if self.record["status"] != "RUNNING":  # the parent ended meanwhile
                self._stop_child(child)
            states._run_execution(child["executionArn"])
            if todo is self._todo:  # else a redrive counts
                self._count("running", _ENDS.get(child["status"], "failed"), index)

    def _start(self, index: int) -> dict[str, Any]:
        arn = f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{uuid.uuid4()}"
        machine, given = states._state_machines[self.machine_arn], states.json.dumps(self._inputs[index][1])
        child = executions.record(arn, machine, given, mapRunArn=self.arn, testCase=self._parent.get("testCase"))
        states._executions[arn] = child
        states._add_event(child, "ExecutionStarted", {"executionStartedEventDetails": {"input": given}})
        with self._lock:
            self._children[index] = child
        self._count("pending", "running", index)
        states._emit_execution_status_event(child)
        return child

    def _restart(self, index: int, child: dict[str, Any]) -> dict[str, Any]:
        if self._express:
            child["scope"] = None
        begin_again(child)
        self._count("pendingRedrive", "running", index)
        states._emit_execution_status_event(child)
        return child

    def _count(self, before: str, after: str, index: int) -> None:
        with self._lock:
            self._move(before, after, self._inputs[index][0])

    def _move(self, before: str, after: str, size: int) -> None:
        for counts, number in ((self.record["itemCounts"], size), (self.record["executionCounts"], 1)):
            counts[before] -= number
            counts[after] += number

    def _stop(self) -> None:
        self.end("ABORTED")
        self._todo.clear()
        for child in self.children():
            self._stop_child(child)

    def _stop_child(self, child: dict[str, Any]) -> None:
        if child["status"] == "RUNNING":
            request = {"executionArn": child["executionArn"], "cause": "The parent execution was stopped"}
            states._stop_execution(request)


def _register(processor: dict[str, Any], ctx: dict[str, Any], parent: dict[str, Any], label: str) -> str:
    """The machine that the executions of items belong to."""
    machines = states._state_machines
    machine = {**machines[parent["stateMachineArn"]], **parent["machine"]}
    language = processor.get("QueryLanguage", ctx["QueryLanguage"])
    definition = {"QueryLanguage": language, "StartAt": processor["StartAt"], "States": processor["States"]}
    arn = f"{parent['stateMachineArn']}/{label}"
    name = f"{machine['name']}/{label}"
    machines[arn] = {**machine, "stateMachineArn": arn, "name": name, "definition": json.dumps(definition)}
    return arn
