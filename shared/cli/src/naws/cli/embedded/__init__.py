"""The embedded AWS: MiniStack as a child process, its departures from AWS closed.

EmbeddedAws (server.py)      the parent's handle: start, client, stop
  -> __main__.py             the child: departures, the task engine, MiniStack
       -> departures/        one function per difference between MiniStack and AWS
"""

from naws.cli.embedded.server import Denial, EmbeddedAws, EmbeddedAwsError, NotEmulated, PortInUseError

__all__ = ["Denial", "EmbeddedAws", "EmbeddedAwsError", "NotEmulated", "PortInUseError"]
