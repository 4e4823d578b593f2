from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

import pytest

from naws.core.alarms import Alarms
from naws.core.network import NewVpc, VpcById, VpcLookup
from naws.core.props import Operated, Triggered
from naws.core.spelling import close_matches, nearest
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger
from naws.ecs_task_processor import Concurrency, EcsTaskProcessorProps, FanOut

FIELDS = ["memory_limit_mib", "attempt_timeout", "stop_timeout", "environment", "command", "cpu"]


@pytest.mark.parametrize(
    ("word", "suggested"),
    [
        ("memory", "memory_limit_mib"),
        ("memoryLimitMiB", "memory_limit_mib"),
        ("memory_limit", "memory_limit_mib"),
        ("enviroment", "environment"),
        ("CPU", "cpu"),
        ("comand", "command"),
        ("colour", ""),
    ],
)
def test_the_name_that_is_suggested(word: str, suggested: str) -> None:
    assert nearest(word, FIELDS) == suggested


def test_an_unknown_field_is_answered_with_the_field_that_is_suggested() -> None:
    with pytest.raises(
        TypeError,
        match=r"EcsTaskProcessorProps has no field 'memory': did you mean memory_limit_mib or memory_growth\?",
    ):
        EcsTaskProcessorProps(memory=2048)  # type: ignore[call-arg]


def test_props_suggest_by_what_they_inherit() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Props(Triggered, Operated):
        subject: str = "New"

    with pytest.raises(TypeError, match=r"Props has no field 'subjct': did you mean subject\?"):
        Props(subjct="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Props has no field 'vpc': its fields are .*, triggers, subject"):
        Props(vpc=None)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Props takes its fields by name: Props\(permissions_boundary=…\)"):
        Props("x")  # type: ignore[misc]
    assert replace(Props(subject="x"), acknowledge={"a": "b"}).subject == copy(Props(subject="x")).subject == "x"


def test_every_unknown_field_is_named_at_once() -> None:
    with pytest.raises(TypeError, match=r"'vizibility_timeout': did you mean visibility_timeout\?; .*'dlq'"):
        QueueTrigger(vizibility_timeout=None, dlq=True)  # type: ignore[call-arg]


def test_a_field_that_nothing_resembles_is_answered_with_all_of_them() -> None:
    with pytest.raises(TypeError, match="its fields are email, topic, notify_ok, detail, oldest_message, late_by"):
        Alarms(xyz=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda: NewVpc(max_az=3), "NewVpc has no field 'max_az': did you mean max_azs?"),
        (
            lambda: ScheduleTrigger.cron(minutes="5"),
            "ScheduleTrigger.cron has no argument 'minutes': did you mean minute?",
        ),
        (
            lambda: VpcLookup("vpc-0a1b2c3d"),
            "VpcLookup is made by by_id(…), by_name(…), by_tags(…) or by_parameter(…)",
        ),
        (
            lambda: VpcLookup.by_id(id="vpc-0a1b2c3d"),
            "VpcLookup.by_id has no argument 'id': did you mean vpc_id?",
        ),
        (
            lambda: EcsTaskProcessorProps("busybox"),
            "EcsTaskProcessorProps takes its fields by name: EcsTaskProcessorProps(image=…)",
        ),
        (
            lambda: EcsTaskProcessorProps(schedule="@daily"),
            "EcsTaskProcessorProps has no field 'schedule': give triggers=[ScheduleTrigger(…)]",
        ),
        (
            lambda: EcsTaskProcessorProps(tags={"a": "b"}),
            "EcsTaskProcessorProps has no field 'tags': give Conventions(tags={…}).apply(stack)",
        ),
        (
            lambda: QueueTrigger(batch_size=10),
            "QueueTrigger has no field 'batch_size': each message starts a run; a function has batch=Batch(…)",
        ),
        (
            lambda: EventTrigger(source=["aws.s3"]),
            "EventTrigger has no field 'source': give event_pattern={\"source\": […]}",
        ),
        (lambda: Alarms("me@example.com"), "Alarms takes its fields by name: Alarms(email=…)"),
        (lambda: NewVpc(3), "NewVpc takes its fields by name: NewVpc(max_azs=…)"),
        (lambda: Concurrency(1), "Concurrency takes its fields by name: Concurrency(limit=…)"),
        (
            lambda: FanOut("$.items", 5),
            "FanOut takes all but 1 of its fields by name: FanOut(…, max_concurrency=…)",
        ),
    ],
)
def test_a_call_that_is_not_taken_is_answered_with_the_one_that_is(call: Callable[[], object], answer: str) -> None:
    with pytest.raises(TypeError) as refused:
        call()
    assert str(refused.value) == answer


def test_class_methods_still_take_what_they_took() -> None:
    assert VpcLookup.by_id("vpc-0a1b2c3d") == VpcById(vpc_id="vpc-0a1b2c3d")
    assert ScheduleTrigger.cron(hour="5") == ScheduleTrigger("cron(0 5 * * ? *)")


def test_a_missing_field_is_still_named_by_python() -> None:
    with pytest.raises(TypeError, match="image"):
        EcsTaskProcessorProps()  # type: ignore[call-arg]


def test_the_beginning_of_a_name_and_a_word_of_it_stand_for_all_that_have_it() -> None:
    names = ["environment", "stop_timeout", "attempt_timeout", "batch", "cpu"]
    assert close_matches("env", names) == ["environment"]
    assert close_matches("timeout", names) == ["stop_timeout", "attempt_timeout"]
    assert close_matches("batch_size", names) == ["batch"]
    assert close_matches("pool_size", ["max_message_size", "cpu"]) == []
