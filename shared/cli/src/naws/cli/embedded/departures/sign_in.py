"""Cognito's pages and endpoints for signing in by OAuth 2.0, as a website uses them."""

from typing import Any
from urllib.parse import parse_qs, urlencode

from naws.cli.embedded.departures.json_values import first, members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import app, cognito
from naws.cli.embedded.departures.sign_in_addresses import domain_of, local_location, pool_of, registered

_OWN_PATHS = ("/oauth2/", "/login", "/logout")
_FOUND = 302
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}


@departure(
    "Amazon Cognito Developer Guide, 'User pool endpoints and managed login reference', 'Configuring a user pool "
    "domain': the endpoints are those of a pool's domain"
)
def hosts_of_endpoints() -> None:
    """The pages and endpoints for signing in answer under a pool's domain, and for clients of that pool only.

    Its name here is ``<prefix>.auth.<region>.amazoncognito.localhost``; this machine's own address answers for every
    pool that has a domain. Any other host keeps these paths to itself, such as an API with a route ``POST /login``.
    """
    wrap(app, ("_handle_cognito_get_request", "_handle_cognito_body_request"), _by_host)


async def _by_host(original: Original, method: str, path: str, headers: dict[str, str], *rest: Any) -> Any:
    if path.startswith(_OWN_PATHS):
        domain = domain_of(headers.get("host", ""))
        if domain is None:
            return None
        given = _parameters(rest)
        if refused := _refusal(domain, given.get("client_id", "")):
            return cognito._oauth2_error("invalid_request", refused)
    return await original(method, path, headers, *rest)


def _parameters(rest: tuple[Any, ...]) -> dict[str, str]:
    """The parameters of a request, in its query or in its form."""
    *body, query = rest
    found = {name: first(value) for name, value in members(query).items()}
    return {**found, **(_form(body[0]) if body else {})}


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace"), keep_blank_values=True).items()}


def _refusal(domain: str, client_id: str) -> str:
    pool_id, pool, _ = cognito._find_pool_by_client_id(client_id) if client_id else ("", None, None)
    if pool is None:
        return ""
    if domain and pool_of(domain) != pool_id:
        return "The client is none of this domain's user pool."
    return "" if pool.get("Domain") or pool.get("CustomDomain") else "The user pool has no domain."


@departure(
    "Amazon Cognito Developer Guide, 'The redirect and authorization endpoint', 'The token issuer endpoint', 'Using "
    "PKCE in authorization code grants'; AWS re:Post, question QUribd4ytZTnmoxKt_B7DXFg (a verifier that does not "
    "match uses up its code)"
)
def codes() -> None:
    """A code that was exchanged with a wrong verifier is used up; a browser of any site may ask for tokens.

    A callback URL of a distribution that is registered by its name on AWS, or by an alias, is also the same page at
    the distribution's address here, where the browser is sent back to. That there was a sign-in before is not
    remembered: there is no session cookie.
    """
    wrap(cognito, ("handle_oauth2_authorize", "handle_logout"), _from_here)
    wrap(cognito, "handle_login_submit", _sent_back)
    wrap(cognito, "handle_oauth2_token", _exchanged)


def _client(client_id: str) -> dict[str, Any]:
    return members(cognito._find_pool_by_client_id(client_id)[2])


def _from_here(original: Original, method: str, path: str, headers: dict[str, str], query: dict[str, Any]) -> Any:
    client, changed = _client(first(query.get("client_id"))), dict(query)
    for name, known in (("redirect_uri", "CallbackURLs"), ("logout_uri", "LogoutURLs")):
        if query.get(name):
            changed[name] = [registered(first(query[name]), client.get(known) or [])]
    return _back(original(method, path, headers, changed), headers)


def _sent_back(original: Original, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
    return _back(original(method, path, headers, body, query), headers)


def _back(answer: Any, headers: dict[str, str]) -> Any:
    """The answer with the address here in the place of a distribution's name, where the browser uses addresses here."""
    status, sent, body = answer
    here = headers.get("host", "").partition(":")[0].endswith(("localhost", "127.0.0.1"))
    if status == _FOUND and here:
        return status, {**sent, "Location": local_location(sent["Location"])}, body
    return answer


async def _exchanged(
    original: Original, method: str, path: str, headers: dict[str, str], body: bytes, query: Any
) -> Any:
    form = _form(body)
    code = form.get("code", "")
    known: dict[str, Any] = members(cognito._authorization_codes.get(code))
    if known and form.get("redirect_uri"):
        form["redirect_uri"] = registered(form["redirect_uri"], [known["redirect_uri"]])
    answer = await original(method, path, headers, urlencode(form).encode() if known else body, query)
    if failed(answer) and known.get("code_challenge") and not _verified(form.get("code_verifier", ""), known):
        cognito._authorization_codes.pop(code, None)
    return answer[0], {**answer[1], **_ANY_ORIGIN}, answer[2]


def _verified(verifier: str, known: dict[str, Any]) -> bool:
    return bool(verifier) and bool(
        cognito._verify_pkce(verifier, known["code_challenge"], known.get("code_challenge_method", ""))
    )
