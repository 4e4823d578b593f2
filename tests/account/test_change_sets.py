"""Templates: whatever is made is taken away, however it ends."""

import re
import signal
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import ANY

from change_sets import INLINE_BYTES, Clients, Plan, judged_templates, planned
from stubs import CHANGE_SET_ID, PLACE, STACK_ID, change_set_answers, removal_answers, small, stack_answers, stubbed
from subjects import Subject
from verdicts import Leftovers, Verdict


def no_pause(_: float) -> None:
    """The answers are there already."""


def judged(
    subjects: list[Subject],
    plan: Plan,
    cloudformation: Any,
    s3: Any,
    pause: Callable[[float], None] = no_pause,
) -> tuple[list[Verdict], Leftovers]:
    left = Leftovers()
    with left:
        said = list(judged_templates(subjects, plan, Clients(cloudformation, s3), left, pause))
    return said, left


class TestChangeSets:
    def test_a_template_is_judged_and_everything_taken_away(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, TemplateBody=small().body)
        removal_answers(stub)
        said, left = judged([small()], planned([small()], PLACE, None), cloudformation, None)
        assert ([one.level for one in said], left.kept) == (["ok"], [])
        stub.assert_no_pending_responses()

    def test_a_refused_template_names_what_was_found(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, "FAILED")
        events = [
            {"LogicalResourceId": "Queue", "ValidationStatusReason": "extraneous key", "EventType": "VALIDATION_ERROR"}
        ]
        asked = {"ChangeSetName": CHANGE_SET_ID, "Filters": {"FailedEvents": True}}
        stub.add_response("describe_events", {"OperationEvents": events}, asked)
        removal_answers(stub)
        (said,), _ = judged([small()], planned([small()], PLACE, None), cloudformation, None)
        assert (said.level, said.finding) == ("error", "Queue extraneous key")
        stub.assert_no_pending_responses()

    def test_a_request_that_is_refused_leaves_nothing_and_the_next_goes_on(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        stub.add_client_error("create_change_set", "ValidationError", "Template format error")
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id s does not exist")
        change_set_answers(stub)
        removal_answers(stub)
        both = [small(), Subject("second", {"Resources": {}}, {}, [], {})]
        said, left = judged(both, planned(both, PLACE, None), cloudformation, None)
        assert [one.level for one in said] == ["error", "ok"]
        assert "Template format error" in said[0].finding
        assert left.kept == []

    def test_ctrl_c_takes_everything_away(self) -> None:
        def impatient(_: float) -> None:
            raise KeyboardInterrupt

        cloudformation, stub = stubbed("cloudformation")
        stub.add_response("create_change_set", {"Id": CHANGE_SET_ID, "StackId": STACK_ID})
        stub.add_response("describe_change_set", {"Status": "CREATE_PENDING", "ChangeSetId": CHANGE_SET_ID})
        removal_answers(stub)
        with pytest.raises(KeyboardInterrupt):
            judged([small()], planned([small()], PLACE, None), cloudformation, None, impatient)
        stub.assert_no_pending_responses()

    def test_a_change_set_that_is_still_being_made_is_waited_for(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        stub.add_client_error("create_change_set", "Throttling", "later")
        stack_answers(stub, "REVIEW_IN_PROGRESS")
        stub.add_client_error("delete_change_set", "InvalidChangeSetStatus")
        stub.add_response("delete_change_set", {})
        stub.add_response("delete_stack", {})
        stack_answers(stub, "DELETE_COMPLETE")
        pauses: list[float] = []
        _, left = judged([small()], planned([small()], PLACE, None), cloudformation, None, pauses.append)
        assert (left.kept, pauses) == ([], [2])
        stub.assert_no_pending_responses()

    def test_a_stack_that_is_more_than_a_review_is_not_touched(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub)
        stack_answers(stub, "CREATE_COMPLETE")
        _, left = judged([small()], planned([small()], PLACE, None), cloudformation, None)
        assert len(left.kept) == 1
        assert "CREATE_COMPLETE" in left.kept[0]
        stub.assert_no_pending_responses()

    def test_a_large_template_goes_into_the_bootstrap_bucket_and_no_version_stays(self) -> None:
        large = small(template={"Resources": {}, "Description": "x" * INLINE_BYTES})
        s3, stored = stubbed("s3")
        bucket = "cdk-hnb659fds-assets-111122223333-eu-west-1"
        stored.add_response("head_bucket", {}, {"Bucket": bucket, "ExpectedBucketOwner": "111122223333"})
        plan = planned([large], PLACE, s3)
        assert (plan.bucket, plan.own_bucket) == (bucket, False)
        (key,) = plan.uploads.values()
        put = {"Bucket": bucket, "Key": key, "Body": large.body.encode(), "ExpectedBucketOwner": "111122223333"}
        stored.add_response("put_object", {"VersionId": "v1"}, put)
        stored.add_response("delete_object", {}, {"Bucket": bucket, "Key": key, "VersionId": "v1"})
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, TemplateURL=f"https://s3.eu-west-1.amazonaws.com/{bucket}/{key}")
        removal_answers(stub)
        said, left = judged([large], plan, cloudformation, s3)
        assert ([one.level for one in said], left.kept) == (["ok"], [])
        stored.assert_no_pending_responses()

    @pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
    def test_without_a_bootstrap_a_bucket_is_made_and_removed(self, region: str) -> None:
        large = small(template={"Resources": {}, "Description": "x" * INLINE_BYTES})
        s3, stored = stubbed("s3")
        stored.add_client_error("head_bucket", "404")
        plan = planned([large], PLACE._replace(region=region), s3)
        assert plan.own_bucket
        assert f"the bucket {plan.bucket}" in plan.told()
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        stored.add_response("create_bucket", {}, {"Bucket": plan.bucket, **where})
        stored.add_response("put_object", {})
        stored.add_response("delete_object", {}, {"Bucket": plan.bucket, "Key": ANY})
        stored.add_response("delete_bucket", {}, {"Bucket": plan.bucket})
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, TemplateURL=ANY)
        removal_answers(stub)
        judged([large], plan, cloudformation, s3)
        stored.assert_no_pending_responses()

    def test_a_bucket_that_cannot_be_made_is_told_and_nothing_is_left(self) -> None:
        large = small(template={"Resources": {}, "Description": "x" * INLINE_BYTES})
        s3, stored = stubbed("s3")
        stored.add_client_error("head_bucket", "403")
        plan = planned([large], PLACE, s3)
        for operation in ("create_bucket", "put_object", "delete_object", "delete_bucket"):
            stored.add_client_error(operation, "AccessDenied" if operation == "create_bucket" else "NoSuchBucket")
        said, left = judged([large], plan, None, s3)
        assert [(one.judge, one.level) for one in said] == [
            ("s3:CreateBucket", "error"),
            ("cloudformation:CreateChangeSet", "error"),
        ]
        assert left.kept == []
        stored.assert_no_pending_responses()

    def test_names_of_the_scenarios_are_names_that_the_operation_takes(self, every: dict[str, Subject]) -> None:
        model = boto3.client("cloudformation", region_name="eu-west-1").meta.service_model
        pattern = model.operation_model("CreateChangeSet").input_shape.members["StackName"].metadata["pattern"]
        s3, stored = stubbed("s3")
        stored.add_response("head_bucket", {})
        plan = planned(list(every.values()), PLACE, s3)
        for name in plan.stacks.values():
            assert len(name) <= 128
            assert re.fullmatch(pattern, name)


class TestLeftovers:
    def test_a_signal_while_something_is_removed_waits_and_is_not_lost(self) -> None:
        done: list[str] = []

        def disturbed() -> None:
            signal.raise_signal(signal.SIGINT)
            done.append("first")

        left = Leftovers()
        left.made("second", lambda: done.append("second"))
        left.made("first", disturbed)
        with pytest.raises(KeyboardInterrupt):
            left.take_away()
        assert done == ["first", "second"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
