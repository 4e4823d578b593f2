"""What is added to a processor later is held to the rules for what is given at first."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    PatternValidationError,
    QueueTrigger,
    ScheduleTrigger,
    SecretBinding,
)
from naws.testing import synth_template

Make = Callable[..., EcsTaskProcessor]
Add = Callable[[EcsTaskProcessor], None]


@pytest.fixture
def make(image: ecs.ContainerImage) -> Make:
    def make(**given: Any) -> EcsTaskProcessor:
        stack = cdk.Stack(cdk.App(), "Reports")
        return EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, **given))

    return make


def _queue(made: EcsTaskProcessor) -> sqs.Queue:
    letters = sqs.DeadLetterQueue(queue=sqs.Queue(made.node.scope, "Dead"), max_receive_count=3)
    return sqs.Queue(made.node.scope, "Orders", dead_letter_queue=letters)


def _bucket(made: EcsTaskProcessor) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(made, "Sales", "sales-of-a-company")


def _twice_one_queue(made: EcsTaskProcessor) -> None:
    queue = _queue(made)
    made.add_trigger(QueueTrigger(queue=queue))
    made.add_trigger(QueueTrigger(queue=queue))


def _twice_one_name(made: EcsTaskProcessor) -> None:
    made.add_trigger(ScheduleTrigger("@daily", name="reports"))
    made.add_trigger(ScheduleTrigger("@daily", name="reports"))


def _twice_one_binding(made: EcsTaskProcessor) -> None:
    made.add_binding(BucketBinding(_bucket(made), name="DATA"))
    made.add_binding(BucketBinding(s3.Bucket.from_bucket_name(made, "Other", "other-of-a-company"), name="DATA"))


REFUSED: dict[str, tuple[Add, str, str]] = {
    "text for a trigger": (lambda made: made.add_trigger("@daily"), "NAWS-TYPE-001", "trigger"),  # type: ignore[arg-type]
    "no trigger": (lambda made: made.add_trigger(None), "NAWS-TYPE-001", "trigger"),  # type: ignore[arg-type]
    "a number for an expression": (
        lambda made: made.add_trigger(ScheduleTrigger(5)),  # type: ignore[arg-type]
        "NAWS-TYPE-001",
        "trigger.expression",
    ),
    "text for a number": (
        lambda made: made.add_trigger(QueueTrigger(max_receive_count="3")),  # type: ignore[arg-type]
        "NAWS-TYPE-001",
        "trigger.max_receive_count",
    ),
    "a list of acknowledgements": (
        lambda made: made.add_trigger(ScheduleTrigger("@daily"), acknowledge=["NAWS-SCHED-006"]),  # type: ignore[arg-type]
        "NAWS-TYPE-001",
        "acknowledge",
    ),
    "a schedule faster than the task": (
        lambda made: made.add_trigger(ScheduleTrigger("rate(5 minutes)")),
        "NAWS-SCHED-006",
        "trigger.expression",
    ),
    "a queue that is read already": (_twice_one_queue, "NAWS-QUEUE-009", "trigger.queue"),
    "a name that is taken": (_twice_one_name, "NAWS-NAME-002", "trigger.name"),
    "messages gone before the alarm": (
        lambda made: made.add_trigger(QueueTrigger(retention_period=cdk.Duration.minutes(5))),
        "NAWS-ALARM-004",
        "trigger.retention_period",
    ),
    "an acknowledgement of nothing": (
        lambda made: made.add_trigger(ScheduleTrigger("@daily"), acknowledge={"NAWS-SCHED-006": "why"}),
        "NAWS-ACK-003",
        'acknowledge["NAWS-SCHED-006"]',
    ),
    "text for a binding": (lambda made: made.add_binding("sales"), "NAWS-TYPE-001", "binding"),  # type: ignore[arg-type]
    "text for a bucket": (
        lambda made: made.add_binding(BucketBinding("sales")),  # type: ignore[arg-type]
        "NAWS-TYPE-001",
        "binding.bucket",
    ),
    "a binding of one name": (_twice_one_binding, "NAWS-ENV-006", "binding"),
    "the library's own name": (
        lambda made: made.add_environment("NAWS_PAYLOAD", "{}"),
        "NAWS-ENV-003",
        'environment["NAWS_PAYLOAD"]',
    ),
    "a plain secret": (
        lambda made: made.add_environment("DB_PASSWORD", "hunter2"),
        "NAWS-ENV-005",
        'environment["DB_PASSWORD"]',
    ),
    "a number for a variable": (
        lambda made: made.add_environment("COUNT", 5),  # type: ignore[arg-type]
        "NAWS-TYPE-001",
        'environment["COUNT"]',
    ),
    "a variable that is set": (lambda made: made.add_environment("MODE", "b"), "NAWS-ENV-006", 'environment["MODE"]'),
    "text for a secret": (
        lambda made: made.add_secret("DB", "arn:aws:secretsmanager:…"),  # type: ignore[arg-type]
        "NAWS-TYPE-001",
        'secrets["DB"]',
    ),
    "too much in all": (
        lambda made: made.add_environment("RULES", "x" * 66_000),
        "NAWS-ENV-007",
        'environment["RULES"]',
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_later_mistake_is_refused_before_anything_is_built(mistake: str, make: Make) -> None:
    add, code, path = REFUSED[mistake]
    made = make(environment={"MODE": "a"})

    with pytest.raises(PatternValidationError) as refused:
        add(made)

    assert [(issue.code, issue.path) for issue in refused.value.issues] == [(code, path)]
    assert "hunter2" not in str(refused.value)
    triggers = len(made.schedules) + len(made.queues) + len(made.rules)
    assert triggers == (1 if mistake in ("a queue that is read already", "a name that is taken") else 0)


def test_what_was_refused_can_be_mended_and_added(make: Make) -> None:
    made = make()
    for schedule in ("every night", "rate(5 minutes)"):
        with pytest.raises(PatternValidationError):
            made.add_trigger(ScheduleTrigger(schedule, name="reports"))
    made.add_trigger(ScheduleTrigger("@daily", name="reports"))

    assert len(made.schedules) == 1


def test_what_was_accepted_before_does_not_count_against_what_is_added(make: Make) -> None:
    slow = {"NAWS-SCHED-006": "each run takes seconds"}
    made = make(triggers=[ScheduleTrigger("rate(5 minutes)")], acknowledge=slow)
    made.add_trigger(ScheduleTrigger("@daily"))

    with pytest.raises(PatternValidationError, match="NAWS-SCHED-006"):
        made.add_trigger(ScheduleTrigger("rate(5 minutes)"))
    made.add_trigger(ScheduleTrigger("rate(5 minutes)"), acknowledge=slow)
    with pytest.raises(PatternValidationError, match="NAWS-SCHED-006"):
        made.add_trigger(ScheduleTrigger("rate(5 minutes)"))


def test_acknowledgements_of_all_calls_are_in_the_template(make: Make) -> None:
    made = make(triggers=[ScheduleTrigger("rate(5 minutes)")], acknowledge={"NAWS-SCHED-006": "short runs"})
    made.add_trigger(ScheduleTrigger("rate(6 minutes)"), acknowledge={"NAWS-SCHED-006": "shorter ones"})
    made.add_environment("API_TOKEN", "public", acknowledge={"NAWS-ENV-005": "it is printed on the page"})

    resources = synth_template(cdk.Stack.of(made))["Resources"].values()
    (task,) = (each for each in resources if each["Type"] == "AWS::ECS::TaskDefinition")
    assert task["Metadata"]["naws:acknowledged"] == {
        "NAWS-SCHED-006": "short runs; shorter ones",
        "NAWS-ENV-005": "it is printed on the page",
    }


def test_advice_on_what_is_added_is_a_warning(make: Make) -> None:
    made = make()
    made.add_trigger(ScheduleTrigger("at(2020-01-01T00:00:00)"))

    warnings = [str(entry.data) for entry in made.node.metadata if entry.type == "aws:cdk:warning"]
    assert len([text for text in warnings if "NAWS-SCHED-007" in text]) == 1


def test_bindings_variables_and_secrets_arrive(make: Make) -> None:
    made = make(bindings=[])
    secret = secretsmanager.Secret.from_secret_name_v2(made, "Warehouse", "warehouse")
    made.add_binding(BucketBinding(_bucket(made), name="DATA"))
    made.add_binding(SecretBinding(secret, name="WAREHOUSE"))
    made.add_environment("MODE", "a")
    made.add_secret("MODE_KEY", ecs.Secret.from_secrets_manager(secret))

    resources = synth_template(cdk.Stack.of(made))["Resources"].values()
    (task,) = (each for each in resources if each["Type"] == "AWS::ECS::TaskDefinition")
    (container,) = task["Properties"]["ContainerDefinitions"]
    assert [each["Name"] for each in container["Environment"]] == [
        "HOME",
        "DATA_BUCKET",
        "WAREHOUSE_SECRET_ARN",
        "MODE",
    ]
    assert [each["Name"] for each in container["Secrets"]] == ["WAREHOUSE", "MODE_KEY"]


def test_a_binding_of_the_same_name_is_refused_whenever_it_comes(make: Make) -> None:
    made = make()
    made.add_binding(BucketBinding(_bucket(made), name="DATA"))

    with pytest.raises(PatternValidationError, match="NAWS-ENV-006"):
        made.add_binding(BucketBinding(_bucket_of_another(made), name="DATA"))


def _bucket_of_another(made: EcsTaskProcessor) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(made, "Orders", "orders-of-a-company")
