"""Load balancers in front of small programs, and requests to them by a client that knows nothing of AWS."""

import http.client
import http.server
import json
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        program, url = self.server.program, urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        if url.path == program.health_path:
            status, text = program.health, b"health"
        else:
            program.requests.append((self.command, self.path, dict(self.headers.items()), len(body)))
            query = parse_qs(url.query)
            time.sleep(float(query.get("seconds", ["0"])[0]))
            status = int(query.get("status", ["200"])[0])
            text = json.dumps({"program": program.name, "path": self.path, "bytes": len(body)}).encode()
            if url.path == "/malformed":
                self.wfile.write(b"nonsense\r\n\r\n")
                self.close_connection = True
                return
            if url.path == "/stream":
                self._stream(int(query["bytes"][0]))
                return
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _stream(self, size: int) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        piece = b"x" * 65_536
        for _ in range(size // len(piece)):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _chunks(self) -> bytes:
        found = b""
        while self.headers.get("transfer-encoding") == "chunked":
            size = int(self.rfile.readline(), 16)
            found += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                break
        return found

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the library's names

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@dataclass
class Program:
    """An HTTP server: what its health check answers may be changed, and what it was asked is noted."""

    name: str = "one"
    health: int = 200
    health_path: str = "/health"
    requests: list[Any] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def running(self) -> Any:
        server = _Server(("127.0.0.1", 0), _Handler)
        server.program = self
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@dataclass
class Reply:
    """What a client got; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Balancer:
    """A load balancer with a listener that forwards to a group of addresses; what is not given has a default."""

    def __init__(self, bench: Any, **group: Any) -> None:
        self.bench, self.elb = bench, bench.client("elbv2")
        self.name = f"lb-{uuid.uuid4().hex[:8]}"
        made = self.elb.create_load_balancer(Name=self.name, Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        self.arn, self.dns = made["LoadBalancerArn"], made["DNSName"]
        self.group = self.new_group(**group)
        self.listener = self.listen(80, self.forward(self.group))

    def new_group(self, **properties: Any) -> Any:
        wanted = {
            "Name": f"tg-{uuid.uuid4().hex[:8]}",
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": "vpc-1",
            "TargetType": "ip",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 2,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
            **properties,
        }
        return self.elb.create_target_group(**wanted)["TargetGroups"][0]["TargetGroupArn"]

    @staticmethod
    def forward(*groups: Any) -> Any:
        """A forward to groups, each with its weight when several are given."""
        weighted = [group if isinstance(group, tuple) else (group, 1) for group in groups]
        tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weighted]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}

    def listen(self, port: Any, *actions: Any, **more: Any) -> Any:
        wanted = {
            "LoadBalancerArn": self.arn,
            "Port": port,
            "Protocol": "HTTP",
            "DefaultActions": list(actions),
            **more,
        }
        return self.elb.create_listener(**wanted)["Listeners"][0]["ListenerArn"]

    def rule(self, priority: Any, action: Any, *conditions: Any) -> Any:
        wanted = {"Priority": priority, "Actions": [action], "Conditions": list(conditions)}
        return self.elb.create_rule(ListenerArn=self.listener, **wanted)["Rules"][0]["RuleArn"]

    def register(self, *programs: Any, group: Any = None) -> None:
        targets = [{"Id": "127.0.0.1", "Port": program.port} for program in programs]
        self.elb.register_targets(TargetGroupArn=group or self.group, Targets=targets)

    def deregister(self, *programs: Any) -> None:
        targets = [{"Id": "127.0.0.1", "Port": program.port} for program in programs]
        self.elb.deregister_targets(TargetGroupArn=self.group, Targets=targets)

    def health(self, program: Any = None, group: Any = None) -> Any:
        """State and reason of a program, or those of all targets."""
        named = {"Targets": [{"Id": "127.0.0.1", "Port": program.port}]} if program else {}
        found = self.elb.describe_target_health(TargetGroupArn=group or self.group, **named)
        states = [each["TargetHealth"] for each in found["TargetHealthDescriptions"]]
        told = [(each["State"], each.get("Reason", "")) for each in states]
        return told[0] if program else told

    def set(self, **attributes: Any) -> None:
        """Change attributes of the load balancer, whose names have two underscores for each point."""
        listed = [{"Key": key.replace("__", "."), "Value": str(value)} for key, value in attributes.items()]
        self.elb.modify_load_balancer_attributes(LoadBalancerArn=self.arn, Attributes=listed)

    def set_group(self, **attributes: Any) -> None:
        """Change attributes of the group, named as above."""
        listed = [{"Key": key.replace("__", "."), "Value": str(value)} for key, value in attributes.items()]
        self.elb.modify_target_group_attributes(TargetGroupArn=self.group, Attributes=listed)

    def ask(self, path: Any = "/", method: Any = "GET", *, host: Any = None, body: Any = None, **headers: Any) -> Reply:
        """Send a request, to the DNS name if no other host is given; names of headers have underscores for hyphens."""
        here = urlsplit(self.bench.aws.endpoint_url)
        connection = http.client.HTTPConnection(here.hostname, here.port, timeout=30)
        try:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            connection.request(method, path, body, {"Host": host or self.dns, **named})
            answer = connection.getresponse()
            return Reply(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()
