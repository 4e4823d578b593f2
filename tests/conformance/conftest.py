import json
from typing import Any

import pytest

from naws.cli.aws import Aws

TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="session")
def aws(aws: Aws) -> Aws:
    """An embedded AWS with a role for machines, which may do everything, and a log group: permissions are not tried."""
    iam = aws.client("iam")
    iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(_document(TRUST)))
    iam.put_role_policy(RoleName="machine", PolicyName="all", PolicyDocument=json.dumps(_document(ALL)))
    aws.client("logs").create_log_group(logGroupName="runs")
    return aws


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}
