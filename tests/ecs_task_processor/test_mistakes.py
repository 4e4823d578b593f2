"""What a user reads after a mistake, whole and to the letter: every line of every error, beside what was typed.

The texts are in `__snapshots__`, one file. A change of it is looked at as a user would: does it still say what
is wrong, what is right, and what to paste?
"""

import importlib.util
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import (
    aws_ec2,
    aws_ecr,
    aws_ecs,
    aws_events,
    aws_iam,
    aws_kms,
    aws_logs,
    aws_s3,
    aws_secretsmanager,
    aws_sns,
    aws_sqs,
    aws_stepfunctions,
)
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

import naws.core.pattern
import naws.ecs_task_processor as ours

ROOT = Path(__file__).parents[2]

MORE: tuple[tuple[str, str], ...] = (
    ("six fields at once", ('cpu=256, memory_limit_mib=8192, user="root", command=[], '
     'stop_timeout=cdk.Duration.minutes(5), triggers=[ScheduleTrigger("hourly")]')),
    ("a field that does not exist", "memory=8192"),
    ("a field of a trigger that does not exist", 'triggers=[ScheduleTrigger("rate(1 day)", zone="UTC")]'),
    ("an acknowledgement of no rule", 'acknowledge={"NAWS-TASK-999": "we like it"}'),
    ("an acknowledgement without a reason", 'user="root", acknowledge={"NAWS-TASK-001": ""}'),
    ("an acknowledged limit", 'cpu=1, acknowledge={"NAWS-SIZE-001": "we need it"}'),
    ("silence without a reason", 'alarms=NoAlarms(reason="")'),
    ("items at no path", 'fan_out=FanOut("items")'),
    ("too many items at once", 'fan_out=FanOut("$.items", max_concurrency=20_000)'),
    ("memory that grows to no size", "memory_growth=MemoryGrowth(max_memory_limit_mib=5000)"),
    ("no run at a time", "concurrency=Concurrency(limit=0)"),
    ("an exit code that cannot be", 'exit_codes={300: "retry"}'),
    ("zero in the exit codes", 'exit_codes={0: "fail"}'),
    ("a secret in a payload's place", 'environment={"TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345"}'),
    ("a name prefix that no queue can have", 'conventions=Conventions(name_prefix="sales reports")'),
)  # fmt: skip
"""Mistakes that raw CDK cannot make; `benchmarks/mistakes.py` has those that it can."""


def _typed() -> Iterator[tuple[str, str]]:
    specification = importlib.util.spec_from_file_location("mistakes", ROOT / "benchmarks" / "mistakes.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield from ((title, here) for title, here, _ in module.MISTAKES if not here.startswith("then="))
    yield from MORE


def given(text: str, stack: cdk.Stack) -> dict[str, Any]:
    """Keyword arguments from their source text."""
    names: dict[str, Callable[..., Any] | Any] = {name: getattr(ours, name) for name in ours.__all__}
    names |= {"cdk": cdk, "ec2": aws_ec2, "ecr": aws_ecr, "ecs": aws_ecs, "events": aws_events, "iam": aws_iam}
    names |= {"kms": aws_kms, "logs": aws_logs, "s3": aws_s3, "secretsmanager": aws_secretsmanager, "sns": aws_sns}
    names |= {"sqs": aws_sqs, "sfn": aws_stepfunctions, "datetime": datetime, "UTC": UTC, "stack": stack}
    secret = aws_secretsmanager.Secret.from_secret_name_v2(stack, "Known", "reports")
    names |= {"secret": secret, "image": aws_ecs.ContainerImage.from_registry("busybox:1.36")}
    return eval(f"dict({text})", names)  # the text stands in this repository


def whole_text(text: str) -> str:
    """All that is printed when `text` is typed; the warnings, when it is no error."""
    stack = cdk.Stack(cdk.App(), "Reports")
    try:
        arguments = given(text, stack)
        arguments.pop("conventions", ours.Conventions()).apply(stack)
        image = {"image": aws_ecs.ContainerImage.from_registry("busybox:1.36")}
        made = ours.EcsTaskProcessor(stack, "Nightly", ours.EcsTaskProcessorProps(**(image | arguments)))
    except (ours.PatternValidationError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return "\n".join(str(entry.data) for entry in made.node.metadata if entry.type == "aws:cdk:warning")


class Texts(SingleFileSnapshotExtension):
    """Text, as it is."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    def serialize(self, data: str, **_: Any) -> str:
        return data


class _Clock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        """A text that names the next firings is the same on every day."""
        return datetime(2026, 12, 1, 12, tzinfo=tz)


def test_what_a_mistake_says(snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naws.core.pattern, "datetime", _Clock)
    always = whole_text("")
    texts = {title: (typed, whole_text(typed).removesuffix(always)) for title, typed in _typed()}
    told = [f"## {title}\n\n{typed}\n\n{text.rstrip()}\n" for title, (typed, text) in texts.items() if text]
    assert len(told) >= 60
    assert "\n\n".join(told) == snapshot(extension_class=Texts)
