"""Forms of answers, CORS and buckets, without a server."""

import json
from typing import Any

import pytest

from naws.cli.embedded import http_records
from naws.cli.embedded.departures.http_addresses import named_api
from naws.cli.embedded.departures.http_authorizers import is_reachable
from naws.cli.embedded.departures.http_cors import origin_headers
from naws.cli.embedded.departures.http_limits import Bucket
from naws.cli.embedded.departures.http_logs import filled
from naws.cli.embedded.departures.http_messages import HttpRequest, MalformedError, answer_of


@pytest.mark.parametrize(
    ("payload", "body"),
    [("text", b"text"), (None, b"null"), ([1], b"[1]"), ({"a": "\u00e9"}, '{"a": "\u00e9"}'.encode()), (True, b"true")],
)
def test_an_answer_without_a_status_is_its_own_body(payload: Any, body: Any) -> None:
    answer = answer_of(json.dumps(payload, ensure_ascii=False).encode(), plain="x")
    assert (answer.status, answer.headers, answer.body) == (200, {"content-type": "application/json"}, body)


def test_headers_are_texts_and_cookies_come_first() -> None:
    payload = {
        "statusCode": 200,
        "headers": {"X-A": 1, "X-B": True, "Content-Length": "99", "Set-Cookie": "c=3"},
        "cookies": ["a=1"],
    }
    headers = answer_of(json.dumps(payload).encode(), plain="p").headers
    assert headers == {"content-type": "p", "x-a": "1", "x-b": "true", "set-cookie": ["a=1", "c=3"]}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"statusCode": "200"}, "statusCode"),
        ({"statusCode": 99}, "statusCode"),
        ({"headers": ["x"]}, "headers"),
        ({"headers": {"a": ["b"]}}, "headers"),
        ({"cookies": "a=1"}, "cookies"),
        ({"body": {}}, "body"),
        ({"body": "%%%", "isBase64Encoded": True}, "body"),
        ({"isBase64Encoded": "yes"}, "isBase64Encoded"),
    ],
)
def test_a_malformed_answer_names_its_field(given: Any, wrong: Any) -> None:
    with pytest.raises(MalformedError, match=wrong):
        answer_of(json.dumps({"statusCode": 200, **given}).encode(), plain="x")


def test_a_bucket_fills_again_up_to_its_burst() -> None:
    bucket = Bucket(rate=2, burst=3)
    start = bucket.at
    assert [bucket.take(start) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(start + 0.5) for _ in range(2)] == [True, False]
    assert [bucket.take(start + 60) for _ in range(4)] == [True, True, True, False]
    assert not Bucket(rate=0, burst=0).take(start + 60)


@pytest.mark.parametrize(
    ("allowed", "sent"),
    [
        (["*"], "*"),
        (["https://a.example"], "https://a.example"),
        (["https://*"], "https://a.example"),
        (["http://*"], None),
        (["https://b.example"], None),
    ],
)
def test_an_origin_is_allowed_by_name_scheme_or_star(allowed: Any, sent: Any) -> None:
    request = HttpRequest("GET", "/", "", b"", headers={"origin": "https://a.example"})
    assert origin_headers({"allowOrigins": allowed}, request).get("access-control-allow-origin") == sent


def test_a_line_has_dashes_for_what_is_not_there_and_stays_json() -> None:
    line = filled(
        '{"a":"$context.status","b":"$context.integration.error","c":"$context.gone"}',
        {
            "status": 500,
            "integration.error": 'wrong "field"',
        },
    )
    assert json.loads(line) == {"a": "500", "b": 'wrong "field"', "c": "-"}


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://login.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost/x", True),
        ("http://login.example", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_an_issuer_is_of_https_or_of_this_machine(url: Any, taken: Any) -> None:
    assert is_reachable(url) is taken


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("127.0.0.1:1", "/_aws/execute-api/abc", ("abc", "/_aws/execute-api/abc")),
        ("127.0.0.1:1", "/_aws/execute-api/abc/x/y", ("abc", "/_aws/execute-api/abc")),
        ("abc.execute-api.us-east-1.amazonaws.com", "/x", ("abc", "")),
        ("127.0.0.1:1", "/x", None),
    ],
)
def test_an_api_is_named_by_path_or_host(host: Any, path: Any, found: Any) -> None:
    assert named_api(host, path) == found


def test_only_the_last_thousand_requests_are_kept() -> None:
    assert http_records._records.maxlen == 1000
