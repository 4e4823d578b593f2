"""`naws guard`: does a change set remove or replace something that holds data?"""

import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import asked, code_of
from naws.cli.assembly import StackArtifact, deployed_template
from naws.cli.changes import NESTED_STACK, Loss, Verdict, loss_of
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.nested import gets_other_parameters, nested_losses
from naws.cli.subjects import Subject, not_there
from naws.cli.words import counted
from naws.core.stateful import CODE, STATEFUL_TYPES, acknowledged, acknowledged_ids

WOULD_LOSE = 3
"""Exit code: something stateful would be removed or replaced."""

_PATIENCE, _PAUSE = 120, 2
_QUEUE = "AWS::SQS::Queue"
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
_EMPTY = ("didn't contain changes", "No updates are to be performed")
_ACKNOWLEDGE = f"""\
When a loss is intended, say so in the app, and take the line out again once it is deployed:

  from naws.core import acknowledge_replacement  # writes {CODE} into the template
"""


@dataclass(frozen=True)
class Judged:
    """A loss, and whether it stops the deployment.

    Attributes:
        loss: What would happen.
        verdict: `stop`, `kept` or `acknowledged`.
        reason: Why it is acknowledged.
        path: Its construct path, when the template has it.
        messages: About how many a queue has. None: it is no queue, or nobody may count them.
    """

    loss: Loss
    verdict: Verdict
    reason: str = ""
    path: str = ""
    messages: int | None = None

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        judged = {"verdict": self.verdict, "reason": self.reason, "path": self.path, "messages": self.messages}
        return {**self.loss.data(), **judged}


@dataclass(frozen=True)
class ChangeSet:
    """One change set of one stack.

    Attributes:
        cloudformation: A client.
        stack: The stack's name or ARN.
        name: The change set's name or ARN.
        artifact: What the assembly has of the stack.
    """

    cloudformation: Any
    stack: str
    name: str
    artifact: StackArtifact | None = None

    @cached_property
    def changes(self) -> list[dict[str, Any]]:
        """All `ResourceChange`s, of all pages.

        Raises:
            CliError: It could not be made.
        """
        pages = self._pages()
        status, reason = pages[0]["Status"], pages[0].get("StatusReason", "")
        if status == "FAILED" and not any(words in reason for words in _EMPTY):
            raise CliError(f"The change set {self.name} of {self.stack} could not be made.", reason)
        if pages[0].get("ExecutionStatus") in ("OBSOLETE", "EXECUTE_COMPLETE", "EXECUTE_FAILED"):
            console.note(
                f"{self.stack}: the change set is {pages[0]['ExecutionStatus']}; it will not be executed again"
            )
        return [change["ResourceChange"] for page in pages for change in page.get("Changes", ())]

    def _pages(self) -> list[dict[str, Any]]:
        request = {"StackName": self.stack, "ChangeSetName": self.name, "IncludePropertyValues": True}
        for _ in range(_PATIENCE // _PAUSE):
            pages = [*self.cloudformation.get_paginator("describe_change_set").paginate(**request)]
            if not pages[0]["Status"].endswith(("PENDING", "IN_PROGRESS")):
                return pages
            time.sleep(_PAUSE)
        raise CliError(f"The change set {self.name} of {self.stack} is not ready after {_PATIENCE} s.")

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template that it would deploy."""
        # A template in YAML acknowledges nothing here.
        return deployed_template(self.cloudformation, StackName=self.stack, ChangeSetName=self.name) or {}

    def judged(self) -> list[Judged]:
        """What it would lose, in nested stacks too."""
        here = {change.get("LogicalResourceId") for change in self.changes} | self.template.get("Resources", {}).keys()
        for name in sorted(acknowledged_ids(self.template) - here):
            console.note(f"{self.stack}: {name} is acknowledged, and is neither in the stack nor in its template")
        return [each for change in self.changes for each in self._judged(change)]

    def _judged(self, change: dict[str, Any]) -> Iterator[Judged]:
        nested = change.get("ResourceType") == NESTED_STACK and change.get("PhysicalResourceId")
        if nested and change.get("ChangeSetId"):
            yield from ChangeSet(self.cloudformation, nested, change["ChangeSetId"], self.artifact).judged()
        elif nested:
            yield from self._by_template(change)
        elif loss := loss_of(change):
            yield _with_verdict(loss, self.template)

    def _by_template(self, change: dict[str, Any]) -> Iterator[Judged]:
        """A nested stack without a change set of its own, as CodePipeline makes none: its templates tell."""
        declared = self.template.get("Resources", {}).get(change["LogicalResourceId"])
        known = self.artifact and declared and change.get("Action") == "Modify"
        new = self.artifact.nested_template(declared) if self.artifact and known else None
        old = deployed_template(self.cloudformation, StackName=change["PhysicalResourceId"]) if new else None
        if new and old:
            found = nested_losses(old, new, other_parameters=gets_other_parameters(change))
            yield from (_with_verdict(loss, new) for loss in found)
        elif loss := self._unseen(change):
            yield _with_verdict(loss, self.template)

    def _unseen(self, change: dict[str, Any]) -> Loss | None:
        """A nested stack whose own changes are not known: harmless when it holds nothing stateful."""
        nested = change["PhysicalResourceId"]
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=nested)
        kinds = [one["ResourceType"] for page in pages for one in page["StackResourceSummaries"]]
        held = sorted(STATEFUL_TYPES.intersection(kinds))
        what = "removed" if change.get("Action") == "Remove" else "changed unseen: no change set of its own"
        kept = change.get("PolicyAction") == "Retain"
        why = (f"it holds {', '.join(held)}",)
        return Loss(change["LogicalResourceId"], NESTED_STACK, what, why, nested, kept) if held else None


def _with_verdict(loss: Loss, template: dict[str, Any]) -> Judged:
    reason = acknowledged(template, loss.logical_id)
    resource = template.get("Resources", {}).get(loss.logical_id, {})
    path = resource.get("Metadata", {}).get("aws:cdk:path", "").removesuffix("/Resource")
    verdict: Verdict = "kept" if loss.kept else "acknowledged" if reason else "stop"
    return Judged(loss, verdict, reason or "", path)


def guard(subjects: Sequence[Subject], change_set: str, *, show: bool) -> tuple[int, Any]:
    """Read the change set of each stack and say what it would lose.

    Args:
        subjects: The stacks.
        change_set: Its name, the same for every stack.
        show: Print what was found.

    Returns:
        The exit code, 0 or `WOULD_LOSE`, and what was found.

    Raises:
        CliError: A change set is not there, could not be made, or cannot be read.
    """
    found: dict[str, list[Judged]] = {}
    stacks: list[dict[str, Any]] = []
    for subject in subjects:
        with asked():
            losses = found[subject.title] = [_with_messages(each, subject) for each in _judged(subject, change_set)]
        stacks.append({**subject.data(), "losses": [each.data() for each in losses]})
    stops = [each for losses in found.values() for each in losses if each.verdict == "stop"]
    if show:
        _show(found, stops)
    if stops:
        console.aside(_ACKNOWLEDGE + "\n".join(dict.fromkeys(map(_line, stops))))
    return WOULD_LOSE if stops else 0, {"changeSet": change_set, "stacks": stacks}


def _with_messages(judged: Judged, subject: Subject) -> Judged:
    """The same with what a queue has that leaves the stack: no command, alarm or dashboard knows it any more."""
    url = judged.loss.physical_id
    if judged.loss.kind != _QUEUE or not url:
        return judged
    try:
        attributes = subject.place.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[*_COUNTS])
    except ClientError as error:
        console.note(f"{subject.name}: whether {url.rpartition('/')[2]} has messages is not known: {error}")
        return judged
    count = sum(int(attributes.get("Attributes", {}).get(each, 0)) for each in _COUNTS)
    if count:
        name = shlex.quote(subject.name)
        console.note(
            f"{subject.name}: {url.rpartition('/')[2]} has {counted(count, 'message')}, which no command finds once it "
            f"has left the stack. What failed is put back before: naws failures {name}, naws redrive {name}"
        )
    return replace(judged, messages=count)


def _judged(subject: Subject, name: str) -> list[Judged]:
    cloudformation = subject.place.client("cloudformation")
    try:
        return ChangeSet(cloudformation, subject.name, name, subject.artifact).judged()
    except ClientError as error:
        missing = code_of(error).startswith("ChangeSetNotFound")
        if not missing and "does not exist" not in str(error):
            raise
        if subject.artifact and _deployed(cloudformation, subject.name) == subject.artifact.template:
            console.note(f"{subject.name} has no change set {name}: what is deployed is what the assembly has")
            return []
        if subject.artifact is None and not _exists(cloudformation, subject.name):
            raise not_there(subject) from error
        detail = f"cdk deploy {subject.name} --method=prepare-change-set --change-set-name={name}"
        raise CliError(f"{subject.title} has no change set {name}.", detail, code=NOT_FOUND) from error


def _exists(cloudformation: Any, stack: str) -> bool:
    try:
        return bool(cloudformation.describe_stacks(StackName=stack)["Stacks"])
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise


def _deployed(cloudformation: Any, stack: str) -> dict[str, Any] | None:
    try:
        return deployed_template(cloudformation, StackName=stack)
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _show(found: dict[str, list[Judged]], stops: list[Judged]) -> None:
    for title, losses in found.items():
        console.line(title)
        for each in losses:
            verdicts = {
                "stop": "STOP",
                "kept": "passes: it stays in the account",
                "acknowledged": f"passes: {each.reason}",
            }
            why = f" ({'; '.join(each.loss.why)})" if each.loss.why else ""
            where = f"{each.loss.kind} {each.path or each.loss.logical_id}"
            held = f", with {counted(each.messages, 'message')}" if each.messages else ""
            console.line(f"  {where} would be {each.loss.what}{why}{held}: {verdicts[each.verdict]}")
    count = f"{len(stops)} of what holds data" if stops else "nothing that holds data"
    console.line(f"{count} would be lost", style="bold red" if stops else "")


def _line(judged: Judged) -> str:
    if judged.loss.what == "removed":
        return f'  acknowledge_replacement(stack, "because …", logical_id="{judged.loss.logical_id}")'
    return f'  acknowledge_replacement(resource, "because …")  # {judged.path or judged.loss.logical_id}'
