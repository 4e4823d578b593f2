"""HTTP endpoints, as whatever sends requests to them knows them: a website, another service, a program.

HttpEndpoint (protocol)
├── a pattern's own    a function's API, a service's load balancer
└── of_domain(name)    somebody else's

who may send
├── Iam       whoever signs with a role that may
├── Jwt       whoever has a token of an issuer
├── Public    anybody
└── None      whoever the network lets through
"""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Protocol, TypeAlias

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2

from naws.core.bindings.needs import Needs, Reach, Source, Statement, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.tokens import known

_NAME = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_PORT = re.compile(r"(?P<scheme>https?)://[^/]*?(?::(?P<port>\d+))?(?:/|$)")


@suggesting
@dataclass(frozen=True)
class Iam:
    """Requests that are signed by a role which may send them. A browser cannot sign."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class Jwt:
    """Requests with a JSON Web Token.

    Attributes:
        issuer: the URL of who issues it, as `iss` in the token.
        audience: for whom it is issued: one of these is `aud` or `client_id` in the token.
        same_origin: whether all pages that send tokens have the endpoint under their own domain, as behind a website:
            a browser asks for nothing first there, and no CORS is missing.
    """

    issuer: str
    audience: Sequence[str]
    same_origin: bool = False


@suggesting
@dataclass(frozen=True, kw_only=True)
class Public:
    """Requests of anybody.

    Attributes:
        reason: why that is right.
    """

    reason: str


Authorizer: TypeAlias = Iam | Jwt | Public


class HttpEndpoint(Protocol):
    """An HTTP endpoint. A pattern that has one inherits from this, which gives it what it need not write."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The construct id of what answers, which names the variable by which a program finds it."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The endpoint's URL, with its scheme; a token is fine."""

    @property
    @abstractmethod
    def request_timeout(self) -> cdk.Duration:
        """The longest time that a request may take; whoever sends it waits as long."""

    @abstractmethod
    def for_edge(self) -> cloudfront.IOrigin:
        """An origin of CloudFront; what lets CloudFront in is made in the endpoint's stack."""

    @property
    def authorizer(self) -> Authorizer | None:
        """The authorizer, which decides who may send requests. None: whoever the network lets through."""
        return None

    @property
    def connections(self) -> ec2.Connections | None:
        """Its place in a network, which a sender has to reach. None: it is public."""
        return None

    @property
    def paths(self) -> Sequence[str] | None:
        """The paths that it answers, with `*` for any text: `/orders/*`. None: not known."""
        return None

    def call_statements(self) -> Sequence[Statement]:
        """Policy statements that the role of a sender needs; none without `Iam`."""
        return ()

    def binding(self) -> "ServiceBinding":
        """Lets a program send requests."""
        return ServiceBinding(self, name=self.name)

    @staticmethod
    def of_domain(name: str, *, request_timeout: cdk.Duration | None = None) -> "HttpEndpoint":
        """Whatever answers under a public name, by HTTPS.

        Args:
            name: the domain name, such as "api.example.com".
            request_timeout: Omitted: 30 seconds, as CloudFront waits for an origin.

        Raises:
            TypeError: the name is no text, or the time no duration.
            ValueError: the name is none of a domain: it has a scheme, a path or a port, or is empty.
        """
        _check_types(name, request_timeout)
        if known(name) and not _NAME.fullmatch(name):
            bare = re.sub(r"^[a-z]+://|[/:?#].*$", "", re.sub(r"^[a-z]+://", "", name.strip().lower()))
            line = f'HttpEndpoint.of_domain("{bare if _NAME.fullmatch(bare) else "api.example.com"}")'
            raise ValueError(f"of_domain({name!r}) takes the name of a domain alone, which is asked by HTTPS: {line}")
        return _Domain(domain_name=name, timeout=request_timeout)


@suggesting
@dataclass(frozen=True)
class ServiceBinding:
    """Requests to an HTTP endpoint. The program finds `<NAME>_URL`.

    Attributes:
        endpoint: of another pattern, or `HttpEndpoint.of_domain("api.example.com")`.
        name: first part of the variable's name.
        variables: other names by part, of which there is one: `{"url": "PRICES_API"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("url",)

    endpoint: HttpEndpoint
    _: KW_ONLY
    name: str
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The endpoint's URL, the way to it, and the right to send requests."""
        url, to = self.endpoint.url, self.endpoint.connections
        ways = () if to is None else (Reach(to=to, port=_port(url), why=f"requests to {self.name}"),)
        variables = named({"url": (f"{variable_name(self.name)}_URL", url)}, self.variables)
        return Needs(
            statements=self.endpoint.call_statements(), variables=variables, reach=ways, sources=tuple(_homes(to))
        )


@dataclass(frozen=True, kw_only=True)
class _Domain(HttpEndpoint):
    domain_name: str
    timeout: cdk.Duration | None

    @property
    def name(self) -> str:
        return self.domain_name

    @property
    def url(self) -> str:
        return f"https://{self.domain_name}"

    @property
    def request_timeout(self) -> cdk.Duration:
        return self.timeout or cdk.Duration.seconds(30)

    @property
    def authorizer(self) -> Authorizer | None:
        return Public(reason="who may send is its owner's affair")

    def for_edge(self) -> cloudfront.IOrigin:
        return origins.HttpOrigin(self.domain_name, read_timeout=self.request_timeout)


def _check_types(name: object, request_timeout: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f'of_domain({name!r}) takes text: HttpEndpoint.of_domain("api.example.com")')
    if request_timeout is not None and not isinstance(request_timeout, cdk.Duration):
        number = request_timeout if isinstance(request_timeout, int) and not isinstance(request_timeout, bool) else 30
        raise TypeError(
            f"of_domain(request_timeout={request_timeout!r}) takes a duration: "
            f"request_timeout=cdk.Duration.seconds({number})"
        )


def _homes(to: ec2.Connections | None) -> Iterator[Source]:
    """Where what answers lives, by its security group."""
    groups: Sequence[ec2.ISecurityGroup] = () if to is None else to.security_groups
    for each in groups[:1]:
        yield Source(field="endpoint", kind="endpoint", home=home_of(each))


def _port(url: str) -> ec2.Port:
    """The port of a URL, whose name may be a token."""
    found = _PORT.match(url)
    if found is None or (found["port"] is None and found["scheme"] == "https"):
        return ec2.Port.HTTPS
    return ec2.Port.tcp(int(found["port"] or 80))
