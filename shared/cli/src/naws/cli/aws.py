"""One account and region of an AWS that answers on one endpoint."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from naws.cli.destinations import Target


class Clients(Protocol):
    """What has the clients of one account and region."""

    def client(self, service: str) -> Any:
        """A boto3 client."""
        ...


@dataclass(frozen=True)
class Aws:
    """Clients of one account and region.

    Attributes:
        endpoint_url: Where every service answers.
        target: The account and region.
    """

    endpoint_url: str
    target: Target
    _clients: dict[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)

    def client(self, service: str) -> Any:
        """A boto3 client; made once."""
        if service not in self._clients:
            import boto3  # noqa: PLC0415  # a quarter of a second that `naws --help` need not spend
            from botocore.config import Config  # noqa: PLC0415  # as boto3

            made = boto3.client(  # pyright: ignore[reportUnknownVariableType, reportCallIssue]  # the service is a variable
                service,  # pyright: ignore[reportArgumentType]  # as above
                endpoint_url=self.endpoint_url,
                region_name=self.target.region,
                # The embedded AWS takes an access key of twelve digits as the account that calls.
                aws_access_key_id=self.target.account,
                aws_secret_access_key="local",  # noqa: S106  # no secret: the embedded AWS checks none
                config=Config(retries={"max_attempts": 2}, proxies={}),
            )
            self._clients[service] = made
        return self._clients[service]

    def at(self, account: str | None, region: str | None) -> "Aws":
        """The same AWS in another account or region; None keeps ours."""
        target = Target(account or self.target.account, region or self.target.region)
        return self if target == self.target else replace(self, target=target, _clients={})
