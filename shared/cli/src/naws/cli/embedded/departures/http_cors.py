"""CORS as API Gateway and function URLs answer it by themselves, from a configuration with the API's names."""

from typing import Any

from naws.cli.embedded.departures.http_messages import Answer, HttpRequest

_SCHEMES = ("http://*", "https://*")


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks beforehand."""
    return request.method == "OPTIONS" and {"origin", "access-control-request-method"} <= request.headers.keys()


def preflight(settings: dict[str, Any], request: HttpRequest, status: int) -> Answer:
    """The answer to a browser that asks beforehand; without CORS headers when its origin is not allowed."""
    headers = origin_headers(settings, request)
    lists = {"allow-methods": "allowMethods", "allow-headers": "allowHeaders"}
    if headers:
        headers |= {f"access-control-{name}": ",".join(settings[key]) for name, key in lists.items() if key in settings}
        if "maxAge" in settings:
            headers["access-control-max-age"] = str(settings["maxAge"])
    return Answer(status, headers, b"")


def origin_headers(settings: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """The headers of every answer to an allowed origin; empty for any other."""
    origin, allowed = request.headers.get("origin", ""), settings.get("allowOrigins", ())
    if not origin or not ("*" in allowed or origin in allowed or _by_scheme(origin, allowed)):
        return {}
    headers = {"access-control-allow-origin": "*" if "*" in allowed else origin}
    if settings.get("exposeHeaders"):
        headers["access-control-expose-headers"] = ",".join(settings["exposeHeaders"])
    if settings.get("allowCredentials"):
        headers["access-control-allow-credentials"] = "true"
    return headers


def with_origin(settings: dict[str, Any], request: HttpRequest, answer: Answer) -> Answer:
    """An answer with the CORS headers of the configuration, and none of the integration's own."""
    kept = {key: value for key, value in answer.headers.items() if not key.startswith("access-control-")}
    return Answer(answer.status, kept | origin_headers(settings, request), answer.body)


def _by_scheme(origin: str, allowed: Any) -> bool:
    return any(scheme in allowed and origin.startswith(scheme[:-1]) for scheme in _SCHEMES)
