"""Requests for a distribution by its address on this machine, from a browser that finds no other."""

import os
import zlib
from typing import Any

from naws.cli.embedded.departures.distribution_config import Record, aliases_of
from naws.cli.embedded.departures.distribution_viewers import Result
from naws.cli.embedded.departures.json_values import listed
from naws.cli.embedded.departures.sign_in_addresses import local_location, on_this_machine
from naws.cli.embedded.distribution_urls import url_of

_TEXTS = frozenset({"application/json", "application/javascript", "text/html", "text/javascript"})
_MOST_BYTES = 5 * 1024 * 1024
_OK, _GZIP = 200, 31


def main_name(distribution: Record) -> str:
    """The name that the address here stands for: the first alias without a star, else the domain name."""
    aliases = [name for name in aliases_of(distribution) if "*" not in name]
    return aliases[0] if aliases else str(distribution["DomainName"])


def as_on_aws(headers: dict[str, Any], distribution: Record) -> dict[str, Any]:
    """The headers of a viewer's request as they would be for the main name."""
    name, here = main_name(distribution), url_of(os.environ["AWS_ENDPOINT_URL"], distribution["DomainName"])
    origin = {"origin": f"https://{name}"} if headers.get("origin") == here else {}
    return {**headers, "host": name, **origin}


def as_found_here(result: Result) -> Result:
    """An answer whose addresses of CloudFront and of pages for signing in are those that a browser here finds.

    They are in headers, such as a content security policy, and in the text of pages, scripts and JSON.
    """
    headers = {name: _header(name, value) for name, value in result.headers.items()}
    kind = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    body, encoding = result.body, headers.get("content-encoding")
    if result.status == _OK and kind in _TEXTS and encoding in {None, "gzip"} and len(body) <= _MOST_BYTES:
        plain = zlib.decompress(body, _GZIP) if encoding and body else body
        changed = on_this_machine(plain.decode("latin-1")).encode("latin-1")
        if changed != plain:
            body, headers["content-length"] = changed, str(len(changed))
            headers.pop("content-encoding", None)
    result.headers, result.body = headers, body
    return result


def _header(name: str, value: Any) -> Any:
    if name == "location":
        return local_location(on_this_machine(str(value)))
    found = [on_this_machine(str(each)) for each in listed(value)]
    return found if isinstance(value, list) else found[0]
