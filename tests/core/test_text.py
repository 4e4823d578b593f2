import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from naws.core.text import qualified, thing, with_article


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (s3.Bucket, "s3.Bucket"),
        (cdk.Duration, "cdk.Duration"),
        (lambda_.Architecture, "lambda_.Architecture"),
        (ecs.Secret, "ecs.Secret"),
        (int, "int"),
    ],
)
def test_a_class_is_named_as_it_is_imported(kind: type, name: str) -> None:
    assert qualified(kind) == name


@pytest.mark.parametrize(
    "told", ["an s3.Bucket", "an sqs.Queue", "an ec2.Port", "an IVpc", "a list", "a cdk.Size", "a uuid", "a secret"]
)
def test_the_article_is_as_it_is_spoken(told: str) -> None:
    assert with_article(told.partition(" ")[2]) == told


def test_what_is_imported_is_told_by_what_it_stands_for() -> None:
    assert thing(ec2.Subnet.from_subnet_id(cdk.Stack(), "It", "subnet-0a1b2c3d")) == "an ec2.ISubnet"
