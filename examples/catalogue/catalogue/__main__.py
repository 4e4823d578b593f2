"""`GET /catalogue` and `GET /catalogue/{id}`."""

import os
from http import HTTPStatus
from typing import Any

from serving import Refusal, Request, log, serve

from .prices import prices_of
from .products import Products

products = Products(os.environ)


def answer(request: Request) -> Any:
    """A list of products, or one of them."""
    _, first, *rest = request.path.split("/")
    if request.method != "GET" or first != "catalogue" or len(rest) > 1 or rest == [""]:
        raise Refusal(HTTPStatus.NOT_FOUND, "Not Found")
    found = products.find(*rest)
    if rest and not found:
        raise Refusal(HTTPStatus.NOT_FOUND, f"there is no product {rest[0]!r:.80}")
    prices = prices_of([each["id"] for each in found], request.trace)
    priced = [{**each, "cents": prices.get(each["id"])} for each in found]
    return priced[0] if rest else {"products": priced}


try:
    products.prepare()
except Refusal as refusal:
    # The task starts all the same: the first request that finds the database again makes the table.
    log("ERROR", str(refusal), cause=str(refusal.__cause__))
serve(answer)
