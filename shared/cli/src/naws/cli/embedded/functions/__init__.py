"""Functions written in Python, run as Lambda runs them: by AWS's own client of its Runtime API.

    Pool            environments by function, version and configuration: one invocation at a time each, kept warm
    Environment     one process, from the start of its interpreter to its end
    RuntimeApi      what the process talks to: the Runtime API of Lambda, on a loopback port of its own
    client.py       what the process runs: its paths first, then `awslambdaric`
    folders.py      what it reads: the unpacked package, the layers, and the client linked alone
    output.py       what it writes: lines of its standard output, and frames of its logger

Nothing here knows MiniStack: `departures/function_runs.py` connects both.
"""

from naws.cli.embedded.functions.environment import Environment, Function, Invocation, Outcome
from naws.cli.embedded.functions.pool import Pool

__all__ = ["Environment", "Function", "Invocation", "Outcome", "Pool"]
