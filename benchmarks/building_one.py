"""One measurement of `building.py`: builds and synthesises one app, and prints as JSON what that took.

    python benchmarks/building_one.py ours|hand-written|empty PROCESSORS [--calls]

Context and output folder come from the environment, as they do when the `cdk` command starts an app.
"""

# ruff: noqa: PLC0415  # an app loads what it uses, and nothing else

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk

PER_STACK = 10
"""Processors of one stack, which has 500 resources at most."""

Build = Callable[[cdk.Stack, list[str]], None]
"""Builds the processors of these names."""


def main() -> None:
    """Measure what the command line names."""
    variant, count, *counted = sys.argv[1:]
    build = VARIANTS[variant]()
    app = cdk.App()
    measured = _counted if counted else _timed
    before = _cpu()
    building = measured(lambda: _build_all(app, build, int(count)))
    synthesis = measured(app.synth)
    cpu = _cpu() - before
    templates = [json.loads(path.read_text()) for path in sorted(Path(app.outdir).glob("*.template.json"))]
    print(json.dumps({"build": building, "synth": synthesis, "cpu": cpu, "templates": templates, **_peaks()}))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _counted(work: Callable[[], object]) -> int:
    from naws.testing.calls import node_calls

    with node_calls() as calls:
        work()
    return calls.count


def _build_all(app: cdk.App, build: Build, count: int) -> None:
    here = cdk.Environment(account="123456789012", region="eu-central-1")
    for first in range(0, count, PER_STACK):
        stack = cdk.Stack(app, f"Jobs{first}", env=here)
        build(stack, [f"Job{number}" for number in range(first, min(first + PER_STACK, count))])


def _cluster(stack: cdk.Stack) -> Any:
    """In a network that was there before, as in most accounts: it is of no weight."""
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_ecs as ecs

    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-central-1a", "eu-central-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )
    return ecs.Cluster(stack, "Cluster", vpc=vpc)


def _ours() -> Build:
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_events as events

    from naws.ecs_task_processor import (
        EcsTaskProcessor,
        EcsTaskProcessorProps,
        EventTrigger,
        QueueTrigger,
        ScheduleTrigger,
    )

    def build(stack: cdk.Stack, names: list[str]) -> None:
        cluster, image = _cluster(stack), ecs.ContainerImage.from_registry("busybox:1.36")
        for name in names:
            event = EventTrigger(events.EventPattern(source=["app.orders"]))
            triggers = [ScheduleTrigger("cron(0 5 * * ? *)"), event, QueueTrigger()]
            EcsTaskProcessor(stack, name, EcsTaskProcessorProps(image=image, cluster=cluster, triggers=triggers))

    return build


def _hand_written() -> Build:
    import raw_cdk
    from aws_cdk import aws_events as events
    from constructs import Construct

    def build(stack: cdk.Stack, names: list[str]) -> None:
        cluster = _cluster(stack)
        for name in names:
            raw_cdk.build(
                Construct(stack, name),
                cluster=cluster,
                retry={},
                schedule={"expression": "cron(0 5 * * ? *)"},
                rule={"event_pattern": events.EventPattern(source=["app.orders"])},
                queue={},
            )

    return build


def _empty() -> Build:
    return lambda _stack, _names: None


def _processes() -> list[Path]:
    """Where Linux shows this process and of all that it started: of Python, Node and what stands between."""
    parents = dict[int, int]()
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            parents[int(status.parent.name)] = int(_fields(status.parent)["PPid"])
    family = [os.getpid()] if os.getpid() in parents else []
    for process in family:  # which grows meanwhile
        family += [child for child, parent in parents.items() if parent == process]
    return [Path(f"/proc/{process}") for process in family]


def _fields(process: Path) -> dict[str, str]:
    return dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())


def _cpu() -> float:
    """Seconds that all of them have computed; 0 where there is no Linux."""
    fields = [(process / "stat").read_text().rpartition(")")[2].split() for process in _processes()]
    return sum(int(ticks) for each in fields for ticks in each[11:13]) / os.sysconf("SC_CLK_TCK")


def _peaks() -> dict[str, float]:
    """The most MiB that Python, and the largest of what it started, ever had; nothing where there is no Linux."""
    peaks = [int(_fields(process)["VmHWM"].split()[0]) / 1024 for process in _processes()]
    return {"python": peaks[0], "node": max(peaks[1:])} if peaks else {}


VARIANTS = {"ours": _ours, "hand-written": _hand_written, "empty": _empty}

if __name__ == "__main__":
    main()
