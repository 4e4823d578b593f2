"""Shows the way of runs through their workflows as they go it, and what waits for somebody, with what answers it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from naws.cli import console, steps
from naws.cli.hints import signed
from naws.cli.runs import Run

if TYPE_CHECKING:
    from naws.cli.embedded import WaitingTask

_MOST_SHOWN = 3
_ANSWER = (
    f"{signed('states')} -H 'X-Amz-Target: AWSStepFunctions.SendTaskSuccess' "
    "-H 'Content-Type: application/x-amz-json-1.0'"
)


class LiveWorkflows:
    """Prints the states that runs left since the last look, a line for each run, and each task that waits, once."""

    def __init__(self, waiting: "Callable[[], list[WaitingTask]]") -> None:
        """Begin with nothing seen yet.

        Args:
            waiting: Answers which tasks wait for an answer now.
        """
        self._waiting = waiting
        self._steps: dict[str, int] = {}
        self._redrives: dict[str, int] = {}
        self._tokens: set[str] = set()
        self._shown: Counter[tuple[str, str]] = Counter()

    def look_at(self, run: Run) -> bool:
        """Print what is new of a run's path; whether it was redriven since the last look."""
        path, arn = run.path, run.execution_arn
        if path is None:
            return False
        redriven = path.redrives > self._redrives.get(arn, 0)
        self._redrives[arn] = path.redrives
        if redriven:
            console.run_event("redriven", "cyan", run, None, f"at {path.at}" if path.at and not run.ended else "")
        new = path.steps[self._steps.get(arn, 0) :]
        self._steps[arn] = len(path.steps)
        if new:
            console.run_event("states", "dim", run, None, steps.shown(new))
        return redriven

    def look(self, runs: Iterable[Run]) -> None:
        """Print each task that waits for an answer, with the command that gives it; of many in one state, three."""
        waiting = [task for task in self._waiting() if task.token not in self._tokens]
        by_execution = {run.execution_arn: run for run in runs}
        for task in waiting:
            self._tokens.add(task.token)
            run = by_execution.get(task.execution)
            if run is None:
                continue
            place = (task.execution, task.state)
            self._shown[place] += 1
            if self._shown[place] <= _MOST_SHOWN:
                console.run_event("waits", "yellow", run, None, task.state)
                answer = json.dumps({"taskToken": task.token, "output": "{}"})
                console.line(f"          {_ANSWER} -d '{answer}' $AWS_ENDPOINT_URL", style="dim")
            elif self._shown[place] == _MOST_SHOWN + 1:
                console.run_event("waits", "yellow", run, None, f"{task.state}, and more of it")
