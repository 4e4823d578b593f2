"""A program that answers as a service has to, or not: HOW says so.

well    answers, and finishes what is open when it is asked to end
sick    answers, and says that it is ill
unready answers, but the check in its container fails
crash   writes why, and ends
"""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ILL = threading.Event()
HOW, VERSION = os.environ["HOW"], os.environ["VERSION"]


class Handler(BaseHTTPRequestHandler):
    """Answers with its version and its process."""

    protocol_version = "HTTP/1.1"
    timeout = float(os.environ["NAWS_KEEP_ALIVE_SECONDS"])

    def do_GET(self) -> None:
        """`?seconds=11` takes so long; after `?ill=1` the check in the container fails."""
        url = urlsplit(self.path)
        asked = parse_qs(url.query)
        time.sleep(float(asked.get("seconds", ["0"])[0]))
        if "ill" in asked:
            ILL.set()
        unready = url.path == "/ready" and (HOW == "unready" or ILL.is_set())
        ill = unready or (url.path == "/health" and HOW == "sick")
        body = json.dumps({"version": VERSION, "pid": os.getpid(), "path": url.path}).encode()
        self.send_response(500 if ill else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The load balancer has the log."""


class Server(ThreadingHTTPServer):
    """Ends when its open requests are answered."""

    daemon_threads = False
    request_queue_size = 128


if HOW == "crash":
    sys.stdout.write("cannot read the price list: no such file\n")
    sys.exit(3)
server = Server(("", int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
