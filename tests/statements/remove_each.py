"""Remove each single statement of each policy of the production scenario in turn, and run what would need it.

    uv run python tests/statements/remove_each.py [--only TEXT] [--actions] [--markdown]

It deploys `app.py` once to the embedded AWS, and exercises it as it is. Then each statement is taken out through AWS's
API, what would need it is run, and it is put back. The table says what noticed that it was gone, in AWS's words, or
which AWS page demands it. The exit code is 1 when a statement is left that neither asks for.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from deployed import Mailbox, Processor, tried
from exercises import EXERCISES, Exercise, of
from needs import demanded, needed_by
from plain_http import Visitor
from policies import Statement, policies_of, statements
from rich.console import Console
from rich.table import Table

from naws.cli import console
from naws.cli.progress import Progress
from naws.cli.session import Session, session
from naws.cli.stacks import EmbeddedStack
from naws.cli.synth import find_app

APP = Path(__file__).with_name("app.py")
SHARED = "Shared"
_SERVICES = ("stepfunctions", "sqs", "s3", "logs", "ecs", "events", "scheduler", "dynamodb", "cloudwatch", "pipes")
_LONGEST = 150

out = Console(stderr=True)


@dataclass(frozen=True)
class Removal:
    """What became of the removal of one statement.

    Attributes:
        statement: Which.
        noticed: The exercise that missed it; empty for none.
        told: What it said, or the page that demands the statement; empty when nobody asks for it.
    """

    statement: Statement
    noticed: str
    told: str

    @property
    def verdict(self) -> str:
        """For the table."""
        if self.noticed:
            return f"missed by: {self.noticed}"
        return "demanded by AWS" if self.told else "NOBODY ASKS"


class Scenario:
    """The deployed scenario."""

    def __init__(self, running: Session, stacks: Sequence[EmbeddedStack]) -> None:
        self.stacks = {stack.artifact.name: stack for stack in stacks}
        shared = {name.removesuffix("Is"): value for name, value in self.stacks[SHARED].outputs.items()}
        mail = Mailbox(running.aws)
        self.processors = {
            name: Processor(name, stack, shared, running.embedded, mail)
            for name, stack in self.stacks.items()
            if name != SHARED
        }
        self.visitor = Visitor(running.aws)
        for processor in self.processors.values():
            for service in _SERVICES:  # boto3 cannot make clients in several threads at once
                processor.client(service)
            processor.hurry()

    def exercise_all(self) -> list[str]:
        """Run every exercise of every processor, the processors at once; what was missed."""

        def each(processor: Processor) -> list[str]:
            missed = {name: tried(EXERCISES[name], processor) for name in of(processor.name)}
            return [f"{processor.name}, {name}: {told}" for name, told in missed.items() if told]

        with ThreadPoolExecutor() as pool:
            return [line for lines in pool.map(each, self.processors.values()) for line in lines]

    def remove(self, statement: Statement) -> Removal:
        """Take a statement out, run what would need it, and put it back.

        Raises:
            RuntimeError: The processor does not work as before.
        """
        processor = self.processors.get(statement.policy.stack) or self.processors["Nightly"]
        page = demanded(statement)
        noticed, told = "", f"{page.url}: {page.reason}" if page else ""
        with statement.removed():
            for name, exercise in self._needing(statement, processor, everything=page is None):
                if missed := tried(exercise, processor):
                    noticed, told = name, missed
                    break
        if again := tried(EXERCISES["run by hand"], processor):
            raise RuntimeError(f"{statement.policy.path}, {statement.name}: put back, and yet {again}")
        return Removal(statement, noticed, " ".join(told.split()))

    def _needing(self, statement: Statement, processor: Processor, *, everything: bool) -> list[tuple[str, Exercise]]:
        if statement.document["Effect"] == "Deny":
            return [("request without TLS is refused", self.visitor.refused_without_tls(statement.policy.target))]
        has, first = of(processor.name), needed_by(statement)
        rest = [name for name in has if name not in first] if everything else []
        return [(name, EXERCISES[name]) for name in (*first, *rest) if name in has]


def remove_each(scenario: Scenario, chosen: Sequence[Statement]) -> list[Removal]:
    """Remove each statement: those of one stack one after the other, the stacks at once; what is shared, alone."""
    done, lock = list[Removal](), Lock()

    def remove(stack: str) -> list[Removal]:
        found: list[Removal] = []
        for statement in (each for each in chosen if each.policy.stack == stack):
            began = time.monotonic()
            removal = scenario.remove(statement)
            found.append(removal)
            with lock:
                done.append(removal)
                took = time.monotonic() - began
                where = f"{statement.policy.path} {statement.policy.kind} {statement.name}"
                out.print(f"{len(done)}/{len(chosen)} {took:4.1f} s  {where}: {removal.verdict}", highlight=False)
        return found

    first = remove(SHARED)
    with ThreadPoolExecutor() as pool:
        return [*first, *(removal for found in pool.map(remove, scenario.processors) for removal in found)]


def show(removals: Sequence[Removal]) -> None:
    """The table for a terminal."""
    table = Table("policy", "statement removed", "noticed by", "told", title="Each statement removed alone")
    for removal in removals:
        policy = removal.statement.policy
        told = removal.told if len(removal.told) <= _LONGEST else f"{removal.told[:_LONGEST]}…"
        style = "" if removal.told else "bold red"
        table.add_row(f"{policy.kind} {policy.path}", removal.statement.name, removal.verdict, told, style=style)
    Console().print(table)


def show_markdown(removals: Sequence[Removal]) -> None:
    """The table as Markdown, uncut."""
    for row in (("policy", "statement removed", "noticed by", "told"), ("---",) * 4):
        sys.stdout.write(f"| {' | '.join(row)} |\n")
    for removal in removals:
        policy = removal.statement.policy
        row = (f"{policy.kind} `{policy.path}`", f"`{removal.statement.name}`", removal.verdict, removal.told)
        sys.stdout.write(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n")


def main() -> int:
    """Run; 1 when a statement is left that nobody asks for, 2 when the scenario does not work as it is."""
    parser = argparse.ArgumentParser(description="Remove each statement of each policy, and run what would need it.")
    parser.add_argument("--only", default="", metavar="TEXT", help="only policies whose kind, path or statement has it")
    parser.add_argument("--actions", action="store_true", help="each action of statements with several, alone")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    chosen = parser.parse_args()
    console.out.stderr = True  # the table alone goes to stdout
    began = time.monotonic()
    with (
        TemporaryDirectory() as folder,
        Progress() as progress,
        session(Path(folder) / "embedded", port=None, engine="process") as running,
    ):
        scenario = Scenario(running, running.deploy(find_app(APP), progress))
        policies = [policy for stack in scenario.stacks.values() for policy in policies_of(stack)]
        every = statements(policies, single_actions=chosen.actions)
        wanted = [s for s in every if chosen.only in f"{s.policy.kind} {s.policy.path} {s.name}"]
        if not wanted:
            out.print(f"No statement has {chosen.only!r} in its kind, path or name.", highlight=False)
            return 2
        if missed := scenario.exercise_all():
            out.print("With every statement in place:", *missed, sep="\n", highlight=False)
            return 2
        removals = remove_each(scenario, wanted)
        (show_markdown if chosen.markdown else show)(removals)
        if missed := scenario.exercise_all():
            out.print("With every statement put back:", *missed, sep="\n", highlight=False)
            return 2
    left = sum(not removal.told for removal in removals)
    out.print(f"{len(removals)} removals, {left} that nobody asks for, in {time.monotonic() - began:.0f} s")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
