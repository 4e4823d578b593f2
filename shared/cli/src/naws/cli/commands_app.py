"""What a shell gives to the commands about an app and this machine, of which nothing is deployed."""

from pathlib import Path
from typing import Annotated

import typer

from naws.cli import console
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.operate.options import AssemblyOption, AwsOption, JsonOption, LocalOption, StateOption
from naws.cli.shell import ended

_AppArgument = Annotated[
    Path,
    typer.Argument(metavar="APP", help="A Python file, a folder with cdk.json or app.py, or what `cdk synth` wrote."),
]
_CommandOption = Annotated[
    str | None, typer.Option("--app", help="The command that runs the app, instead of the one that cdk.json gives.")
]

new = typer.Typer(no_args_is_help=True, help="Write something new.")


def cost(  # noqa: PLR0913  # each is an option of the command
    target: _AppArgument = Path(),
    *,
    runs: Annotated[
        int | None, typer.Option(min=0, help="Of each pattern in a month.", show_default="30, of a function 100,000")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0, help="That a task takes; a minute is the least.")] = 5,
    milliseconds: Annotated[float, typer.Option(min=0, help="That a function takes.")] = 200,
    log_mib: Annotated[
        float | None,
        typer.Option(min=0, help="That a run prints, in MiB.", show_default="1, of a function 0.001"),
    ] = None,
    prices: Annotated[bool, typer.Option("--prices", help="Print the prices, too, each with its source.")] = False,
    app: _CommandOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what an app costs: while nothing runs, for each run, and the same work on a long-running service.

    By a table of prices in one region, each with its source and date; what was not found is named.
    """
    from naws.cli import cost as command  # noqa: PLC0415  # as all others: `naws --help` need not load it
    from naws.cli.apps import stacks_of  # noqa: PLC0415  # as above

    work = command.Work(minutes, milliseconds, runs, log_mib)

    def run() -> tuple[int, object]:
        try:
            with stacks_of(target, app) as stacks:
                return command.cost(stacks, work, show=not as_json, table=prices)
        except CliError as error:
            if error.code != NOT_FOUND or not prices or target != Path():
                raise
            return command.price_table(show=not as_json)  # they are of no app

    ended(lambda: console.reported(run, as_json=as_json))


def diagram(target: _AppArgument = Path(), *, app: _CommandOption = None, as_json: JsonOption = False) -> None:
    """Draw an app as text of Mermaid: what starts each pattern, what it uses, where its failures go."""
    from naws.cli import overview  # noqa: PLC0415  # as above
    from naws.cli.apps import stacks_of  # noqa: PLC0415  # as above

    def run() -> tuple[int, object]:
        with stacks_of(target, app) as stacks:
            return overview.diagram(stacks, show=not as_json)

    ended(lambda: console.reported(run, as_json=as_json))


def doctor(
    *,
    aws: Annotated[bool, typer.Option("--aws", help="Credentials and bootstrap are needed, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look whether this machine has what the commands need: node, cdk, container engine, credentials, bootstrap.

    Exits with 1 when something that is needed is missing.
    """
    from naws.cli import doctor as command  # noqa: PLC0415  # loads boto3

    ended(lambda: console.reported(lambda: command.doctor(Path.cwd(), aws=aws, show=not as_json), as_json=as_json))


@new.command(name="app")
def new_app(
    target: Annotated[Path, typer.Argument(metavar="NAME", help="The folder to make; its name is the app's.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Write an app that works: app.py, cdk.json, a job with its Dockerfile, a test."""
    from naws.cli import new_app as command  # noqa: PLC0415  # as above

    ended(lambda: console.reported(lambda: command.new_app(target, show=not as_json), as_json=as_json))


def shell(  # noqa: PLR0913  # as above
    name: Annotated[str, typer.Argument(metavar="RUN|PATH", help="A run that is going, or a service by its path.")],
    *,
    command: Annotated[
        str, typer.Option("--command", help="What is started in the container; no shell reads it.")
    ] = "/bin/sh",
    assembly: AssemblyOption = None,
    aws: AwsOption = False,
    local: LocalOption = False,
    state_dir: StateOption = None,
) -> None:
    """Open a shell in the container of a run, by ECS Exec: its pattern has enable_execute_command.

    Needs a terminal, and in an account AWS's session-manager-plugin. Exits with 0 when the session has ended.
    """
    from naws.cli.operate import sessions  # noqa: PLC0415  # loads boto3
    from naws.cli.operate.where import Asked  # noqa: PLC0415  # as above

    ended(lambda: sessions.shell(name, Asked(aws, local, state_dir, assembly), command))
