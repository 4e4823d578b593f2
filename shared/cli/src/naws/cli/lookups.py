"""Answers the look-ups of an app (context queries of the CDK) from the embedded AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from naws.cli.aws import Aws
from naws.cli.errors import CliError
from naws.cli.vpcs import describe_vpc, find_vpc, make_vpc, zones_of

_UNANSWERABLE = "Give the value directly, or put it into cdk.context.json, for instance with `cdk synth` on AWS."


@dataclass(frozen=True)
class LookUps:
    """Answers CDK's context look-ups from the embedded AWS.

    Attributes:
        aws: The embedded AWS.
        note: Is called with what was made up.
    """

    aws: Aws
    note: Callable[[str], None]

    def answer(self, missing: list[dict[str, Any]]) -> dict[str, Any]:
        """The context values of the missing look-ups, by their keys.

        Raises:
            CliError: A look-up that cannot be answered here.
        """
        return {entry["key"]: self._answer(entry["provider"], entry["props"]) for entry in missing}

    def _answer(self, provider: str, query: dict[str, Any]) -> Any:
        aws = self.aws.at(query.get("account"), query.get("region"))
        match provider:
            case "vpc-provider":
                return self._vpc(aws, query)
            case "availability-zones":
                return zones_of(aws.client("ec2"))
            case "ssm":
                return _parameter(aws, query["parameterName"])
            case _:
                known = ", ".join(f"{k}={v}" for k, v in sorted(query.items()) if k not in {"account", "region"})
                raise CliError(f"The app looks up {provider} ({known}); the embedded AWS has no answer.", _UNANSWERABLE)

    def _vpc(self, aws: Aws, query: dict[str, Any]) -> dict[str, Any]:
        ec2 = aws.client("ec2")
        found = find_vpc(ec2, query["filter"])
        if found is None:
            found = make_vpc(ec2, query["filter"])
            asked = ", ".join(f"{k}={v}" for k, v in query["filter"].items())
            self.note(f"the app looks up a VPC ({asked}): {found} with public and private subnets stands in for it")
        return describe_vpc(ec2, found, query.get("subnetGroupNameTag"))


def _parameter(aws: Aws, name: str) -> str:
    ssm = aws.client("ssm")
    try:
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise CliError(f"The app looks up the SSM parameter {name}, which is not there.", _UNANSWERABLE) from None
