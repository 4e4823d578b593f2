"""Refusals of requests, in the form in which each service answers, and of templates."""

from collections.abc import Callable, Iterable
from typing import Any

from naws.cli.embedded.departures.patching import Names, Original, wrap
from naws.cli.embedded.departures.services import (
    alb,
    apigateway,
    cloudfront,
    cloudwatch,
    iam,
    pipes,
    rds,
    s3,
    scheduler,
    sns,
    sqs,
)

FIRST_ERROR_STATUS = 400


class RefusedError(ValueError):
    """A request that AWS refuses; of a template it fails the resource.

    Attributes:
        code: The error's code.
        status: HTTP status.
        more: What the error has beside code and message.
    """

    def __init__(self, text: str, code: str = "ValidationException", status: int = 400, **more: Any) -> None:
        super().__init__(text)
        self.code, self.status, self.more = code, status, more


def check_requests(module: Any, names: Names, check: Callable[..., None]) -> None:
    """Let ``check`` see the arguments of each call of a service first; what it refuses, the service refuses."""

    def checked(original: Original, *arguments: Any, **named: Any) -> Any:
        try:
            check(*arguments)
        except RefusedError as error:
            return answer(module, error, *arguments, **named)
        return original(*arguments, **named)

    wrap(module, names, checked)


def refuse_first(found: Iterable[tuple[bool, str]], code: str = "ValidationException") -> None:
    """Refuse a request for the first text that holds.

    Raises:
        RefusedError: One does.
    """
    for wrong, text in found:
        if wrong:
            raise RefusedError(text, code)


def answer(module: Any, error: RefusedError, *arguments: Any, **named: Any) -> Any:
    """The refusal as a service of MiniStack answers it; ``arguments`` are those of the call."""
    text, code, status = str(error), error.code, error.status
    if module is sqs:
        raise sqs._Err(code, text) from error
    if module in (alb, cloudfront, rds, s3, sns):
        return module._error(code, text, status, **error.more)
    if module in (scheduler, pipes):
        return module._error(status, code, text)
    if module is apigateway:
        return apigateway._apigw_error(code, text, status)
    if module is iam:
        return iam._error(status, code, text, ns="iam")
    if module is cloudwatch:
        is_cbor, is_json = (*arguments[2:], named.get("is_json", False))[:2]
        return cloudwatch._error(code, text, status, use_json=is_json, use_cbor=is_cbor)
    return module.error_response_json(code, text, status)


def failed(response: Any) -> bool:
    """Whether a service's answer, which begins with the HTTP status, is an error."""
    return response[0] >= FIRST_ERROR_STATUS
