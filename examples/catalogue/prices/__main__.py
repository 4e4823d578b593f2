"""What products cost: `GET /prices?ids=lamp,chair`."""

from http import HTTPStatus
from typing import Any

from serving import Refusal, Request, serve

CENTS = {"lamp": 4900, "chair": 12900, "table": 34900, "shelf": 8900}


def answer(request: Request) -> Any:
    """The prices in euro cents by id; an id without a price is left out."""
    if (request.method, request.path) != ("GET", "/prices"):
        raise Refusal(HTTPStatus.NOT_FOUND, "Not Found")
    ids = request.query.get("ids", "").split(",")
    return {"prices": {each: CENTS[each] for each in ids if each in CENTS}}


serve(answer)
