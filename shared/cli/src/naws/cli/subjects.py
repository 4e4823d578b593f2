"""Which deployed stacks `naws guard` and `naws verify` look at, where they are."""

import difflib
import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naws.cli.accounts import Place
from naws.cli.assembly import StackArtifact, read_stacks
from naws.cli.errors import NO_ACCESS, NOT_FOUND, CliError
from naws.cli.running import find_running


@dataclass(frozen=True)
class Subject:
    """One stack.

    Attributes:
        name: Its name.
        place: Its account and region.
        artifact: What the assembly has of it; None when no assembly was given.
    """

    name: str
    place: Place
    artifact: StackArtifact | None = None

    @property
    def title(self) -> str:
        """Which stack, and where."""
        return f"{self.name} · account {self.place.account} · {self.place.region}"

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {"stack": self.name, "account": self.place.account, "region": self.place.region}


def find_subjects(names: Sequence[str], assembly: Path | None, *, lookup_role: bool) -> list[Subject]:
    """The stacks of these names; all of an assembly when no name is given.

    Args:
        names: Names of stacks; of an assembly's also their construct paths, and patterns such as `Prod/*`.
        assembly: What `cdk synth` wrote, with the stages in it; says where each stack is.
        lookup_role: As for `Place.of_stack`.

    Raises:
        CliError: There is no such assembly or stack, or its account is out of reach.
    """
    if assembly is None:
        if not names:
            raise CliError("Which stack?", "Name stacks, or give --app cdk.out for all of an assembly.", code=2)
        if lookup_role:
            raise CliError("--lookup-role needs --app: the assembly names the role of each stack.", code=2)
        here = _here()
        return [Subject(name, here) for name in names]
    if not (assembly / "manifest.json").is_file():
        raise CliError(f"There is no cloud assembly in {assembly}.", "cdk synth --output cdk.out", code=NOT_FOUND)
    chosen = choose_stacks(read_stacks(assembly), names)
    here = _here()
    return [Subject(one.name, here.of_stack(one, lookup_role=lookup_role), one) for one in chosen]


def _here() -> Place:
    """Where the credentials lead. What a pipeline asks is never an embedded AWS that happens to run beside it."""
    try:
        return Place.of_environment()
    except CliError as error:
        running = find_running(Path.cwd())
        if error.code == NO_ACCESS and running is not None and running.targets:
            there = running.targets[0]
            where = f"AWS_ENDPOINT_URL={running.endpoint_url} AWS_REGION={there.region}"
            keys = f"AWS_ACCESS_KEY_ID={there.account} AWS_SECRET_ACCESS_KEY=local"
            error.detail = f"{error.detail}\nOf the `naws local` that runs here: export {where} {keys}"
        raise


def not_there(subject: Subject) -> CliError:
    """The error for a stack that was named and is nowhere, with the one that comes closest."""
    pages = subject.place.client("cloudformation").get_paginator("describe_stacks").paginate()
    names = [one["StackName"] for page in pages for one in page["Stacks"]]
    near = difflib.get_close_matches(subject.name, names, n=1)
    detail = f"Did you mean {near[0]}?" if near else "aws cloudformation list-stacks"
    return CliError(f"There is no stack {subject.title}.", detail, code=NOT_FOUND)


def choose_stacks(stacks: list[StackArtifact], names: Sequence[str]) -> list[StackArtifact]:
    """As the CDK's own command chooses; several stages may have stacks of one name, in accounts of their own.

    Args:
        stacks: Of which; all of them without a name.
        names: Names, construct paths, and patterns of them.

    Raises:
        CliError: There is none of a name.
    """
    called = {one.id: {one.id, one.display_name, one.name} for one in stacks}
    for name in names:
        if not any(fnmatch.filter(each, name) for each in called.values()):
            near = difflib.get_close_matches(name, set[str]().union(*called.values()), n=1)
            detail = f"Did you mean {near[0]}?" if near else f"It has {', '.join(one.name for one in stacks)}."
            raise CliError(f"The assembly has no stack {name}.", detail, code=NOT_FOUND)
    chosen = [one for one in stacks if any(fnmatch.filter(called[one.id], name) for name in names)]
    return chosen or stacks
