"""The configuration of a distribution, as botocore's model has it, and which distribution a host names."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import botocore.parsers

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import cloudfront, responses
from naws.cli.embedded.departures.shapes import operation
from naws.cli.embedded.distribution_urls import LOCAL, OF_AWS

REGION = "us-east-1"
"""Where CloudFront's own metrics are, and what it takes of other services."""

_HERE = frozenset({"127.0.0.1", "localhost"})

Config = dict[str, Any]
Record = dict[str, Any]


def config_of(distribution: Record) -> Config:
    """The configuration of a distribution; lists are those of ``Items``."""
    return parsed(distribution["config_xml"])


@lru_cache(maxsize=256)
def parsed(text: str) -> Config:
    """The configuration that a text of XML has."""
    shape = operation("cloudfront", "GetDistributionConfig").output_shape
    answer: dict[str, Any] = {"status_code": 200, "headers": {}, "body": text.encode()}
    parsers: Any = botocore.parsers
    found = parsers.create_parser("rest-xml").parse(answer, shape)
    return members(found.get("DistributionConfig"))


def items(value: Any) -> list[Any]:
    """The items of a list of the API."""
    return members(value).get("Items") or []


def behaviors(config: Config) -> Iterator[Config]:
    """Its cache behaviors in the order in which they are asked, the default one last."""
    yield from items(config.get("CacheBehaviors"))
    if config.get("DefaultCacheBehavior"):
        yield config["DefaultCacheBehavior"]


def distributions() -> Iterator[tuple[str, Record]]:
    """Every distribution with its account."""
    for (account, _), record in list(cloudfront._distributions._data.items()):
        yield account, record


def distribution_for(host: str) -> tuple[str, Record] | None:
    """The distribution that a host, without its port, names: by its domain name, here or on AWS, or by an alias.

    An alias is found before one with a star, as CloudFront prefers the more specific one.
    """
    if host in _HERE:
        return None
    known = list(distributions())
    for suffix in (OF_AWS, LOCAL):
        if host.endswith(suffix):
            name = f"{host.removesuffix(suffix)}{OF_AWS}"
            return next((each for each in known if each[1]["DomainName"].lower() == name), None)
    for wanted in (host, f"*.{host.partition('.')[2]}"):
        for account, record in known:
            if wanted in aliases_of(record):
                return account, record
    return None


def aliases_of(distribution: Record) -> list[str]:
    """The alternate domain names of a distribution, in lower case."""
    return [str(each).lower() for each in items(config_of(distribution).get("Aliases"))]


def in_home(account: str) -> Any:
    """The scope of requests to a distribution of an account."""
    return responses.request_scope(account, REGION)
