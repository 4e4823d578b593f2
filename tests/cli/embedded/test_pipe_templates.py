import json
from typing import Any

import pytest

from naws.cli.embedded.departures.pipe_templates import UnrenderableError, parsed_body, render

EVENT = {
    "messageId": "m-1",
    "body": json.dumps({"day": "2026-01-01", "tags": ["a", "b"], "deep": {"n": 3}}),
    "attributes": {"SentTimestamp": "1700000000000"},
}
VARIABLES = {"aws.pipes.pipe-name": "p"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"id": <$.messageId>}', {"id": "m-1"}),
        ('{"id": "<$.messageId>"}', {"id": "m-1"}),
        ('{"p": <$.body>}', {"p": {"day": "2026-01-01", "tags": ["a", "b"], "deep": {"n": 3}}}),
        ('{"n": <$.body.deep.n>}', {"n": 3}),
        ('{"t": <$.body.tags[1]>}', {"t": "b"}),
        ('{"t": <$.body.tags[*]>}', {"t": ["a", "b"]}),
        ('{"t": "sent at <$.attributes.SentTimestamp>"}', {"t": "sent at 1700000000000"}),
        ('{"x": "<$.body.deep>"}', {"x": "{n: 3}"}),
        ('{"x": <$.nothing>}', {"x": ""}),
        ('{"by": <aws.pipes.pipe-name>}', {"by": "p"}),
        ("Hello, <$.messageId>", "Hello, m-1"),
        ("<$.body>", {"day": "2026-01-01", "tags": ["a", "b"], "deep": {"n": 3}}),
    ],
)
def test_render(template: Any, expected: Any) -> None:
    assert render(template, EVENT, VARIABLES) == expected


@pytest.mark.parametrize("body", ['say "hi"', '"quoted"', "two\nlines", "back\\slash"])
@pytest.mark.parametrize("template", ['{"b": <$.body>}', '{"b": "<$.body>"}'])
def test_a_body_that_needs_escapes_is_not_counted_on(template: Any, body: Any) -> None:
    with pytest.raises(UnrenderableError):
        render(template, {"body": body}, {})


@pytest.mark.parametrize("body", ["say hi <b>", "7", "not json", ""])
def test_a_body_that_is_no_object_stays_the_text_it_is(body: Any) -> None:
    assert parsed_body({"body": body}) == {"body": body}
    assert render('{"b": <$.body>}', {"body": body}, {}) == {"b": body}
    assert render('{"b": "<$.body>"}', {"body": body}, {}) == {"b": body}


def test_ingestion_time_is_a_utc_stamp() -> None:
    assert render('{"t": <aws.pipes.event.ingestion-time>}', EVENT, {})["t"].endswith("Z")
