"""How long validation takes for one set of props, and that it never asks Node.

    uv run python benchmarks/validation.py

Planning and judging are measured apart: reading a `cdk.Duration` is CDK's own call into Node, judging makes none.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from jsii._kernel.providers.process import _NodeProcess

from naws.core.checks import validate
from naws.core.conventions import Conventions
from naws.core.pattern import Surroundings
from naws.ecs_task_processor import EcsTaskProcessorProps, EventTrigger, QueueTrigger, ScheduleTrigger, Sidecar
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.plan import resolve

ROUNDS = 200
_asked = 0


def _count_calls() -> None:
    send = _NodeProcess.send

    def counted(self: _NodeProcess, *args: object, **kwargs: object) -> object:
        global _asked  # noqa: PLW0603  # one counter for one process
        _asked += 1
        return send(self, *args, **kwargs)  # type: ignore[arg-type]

    _NodeProcess.send = counted  # type: ignore[method-assign, assignment]


def _minimal() -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry("busybox:1.36"))


def _large() -> EcsTaskProcessorProps:
    pattern = cdk.aws_events.EventPattern(source=["app"], detail={"status": ["FAILED", {"prefix": "ERR"}]})
    image = ecs.ContainerImage.from_registry("busybox:1.36")
    return EcsTaskProcessorProps(
        image=image,
        cpu=4096,
        memory_limit_mib=16384,
        attempt_timeout=cdk.Duration.minutes(10),
        environment={f"VARIABLE_{number}": "value" for number in range(40)},
        triggers=[
            *(ScheduleTrigger(f"cron({number} 5 ? * MON-FRI *)", timezone="Europe/Berlin") for number in range(5)),
            *(EventTrigger(pattern) for _ in range(5)),
            *(QueueTrigger(filter={"body": {"kind": ["report"]}}) for _ in range(5)),
        ],
        sidecars=[Sidecar(name=f"helper-{number}", image=image) for number in range(3)],
    )


def _measured(work: Callable[[], object]) -> tuple[float, float, float]:
    """Median and longest milliseconds of many rounds, and calls into Node per round."""
    work()  # the first round fills caches
    before, times = _asked, list[float]()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), max(times), (_asked - before) / ROUNDS


def main() -> None:
    """Measure and print."""
    _count_calls()
    surroundings = Surroundings(
        path="Reports/Nightly",
        construct_id="Nightly",
        conventions=Conventions(name_prefix="reports", tags={"team": "reports"}),
        has_environment=True,
        now=datetime.now(UTC),
    )
    print(f"{len(CHECKS)} checks, {ROUNDS} rounds\n")
    print(f"{'':32}{'median ms':>10}{'longest ms':>12}{'calls into Node':>17}")
    for name, props in (("only an image", _minimal()), ("15 triggers, 40 variables", _large())):
        plan = resolve(props, surroundings)
        judging = _measured(lambda plan=plan: validate("Reports/Nightly", plan, CHECKS, {}))
        planning = _measured(lambda props=props: resolve(props, surroundings))
        for step, (median, longest, calls) in (("validate", judging), ("plan", planning)):
            print(f"{step + ', ' + name:32}{median:>10.2f}{longest:>12.2f}{calls:>17.0f}")


if __name__ == "__main__":
    main()
