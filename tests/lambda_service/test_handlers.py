"""Handlers that Lambda can call, and those that it cannot."""

import pytest

from naws.lambda_service.plan_handlers import wrong_definition


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("async def handler(event, context): ...", "async def handler"),
        ("def handler(): ...", "def handler()"),
        ("def handler(event): ...", "def handler(event)"),
        ("def handler(event, context, extra): ...", "def handler(event, context, extra)"),
        ("class handler(Exception): ...", "class handler"),
        ("import json as handler", "import json as handler"),
        ("handler = 3", "handler = 3"),
        ("def handler(event, context, *, extra): ...", "def handler(event, context, *, extra)"),
    ],
)
def test_what_lambda_cannot_call_is_told_as_it_is_written(source: str, wrong: str) -> None:
    assert wrong_definition(source.encode(), "handler") == wrong


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): ...",
        "def handler(event, context, extra=None, *, more=1): ...",
        "def handler(*both): ...",
        "def handler(event, /, context): ...",
        "def handler(event, *rest, **more): ...",
        "@powertools\nasync def handler(event): ...",
        "def handler(event): ...\ndef handler(event, context): ...",
        "handler = make()",
        "from orders import handler",
        "@powertools\nclass handler: ...",
        "class handler:\n    def __new__(cls, event, context): ...",
        "try:\n    from fast import handler\nexcept ImportError:\n    handler = None",
        "def handler(",
    ],
)
def test_what_it_can_call_or_nobody_can_see_passes(source: str) -> None:
    assert wrong_definition(source.encode(), "handler") == ""
