"""`naws verify`: is what a template has there, and as the template has it?"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import Place, asked
from naws.cli.assembly import StackArtifact, deployed_template
from naws.cli.checkers import CHECKERS, Fact, Resource
from naws.cli.checkers.facts import is_missing
from naws.cli.errors import CliError
from naws.cli.subjects import Subject, not_there

_PAUSE = 5
_STACK = "AWS::CloudFormation::Stack"
_IGNORED = {"AWS::CDK::Metadata"}
_MISSING = Fact("MISSING", good=False)


@dataclass(frozen=True)
class Verified:
    """One resource.

    Attributes:
        logical_id: In the template.
        kind: Its type.
        facts: What is known of it.
        path: Its construct path, when the template has it.
        asked: Its service was asked; otherwise CloudFormation.
    """

    logical_id: str
    kind: str
    facts: tuple[Fact, ...]
    path: str = ""
    asked: bool = True

    @property
    def good(self) -> bool:
        """Everything is as the template has it."""
        return all(fact.good for fact in self.facts)

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        facts = {"facts": [one.text for one in self.facts if one.good]}
        facts["problems"] = [one.text for one in self.facts if not one.good]
        source = "service" if self.asked else "CloudFormation"
        named = {"logicalId": self.logical_id, "path": self.path, "type": self.kind, "source": source}
        return {**named, **facts, "ok": self.good}


def verify(subjects: Sequence[Subject], wait: float, *, show: bool) -> tuple[int, Any]:
    """Compare each stack with its template.

    Args:
        subjects: The stacks.
        wait: For so many seconds what is not yet as it should be is asked again: AWS is eventually consistent.
        show: Print what was found.

    Returns:
        The exit code, 0 or 1 when something is missing or different, and what was found.

    Raises:
        CliError: AWS cannot be asked.
    """
    deadline = time.monotonic() + wait
    found: dict[str, list[Verified]] = {}
    stacks: list[dict[str, Any]] = []
    for subject in subjects:
        verified = _patiently(subject, deadline)
        found[subject.title] = verified
        stacks.append({**subject.data(), "resources": [each.data() for each in verified]})
    differing = sum(not each.good for every in found.values() for each in every)
    if show:
        _show(found, differing)
    return min(differing, 1), {"differing": differing, "stacks": stacks}


def _patiently(subject: Subject, deadline: float) -> list[Verified]:
    while True:
        with asked():
            verified = [*_stack(subject)]
            left = deadline - time.monotonic()
            # What an assembly has is missing; what was named only, perhaps by mistake, is nothing to compare with.
            if left <= 0 and subject.artifact is None and verified[0].facts == (_MISSING,):
                raise not_there(subject)
        if left <= 0 or all(each.good for each in verified):
            return verified
        time.sleep(min(_PAUSE, left))


def _stack(subject: Subject) -> Iterator[Verified]:
    cloudformation = subject.place.client("cloudformation")
    try:
        stack = cloudformation.describe_stacks(StackName=subject.name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        yield Verified(subject.name, _STACK, (_MISSING,))
        return
    yield Verified(subject.name, _STACK, (*_state_of(subject, stack),))
    template = subject.artifact.template if subject.artifact else None
    yield from _Content(subject.place, subject.name, subject.artifact, template).verified()


@dataclass(frozen=True)
class _Content:
    """What a stack has, and what its nested stacks have.

    Attributes:
        place: Where it is.
        stack: Its name or ARN.
        artifact: What the assembly has of the outermost stack.
        template: Its own of the assembly; None: the one that is deployed.
        inside: The logical ids of the stacks around it.
    """

    place: Place
    stack: str
    artifact: StackArtifact | None
    template: dict[str, Any] | None
    inside: tuple[str, ...] = ()

    def verified(self) -> Iterator[Verified]:
        cloudformation = self.place.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.stack)
        existing = {one["LogicalResourceId"]: one for page in pages for one in page["StackResourceSummaries"]}
        physical = {name: one.get("PhysicalResourceId", "") for name, one in existing.items()}
        template = self.template or deployed_template(cloudformation, "Processed", StackName=self.stack)
        if template is None:
            raise CliError(
                f"The template of {self.stack} is YAML, which is not read here.", "naws verify --app cdk.out"
            )
        for name, declared in template.get("Resources", {}).items():
            left_out = "Condition" in declared and name not in existing
            if declared["Type"] in _IGNORED or left_out:
                continue
            resource = Resource(self.place, physical.get(name, ""), declared.get("Properties", {}), physical)
            yield _verified(".".join((*self.inside, name)), declared, existing.get(name), resource)
            if declared["Type"] == _STACK and physical.get(name):
                nested = self.artifact.nested_template(declared) if self.artifact else None
                inside = (*self.inside, name)
                yield from _Content(self.place, physical[name], self.artifact, nested, inside).verified()


def _state_of(subject: Subject, stack: dict[str, Any]) -> Iterator[Fact]:
    state: str = stack["StackStatus"]
    # After a rollback the stack is as an older template has it, and not as the assembly's.
    rolled_back = state.endswith("ROLLBACK_COMPLETE") and (subject.artifact is not None or state == "ROLLBACK_COMPLETE")
    works = state.endswith("_COMPLETE") and state != "DELETE_COMPLETE" and not rolled_back
    yield Fact(state.lower().replace("_", " "), good=works)
    protected = bool(stack.get("EnableTerminationProtection"))
    wanted = subject.artifact is not None and subject.artifact.artifact["properties"].get("terminationProtection")
    if protected or wanted:
        yield Fact("protected from termination" if protected else "not protected from termination", good=protected)


def _verified(logical_id: str, declared: dict[str, Any], exists: dict[str, Any] | None, resource: Resource) -> Verified:
    kind = declared["Type"]
    path = declared.get("Metadata", {}).get("aws:cdk:path", "").removesuffix("/Resource")
    if exists is None:
        return Verified(logical_id, kind, (_MISSING,), path, asked=False)
    check = CHECKERS.get(kind)
    if check is None:
        state: str = exists["ResourceStatus"]
        good = state.endswith("_COMPLETE") and not state.startswith("DELETE")
        return Verified(logical_id, kind, (Fact(state.lower().replace("_", " "), good),), path, asked=False)
    try:
        return Verified(logical_id, kind, (*check(resource),), path)
    except ClientError as error:
        if not is_missing(error):
            raise
        return Verified(logical_id, kind, (_MISSING,), path)


def _show(found: dict[str, list[Verified]], differing: int) -> None:
    for title, verified in found.items():
        console.line(title)
        shown = [each for each in verified if each.asked or not each.good]
        console.columns(("", "", "", ""), map(_cells, shown))
        others = Counter(each.kind for each in verified if not each.asked and each.good)
        if others:
            kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(others.items()))
            console.line(f"  by CloudFormation's own status: {kinds}", style="dim")
    total = sum(map(len, found.values()))
    words = f"{differing} of {total} not as declared" if differing else f"all {total} as declared"
    console.line(words, style="bold red" if differing else "")


def _cells(verified: Verified) -> tuple[tuple[str, str], str, str, str]:
    """What is wrong goes first, with a cross."""
    kind, word = verified.kind.removeprefix("AWS::"), ("  ok", "green") if verified.good else ("  DIFFERS", "red")
    facts = sorted(verified.facts, key=lambda each: each.good)
    shown = ", ".join(each.text if each.good else f"✗ {each.text}" for each in facts)
    return word, kind, verified.path or verified.logical_id, shown
