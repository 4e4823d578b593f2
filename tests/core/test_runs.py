"""`naws:runs`, from the references that a construct has to the logical ids that a template has."""

from dataclasses import fields
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.core.build.runs import note_runs
from naws.core.runs import METADATA, Runs
from naws.testing import synth_template

ARN = "arn:aws:sqs:us-east-1:111122223333:elsewhere"


def noted(stack: cdk.Stack, topic: sns.CfnTopic) -> dict[str, Any]:
    return synth_template(stack)["Resources"][stack.get_logical_id(topic)]["Metadata"][METADATA]


def own() -> tuple[cdk.Stack, sns.CfnTopic]:
    stack = cdk.Stack(cdk.App(), "Reports")
    return stack, sns.CfnTopic(stack, "Started")


def test_references_become_logical_ids_in_the_template() -> None:
    stack, topic = own()
    queue, group = sqs.Queue(stack, "Failures", queue_name="failures"), logs.LogGroup(stack, "Logs")
    low = sqs.CfnQueue(stack, "Low")
    runs = Runs(
        pattern="topics",
        path="Reports/Started",
        kind="service",
        failure_queue=queue.queue_arn,
        log_group=group.log_group_name,
        queues=[low.ref, low.attr_arn],
    )
    note_runs(topic, runs)
    failures = stack.get_logical_id(queue.node.default_child)
    assert noted(stack, topic) == {
        "pattern": "topics",
        "path": "Reports/Started",
        "kind": "service",
        "failureQueue": failures,
        "logGroup": stack.get_logical_id(group.node.default_child),
        "queues": ["Low", "Low"],
    }


def test_an_id_that_is_given_later_is_the_one_that_is_noted() -> None:
    stack, topic = own()
    low = sqs.CfnQueue(stack, "Low")
    note_runs(topic, Runs(pattern="topics", path="Reports/Started", kind="service", queues=[low.attr_arn]))
    low.override_logical_id("Renamed")
    assert noted(stack, topic)["queues"] == ["Renamed"]


def test_what_is_in_no_template_is_left_out() -> None:
    stack, topic = own()
    imported = sqs.Queue.from_queue_arn(stack, "Imported", ARN)
    runs = Runs(
        pattern="topics",
        path="Reports/Started",
        kind="service",
        failure_queue=imported.queue_arn,
        queues=[imported.queue_arn, f"{ARN}-{stack.region}"],
    )
    note_runs(topic, runs)
    assert noted(stack, topic) == {"pattern": "topics", "path": "Reports/Started", "kind": "service"}


def test_noted_again_it_replaces_what_was_there() -> None:
    stack, topic = own()
    runs = [Runs(pattern="topics", path=path, kind="service", rules=[topic.ref]) for path in ("A", "B")]
    for each in runs:
        note_runs(topic, each)
    assert noted(stack, topic) == {"pattern": "topics", "path": "B", "kind": "service", "rules": ["Started"]}


def test_what_is_written_is_what_is_read() -> None:
    every = {each.name: [each.name] for each in fields(Runs)}
    texts = ("pattern", "path", "failure_queue", "log_group", "function", "bucket", "release")
    words = {"kind": "workflow", "redrive": "execution"}
    runs = Runs(**every | words | {name: name for name in texts})  # type: ignore[arg-type]
    written = runs.metadata()
    assert set(written) == {
        *("pattern", "path", "kind", "failureQueue", "deadLetterQueues", "logGroup", "schedules", "rules", "queues"),
        *("function", "bucket", "release", "redrive"),
    }
    assert Runs.of_metadata(written | {"later": "unknown here"}) == runs
    assert Runs.of_metadata(Runs(pattern="a", path="b", kind="function").metadata()).queues == ()


def test_how_a_run_is_put_back_is_a_word() -> None:
    stack, topic = own()
    note_runs(topic, Runs(pattern="topics", path="Reports/Started", kind="workflow", redrive="execution"))
    assert noted(stack, topic)["redrive"] == "execution"
