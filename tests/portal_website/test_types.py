"""What browsers are to know of a file."""

import pytest

from naws.portal_website.plan_types import types_of

EXACT = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".pdf": "application/pdf",
}


@pytest.mark.parametrize(("extension", "kind"), EXACT.items())
def test_a_type_is_exact(extension: str, kind: str) -> None:
    assert types_of([extension]) == {extension: kind}


def test_what_is_not_known_has_none_and_what_occurs_is_there_once() -> None:
    assert types_of([".bin", "", ".css", ".css"]) == {".css": EXACT[".css"]}
    assert list(types_of([".xml", ".css"])) == [".css", ".xml"]


def test_each_type_that_is_text_says_how_it_is_written() -> None:
    extensions = [f".{a}{b}{c}" for a in "hcjtmvi" for b in "tsdxvc" for c in "msvtp"] + [".html", ".js", ".md"]
    found = types_of(extensions)
    assert {".css", ".txt", ".csv", ".vtt", ".ics", ".md"} <= found.keys()
    assert all(kind.endswith("; charset=utf-8") for kind in found.values() if kind.startswith("text/"))
