"""A web server that behaves as HOW says: well, sick, unready, crash, deaf, or slow to become healthy.

The check in the container looks for a file with the port in its name, which `/fall-ill` takes away.
"""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOW = os.environ["HOW"]
STARTED = time.monotonic()
SLOW_SECONDS = 2.0
WAITING: list[str] = []
READY = Path(f"ready-{os.environ['PORT']}")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        healthy = HOW != "sick" and (HOW != "slow" or time.monotonic() - STARTED > SLOW_SECONDS)
        status = 500 if self.path == "/health" and not healthy else 200
        text = f"{HOW} {os.getpid()}" if self.path != "/waiting" else str(len(WAITING))
        if self.path.startswith("/wait/"):
            WAITING.append(self.path)
            time.sleep(float(self.path.rpartition("/")[2]))
        if self.path == "/fall-ill":
            READY.unlink()
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        pass


def end(*_: object) -> None:
    READY.unlink(missing_ok=True)
    os._exit(0)


def main() -> None:
    sys.stderr.write(f"starting {HOW}\n")
    if HOW == "crash":
        sys.exit("cannot go on")
    if HOW == "deaf":
        signal.pause()
    if HOW != "unready":
        READY.touch()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, end)
    server.serve_forever()


if __name__ == "__main__":
    main()
