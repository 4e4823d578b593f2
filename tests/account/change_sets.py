"""CloudFormation as a judge: a change set for each template, which is never executed and then taken away.

template ─┬─ up to 51,200 bytes ──────────────────────────────┬─> CreateChangeSet ─> DescribeChangeSet … ─> verdict
          └─ larger: an object in the bootstrap's bucket,     ┘        │
             or in a bucket that is made for it                        └─> DeleteChangeSet, DeleteStack
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from subjects import Place, Subject
from verdicts import Leftovers, Level, Verdict, asked

INLINE_BYTES = 51_200
"""Bytes of a template that CreateChangeSet takes itself. Source: CloudFormation API, CreateChangeSet, TemplateBody."""
_PATIENCE, _PAUSE = 300, 2  # seconds that a change set may take, and between two looks at it
_CHANGE_SET = "account-check"


@dataclass(frozen=True)
class Plan:
    """What will be made in the account, known before anything is.

    Attributes:
        stacks: by scenario the name of the stack that its change set is for.
        uploads: by scenario the key of the object that holds its template.
        bucket: where those go; empty when there are none.
        own_bucket: whether the bucket is made for it, and taken away.
    """

    place: Place
    stacks: dict[str, str]
    uploads: dict[str, str] = field(default_factory=dict)
    bucket: str = ""
    own_bucket: bool = False

    def told(self) -> list[str]:
        """The list that is shown before anybody agrees."""
        made = [
            f"a change set that is never executed, and with it the empty stack {name} (REVIEW_IN_PROGRESS)"
            for name in self.stacks.values()
        ]
        if self.own_bucket:
            made.append(f"the bucket {self.bucket}")
        return made + [f"the object s3://{self.bucket}/{key}" for key in self.uploads.values()]


class Clients(NamedTuple):
    """Of boto3, for the services that hold what is made."""

    cloudformation: Any
    s3: Any


def planned(subjects: Sequence[Subject], place: Place, s3: Any) -> Plan:
    """Decide the names; a look at the bootstrap's bucket is the only call."""
    run = uuid.uuid4().hex[:8]
    stacks = {one.scenario: f"NawsAccountCheck-{_named(one.scenario)}-{run}" for one in subjects}
    large = [one.scenario for one in subjects if len(one.body.encode()) > INLINE_BYTES]
    if not large:
        return Plan(place, stacks)
    uploads = {name: f"naws-account-check/{run}/{_named(name)}.json" for name in large}
    bootstrap = f"cdk-hnb659fds-assets-{place.account}-{place.region}"
    own = not _is_ours(s3, bootstrap, place)
    return Plan(place, stacks, uploads, f"naws-account-check-{place.account}-{run}" if own else bootstrap, own)


def _named(scenario: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in scenario)


def _is_ours(s3: Any, bucket: str, place: Place) -> bool:
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=place.account)
    except ClientError:
        return False
    return True


def judged_templates(
    subjects: Sequence[Subject],
    plan: Plan,
    clients: Clients,
    left: Leftovers,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Verdict]:
    """Each template by a change set of its own; what was made is noted in `left` before it is made."""
    if plan.own_bucket:
        made = asked("all", plan.bucket, "s3:CreateBucket", lambda: _make_bucket(clients.s3, plan, left))
        if made.level == "error":
            yield made
    for subject in subjects:
        with Leftovers() as own:

            def ask(subject: Subject = subject, own: Leftovers = own) -> tuple[Level, str]:
                source = _source(clients.s3, plan, subject, own)
                return _change_set(clients.cloudformation, plan.stacks[subject.scenario], source, own, pause)

            yield asked(subject.scenario, "template", "cloudformation:CreateChangeSet", ask)
        left.kept += own.kept


def _make_bucket(s3: Any, plan: Plan, left: Leftovers) -> tuple[Level, str]:
    left.made(f"bucket {plan.bucket}", lambda: _but("NoSuchBucket", lambda: s3.delete_bucket(Bucket=plan.bucket)))
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": plan.place.region}}
    s3.create_bucket(Bucket=plan.bucket, **({} if plan.place.region == "us-east-1" else elsewhere))
    return "ok", ""


def _source(s3: Any, plan: Plan, subject: Subject, own: Leftovers) -> dict[str, str]:
    """The template itself, or where it is."""
    key = plan.uploads.get(subject.scenario)
    if key is None:
        return {"TemplateBody": subject.body}
    version: dict[str, str] = {}
    # The bootstrap's bucket keeps versions: without its id the object would only be hidden.
    place = {"Bucket": plan.bucket, "Key": key}
    own.made(f"s3://{plan.bucket}/{key}", lambda: _but("NoSuchBucket", lambda: s3.delete_object(**place, **version)))
    put = s3.put_object(**place, Body=subject.body.encode(), ExpectedBucketOwner=plan.place.account)
    if "VersionId" in put:
        version["VersionId"] = put["VersionId"]
    return {"TemplateURL": f"{s3.meta.endpoint_url}/{plan.bucket}/{key}"}


def _change_set(
    cloudformation: Any, stack: str, source: dict[str, str], own: Leftovers, pause: Callable[[float], None]
) -> tuple[Level, str]:
    own.made(f"stack {stack}", lambda: _remove(cloudformation, stack, pause))
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=_CHANGE_SET,
        ChangeSetType="CREATE",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        **source,
    )
    for _ in range(_PATIENCE // _PAUSE):
        seen = cloudformation.describe_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
        if seen["Status"] == "CREATE_COMPLETE":
            return "ok", ""
        if seen["Status"] == "FAILED":
            return "error", _why(cloudformation, seen)
        pause(_PAUSE)
    return "error", f"no verdict within {_PATIENCE} s"


def _why(cloudformation: Any, seen: dict[str, Any]) -> str:
    """The first thing that CloudFormation's validation found; the reason only names the validation."""
    reason = seen.get("StatusReason", "no reason given")
    try:
        events = cloudformation.describe_events(ChangeSetName=seen["ChangeSetId"], Filters={"FailedEvents": True}).get(
            "OperationEvents", []
        )
    except ClientError:
        return reason
    for event in events:
        if event.get("ValidationStatusReason"):
            return f"{event.get('LogicalResourceId', '')} {event['ValidationStatusReason']}".strip()
    return reason


def _but(code: str, ask: Callable[[], Any]) -> Any:
    """The answer; None for the error of this code."""
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] == code:
            return None
        raise


def _remove(cloudformation: Any, stack: str, pause: Callable[[float], None]) -> None:
    """Delete the change set, then the stack that exists only because of it."""
    seen = _but("ValidationError", lambda: cloudformation.describe_stacks(StackName=stack))
    if seen is None:  # it was never made
        return
    found = seen["Stacks"][0]
    if found["StackStatus"] != "REVIEW_IN_PROGRESS":
        raise ClientError(
            {"Error": {"Code": "NotOurs", "Message": f"its status is {found['StackStatus']}"}}, "DeleteStack"
        )
    change_set = {"StackName": stack, "ChangeSetName": _CHANGE_SET}
    for _ in range(_PATIENCE // _PAUSE):
        # One that is still being made, when Ctrl-C came early, is not deleted before it is done.
        if _but("InvalidChangeSetStatus", lambda: cloudformation.delete_change_set(**change_set)) is not None:
            break
        pause(_PAUSE)
    cloudformation.delete_stack(StackName=stack)
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=found["StackId"], WaiterConfig={"Delay": _PAUSE, "MaxAttempts": 60})
