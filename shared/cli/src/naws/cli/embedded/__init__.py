"""The embedded AWS: MiniStack as a child process, its departures from AWS closed.

EmbeddedAws (server.py)      the parent's handle: start, client, stop
  -> __main__.py             the child: departures, the task engine, MiniStack
       -> departures/        one function per difference between MiniStack and AWS
"""

from naws.cli.embedded.http_records import HttpRecord
from naws.cli.embedded.server import EmbeddedAws, EmbeddedAwsError, NotEmulated, PortInUseError
from naws.cli.embedded.settings import Denial, FunctionRun, ServiceEvent, ServiceFailure, WaitingTask

__all__ = [
    "Denial",
    "EmbeddedAws",
    "EmbeddedAwsError",
    "FunctionRun",
    "HttpRecord",
    "NotEmulated",
    "PortInUseError",
    "ServiceEvent",
    "ServiceFailure",
    "WaitingTask",
]
