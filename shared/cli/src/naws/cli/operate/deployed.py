"""Deployed patterns, by the names of their stacks or their construct paths, read from the deployed templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import Place
from naws.cli.assembly import StackArtifact, deployed_template
from naws.cli.errors import NO_ACCESS, NOT_FOUND, CliError
from naws.cli.operate.given_queues import GivenQueues, given_queues
from naws.cli.operate.references import referred
from naws.cli.operate.where import Where
from naws.cli.schedules import expressions_of
from naws.core.parsed_json import is_object
from naws.core.runs import METADATA, Runs
from naws.core.spelling import nearest

_STACK = "AWS::CloudFormation::Stack"
_GONE = "DELETE_COMPLETE"
_UNDEPLOYED = {
    "REVIEW_IN_PROGRESS": "a change set waits for review",
    "ROLLBACK_COMPLETE": "its creation failed and was rolled back",
    _GONE: "it was deleted",
}
"""Why a stack that CloudFormation has is not deployed; one whose first change set nobody executed has no template."""


@dataclass(frozen=True)
class Deployed:
    """One pattern as it is deployed.

    Attributes:
        place: Its account and region.
        stack: The name of its stack.
        runs: Its metadata.
        arn: What is started: a state machine, or the alias of a function.
        resources: Physical ids by logical id.
        template: What its stack's template has, by logical id.
        logical: The logical id of what is started.
    """

    place: Place
    stack: str
    runs: Runs
    arn: str
    resources: Mapping[str, str] = field(repr=False)
    template: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]], repr=False)
    logical: str = ""

    @property
    def failure_queue(self) -> str | None:
        """The address of its failure queue; None when it has none."""
        return None if self.runs.failure_queue is None else self.resources.get(self.runs.failure_queue)

    @property
    def own_dead_letter_queues(self) -> list[str]:
        """The addresses of the dead-letter queues that it has made."""
        return [self.resources[name] for name in self.runs.dead_letter_queues if name in self.resources]

    @property
    def dead_letter_queues(self) -> list[str]:
        """The addresses of its dead-letter queues, and of those of the queues that it was given."""
        return [*self.own_dead_letter_queues, *self.given.letters]

    @property
    def queues(self) -> list[str]:
        """The addresses of the queues that start it.

        Raises:
            ClientError: AWS does not say which queue of another stack does.
        """
        if self.given.refusals:
            raise self.given.refusals[0]
        return [*(self.resources[name] for name in self.runs.queues if name in self.resources), *self.given.urls]

    @cached_property
    def given(self) -> GivenQueues:
        """The queues that it was given; asked for once."""
        return given_queues(self)

    @property
    def schedules(self) -> dict[str, str]:
        """The expressions of the schedules that start it, by their names."""
        return expressions_of(self.template, self.runs.schedules, self.resources)

    @property
    def log_group(self) -> str | None:
        """The name of its log group; None when its runs have none of their own."""
        return None if self.runs.log_group is None else self.resources.get(self.runs.log_group)

    @property
    def access_logs(self) -> str | None:
        """The bucket with the requests to a website; None when it has none, or one in a stack of another region."""
        sources = [
            self.template[each].get("Properties", {}).get("Name") for each in self.own("AWS::Logs::DeliverySource")
        ]
        for resource in self.template.values():
            given = resource.get("Properties", {})
            if resource.get("Type") == "AWS::Logs::Delivery" and given.get("DeliverySourceName") in sources:
                for target in referred(given.get("DeliveryDestinationArn")):
                    named = referred(self.template.get(target, {}).get("Properties", {}).get("DestinationResourceArn"))
                    return next((self.resources[name] for name in named if name in self.resources), None)
        return None

    def own(self, kind: str) -> dict[str, str]:
        """Physical ids of its resources of one type, by logical id: by their construct paths, or what they refer to."""
        return {
            name: self.resources[name]
            for name, resource in self.template.items()
            if resource.get("Type") == kind and self.resources.get(name) and self._has(resource)
        }

    def _has(self, resource: Mapping[str, Any]) -> bool:
        metadata: Mapping[str, Any] = resource.get("Metadata") or {}
        path = metadata.get("aws:cdk:path")
        if isinstance(path, str):
            return path.startswith(f"{self.runs.path}/")
        named = {self.logical, *self.runs.queues, *self.runs.dead_letter_queues, self.runs.failure_queue}
        function = self.template.get(self.logical, {}).get("Properties", {}).get("FunctionName")
        named |= {function.get("Ref")} if is_object(function) else set()
        return not named.isdisjoint(referred(resource.get("Properties")))

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        home = {"stack": self.stack, "account": self.place.account, "region": self.place.region}
        return {"path": self.runs.path, "pattern": self.runs.pattern, "kind": self.runs.kind, **home}


def find_deployed(where: Where, names: Sequence[str]) -> list[Deployed]:
    """The patterns of these names; all of them when no name is given.

    Args:
        where: Where they are looked for.
        names: Names or construct paths of stacks, construct paths of patterns or of what they are in, such as a stage,
            or the ends of those of patterns.

    Raises:
        CliError: One is not there, with what comes closest, or is several.
    """
    stacks = _Stacks(where)
    if not names:
        every = [each for stack in stacks.names for each in stacks.patterns(stack)]
        if not every and (elsewhere := _all_elsewhere(where)):
            raise elsewhere
        return every
    found = [each for name in names for each in _named(stacks, name)]
    return list({(one.place.account, one.place.region, one.arn): one for one in found}.values())


def find_one(where: Where, name: str) -> Deployed:
    """The one pattern of a name.

    Raises:
        CliError: As of `find_deployed`; or a stack of this name has several.
    """
    found = find_deployed(where, [name])
    if len(found) > 1:
        paths = ", ".join(each.runs.path for each in found)
        raise CliError(f"{name} is several patterns.", f"Name one of {paths}.", code=2)
    return found[0]


def _named(stacks: "_Stacks", name: str) -> list[Deployed]:
    of_stack = stacks.called(name)
    if of_stack:
        found = [each for stack in of_stack for each in stacks.patterns(stack)]
        if all(each in stacks.undeployed for each in of_stack):
            raise _named_elsewhere(stacks.where, name) or stacks.not_deployed(of_stack[0], name)
        if not found:
            raise CliError(f"The stack {name} has no pattern.", "Its template has no `naws:runs`.", code=NOT_FOUND)
        return found
    known: list[Deployed] = []
    for stack in stacks.likely_first(name):
        patterns = stacks.patterns(stack)
        exact = [each for each in patterns if each.runs.path == name]
        if exact:
            return exact
        known += patterns
    below = [each for each in known if each.runs.path.startswith(f"{name}/")]
    ends = [each for each in known if each.runs.path.endswith(f"/{name}")]
    if below and not ends:
        _note_elsewhere(stacks.where, name)
        return below
    if len(ends) > 1 or below:
        paths = ", ".join(each.runs.path for each in [*ends, *below])
        raise CliError(f"{name} is several patterns.", f"Name one of {paths}.", code=2)
    if not ends:
        raise stacks.not_there(name, known)
    return ends


class _Stacks:
    """The stacks of some accounts and regions; a template is read once, and only when it is needed."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.undeployed: dict[tuple[Place, str], str] = {}
        self._patterns: dict[tuple[Place, str], list[Deployed]] = {}
        self.names: list[tuple[Place, str]] = [*self._listed()]

    def _listed(self) -> Iterator[tuple[Place, str]]:
        if self.where.bound:
            here = self.where.places[0]
            near = (each for each in self.where.stacks if _elsewhere(self.where, each) is None)
            yield from ((here.of_stack(each, lookup_role=False), each.name) for each in near)
            return
        for place in self.where.places:
            pages = place.client("cloudformation").get_paginator("describe_stacks").paginate()
            for stack in (one for page in pages for one in page["Stacks"]):
                why = _UNDEPLOYED.get(stack["StackStatus"])
                if why:
                    self.undeployed[place, stack["StackName"]] = why
                # What a stack has in nested ones is read with it.
                elif not stack.get("ParentId"):
                    yield place, stack["StackName"]

    def called(self, name: str) -> list[tuple[Place, str]]:
        """The stacks of a name, or the one of a construct path.

        Raises:
            CliError: The stack of this path is in another account or region, where one of its name may be another's.
        """
        known = [*self.names, *(each for each in self.undeployed if each not in self.names)]
        for stack in self.where.stacks:
            if stack.display_name == name:
                if elsewhere := _elsewhere(self.where, stack):
                    raise elsewhere
                return [each for each in known if each[1] == stack.name and _fits(stack, each[0])]
        # What a stage has, CDK names after the path unless it is given a name.
        return [each for each in known if each[1] == name] or [
            each for each in known if "/" in name and each[1] == name.replace("/", "-")
        ]

    def likely_first(self, path: str) -> list[tuple[Place, str]]:
        """All stacks, those first that a pattern with this path is likely to be in."""
        return sorted(self.names, key=lambda each: not path.replace("/", "-").startswith(each[1]))

    def patterns(self, stack: tuple[Place, str]) -> list[Deployed]:
        """What a stack has, in nested stacks too."""
        if stack not in self._patterns:
            found: list[Deployed] = []
            try:
                found = [] if stack in self.undeployed else [*_of_stack(*stack, stack[1])]
                # Of a stack that was listed its state is known.
                if self.where.bound and not found and (why := _UNDEPLOYED.get(status_of_stack(*stack))):
                    self.undeployed[stack] = why
            except ClientError as error:
                # An assembly has what was never deployed, and a stack may go meanwhile.
                if "does not exist" not in str(error):
                    raise
                self.undeployed[stack] = ""
            self._patterns[stack] = found
        return self._patterns[stack]

    def not_deployed(self, stack: tuple[Place, str], name: str) -> CliError:
        """The error for a stack that is none yet, or no more."""
        why = self.undeployed[stack]
        title = f"{name} is not deployed in {self.where.title}{f': {why}' if why else ''}."
        return CliError(title, f"npx cdk deploy {name}", code=NOT_FOUND)

    def not_there(self, name: str, known: Sequence[Deployed]) -> CliError:
        """The error for a name that nothing has."""
        where = self.where
        if elsewhere := _named_elsewhere(where, name):
            return elsewhere
        for stack in self.undeployed:
            if name.startswith(f"{stack[1]}/"):
                return self.not_deployed(stack, stack[1])
        title = f"There is no stack and no pattern {name} in {where.title}."
        if not known:
            none = "No pattern is deployed there" if self.names else "Nothing is deployed there"
            return CliError(title, f"{none}.", code=NOT_FOUND)
        paths = [each.runs.path for each in known]
        ends = [path.rpartition("/")[2] for path in paths]
        near = nearest(name, [*(stack for _, stack in self.names), *paths, *ends])
        return CliError(title, f"Did you mean {near}?" if near else f"There is {', '.join(paths)}.", code=NOT_FOUND)


def _all_elsewhere(where: Where) -> CliError | None:
    """Where an assembly's stacks are, when none of them is in the account and region that was looked in."""
    found = [_elsewhere(where, each) for each in where.stacks]
    return found[0] if found and all(found) else None


def _named_elsewhere(where: Where, name: str) -> CliError | None:
    """Where what an assembly has of a name is, when none of it is in the account and region that was looked in."""
    found = [_elsewhere(where, each) for each in where.stacks if _has_name(each, name)]
    return found[0] if found and all(found) else None


def _note_elsewhere(where: Where, name: str) -> None:
    """Which stacks of a stage are not looked into: nobody is to take it that all is well there."""
    for stack in where.stacks:
        inside = stack.display_name.startswith(f"{name}/") and any(each.runs for each in stack.whole)
        if inside and (elsewhere := _elsewhere(where, stack)):
            console.note(f"left out: {elsewhere.title}")


def _has_name(stack: StackArtifact, name: str) -> bool:
    paths = [stack.display_name, stack.name, *(runs.path for each in stack.whole for runs in each.runs.values())]
    return any(f"/{path}".endswith(f"/{name}") or path.startswith(f"{name}/") for path in paths)


def _elsewhere(where: Where, stack: StackArtifact) -> CliError | None:
    """That a stack of an assembly is in another account or region than those that are looked in."""
    here = where.places[0]
    if where.embedded:
        return None
    if stack.account not in {None, here.account}:
        title = f"{stack.display_name} is in account {stack.account}; the credentials are of {here.account}."
        return CliError(title, "export AWS_PROFILE=… of that account.", code=NO_ACCESS)
    # Of an assembly that was asked for, each stack is looked for in its region.
    if not where.bound and stack.region not in {None, here.region}:
        title = f"{stack.display_name} is in {stack.region}, and not in {here.region}."
        return CliError(title, f"export AWS_REGION={stack.region}", code=NO_ACCESS)
    return None


def _fits(stack: StackArtifact, place: Place) -> bool:
    return stack.account in {None, place.account} and stack.region in {None, place.region}


def status_of_stack(place: Place, stack: str) -> str:
    """What CloudFormation has of the last deployment of a stack."""
    return place.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def _of_stack(place: Place, stack: str, title: str) -> Iterator[Deployed]:
    """The patterns of a stack, given by its name or ARN, called by the name of the outermost one."""
    cloudformation = place.client("cloudformation")
    template = deployed_template(cloudformation, StackName=stack) or {}
    noted = {name: one["Metadata"][METADATA] for name, one in _resources(template) if METADATA in one["Metadata"]}
    if not noted and not any(one.get("Type") == _STACK for _, one in _resources(template)):
        return
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    listed = [one for page in pages for one in page["StackResourceSummaries"] if one["ResourceStatus"] != _GONE]
    resources = {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in listed}
    for name, metadata in noted.items():
        if resources.get(name):
            runs = Runs.of_metadata(metadata)
            yield Deployed(place, title, runs, resources[name], resources, template.get("Resources", {}), name)
    for one in listed:
        if one["ResourceType"] == _STACK and one.get("PhysicalResourceId"):
            yield from _of_stack(place, one["PhysicalResourceId"], title)


def _resources(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template.get("Resources", {}).items():
        yield name, {**resource, "Metadata": resource.get("Metadata") or {}}


def suggested(*errors: CliError) -> str:
    """What the errors of several searches suggest."""
    near = [each.detail for each in errors if each.detail.startswith("Did you mean")]
    return near[0] if near else errors[0].detail
