"""What a user meets: everything at once, a tree that stays usable, and unknown values that pass."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from naws.core.issues import Issue
from naws.ecs_task_processor import (
    Alarms,
    BucketBinding,
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    EventTrigger,
    MemoryGrowth,
    PatternValidationError,
    QueueTrigger,
    RetryPolicy,
    ScheduleTrigger,
    SecretBinding,
    VpcLookup,
)
from naws.ecs_task_processor.checks import RULES

ROOT = Path(__file__).parents[3]
Judge = Callable[..., list[Issue]]


def _wrong(image: ecs.ContainerImage) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(
        image=image,
        cpu=256,
        memory_limit_mib=8192,
        user="root",
        environment={"DB_PASSWORD": "hunter2"},
        triggers=[ScheduleTrigger("cron(0 25 * * ? *)", timezone="Europe/Berln")],
        vpc=VpcLookup.by_name("main"),
    )


def test_six_mistakes_are_six_issues_in_one_error(image: ecs.ContainerImage) -> None:
    stack = cdk.Stack(cdk.App(), "Reports")

    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(stack, "Nightly", _wrong(image))

    assert [issue.path for issue in refused.value.issues] == [
        "memory_limit_mib",
        "user",
        'environment["DB_PASSWORD"]',
        "triggers[0].expression",
        "triggers[0].timezone",
        "vpc",
    ]
    assert "Reports/Nightly cannot be built: 6 issues" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(refused.value.issues)


def test_two_invalid_constructs_leave_the_tree_reusable(image: ecs.ContainerImage) -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    for construct_id in ("Nightly", "Hourly"):
        with pytest.raises(PatternValidationError):
            EcsTaskProcessor(stack, construct_id, _wrong(image))

    assert stack.node.children == []
    for construct_id in ("Nightly", "Hourly"):
        EcsTaskProcessor(stack, construct_id, EcsTaskProcessorProps(image=image))
    assert {"Nightly", "Hourly"} <= {child.node.id for child in stack.node.children}


def test_what_fails_while_it_is_built_leaves_the_tree_reusable(image: ecs.ContainerImage) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Reports")
    missing = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("no-such-folder"))
    for _ in range(2):
        with pytest.raises(PatternValidationError, match="NAWS-TASK-015"):
            EcsTaskProcessor(stack, "Nightly", missing)
        with pytest.raises(PatternValidationError, match="NAWS-TASK-015"):
            EcsTaskProcessorStack(app, "Ready", processors={"Nightly": missing})
    assert stack.node.children == []
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image))
    EcsTaskProcessorStack(app, "Ready", processors={"Nightly": EcsTaskProcessorProps(image=image)})
    assert {each.stack_name for each in app.synth().stacks} == {"Reports", "Ready"}


def test_a_trigger_that_is_added_later_is_held_to_the_same_rules(image: ecs.ContainerImage) -> None:
    processor = EcsTaskProcessor(cdk.Stack(cdk.App(), "Reports"), "Nightly", EcsTaskProcessorProps(image=image))
    before = len(processor.node.find_all())

    with pytest.raises(PatternValidationError) as refused:
        processor.add_trigger(ScheduleTrigger("every night"))

    assert [issue.path for issue in refused.value.issues] == ["trigger.expression"]
    assert len(processor.node.find_all()) == before


def test_tokens_pass_everything_that_cannot_know(issues: Judge) -> None:
    stack = cdk.Stack()
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    text = cdk.CfnParameter(stack, "Text").value_as_string
    time = cdk.Duration.seconds(number)

    assert (
        issues(
            cpu=number,
            memory_limit_mib=number,
            ephemeral_storage_gib=number,
            scratch_mib=number,
            user=text,
            working_directory=text,
            environment={"PASSWORD_HINT": text, "A": text},
            stop_timeout=time,
            attempt_timeout=time,
            command=cdk.Token.as_list(cdk.Fn.get_azs()),
            retry=RetryPolicy(
                infrastructure_attempts=number,
                task_attempts=number,
                interval=time,
                backoff_rate=number,
                max_interval=time,
            ),
            triggers=[
                ScheduleTrigger(
                    text,
                    timezone=text,
                    name=text,
                    flexible_window=cdk.Duration.minutes(number),
                    payload={"a": text, "n": number},
                ),
                QueueTrigger(
                    visibility_timeout=time, retention_period=time, max_receive_count=number, max_message_size=number
                ),
                EventTrigger(events.EventPattern(source=[text], detail={"a": [text], "n": [number]}), name=text),
            ],
            conventions=Conventions(name_prefix=text, tags={text: text}, permissions_boundary=text),
        )
        == []
    )


def test_a_token_in_another_unit_than_aws_takes_is_reported_for_each_field(issues: Judge) -> None:
    number = cdk.CfnParameter(cdk.Stack(), "Number", type="Number").value_as_number
    minutes, seconds = cdk.Duration.minutes(number), cdk.Duration.seconds(number)

    found = issues(
        attempt_timeout=minutes,
        stop_timeout=minutes,
        retry=RetryPolicy(interval=minutes, max_interval=minutes),
        alarms=Alarms(oldest_message=minutes, late_by=minutes),
        triggers=[
            ScheduleTrigger("@daily", flexible_window=seconds),
            QueueTrigger(visibility_timeout=minutes, retention_period=minutes),
        ],
    )

    assert {issue.code for issue in found} == {"NAWS-TIME-001"}
    assert {issue.path: issue.remedy for issue in found} == {
        "attempt_timeout": "attempt_timeout=cdk.Duration.seconds(…)",
        "stop_timeout": "stop_timeout=cdk.Duration.seconds(…)",
        "retry.interval": "interval=cdk.Duration.seconds(…)",
        "retry.max_interval": "max_interval=cdk.Duration.seconds(…)",
        "alarms.oldest_message": "oldest_message=cdk.Duration.seconds(…)",
        "alarms.late_by": "late_by=cdk.Duration.seconds(…)",
        "triggers[0].flexible_window": "flexible_window=cdk.Duration.minutes(…)",
        "triggers[1].visibility_timeout": "visibility_timeout=cdk.Duration.seconds(…)",
        "triggers[1].retention_period": "retention_period=cdk.Duration.seconds(…)",
    }


@pytest.mark.parametrize(
    "given",
    [
        {"cpu": 10**400},
        {"triggers": [QueueTrigger(max_receive_count=10**400)]},
        {"triggers": [QueueTrigger(max_message_size=-(10**400))]},
        {"retry": RetryPolicy(backoff_rate=10**400)},
        {"concurrency": Concurrency(limit=10**400)},
        {"attempt_timeout": cdk.Duration.days(10**17)},
    ],
)
def test_a_number_of_any_size_is_refused_as_a_number(given: dict[str, object], issues: Judge) -> None:
    assert {issue.path.rpartition(".")[2] for issue in issues(**given)} & {
        "cpu", "max_receive_count", "max_message_size", "backoff_rate", "limit", "attempt_timeout"
    }  # fmt: skip


@pytest.mark.parametrize("attempts", [-1, 0, 10**9, 10**400])
def test_attempts_of_any_number_are_refused_at_once_also_beside_a_schedule(attempts: int, issues: Judge) -> None:
    found = issues(triggers=[ScheduleTrigger("@hourly")], retry=RetryPolicy(task_attempts=attempts, backoff_rate=99))
    assert {issue.code for issue in found} == {"NAWS-RETRY-001"}


def test_imported_and_looked_up_resources_pass_with_what_their_owners_do(issues: Judge) -> None:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "data")

    found = issues(
        vpc=ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0a1b2c3d"),
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")],
        task_role=iam.Role.from_role_name(stack, "Role", "task"),
        cluster=ecs.Cluster.from_cluster_arn(stack, "Cluster", "arn:aws:ecs:eu-central-1:123456789012:cluster/main"),
        bindings=[
            BucketBinding(bucket=bucket),
            SecretBinding(secret=secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "db")),
        ],
        triggers=[
            QueueTrigger(queue=sqs.Queue.from_queue_arn(stack, "Q", "arn:aws:sqs:eu-central-1:123456789012:q")),
            EventTrigger.object_created(bucket, prefix="in/"),
        ],
    )
    advice = [("NAWS-DATA-018", "bindings[0].bucket"), ("NAWS-DATA-014", "triggers[1].bucket")]
    assert [(issue.code, issue.path) for issue in found] == advice


def test_what_has_a_wrong_type_is_reported_with_what_is_expected(issues: Judge) -> None:
    found = issues(
        cpu="256",
        memory_limit_mib="2GB",
        scratch_mib=True,
        attempt_timeout=600,
        triggers=["@daily", ScheduleTrigger("nonsense")],
        command="python -m job",
        environment={"COUNT": 5},
        log_retention=30,
        alarms=False,
        vpc="vpc-0a1b2c3d",
        retry=RetryPolicy(task_attempts="3"),  # type: ignore[arg-type]
        acknowledge=[],
    )

    assert {issue.path: issue.remedy for issue in found if issue.code == "NAWS-TYPE-001"} == {
        "cpu": "cpu=256",
        "memory_limit_mib": "memory_limit_mib=2048",
        "scratch_mib": "scratch_mib=…  # a whole number",
        "attempt_timeout": "attempt_timeout=cdk.Duration.minutes(10)",
        "triggers[0]": 'ScheduleTrigger("@daily")',
        "command": 'command=["python", "-m", "job"]',
        'environment["COUNT"]': '"COUNT": "5"',
        "log_retention": "log_retention=logs.RetentionDays.ONE_MONTH",
        "alarms": 'alarms=NoAlarms(reason="because …")',
        "vpc": 'vpc=VpcLookup.by_id("vpc-0a1b2c3d")',
        "retry.task_attempts": "task_attempts=3",
        "acknowledge": "acknowledge=…  # a dict of text to text",
    }
    assert [issue.path for issue in found if issue.code != "NAWS-TYPE-001"] == ["triggers[1].expression"]


def test_the_page_of_what_is_caught_has_every_mistake() -> None:
    page = (ROOT / "docs" / "concepts" / "what-is-caught.md").read_text().partition("\n## ")[0]  # workflows follow
    rows = [row for row in page.splitlines() if row.startswith("| ")]
    table = [re.split(r"(?<!\\) \| ", row.strip("| ")) for row in rows][1:]
    source = (ROOT / "benchmarks" / "mistakes.py").read_text()

    assert len(table) == source.count('    ("') >= 90
    assert all(f'("{title}"' in source for title, _, _ in table)
    assert {here[:1] for _, _, here in table} <= {"[", "`", "—"}
    assert {code for _, _, here in table for code in re.findall(r"\[(NAWS-[A-Z]+-\d+)\]", here)} <= {
        rule.code for rule in RULES
    }


def test_a_schedule_is_compared_with_all_that_a_run_may_work(issues: Judge) -> None:
    hourly = {"triggers": [ScheduleTrigger("@hourly")], "attempt_timeout": cdk.Duration.minutes(30)}
    assert issues(**hourly, retry=RetryPolicy(task_attempts=1)) == []
    (found,) = issues(**hourly, retry=RetryPolicy(task_attempts=3))
    assert found.code == "NAWS-SCHED-006"
    assert found.expected.startswith("at least 5490 seconds between two firings, as 3 attempts")
    assert issues(**hourly, retry=RetryPolicy(task_attempts=3), concurrency=Concurrency(when_full="skip")) == []
    assert issues(**hourly, retry=RetryPolicy(task_attempts=3), concurrency=Concurrency(when_full="wait")) == []
    minutes = found.remedy.splitlines()[0].partition("=")[2]
    assert issues(**{**hourly, "attempt_timeout": eval(minutes)}, retry=RetryPolicy(task_attempts=3)) == []


def test_a_run_may_work_as_often_as_its_memory_grows(issues: Judge) -> None:
    long = {"attempt_timeout": cdk.Duration.days(300), "retry": RetryPolicy(infrastructure_attempts=1)}
    assert issues(**long) == []
    (found,) = issues(**long, memory_growth=MemoryGrowth(max_memory_limit_mib=3072))
    assert (found.code, found.value) == ("NAWS-RETRY-006", "600 days for 2 attempts and waits")


def test_memory_grows_only_between_sizes_that_are_known(issues: Judge) -> None:
    number = cdk.Token.as_number(cdk.Fn.ref("Number"))
    for given in ({"cpu": number}, {"memory_limit_mib": number}):
        (found,) = issues(**given, memory_growth=MemoryGrowth(max_memory_limit_mib=8192))
        assert (found.code, found.expected) == ("NAWS-RUN-002", "numbers known at synthesis, not tokens")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"tags": None}, "Conventions.tags"),
        ({"tags": ["a"]}, "Conventions.tags"),
        ({"tags": {"a": 5}}, 'Conventions.tags["a"]'),
        ({"service": 5}, "Conventions.service"),
    ],
)
def test_conventions_of_the_wrong_type_are_reported_when_they_are_applied(given: dict[str, Any], path: str) -> None:
    with pytest.raises(PatternValidationError) as refused:
        Conventions(**given).apply(cdk.Stack(cdk.App(), "Reports"))
    assert [(issue.code, issue.path) for issue in refused.value.issues] == [("NAWS-TYPE-001", path)]


def test_required_tags_of_all_conventions_up_the_tree_count() -> None:
    app = cdk.App()
    Conventions(required_tags=["owner", "cost-centre"]).apply(app)
    stack = cdk.Stack(app, "Reports")
    Conventions(required_tags=["stage"], owner="reports", stage="prod").apply(stack)

    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image))
    assert [(issue.code, issue.value) for issue in refused.value.issues] == [("NAWS-TAG-006", "no tag cost-centre")]
