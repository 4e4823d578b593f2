"""A program that answers as a service has to, or not: HOW says so.

well    answers, and finishes what is open when it is asked to end
sick    answers, and says that it is ill
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

HOW, VERSION = os.environ["HOW"], os.environ["VERSION"]


class Handler(BaseHTTPRequestHandler):
    """Answers with its version and its process."""

    protocol_version = "HTTP/1.1"
    timeout = float(os.environ["NAWS_KEEP_ALIVE_SECONDS"])

    def do_GET(self) -> None:
        """`?seconds=11` takes so long."""
        url = urlsplit(self.path)
        time.sleep(float(parse_qs(url.query).get("seconds", ["0"])[0]))
        ill = url.path == "/health" and HOW == "sick"
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
