"""The last requests to HTTP APIs, function URLs, load balancers and distributions, for those who show what happens."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HttpRecord:
    """One request that an HTTP API, a function URL, a load balancer or a distribution answered.

    Attributes:
        api_id: The API's id, or the function URL's, or the ARN of a load balancer or a distribution.
        stage: Empty when the API has no such stage.
        route: The route's key, or the target group's ARN; empty when none matched. Of a distribution what its cache
            did, such as ``Hit``.
        method: The request's method.
        path: Its path, with the stage's name as the client sent it.
        status: The answer's status.
        latency: Milliseconds until the answer.
        error: Why it is no success, in AWS's words as the access log has them; empty where AWS says nothing.
        request_id: What the client reads in ``apigw-requestid``, or in ``x-amzn-requestid`` of a function URL; or what
            a load balancer's target reads in ``x-amzn-trace-id``, or a viewer in ``x-amz-cf-id``.
        function: ARN of the function with its qualifier; empty when none was asked.
        at: Seconds since the epoch when it arrived.
        target: Which target of a load balancer was asked; empty when none was.
    """

    api_id: str
    stage: str
    route: str
    method: str
    path: str
    status: int
    latency: int
    error: str
    request_id: str
    function: str
    at: float
    target: str = ""


_records: deque[HttpRecord] = deque(maxlen=1000)


def note(record: HttpRecord) -> None:
    """Keep a request."""
    _records.append(record)


def records() -> list[HttpRecord]:
    """The last thousand requests, the oldest first."""
    return list(_records)
