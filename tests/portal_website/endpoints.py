"""Endpoints of somebody else, as the examples of rules have them."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins

from naws.core import Authorizer, HttpEndpoint, Iam, Jwt, Public


class Endpoint(HttpEndpoint):
    def __init__(self, name: str, authorizer: Authorizer, paths: Sequence[str] | None = None) -> None:
        self._name, self._authorizer, self._paths = name, authorizer, paths

    @property
    def name(self) -> str:
        return self._name

    @property
    def url(self) -> str:
        return f"https://{self._name.lower()}.example.com"

    @property
    def authorizer(self) -> Authorizer | None:
        return self._authorizer

    @property
    def paths(self) -> Sequence[str] | None:
        return self._paths

    @property
    def request_timeout(self) -> cdk.Duration:
        return cdk.Duration.seconds(30)

    def for_edge(self) -> cloudfront.IOrigin:
        return origins.HttpOrigin(f"{self._name.lower()}.example.com")


@dataclass(frozen=True)
class Service:
    endpoint: Endpoint


ORDERS = Service(Endpoint("Orders", Jwt(issuer="https://login.example.com", audience=["shop"])))
CATALOGUE = Service(Endpoint("Catalogue", Public(reason="anybody may look at it"), ["/catalogue/*"]))
INTERNAL = Service(Endpoint("Internal", Iam()))
