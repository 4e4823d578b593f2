"""Who may: signatures and policies of callers, JSON Web Tokens of issuers."""

import re
import time
import urllib.parse
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.http_messages import AnsweredError, HttpRequest
from naws.cli.embedded.departures.json_values import first, json_object, listed
from naws.cli.embedded.departures.services import apigateway, app, responses

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/]+/[^/]+)/aws4_request")
_TOKEN_PARTS = 3
_WRONG_SIGNATURE = "the token has an invalid signature"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def refusal(scope: str, request: HttpRequest, service: str, action: str, resource: str, **context: str) -> str:
    """Why a caller may not do this on the resource; empty when he may.

    Args:
        scope: What the signature, in the header or the query, must be for, in this region.
        request: His.
        service: By which MiniStack knows the action.
        action: What he wants to do.
        resource: Its ARN.
        context: Condition keys of the request.
    """
    presigned = f"Credential={first(request.query.get('X-Amz-Credential'))}"
    found = _SCOPE.search(request.headers.get("authorization") or presigned)
    wanted = f"{responses.get_region()}/{scope}"
    if found is None:
        return "no signature"
    if found[1] != wanted:
        return f"the signature is for {found[1]}, and not for {wanted}"
    named = {"resource_arn": resource, "service_context": context}
    refused = app._enforce_data_plane(service, action, request.headers, request.query, "", **named)
    if refused is None:
        return ""
    answer = json_object(refused[2])
    return str(answer.get("message") or answer.get("Message") or "Forbidden")


def signed_caller(request: HttpRequest, resource: str) -> dict[str, Any] | None:
    """The ``iam`` of an event's authorizer, for a caller who may invoke a route of an API.

    Source: API Gateway Developer Guide, 'Control access to HTTP APIs with IAM authorization'.

    Raises:
        AnsweredError: The request is not signed, wrongly signed, or its caller may not.
    """
    if judge.evaluating():
        reason = refusal("execute-api", request, "apigateway", "execute-api:Invoke", resource)
        if reason:
            raise AnsweredError(403, "Forbidden", reason)
    return iam_identity(request)


def iam_identity(request: HttpRequest) -> dict[str, Any] | None:
    """The caller of a signed request, as events have him; None for nobody."""
    return apigateway._iam_caller_identity_v2(request.headers, request.query)


async def token_claims(authorizer: dict[str, Any], scopes: list[str], request: HttpRequest) -> dict[str, Any]:
    """The ``jwt`` of an event's authorizer, for a request with a valid token.

    Source: API Gateway Developer Guide, 'Control access to HTTP APIs with JWT authorizers', which has the claims in
    this order, and 'Troubleshooting issues with HTTP API JWT authorizers', which has the header of a refusal.

    Raises:
        AnsweredError: 401 without a valid token, 403 when it has none of the route's scopes.
    """
    sources = authorizer.get("identitySource")
    token = apigateway._extract_token_from_identity_source(sources, request.headers, request.query)
    if not token:
        raise AnsweredError(401, "Unauthorized", "no token", www_authenticate="Bearer")
    settings: dict[str, Any] = authorizer["jwtConfiguration"]
    claims = await _signed_claims(token, settings["issuer"])
    wrong = _wrong_claim(claims, settings)
    if wrong:
        raise _unauthorized(wrong)
    has = _scopes_of(claims)
    if scopes and not set(scopes) & set(has):
        header = f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope"'
        raise AnsweredError(403, "Forbidden", "insufficient_scope", www_authenticate=header)
    texts = {key: apigateway._jwt_claim_to_string(value) for key, value in claims.items()}
    return {"claims": texts, "scopes": has or None}


async def _signed_claims(token: str, issuer: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != _TOKEN_PARTS:
        raise _unauthorized("the token is not a JSON Web Token")
    header, claims = _decoded(parts[0]), _decoded(parts[1])
    if not header or not claims:
        raise _unauthorized("the token is not a JSON Web Token")
    if header.get("alg") != "RS256":
        raise _unauthorized("the token is not signed with RS256")
    known = await _keys(issuer)
    if known is None:
        reason = f"the keys of {issuer} could not be fetched: neither its discovery document nor they are there"
        raise _unauthorized(_WRONG_SIGNATURE, reason)
    keys = [key for key in known if key.get("kid") == header.get("kid")]
    if not header.get("kid") or not keys or not apigateway._verify_rs256_signature(token, keys[0]):
        raise _unauthorized(_WRONG_SIGNATURE)
    return claims


def _decoded(part: str) -> dict[str, Any]:
    try:
        return json_object(apigateway._b64url_decode(part))
    except ValueError:
        return {}


async def _keys(issuer: str) -> list[dict[str, Any]] | None:
    """The keys of an issuer; None when it does not answer with any."""
    pool = issuer.startswith("https://cognito-idp.")
    own = {"jwtConfiguration": {"issuer": issuer}}
    url = await (apigateway._resolve_jwks_url(own) if pool else apigateway._fetch_oidc_jwks_uri(issuer))
    try:
        document: Any = await apigateway._fetch_jwks(url) if url and is_reachable(url) else {}
    except (OSError, ValueError):
        document = {}
    return json_object(document).get("keys") or None


def is_reachable(url: str) -> bool:
    """Whether an issuer's address is one that API Gateway takes: of HTTPS, or here of this machine."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _wrong_claim(claims: dict[str, Any], settings: dict[str, Any]) -> str:
    now = time.time()
    audience = {str(each) for each in listed(claims["aud"] if "aud" in claims else claims.get("client_id"))}
    wrong = {
        "the token does not have a valid issuer": claims.get("iss") != settings["issuer"],
        "the token does not have a valid audience": not audience & set(settings["audience"]),
        "the token has expired": _moment(claims.get("exp")) <= now,
        "the token is not valid yet": _moment(claims.get("nbf")) > now,
        "the token is issued in the future": _moment(claims.get("iat")) > now,
    }
    return next((text for text, holds in wrong.items() if holds), "")


def _moment(value: Any) -> float:
    return value if isinstance(value, int | float) else 0.0


def _scopes_of(claims: dict[str, Any]) -> list[str]:
    found = (claims.get("scope"), claims.get("scp"))
    return [each for value in found for each in (value.split() if isinstance(value, str) else listed(value))]


def _unauthorized(description: str, reason: str = "") -> AnsweredError:
    """A refusal; `reason` is for whoever runs the app, and not for the client. Omitted: the description."""
    header = f'Bearer scope="" error="invalid_token" error_description="{description}"'
    return AnsweredError(401, "Unauthorized", reason or description, www_authenticate=header)
