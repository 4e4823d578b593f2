"""The service of prices, as a client of it; PRICES_URL is its address."""

import json
import os
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from serving import TRACE, Refusal

_SECONDS = 2
"""A small part of what the request itself may take: one that waits for prices holds a thread here, too."""


def prices_of(ids: Sequence[str], trace: str) -> Mapping[str, int]:
    """What products cost in euro cents, by their ids.

    Raises:
        Refusal: the service does not answer.
    """
    if not ids:
        return {}
    url = f"{os.environ['PRICES_URL']}/prices?{urlencode({'ids': ','.join(ids)})}"
    asked = Request(url, headers={TRACE: trace} if trace else {})  # noqa: S310  # the address is the deployment's
    try:
        with urlopen(asked, timeout=_SECONDS) as reply:  # noqa: S310  # as above
            return json.load(reply)["prices"]
    except (OSError, HTTPException, ValueError) as error:
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the prices are not available") from error
