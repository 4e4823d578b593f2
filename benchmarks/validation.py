"""How long it takes to judge one set of props, and how often Node is asked.

    uv run python benchmarks/validation.py

Judging never asks Node. Planning, which comes before it, asks once for each `cdk.Duration` that was given, as often as
the app asked to make it, and three times for a queue that was given (is it FIFO?): only Node knows what is in CDK's
objects.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sqs as sqs

from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.homes import Home
from naws.core.validation import validate
from naws.ecs_task_processor import (
    Alarms,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    Sidecar,
)
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.plan import resolve
from naws.testing.calls import node_calls

ROUNDS = 200


def _minimal() -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry("busybox:1.36"))


def _usual() -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("busybox:1.36"),
        attempt_timeout=cdk.Duration.minutes(10),
        retry=RetryPolicy(task_attempts=2, interval=cdk.Duration.minutes(1)),
        environment={"LOG_LEVEL": "info"},
        triggers=[
            ScheduleTrigger("30 5 * * 1-5", timezone="Europe/Berlin"),
            QueueTrigger(visibility_timeout=cdk.Duration.minutes(2)),
        ],
    )


def _large() -> EcsTaskProcessorProps:
    """Every field that takes a duration has one; each is an object of its own, as apps write them."""
    pattern = cdk.aws_events.EventPattern(source=["app"], detail={"status": ["FAILED", {"prefix": "ERR"}]})
    image = ecs.ContainerImage.from_registry("busybox:1.36")
    stack, minutes = cdk.Stack(), cdk.Duration.minutes
    return EcsTaskProcessorProps(
        image=image,
        cpu=4096,
        memory_limit_mib=16384,
        stop_timeout=minutes(1),
        attempt_timeout=minutes(10),
        retry=RetryPolicy(task_attempts=2, interval=minutes(1), max_interval=minutes(5)),
        alarms=Alarms(oldest_message=minutes(30), late_by=minutes(20)),
        environment={f"VARIABLE_{number}": "value" for number in range(40)},
        triggers=[
            *(
                ScheduleTrigger(
                    f"cron({number} 5 ? * MON-FRI *)", timezone="Europe/Berlin", flexible_window=minutes(15)
                )
                for number in range(5)
            ),
            *(EventTrigger(pattern) for _ in range(5)),
            *(
                QueueTrigger(
                    visibility_timeout=minutes(2),
                    retention_period=cdk.Duration.days(4),
                    filter={"body": {"kind": ["report"]}},
                )
                for _ in range(4)
            ),
            QueueTrigger(queue=sqs.Queue(stack, "Orders")),
        ],
        sidecars=[Sidecar(name=f"helper-{number}", image=image) for number in range(3)],
    )


def _measured(work: Callable[[], object]) -> tuple[float, float, float]:
    """Median and longest milliseconds of many rounds, and calls into Node per round."""
    work()  # the first round fills caches
    times = list[float]()
    with node_calls() as calls:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            work()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), max(times), calls.count / ROUNDS


def main() -> None:
    """Measure and print."""
    context = PatternContext(
        path="Reports/Nightly",
        construct_id="Nightly",
        conventions=Conventions(name_prefix="reports", tags={"team": "reports"}),
        home=Home(account="123456789012", region="eu-central-1"),
        now=datetime.now(UTC),
    )
    print(f"{len(CHECKS)} checks, {ROUNDS} rounds\n")
    print(f"{'':45}{'median ms':>10}{'longest ms':>12}{'calls into Node':>17}")
    sets = (
        ("only an image", _minimal()),
        ("2 triggers, 3 durations", _usual()),
        ("15 triggers, 19 durations, 40 variables", _large()),
    )
    for name, props in sets:
        plan = resolve(props, context)
        steps = (
            ("plan", lambda props=props: resolve(props, context)),
            ("validate", lambda plan=plan: validate("Reports/Nightly", plan, CHECKS, {})),
            (
                "plan and validate",
                lambda props=props: validate("Reports/Nightly", resolve(props, context), CHECKS, {}),
            ),
        )
        print(name)
        for step, work in steps:
            median, longest, calls = _measured(work)
            print(f"  {step:43}{median:>10.2f}{longest:>12.2f}{calls:>17.0f}")


if __name__ == "__main__":
    main()
