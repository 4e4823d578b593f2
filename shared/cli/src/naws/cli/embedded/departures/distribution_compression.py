"""Which answers CloudFront compresses.

Source: Amazon CloudFront Developer Guide, 'Serve compressed files': conditions, file types, conversion of the ETag.
AWS prefers Brotli; here everything is compressed with gzip, and for viewers that accept Brotli only nothing is.
"""

import zlib
from collections.abc import Mapping
from typing import Any

_SIZES = range(1_000, 10_000_001)
_STATUSES = frozenset({200, 403, 404})
_LEVEL, _GZIP = 6, 31
TYPES = frozenset(
    f"application/{name}"
    for name in (
        *("dash+xml", "eot", "font", "font-sfnt", "javascript", "json", "opentype", "otf", "pdf", "pkcs7-mime"),
        *("protobuf", "rss+xml", "truetype", "ttf", "vnd.apple.mpegurl", "vnd.mapbox-vector-tile"),
        *("vnd.ms-fontobject", "wasm", "xhtml+xml", "xml", "x-font-opentype", "x-font-truetype", "x-font-ttf"),
        *("x-httpd-cgi", "x-javascript", "x-mpegurl", "x-opentype", "x-otf", "x-perl", "x-ttf"),
    )
) | {
    *("font/eot", "font/opentype", "font/otf", "font/ttf", "image/svg+xml", "vnd.apple.mpegurl"),
    *("text/css", "text/csv", "text/html", "text/javascript", "text/js", "text/plain", "text/richtext"),
    *("text/tab-separated-values", "text/xml", "text/x-component", "text/x-java-source", "text/x-script"),
}
"""What is compressed, by content type."""


def accepted(accept_encoding: str, parameters: Mapping[str, Any]) -> str:
    """The header ``Accept-Encoding`` of a viewer as it is in the cache key and goes to the origin; empty for none."""
    given = {part.partition(";")[0].strip().lower() for part in accept_encoding.split(",") if not _is_refused(part)}
    names = {"br": "EnableAcceptEncodingBrotli", "gzip": "EnableAcceptEncodingGzip"}
    return ",".join(name for name, enabled in names.items() if parameters.get(enabled) and name in given)


def _is_refused(part: str) -> bool:
    weight = part.partition("q=")[2].strip()
    return bool(weight) and weight.replace(".", "").strip("0") == ""


def compressed(status: int, headers: dict[str, Any], body: bytes, encodings: str) -> tuple[dict[str, Any], bytes]:
    """An answer of an origin as CloudFront sends it on when the behavior has objects compressed."""
    kind = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    wanted = "gzip" in encodings.split(",") and status in _STATUSES and kind in TYPES
    if not wanted or "content-encoding" in headers or "content-length" not in headers or len(body) not in _SIZES:
        return headers, body
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    packed = packer.compress(body) + packer.flush()
    tag = str(headers.get("etag", ""))
    weak = {"etag": f"W/{tag}"} if tag.startswith('"') else {}
    changed = {"content-encoding": "gzip", "content-length": str(len(packed)), "vary": _vary(headers), **weak}
    return {**headers, **changed}, packed


def _vary(headers: Mapping[str, Any]) -> str:
    known = str(headers.get("vary", ""))
    return known if "accept-encoding" in known.lower() else ", ".join(filter(None, (known, "Accept-Encoding")))
