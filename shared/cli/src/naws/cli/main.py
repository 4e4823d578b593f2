"""The `naws` command."""

import io
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from naws.cli import console
from naws.cli.commands_app import cost, diagram, doctor, new, shell
from naws.cli.engine.choice import EngineKind
from naws.cli.operate.commands import failures, redrive, rollback
from naws.cli.operate.commands_asked import logs, runs, show, status
from naws.cli.operate.commands_started import fire, run, send
from naws.cli.shell import ended

_Wrong = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""What was typed wrongly; Typer has a name for a part of it alone."""


class _Commands(TyperGroup):
    """The commands; with `--json` also what was typed wrongly is one document on stdout."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was given."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # an arrow in Latin-1 ends no command
        as_json = "--json" in ctx.args or ctx.params.get("as_json", False)
        try:
            return super().invoke(ctx)
        except _Wrong as error:
            if as_json:
                console.as_document({"error": {"title": error.format_message(), "detail": ""}})
            raise


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run apps of N-AWS standard types on an embedded AWS, operate what is deployed, and explain what checks find.",
)

_AppArgument = Annotated[
    Path, typer.Argument(metavar="APP", help="A Python file, or a directory with cdk.json or app.py.")
]
_CommandOption = Annotated[
    str | None, typer.Option("--app", help="The command that runs the app, instead of the one that cdk.json gives.")
]
_PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Loopback port.", show_default="a free one")]
_EngineOption = Annotated[
    EngineKind,
    typer.Option(
        help="What runs the tasks: containers (Docker or podman), or processes (dev_command). "
        "auto takes containers when an engine answers."
    ),
]

_StacksArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[STACK]...", help="Names of stacks; of an assembly's also paths: `Prod/*`."),
]
_AssemblyOption = Annotated[
    Path | None,
    typer.Option("--app", help="What `cdk synth` wrote: all its stacks, those of its stages too, where they are."),
]
_LookupRoleOption = Annotated[
    bool, typer.Option("--lookup-role", help="Assume the look-up role of the bootstrap in each stack's account.")
]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _refuse_json(wanted: bool) -> None:  # noqa: FBT001  # as typer calls it
    if wanted:
        raise typer.BadParameter(
            "It shows to a person what happens, as it happens, and has no document. "
            "What it deployed, in its folder: naws status --json.",
            param_hint="--json",
        )


_NoJsonOption = Annotated[bool, typer.Option("--json", hidden=True, callback=_refuse_json)]


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # as typer calls it
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  # `naws --help` need not load it

        print(f"naws {version('naws-cli')}")  # noqa: T201  # no wrapping
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _naws(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the commands as one JSON document.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Without a docstring the help is the app's."""
    if as_json and ctx.invoked_subcommand:
        name = ctx.invoked_subcommand
        raise typer.BadParameter(f"It stands behind the command: naws {name} --json.", param_hint="--json")
    if as_json:
        commands = cast("TyperGroup", ctx.command).commands
        found = [{"name": name, "help": each.get_short_help_str(200)} for name, each in commands.items()]
        console.as_document({"commands": found})


@app.command()
def local(  # noqa: PLR0913  # each is an option of the command
    target: _AppArgument = Path(),
    *,
    stacks: Annotated[
        list[str] | None,
        typer.Option(
            "--stack", help="Only this stack and those it depends on; by name or path: `Prod/*`.", show_default="all"
        ),
    ] = None,
    app: _CommandOption = None,
    port: _PortOption = None,
    engine: _EngineOption = "auto",
    state_dir: Annotated[Path, typer.Option(help="Where logs and other files go; emptied first.")] = Path(
        ".naws/local"
    ),
    without_policies: Annotated[
        bool, typer.Option("--without-policies", help="Do not evaluate IAM policies: everybody may do everything.")
    ] = False,
    _as_json: _NoJsonOption = False,
) -> None:
    """Deploy an app to an embedded AWS, keep it running and show its runs. Ctrl-C ends."""
    from naws.cli.local import run_local  # noqa: PLC0415  # `naws --help` need not load it
    from naws.cli.synth import find_app  # noqa: PLC0415  # as above

    ended(
        lambda: run_local(
            find_app(target, app),
            port=port,
            engine=engine,
            state_dir=state_dir,
            policies=not without_policies,
            stacks=stacks or (),
        )
    )


@app.command()
def demo(
    *,
    rows: Annotated[int, typer.Option(min=1000, help="Rows of generated sales.")] = 1_000_000,
    port: _PortOption = None,
    engine: _EngineOption = "auto",
    state_dir: Annotated[Path, typer.Option(help="Where results, logs and other files go; emptied first.")] = Path(
        ".naws/demo"
    ),
    _as_json: _NoJsonOption = False,
) -> None:
    """Run the example of this checkout from start to end, and check its result."""
    from naws.cli.demo import run_demo  # noqa: PLC0415  # `naws --help` need not load it

    ended(lambda: run_demo(rows=rows, port=port, engine=engine, state_dir=state_dir))


@app.command()
def explain(
    code: Annotated[
        str,
        typer.Argument(
            help="A code, such as NAWS-SIZE-002 or size-002; an error that a run failed by, such as Naws.TaskFailed; "
            "or a page that an error or alarm names."
        ),
    ],
    *,
    as_json: _JsonOption = False,
) -> None:
    """Say what a rule is, why it is, what breaks it and what mends it; what a run's error is; or print a page."""
    from naws.cli import rules  # noqa: PLC0415  # loads the patterns

    ended(lambda: console.reported(lambda: rules.explain(code, show=not as_json), as_json=as_json))


@app.command(name="rules")
def list_rules(
    about: Annotated[
        str | None, typer.Argument(help="An area (SCHED), a level (practice), or text.", show_default="all")
    ] = None,
    *,
    as_json: _JsonOption = False,
) -> None:
    """List the rules that the installed patterns check."""
    from naws.cli import rules  # noqa: PLC0415  # loads the patterns

    ended(lambda: console.reported(lambda: rules.list_rules(about, show=not as_json), as_json=as_json))


@app.command()
def guard(
    stacks: _StacksArgument = None,
    *,
    change_set: Annotated[str, typer.Option(help="The change set's name, the same for every stack.")],
    assembly: _AssemblyOption = None,
    lookup_role: _LookupRoleOption = False,
    as_json: _JsonOption = False,
) -> None:
    """Exit with 3 when a change set would remove or replace something that holds data."""
    from naws.cli import guard, subjects  # noqa: PLC0415  # load boto3

    def run() -> tuple[int, object]:
        chosen = subjects.find_subjects(stacks or (), assembly, lookup_role=lookup_role)
        return guard.guard(chosen, change_set, show=not as_json)

    ended(lambda: console.reported(run, as_json=as_json))


@app.command()
def verify(
    stacks: _StacksArgument = None,
    *,
    assembly: _AssemblyOption = None,
    lookup_role: _LookupRoleOption = False,
    wait: Annotated[float, typer.Option(min=0, help="Ask for so many seconds until everything is there.")] = 0,
    as_json: _JsonOption = False,
) -> None:
    """Compare deployed stacks with their templates: what is missing, not encrypted, disabled or tells nobody."""
    from naws.cli import subjects, verify  # noqa: PLC0415  # load boto3

    def run() -> tuple[int, object]:
        chosen = subjects.find_subjects(stacks or (), assembly, lookup_role=lookup_role)
        return verify.verify(chosen, wait, show=not as_json)

    ended(lambda: console.reported(run, as_json=as_json))


@app.command()
def config(
    target: _AppArgument = Path(),
    name: Annotated[
        str | None, typer.Argument(help="A pattern's construct path, or its end.", show_default="all")
    ] = None,
    *,
    app: _CommandOption = None,
    as_json: _JsonOption = False,
) -> None:
    """Show each setting of an app's patterns, and where it came from: default, conventions or props."""
    from naws.cli import config as settings  # noqa: PLC0415  # loads the patterns
    from naws.cli.synth import find_app  # noqa: PLC0415  # as above

    def run() -> tuple[int, object]:
        return settings.config(find_app(target, app), name, show=not as_json)

    ended(lambda: console.reported(run, as_json=as_json))


for _command in (status, runs, show, logs, run, fire, send, failures, redrive, rollback, shell, cost, diagram, doctor):
    app.command()(_command)
app.add_typer(new, name="new")
