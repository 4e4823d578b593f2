"""Container output in CloudWatch Logs."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.services import ecs
from naws.cli.embedded.departures.task_permissions import may_write_logs

_DRAIN_SECONDS = 5.0
_MOST_LINES = 20
_MOST_TASKS = 200
_forwarders: defaultdict[str, list[threading.Thread]] = defaultdict(list)


_last: dict[str, deque[str]] = {}
"""The last lines of the tasks that wrote last, by the id of the task."""


def last_lines(task_arn: str) -> list[str]:
    """The last twenty lines that a task's containers wrote; none when it is long ago."""
    return list(_last.get(task_arn.rpartition("/")[2], ()))


def _keep(task_id: str, line: str) -> None:
    if task_id not in _last:
        for oldest in list(_last)[: len(_last) - _MOST_TASKS + 1]:
            _last.pop(oldest, None)
    _last.setdefault(task_id, deque(maxlen=_MOST_LINES)).append(line)


def drain(task_arn: str) -> None:
    """Wait until what the task's containers wrote has arrived, at most five seconds."""
    for thread in _forwarders.pop(task_arn.rpartition("/")[2], []):
        thread.join(_DRAIN_SECONDS)


@departure("Amazon ECS Developer Guide, 'Send Amazon ECS logs to CloudWatch' (awslogs)")
@patch(replace, ecs, "_start_awslogs_forwarder")
def awslogs(container: Any, definition: dict[str, Any], task_id: str) -> None:
    """One line is one event, however the engine cuts its chunks, and a stopped task's output is complete."""
    config = ecs._awslogs_config(definition, task_id, container.id)
    if config is None:
        return
    scope = (ecs.get_account_id(), config["region"] or ecs.get_region())
    thread = threading.Thread(
        target=_forward, args=(container, config, scope, task_id), name="naws-awslogs", daemon=True
    )
    _forwarders[task_id].append(thread)
    thread.start()


def _forward(container: Any, config: dict[str, Any], scope: tuple[str, str], task_id: str) -> None:
    with ecs.request_scope(*scope):
        if ecs._ensure_awslogs_stream(config) and may_write_logs(task_id, config["group"], config["stream"]):
            for line in lines(container.logs(stream=True, follow=True, stdout=True, stderr=True)):
                ecs._emit_awslogs_event(config, line)
                _keep(task_id, line)


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield whole lines from chunks that end anywhere."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace").rstrip("\r") for line in whole if line.strip())
    if rest.strip():
        yield rest.decode(errors="replace")
