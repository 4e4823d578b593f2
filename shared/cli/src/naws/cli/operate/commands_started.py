"""What a shell gives to the commands that start something."""

from typing import Annotated

import typer

from naws.cli.operate.options import At, NameArgument, Outcome, deployed

_GOES_ON = "what was started goes on"
_WaitOption = Annotated[
    bool, typer.Option("--wait", help="Wait for its end, and exit as it does: with the program's exit code.")
]
_FollowOption = Annotated[bool, typer.Option("--follow", "-f", help="As --wait, and print what it prints.")]
_TimeoutOption = Annotated[
    float | None, typer.Option(min=0, help="Seconds to wait at most; then exit with 124.", show_default="its end")
]


@deployed(_GOES_ON)
def run(  # noqa: PLR0913  # each is an option of the command
    name: NameArgument,
    *,
    payload: Annotated[
        str, typer.Option("--payload", "-p", metavar="JSON|@FILE|-", help="What it is given; `-` is stdin.")
    ] = "{}",
    run_id: Annotated[
        str | None, typer.Option("--id", help="Its id: a second start of it is refused.", show_default="a new one")
    ] = None,
    wait: _WaitOption = False,
    follow: _FollowOption = False,
    timeout: _TimeoutOption = None,
    at: At,
) -> Outcome:
    """Start a run of a pattern now; of a function with --wait its answer is printed."""
    from naws.cli.operate import started as command  # noqa: PLC0415  # loads boto3

    start = command.Start(payload, run_id, wait, follow, timeout)
    return command.run(name, at.asked, start, show=at.show)


@deployed(_GOES_ON)
def fire(  # noqa: PLR0913  # as above
    name: NameArgument,
    schedule: Annotated[
        str | None, typer.Argument(help="The schedule's name, or a part of it.", show_default="the only one")
    ] = None,
    *,
    wait: _WaitOption = False,
    follow: _FollowOption = False,
    timeout: _TimeoutOption = None,
    at: At,
) -> Outcome:
    """Start now what a schedule starts, with its input and this moment as its time; its own times stay as they are."""
    from naws.cli.operate import started as command  # noqa: PLC0415  # loads boto3

    start = command.Start(wait=wait, follow=follow, timeout=timeout)
    return command.fire(name, schedule, at.asked, start, show=at.show)


@deployed("nothing was sent twice")
def send(  # noqa: PLR0913  # as above
    name: NameArgument,
    body: Annotated[str, typer.Argument(metavar="JSON|@FILE|-", help="The message; `-` is stdin.")] = "{}",
    *,
    queue: Annotated[
        str | None, typer.Option(help="The queue's name, or a part of it.", show_default="the only one")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="The message group.", show_default="naws, where the queue is a FIFO one")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Send the text as it is, also when it is no JSON.")] = False,
    at: At,
) -> Outcome:
    """Send a message to a queue that starts a pattern."""
    from naws.cli.operate import started as command  # noqa: PLC0415  # loads boto3

    message = command.Message(body, queue, group, raw)
    return command.send(name, message, at.asked, show=at.show)
