"""Where commands look: the embedded AWS of this folder, or the account that the credentials lead to."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naws.cli import console
from naws.cli.accounts import Place
from naws.cli.assembly import StackArtifact, read_stacks
from naws.cli.errors import NO_ACCESS, NOT_FOUND, CliError
from naws.cli.running import find_running

_ENDPOINT = "AWS_ENDPOINT_URL"
_ASSEMBLY = Path("cdk.out")


@dataclass(frozen=True)
class Asked:
    """What the options of a command say of it.

    Attributes:
        aws: The account of the credentials, whatever runs in this folder.
        local: The embedded AWS, whatever the credentials lead to.
        state_dir: Of `naws local`, where it is another than one in `.naws`.
        assembly: What `cdk synth` wrote; says where each stack is.
    """

    aws: bool = False
    local: bool = False
    state_dir: Path | None = None
    assembly: Path | None = None


@dataclass(frozen=True)
class Where:
    """The accounts and regions in which stacks are looked for.

    Attributes:
        places: Each, the first before the others.
        title: Which they are, in a line.
        embedded: They are of an embedded AWS.
        stacks: What an assembly has.
        bound: Only the stacks of the assembly are looked for, each in its region; those of other accounts are left out.
    """

    places: tuple[Place, ...]
    title: str
    embedded: bool = False
    stacks: tuple[StackArtifact, ...] = ()
    bound: bool = False

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        first = self.places[0]
        return {"embedded": self.embedded, "account": first.account, "region": first.region}


def find_where(asked: Asked, folder: Path) -> Where:
    """Where to look.

    Args:
        asked: What the options say.
        folder: Where the command is given.

    Raises:
        CliError: No embedded AWS runs although it is asked for, or there are no credentials.
    """
    if asked.aws and (asked.local or asked.state_dir):
        raise CliError("Either --aws or --local.", code=2)
    stacks = _stacks(asked.assembly, folder)
    if not asked.aws and (asked.local or asked.state_dir or not os.environ.get(_ENDPOINT)):
        running = find_running(folder, asked.state_dir)
        if running is not None:
            places = tuple(
                Place.of_endpoint(running.endpoint_url, each.account, each.region) for each in running.targets
            )
            # It was deployed from its own assembly; that of the folder may be for AWS.
            deployed = stacks if asked.assembly else _stacks(None, running.state_dir)
            title = f"embedded AWS at {running.endpoint_url} · {_accounts(places)}"
            return Where(places, title, embedded=True, stacks=deployed)
        if asked.local or asked.state_dir:
            named = f" with its files in {asked.state_dir}" if asked.state_dir else " in this folder or one above"
            raise CliError(f"No `naws local` runs{named}.", "naws local APP starts one.", code=NOT_FOUND)
    return _account(stacks, bound=asked.assembly is not None, asked=asked)


def _account(stacks: tuple[StackArtifact, ...], *, bound: bool, asked: Asked) -> Where:
    try:
        here = Place.of_environment()
    except CliError as error:
        if error.code == NO_ACCESS and not asked.aws:
            error.detail = f"{error.detail}\nNo `naws local` runs in this folder or one above, either."
        raise
    left = [one for one in stacks if bound and one.account not in {None, here.account}]
    if len(left) < len(stacks) and left:
        named = ", ".join(f"{one.display_name} of account {one.account}" for one in left)
        console.note(f"left out, since the credentials are of {here.account}: {named}")
    profile = os.environ.get("AWS_PROFILE")
    endpoint = os.environ.get(_ENDPOINT)
    parts = [f"account {here.account}", here.region, f"profile {profile}" if profile else "", endpoint or ""]
    return Where((here,), " · ".join(filter(None, parts)), stacks=stacks, bound=bound)


def _accounts(places: Sequence[Place]) -> str:
    return ", ".join(f"account {each.account} · {each.region}" for each in places)


def _stacks(assembly: Path | None, folder: Path) -> tuple[StackArtifact, ...]:
    """The stacks of an assembly; without one asked for, those of `cdk.out`: where the stack of a path is."""
    directory = assembly or folder / _ASSEMBLY
    if (directory / "manifest.json").is_file():
        return tuple(read_stacks(directory))
    if assembly is not None:
        raise CliError(f"There is no cloud assembly in {assembly}.", "cdk synth --output cdk.out", code=NOT_FOUND)
    return ()
