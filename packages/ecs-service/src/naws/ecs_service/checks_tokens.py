"""Rules at synthesis on tokens that a load balancer judges: what ordinary CDK code set on its rules."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from naws.core.authoring import Field, Finding, as_list, is_text, limit

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"
_CONFIG = f"{_API}/API_JwtValidationActionConfig.html"
_CLAIM = f"{_API}/API_JwtValidationActionAdditionalClaim.html"
_LONGEST, _MOST = 256, 10
_BY_ITSELF = frozenset({"exp", "iss", "nbf", "iat"})
_URL = re.compile(r"https://[^/\s?#]+/\S+")
_SECURE = (
    'load_balancer=LoadBalancer(domain_name="orders.example.com", '
    'certificate=acm.Certificate.from_certificate_arn(stack, "C", "arn:aws:acm:eu-central-1:123456789012:certificate/1"'
    ")), then=lambda made: setattr(made.node.find_child("
    '"Route"), "actions", [{{"type": "jwt-validation", "order": 1, "jwtValidationConfig": {{"issuer": '
    '"https://login.example.com", "jwksEndpoint": "{}://login.example.com/keys.json"}}}}, '
    '{{"type": "forward", "order": 2, "targetGroupArn": made.target_group.target_group_arn}}])'
)


@dataclass(frozen=True, kw_only=True)
class TokensView:
    """A judge of tokens, in a rule of a listener or in its default.

    Attributes:
        path: how the user calls it.
        config: its settings, as CloudFormation names them, with a small letter.
        protocol: of the listener. None: only its owner knows.
    """

    path: str
    config: Mapping[str, Any]
    protocol: str | None

    def field(self, name: str, value: object = None) -> Field:
        """One of its settings."""
        return Field(f"{self.path}.{name}", value)


def tokens_views(path: str, actions: object, protocol: str | None) -> Iterator[TokensView]:
    """The judges of tokens among some actions."""
    for index, each in enumerate(_parts(actions)):
        config = each.get("jwtValidationConfig")
        if isinstance(config, dict):
            found = cast("Mapping[str, Any]", config)
            yield TokensView(path=f"{path}[{index}].jwt_validation_config", config=found, protocol=protocol)


@limit(
    code="NAWS-LB-025",
    title="Tokens are judged behind HTTPS, by keys that are at an HTTPS address",
    source=_CONFIG,
    example=_SECURE.format("http"),
    fix=_SECURE.format("https"),
)
def token_keys(view: TokensView) -> Iterator[Finding]:
    """Elastic Load Balancing refuses other ones, and issuers and addresses of more than 256 characters.

    Whether keys are there, ten at most, only a request shows.
    """
    if view.protocol == "HTTP":
        yield Field(view.path).finding(
            "a listener by HTTPS", "load_balancer=LoadBalancer(domain_name=…, certificate=…)", shown="behind HTTP"
        )
    keys = view.field("jwks_endpoint", view.config.get("jwksEndpoint"))
    if is_text(keys.value) and not _URL.fullmatch(keys.value):
        yield keys.finding("https://, a host and a path", 'jwks_endpoint="https://login.example.com/keys.json"')
    for field in (keys, view.field("issuer", view.config.get("issuer"))):
        if is_text(field.value) and len(field.value) > _LONGEST:
            shown = f"{len(field.value)} characters"
            yield field.finding(f"at most {_LONGEST} characters", f'{field.name}="https://…"', shown=shown)


@limit(
    code="NAWS-LB-026",
    title="A token is judged by at most ten claims of ten values each, beside its times and its issuer",
    source=_CLAIM,
    example=_SECURE.format("https").replace(
        'keys.json"', 'keys.json", "additionalClaims": [{"format": "single-string", "name": "exp", "values": ["1"]}]'
    ),
    fix=_SECURE.format("https").replace(
        'keys.json"', 'keys.json", "additionalClaims": [{"format": "single-string", "name": "aud", "values": ["shop"]}]'
    ),
)
def token_claims(view: TokensView) -> Iterator[Finding]:
    """Elastic Load Balancing refuses more, and longer ones; it judges `exp`, `iss`, `nbf` and `iat` by itself."""
    claims = list(_parts(view.config.get("additionalClaims")))
    if len(claims) > _MOST:
        field = view.field("additional_claims")
        yield field.finding(f"at most {_MOST}", "remove a claim", shown=f"{len(claims)} claims")
    for index, each in enumerate(claims):
        path, name = f"additional_claims[{index}]", each.get("name")
        if name in _BY_ITSELF:
            yield view.field(f"{path}.name", name).finding(
                "another claim: this one is judged always", "remove the claim"
            )
        values: list[Any] = as_list(each.get("values") or [])
        if len(values) > _MOST:
            shown = f"{len(values)} values"
            yield view.field(f"{path}.values").finding(f"at most {_MOST}", "remove a value", shown=shown)
        for at, value in enumerate(values):
            field = view.field(f"{path}.values[{at}]", value)
            if is_text(value) and len(value) > _LONGEST:
                shown = f"{len(value)} characters"
                yield field.finding(f"at most {_LONGEST} characters", "remove the value", shown=shown)
            elif is_text(value) and " " in value and each.get("format") == "space-separated-values":
                words = ", ".join(f'"{word}"' for word in value.split())
                yield field.finding(
                    "no blank: each of the values that a token separates by blanks", f"values=[{words}]"
                )


def _parts(given: object) -> Iterator[Mapping[str, Any]]:
    for each in as_list(given or []):
        if isinstance(each, dict):
            yield cast("Mapping[str, Any]", each)


TOKEN_RULES = (token_keys, token_claims)
"""Each gets a `TokensView`."""
