"""Rules on what answers requests: who may send some, and how many."""

import re
from collections.abc import Iterator, Sequence

from naws.core import Jwt, Public
from naws.core.authoring import (
    Check,
    Field,
    Finding,
    advice,
    bind,
    format_number,
    is_number,
    is_text,
    limit,
    no_reason,
    of_some,
    out_of_zone,
    practice,
)
from naws.lambda_service.checks_cors import CORS_RULES
from naws.lambda_service.checks_routes import ROUTE_RULES
from naws.lambda_service.plan import LONGEST_INTEGRATION, EndpointPlan, Plan

_QUOTAS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
_CORS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"
_JWT = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"
_DOMAINS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html"
_THROTTLING = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"
_URLS = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_RECORDS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-api-gateway.html"
_SHARED = (
    'conventions=Conventions(certificate=acm.Certificate(stack, "C", domain_name="*.example.com"), '
    'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com"))'
)
_DISCOVERY = "/.well-known/openid-configuration"
_TOKENS = 'Jwt(issuer="https://login.example.com", audience=["shop"])'
_MOST_AUDIENCES = 50
_RATE, _BURST = 10_000, 5_000


@practice(
    code="NAWS-HTTP-005",
    title="A function behind an API answers within 29 seconds",
    source=_QUOTAS,
    example="endpoint=HttpApi(), timeout=cdk.Duration.minutes(5)",
    fix="endpoint=HttpApi(), timeout=cdk.Duration.seconds(25)",
)
def answers_in_time(endpoint: EndpointPlan) -> Iterator[Finding]:
    """The API answers 503 then, and the function works on, unseen and paid for; a caller that repeats doubles the work.

    A URL of the function waits for 15 minutes; better is a queue, and an answer that says where the result will be.
    """
    if endpoint.kind == "http-api" and is_number(endpoint.function_timeout):
        seconds = endpoint.function_timeout
        if seconds > LONGEST_INTEGRATION:
            yield Field("timeout").finding(
                f"at most {LONGEST_INTEGRATION} seconds with an HTTP API",
                f"timeout=cdk.Duration.seconds({LONGEST_INTEGRATION - 1})\nendpoint=FunctionUrl()",
                shown=f"{format_number(seconds)} seconds",
            )


@limit(
    code="NAWS-HTTP-006",
    title="A public endpoint has a reason",
    source="who may send requests is an explicit choice; the reason goes into the template's metadata",
    example='endpoint=HttpApi(authorizer=Public(reason=""))',
    fix='endpoint=HttpApi(authorizer=Public(reason="the shop\'s catalogue"))',
)
def reason_given(endpoint: EndpointPlan) -> Iterator[Finding]:
    """Anybody on the internet can send requests then: whoever reads the template will ask why that is right."""
    if isinstance(endpoint.authorizer, Public):
        field = Field("endpoint.authorizer.reason", endpoint.authorizer.reason)
        yield from no_reason(field, 'Public(reason="because …")')


@limit(
    code="NAWS-HTTP-007",
    title="A JWT authorizer has an issuer by HTTPS, and 1 to 50 audiences",
    source=_JWT,
    example='endpoint=HttpApi(authorizer=Jwt(issuer="login.example.com", audience=["shop"]))',
    fix=f"endpoint=HttpApi(authorizer={_TOKENS})",
)
def token_of_issuer(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway reads the issuer's keys from `<issuer>/.well-known/openid-configuration` while it is deployed.

    Without an audience a token that was issued for somebody else would be taken.
    """
    given = endpoint.authorizer
    if not isinstance(given, Jwt):
        return
    issuer, path = given.issuer, "endpoint.authorizer"
    if is_text(issuer) and (not re.fullmatch(r"https://[^\s/?#]+\S*", issuer) or issuer.endswith(_DISCOVERY)):
        host = re.sub(r"^\w*:?/*", "", issuer.strip()) if "://" in issuer else issuer.strip()
        better = host.removesuffix(_DISCOVERY) or "login.example.com"
        expected = f"the URL of the issuer as its tokens have it, by https, without {_DISCOVERY}"
        yield Field(f"{path}.issuer", issuer).finding(expected, f'issuer="https://{better}"')
    if isinstance(given.audience, Sequence) and not 1 <= len(given.audience) <= _MOST_AUDIENCES:  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        shown = f"{len(given.audience)} audiences"
        expected = f"1 to {_MOST_AUDIENCES}, of which a token has one as aud or client_id"
        yield Field(f"{path}.audience").finding(expected, 'audience=["shop"]', shown=shown)


@practice(
    code="NAWS-HTTP-011",
    title="An API takes some requests, and not as many as the whole account",
    source=_THROTTLING,
    example="endpoint=HttpApi(throttle=Throttle(rate=50_000))",
    fix="endpoint=HttpApi(throttle=Throttle(rate=500))",
)
def throttled(endpoint: EndpointPlan) -> Iterator[Finding]:
    """All APIs of an account share 10,000 requests a second and bursts of 5,000: one could use up those of the others.

    With none each request gets 429; whoever wants that for a while accepts it here.
    """
    throttle = endpoint.throttle
    if throttle is None:
        return
    for name, most, usual in (("rate", _RATE, 100), ("burst", _BURST, 200)):
        value = getattr(throttle, name)
        if is_number(value) and not 0 < value < most:
            expected = f"above 0, and below the account's {format_number(most)}"
            yield Field(f"endpoint.throttle.{name}", value).finding(expected, f"{name}={usual}")


@practice(
    code="NAWS-HTTP-014",
    title="A public endpoint has a throttle",
    source=_URLS,
    example='endpoint=FunctionUrl(authorizer=Public(reason="a webhook"))',
    fix='endpoint=HttpApi(authorizer=Public(reason="a webhook"))',
)
def public_url(endpoint: EndpointPlan) -> Iterator[Finding]:
    """A URL of a function has none, and no access log: anybody can use up the account's concurrency, and its money.

    With `reserved_concurrent_executions` it can at least not take that of other functions.
    """
    given = endpoint.authorizer
    if endpoint.kind == "function-url" and isinstance(given, Public):
        reason = given.reason.replace('"', "'") if is_text(given.reason) else "…"
        yield Field("endpoint.authorizer").finding(
            "Iam() for a URL of the function, or an HTTP API",
            f'endpoint=HttpApi(authorizer=Public(reason="{reason}"))\nendpoint=FunctionUrl()',
            shown="Public",
        )


@advice(
    code="NAWS-HTTP-017",
    title="Pages that send tokens can ask first whether they may",
    source=f"{_CORS}#http-api-cors-default-route",
    example=f"endpoint=HttpApi(authorizer={_TOKENS})",
    fix=f'endpoint=HttpApi(authorizer={_TOKENS}, cors=Cors(["https://app.example.com"]))',
)
def preflights(endpoint: EndpointPlan) -> Iterator[Finding]:
    """A browser asks with OPTIONS and without the token, which a route for every method refuses with 401.

    Pages of other origins are the usual senders of tokens; for programs alone nothing is missing, and nothing for pages
    of the same origin, whose authorizer is `Jwt(…, same_origin=True)`, as that of a website is.
    """
    every = [route for route in endpoint.routes if is_text(route) and re.match(r"\$default|ANY |OPTIONS ", route)]
    given = endpoint.authorizer
    if isinstance(given, Jwt) and given.same_origin is not True and endpoint.cors is None and every:
        yield Field("endpoint.cors", None).finding(
            f"the origins of the pages that send requests: {every[0]} has preflights refused",
            'cors=Cors(["https://app.example.com"])\nsame_origin=True  # of Jwt, behind a website alone',
        )


@limit(
    code="NAWS-HTTP-018",
    title="A domain name has a certificate",
    source=_DOMAINS,
    example='endpoint=HttpApi(domain_name="api.example.com")',
    fix="endpoint=HttpApi()",
)
def certified(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway takes a name with a certificate of the same region that has it, by the conventions of the scope."""
    if endpoint.domain_name is not None and not endpoint.certificate:
        yield Field("endpoint.domain_name", endpoint.domain_name).finding(
            "a certificate for it: Conventions(certificate=acm.Certificate.from_certificate_arn(self, …))",
            "omit domain_name",
        )


@limit(
    code="NAWS-HTTP-020",
    title="A domain name is a host in small letters",
    source=_DOMAINS,
    example='endpoint=HttpApi(domain_name="https://API.example.com/")',
    fix="endpoint=HttpApi()",
)
def host_name(endpoint: EndpointPlan) -> Iterator[Finding]:
    """API Gateway refuses capital letters, schemes and paths while the stack is deployed."""
    name = endpoint.domain_name
    if is_text(name) and not _HOST.fullmatch(name):
        host = re.sub(r"^[a-z]+://", "", name.strip().lower()).split("/")[0]
        better = host if _HOST.fullmatch(host) else "api.example.com"
        expected = "a host name such as api.example.com"
        yield Field("endpoint.domain_name", name).finding(expected, f'domain_name="{better}"')


@limit(
    code="NAWS-HTTP-029",
    title="A domain name lies in the zone of the conventions",
    source=_RECORDS,
    example=f'endpoint=HttpApi(domain_name="api.example.org"), {_SHARED}',
    fix=f'endpoint=HttpApi(domain_name="api.example.com"), {_SHARED}',
)
def in_zone(endpoint: EndpointPlan) -> Iterator[Finding]:
    """Route 53 refuses to write a name of another zone, while the stack is deployed."""
    name = endpoint.domain_name
    if is_text(name) and _HOST.fullmatch(name):
        yield from out_of_zone(Field("endpoint.domain_name", name), endpoint.hosted_zone, shared=True)


HTTP_CHECKS: tuple[Check[Plan], ...] = of_some(
    lambda plan: plan.endpoint,
    bind(
        lambda endpoint: (endpoint,),
        (
            *ROUTE_RULES,
            answers_in_time,
            reason_given,
            token_of_issuer,
            *CORS_RULES,
            throttled,
            public_url,
            preflights,
            certified,
            host_name,
            in_zone,
        ),
    ),
)
