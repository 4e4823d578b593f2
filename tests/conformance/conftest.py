import json
from collections.abc import Iterator
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.destinations import Place
from naws.cli.embedded import EmbeddedAws

TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="session")
def aws(tmp_path_factory: Any) -> Iterator[Aws]:
    """An embedded AWS with a role for machines, which may do everything, and a log group: permissions are not tried."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("conformance"), engine="process") as running:
        made = Aws(running.endpoint_url, Place(running.account_id, running.region))
        iam = made.client("iam")
        iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(_document(TRUST)))
        iam.put_role_policy(RoleName="machine", PolicyName="all", PolicyDocument=json.dumps(_document(ALL)))
        made.client("logs").create_log_group(logGroupName="runs")
        yield made


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}
