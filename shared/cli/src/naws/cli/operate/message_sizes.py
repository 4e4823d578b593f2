"""What a message becomes on its way to a workflow: a pipe hands it over within a record, of which not all can start."""

from datetime import UTC, datetime

from naws.cli.errors import CliError
from naws.cli.operate.bodies import handed_over
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.queues import Message
from naws.core.step_functions import STATE_LIMIT

_SOMETHING_ELSE = ("Enrichment", "InputTemplate", "FilterCriteria")


def check_handed_over(pattern: Deployed, text: str) -> None:
    """Refuse a message of which a pipe makes more than an execution takes: it would end in the dead-letter queue.

    Only what is certain is counted. A receipt handle, a sender and attributes come on top, so that a message that is
    some hundred bytes too long is sent. So is any where a pipe makes something else of it, or may drop it.

    Raises:
        CliError: It is too long.
    """
    pipes = [pattern.template[name].get("Properties", {}) for name in pattern.own("AWS::Pipes::Pipe")]
    made = [{**each, **each.get("TargetParameters", {}), **each.get("SourceParameters", {})} for each in pipes]
    if not pipes or any(name in each for each in made for name in _SOMETHING_ELSE):
        return
    size = len(handed_over(Message("", "0" * 36, text, {}, datetime.now(UTC), "")).encode())
    if size > STATE_LIMIT:
        title = f"The message becomes an input of {size:,} bytes and more; an execution takes {STATE_LIMIT:,}."
        hint = "Each quote, backslash and line end of it counts twice. Put it into a bucket, and send its name."
        raise CliError(title, hint, code=2)
