"""Which properties replace a resource is what CloudFormation's schemas say."""

import pytest

from naws.cli.create_only import recreation
from tests.cli import create_only


def test_it_is_what_the_schemas_say():
    assert create_only.FILE.read_text() == create_only.text(), "uv run python tests/cli/create_only.py"


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("AWS::S3::Bucket", "BucketName", "Always"),
        ("AWS::S3::Bucket", "LifecycleConfiguration", "Never"),
        ("AWS::DynamoDB::Table", "KeySchema", "Conditionally"),
        ("AWS::MSK::Cluster", "BrokerNodeGroupInfo", "Conditionally"),  # of which some parts are create-only
        ("AWS::Nobody::Knows", "Name", None),
    ],
)
def test_what_a_change_does(kind, name, expected):
    assert recreation(kind, name) == expected
