"""What a pattern's settings come to, as it records them for `naws config`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from naws.core import ServiceStage, Unset
from naws.core.pattern.settings import FILE
from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    NewVpc,
    NoAlarms,
    PatternValidationError,
    RetryPolicy,
    ScheduleTrigger,
)
from naws.testing.calls import calls_of

Settings = Callable[..., Mapping[str, Any]]


def props(**more: Any) -> EcsTaskProcessorProps:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    return EcsTaskProcessorProps(image=image, **more)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.Stage(cdk.App(), "Prod"), "Reports")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FILE, str(tmp_path / "settings"))
    return tmp_path / "settings"


@pytest.fixture
def settings(file: Path) -> Settings:
    """What the last line says of a pattern: value, origin and place of each setting, or what leaving it out does."""

    def settings(path: str = "Prod/Reports/Nightly") -> Mapping[str, Any]:
        every = [json.loads(line) for line in file.read_text().splitlines()]
        last = [each for each in every if each["path"] == path][-1]
        assert last["pattern"] == "ecs-task-processor"
        return {each["name"]: (each["value"], each["from"], each["at"], each["omitted"]) for each in last["settings"]}

    return settings


def test_each_setting_says_where_it_came_from(stack: cdk.Stack, settings: Settings) -> None:
    Conventions(log_retention=logs.RetentionDays.ONE_DAY, service="sales", owner="data").apply(stack.node.root)
    Conventions(log_retention=logs.RetentionDays.ONE_YEAR, owner=Unset).apply(cdk.Stage.of(stack))  # type: ignore[arg-type]
    Conventions(vpc=NewVpc(max_azs=3), alarm_topic=sns.Topic(stack, "Topic")).apply(stack)
    given = props(attempt_timeout=cdk.Duration.hours(2), retry=RetryPolicy(task_attempts=3), scratch_mib=0)
    EcsTaskProcessor(stack, "Nightly", given)
    found = settings()
    assert found["log_retention"] == ("RetentionDays.ONE_YEAR", "conventions", "Prod", "")
    assert found["vpc"] == ("NewVpc(max_azs=3)", "conventions", "Prod/Reports", "")
    assert found["alarms.topic"] == ("an sns.Topic", "conventions", "Prod/Reports", "")
    assert found["Conventions.service"] == ("'sales'", "conventions", "", "")
    assert found["Conventions.owner"] == (None, "conventions", "Prod", "")
    assert found["attempt_timeout"] == ("2 hours", "props", None, "")
    assert found["scratch_mib"] == (0, "props", None, "")
    assert found["retry.task_attempts"] == (3, "props", None, "")
    assert found["retry.infrastructure_attempts"] == (5, "props or default", None, "")
    assert found["retry.interval"] == ("30 seconds", "default", None, "")
    assert found["stop_timeout"] == ("2 minutes", "default", None, "")
    assert found["removal_policy"] == ("RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE", "default", None, "")
    assert found["cpu_architecture"] == (None, "default", None, "X86_64")
    assert found["egress"] == (None, "default", None, "HTTPS to anywhere")


def test_every_field_is_there(stack: cdk.Stack, settings: Settings) -> None:
    EcsTaskProcessor(stack, "Nightly", props())
    found = {name.partition(".")[0] for name in settings()}
    assert found == set(vars(props()))


def test_what_is_added_and_what_is_accepted_count(stack: cdk.Stack, settings: Settings) -> None:
    accepted = {"NAWS-TASK-007": "the vendor's image writes to /var"}
    processor = EcsTaskProcessor(
        stack, "Nightly", props(user="root", alarms=NoAlarms(reason="trial"), acknowledge=accepted)
    )
    processor.add_trigger(ScheduleTrigger("@daily"))
    found = settings()
    assert found["triggers"] == ("[ScheduleTrigger(expression='@daily')]", "props", None, "")
    assert "NAWS-TASK-007" in found["acknowledge"][0]
    assert found["alarms"] == ("NoAlarms(reason='trial')", "props", None, "")


def test_secrets_are_masked_and_tokens_are_called_so(stack: cdk.Stack, settings: Settings) -> None:
    given = {"URL": "postgres://me:geheim@db/orders", "BUCKET": cdk.Aws.STACK_NAME}
    minutes = cdk.CfnParameter(stack, "Minutes", type="Number").value_as_number
    EcsTaskProcessor(
        stack,
        "Nightly",
        props(
            environment=given,
            attempt_timeout=cdk.Duration.seconds(minutes),
            acknowledge={"NAWS-ENV-005": "it is a trial's"},
        ),
    )
    found = settings()
    assert found["environment"][0] == "{'URL': '***', 'BUCKET': a token}"
    assert "geheim" not in str(found)
    assert found["attempt_timeout"] == ("a cdk.Duration", "props", None, "")


def test_a_disposable_stage_has_defaults_of_its_own(settings: Settings) -> None:
    home = cdk.Environment(account="111111111111", region="eu-west-1")
    conventions = Conventions(removal_policy=cdk.RemovalPolicy.DESTROY)
    given: dict[str, Any] = {"env": home, "disposable": True, "personal_accounts": ["111111111111"]}
    stage = ServiceStage(cdk.App(), "Mine", conventions=conventions, **given)
    EcsTaskProcessor(stage.stack("Reports"), "Nightly", props())
    found = settings("Mine/Reports/Nightly")
    assert found["log_retention"] == ("RetentionDays.ONE_WEEK", "default", None, "")
    assert found["removal_policy"] == ("RemovalPolicy.DESTROY", "conventions", "Mine", "")


def test_what_is_refused_is_not_recorded(stack: cdk.Stack, file: Path) -> None:
    with pytest.raises(PatternValidationError):
        EcsTaskProcessor(stack, "Nightly", props(cpu=1))
    assert not file.exists()


def test_without_the_variable_nothing_is_recorded_and_nothing_is_asked_for_it(
    stack: cdk.Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FILE, raising=False)
    EcsTaskProcessor(stack, "First", props())
    plain = calls_of(EcsTaskProcessor, stack, "Second", props())
    monkeypatch.setenv(FILE, str(tmp_path / "settings"))
    assert calls_of(EcsTaskProcessor, stack, "Third", props()) == plain
    assert [json.loads(line)["path"] for line in (tmp_path / "settings").read_text().splitlines()] == [
        "Prod/Reports/Third"
    ]
