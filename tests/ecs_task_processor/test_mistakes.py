# ruff: noqa: E501  # a table: one mistake stays together
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

import naws.core.context
import naws.ecs_task_processor as ours
from naws.testing.mistake_contract import REFUSALS, FixedClock, warnings_of
from naws.testing.snapshot import TextSnapshot

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
    ("a token for a variable's name", 'environment={cdk.Aws.REGION: "x"}'),
    ("a secret in a payload's place", 'environment={"TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345"}'),
    ("a name prefix that no queue can have", 'conventions=Conventions(name_prefix="sales reports")'),
    ("a whole number that JSON readers do not hold", 'triggers=[ScheduleTrigger("@daily", payload={"order": 2**64})]'),
    ("no number in a payload", 'triggers=[ScheduleTrigger("@daily", payload={"share": float("nan")})]'),
    ("objects of another region's bucket",
     'triggers=[EventTrigger.object_created(s3.Bucket.from_bucket_attributes(stack, "In", bucket_name="inbox", region="us-east-1"))]'),
    ("a queue of another region",
     'triggers=[QueueTrigger(queue=sqs.Queue.from_queue_arn(stack, "Q", "arn:aws:sqs:us-east-1:123456789012:orders"))]'),
    ("a queue of another account",
     'triggers=[QueueTrigger(queue=sqs.Queue.from_queue_arn(stack, "Q", "arn:aws:sqs:eu-central-1:210987654321:orders"))]'),
    ("an alarm topic of another region",
     'alarms=Alarms(topic=sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:us-east-1:123456789012:on-call"))'),
    ("a key of another account",
     'encryption_key=kms.Key.from_key_arn(stack, "K", "arn:aws:kms:eu-central-1:210987654321:key/1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f")'),
    ("a role of another account", 'task_role=iam.Role.from_role_arn(stack, "R", "arn:aws:iam::210987654321:role/reports")'),
    ("a role that cannot be changed, beside a binding",
     ('task_role=iam.Role.from_role_arn(stack, "R", "arn:aws:iam::123456789012:role/reports", mutable=False), '
     'bindings=[BucketBinding(s3.Bucket(stack, "Sales"))]')),
    ("four things that live elsewhere, at once",
     ('triggers=[QueueTrigger(queue=sqs.Queue.from_queue_arn(stack, "Q", "arn:aws:sqs:us-east-1:123456789012:orders"))], '
     'alarms=Alarms(topic=sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:us-east-1:123456789012:on-call")), '
     'task_role=iam.Role.from_role_arn(stack, "R", "arn:aws:iam::210987654321:role/reports"), '
     'encryption_key=kms.Key.from_key_arn(stack, "K", "arn:aws:kms:us-east-1:123456789012:key/1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f")')),
    ("a star in a binding's prefix", 'bindings=[BucketBinding(s3.Bucket(stack, "Sales"), prefix="in/*")]'),
    ("a slash before a binding's prefix", 'bindings=[BucketBinding(s3.Bucket(stack, "Sales"), prefix="/in/")]'),
    ("a colon in a secret's field", 'bindings=[SecretBinding(secret, field="a:b")]'),
    ("two bindings of one variable",
     'bindings=[BucketBinding(s3.Bucket(stack, "ReportData")), BucketBinding(s3.Bucket(stack, "report-data"))]'),
    ("a pattern's JSON with a mistake", """triggers=[EventTrigger('{"source": ["shop.orders"], "detail-type" ["Refunded"]}')]"""),
    ("a pattern's JSON that ends", """triggers=[EventTrigger('{"source": ["shop.orders"], "detail-type": [')]"""),
    ("a pattern's JSON as Python writes it", """triggers=[EventTrigger("{'source': ['shop.orders'], 'detail': {'paid': [True]}}")]"""),
    ("a pattern's field as Python spells it", 'triggers=[EventTrigger({"source": ["shop.orders"], "detail_type": ["Refunded"]})]'),
    ("a pattern's field that belongs into the detail", """triggers=[EventTrigger('{"source": ["shop.orders"], "status": ["FAILED"]}')]"""),
    ("a pattern that is a number", "triggers=[EventTrigger(5)]"),
    ("a field of a parameter",
     'bindings=[RawBinding(Needs(secrets={"HOST": SecretValue(arn="arn:aws:ssm:eu-central-1:123456789012:parameter/db", kind="parameter", field="host")}))]'),
    ("what the owner of a table adds",
     """bindings=[RawBinding(Needs(owner_must=['to the policy of the table {"Effect": "Allow", "Action": "dynamodb:GetItem"}']))]"""),
    ("an address that is none", 'alarms=Alarms(email="on-call")'),
    ("a month between two runs", 'triggers=[ScheduleTrigger("@monthly")]'),
    ("a time that daylight saving leaves out", 'triggers=[ScheduleTrigger("cron(30 2 * * ? *)", timezone="Europe/Berlin")]'),
    ("a shell into a task that cannot be written", "enable_execute_command=True"),
    ("a bucket that nobody empties", "removal_policy=cdk.RemovalPolicy.DESTROY"),
    ("a sidecar's memory disk beside a full one", 'scratch_mib=1900, sidecars=[Sidecar(name="a", image=image, scratch_mib=400)]'),
)  # fmt: skip
"""Mistakes that raw CDK cannot make, in a stack with account and region; `benchmarks/mistakes.py` has those that it can."""


CALLS: tuple[tuple[str, str], ...] = (
    ("props by name, as CDK's constructs take them", 'EcsTaskProcessor(stack, "Nightly", image=image, cpu=512)'),
    (
        "a field by name that does not exist",
        'EcsTaskProcessor(stack, "Nightly", image=image, memory=8192, colour="red")',
    ),
    ("a dict of props", 'EcsTaskProcessor(stack, "Nightly", {"image": image, "timeout": 60})'),
    ("no props", 'EcsTaskProcessor(stack, "Nightly")'),
    ("a field beside the props", 'EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image), cpu=512)'),
    ("text for the props", 'EcsTaskProcessor(stack, "Nightly", "busybox:1.36")'),
    ("nothing at all", "EcsTaskProcessor()"),
    ("the id before the scope", 'EcsTaskProcessor("Nightly", stack, EcsTaskProcessorProps(image=image, cpu=512))'),
    ("no id", "EcsTaskProcessor(stack, EcsTaskProcessorProps(image=image))"),
    ("a number for the id", "EcsTaskProcessor(stack, 1, EcsTaskProcessorProps(image=image))"),
    (
        "the id by CDK's name",
        'EcsTaskProcessor(stack, id="Nightly", props=EcsTaskProcessorProps(image=image, cpu=512))',
    ),
    ("a schedule by name", 'EcsTaskProcessor(stack, "Nightly", image=image, schedule="@daily")'),
    ("the class of the props", 'EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps)'),
    (
        "a secret by name",
        'EcsTaskProcessor(stack, "Nightly", environment={"TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345"})',
    ),
    ("props by name of a stack", 'EcsTaskProcessorStack(stack, "Nightly", image=image)'),
    ("props of a stack", 'EcsTaskProcessorStack(stack, "Nightly", EcsTaskProcessorProps(image=image))'),
    ("a stack's props without a name", 'EcsTaskProcessorStack(stack, "R", {"N": EcsTaskProcessorProps(image=image)})'),
    (
        "a list of props of a stack",
        'EcsTaskProcessorStack(stack, "R", processors=[EcsTaskProcessorProps(image=image)])',
    ),
    ("a pattern's argument of a stack", 'EcsTaskProcessorStack(stack, "R", props=EcsTaskProcessorProps(image=image))'),
    ("no scope of a stack", 'EcsTaskProcessorStack("R", processors={"N": EcsTaskProcessorProps(image=image)})'),
    (
        "a region for the environment",
        'EcsTaskProcessorStack(stack, "R", processors={"N": EcsTaskProcessorProps(image=image)}, env="eu-central-1")',
    ),
    ("conventions of no construct", 'Conventions(service="orders").apply("Reports")'),
    ("no props of a stack", 'EcsTaskProcessorStack(stack, "Nightly", env=None)'),
    ("an argument of a stack that does not exist", 'EcsTaskProcessorStack(stack, "Nightly", processor={})'),
)
"""Calls that do not fit, as they are written where other constructs are CDK's."""


def _typed() -> Iterator[tuple[str, str, cdk.Environment | None]]:
    specification = importlib.util.spec_from_file_location("mistakes", ROOT / "benchmarks" / "mistakes.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield from ((title, here, None) for title, here, _ in module.MISTAKES if not here.startswith("then="))
    yield from ((title, here, cdk.Environment(account="123456789012", region="eu-central-1")) for title, here in MORE)


def given(text: str, stack: cdk.Stack) -> Any:
    """A value from its source text."""
    names: dict[str, Callable[..., Any] | Any] = {name: getattr(ours, name) for name in ours.__all__}
    names |= {"cdk": cdk, "ec2": aws_ec2, "ecr": aws_ecr, "ecs": aws_ecs, "events": aws_events, "iam": aws_iam}
    names |= {"kms": aws_kms, "logs": aws_logs, "s3": aws_s3, "secretsmanager": aws_secretsmanager, "sns": aws_sns}
    names |= {"sqs": aws_sqs, "sfn": aws_stepfunctions, "datetime": datetime, "UTC": UTC, "stack": stack}
    secret = aws_secretsmanager.Secret.from_secret_name_v2(stack, "Known", "reports")
    names |= {"secret": secret, "image": aws_ecs.ContainerImage.from_registry("busybox:1.36")}
    return eval(text, names)  # the text stands in this repository


def whole_text(text: str, env: cdk.Environment | None) -> str:
    """All that is printed when `text` is typed; the warnings, when it is no error."""
    stack = cdk.Stack(cdk.App(), "Reports", env=env)
    try:
        arguments: dict[str, Any] = given(f"dict({text})", stack)
        arguments.pop("conventions", ours.Conventions()).apply(stack)
        image = {"image": aws_ecs.ContainerImage.from_registry("busybox:1.36")}
        made = ours.EcsTaskProcessor(stack, "Nightly", ours.EcsTaskProcessorProps(**(image | arguments)))
    except REFUSALS as error:
        return f"{type(error).__name__}: {error}"
    return warnings_of(made)


def text_of_call(text: str) -> str:
    """All that is printed when a call is typed."""
    with pytest.raises(REFUSALS) as raised:
        given(text, cdk.Stack(cdk.App(), "Reports"))
    return f"{raised.type.__name__}: {raised.value}"


def test_what_a_mistake_says(snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naws.core.context, "datetime", FixedClock)
    always = whole_text("", None)
    texts = [(title, typed, whole_text(typed, env).removesuffix(always)) for title, typed, env in _typed()]
    shown = [f"## {title}\n\n{typed}\n\n{text.rstrip()}\n" for title, typed, text in texts if text]
    shown += [f"## {title}\n\n{typed}\n\n{text_of_call(typed).rstrip()}\n" for title, typed in CALLS]
    assert len(shown) >= 60
    assert [title for title, _, text in texts if not text and title in dict(MORE)] == []
    assert "\n\n".join(shown) == snapshot(extension_class=TextSnapshot)
