import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from naws.core.text import as_list, qualified, snake, thing, with_article


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
    "phrase", ["an s3.Bucket", "an sqs.Queue", "an ec2.Port", "an IVpc", "a list", "a cdk.Size", "a uuid", "a secret"]
)
def test_the_article_is_as_it_is_spoken(phrase: str) -> None:
    assert with_article(phrase.partition(" ")[2]) == phrase


def test_what_is_imported_is_reported_by_what_it_stands_for() -> None:
    assert thing(ec2.Subnet.from_subnet_id(cdk.Stack(), "It", "subnet-0a1b2c3d")) == "an ec2.ISubnet"


@pytest.mark.parametrize(
    ("name", "written"),
    [("LogGroup", "log_group"), ("logGroup2A", "log_group2_a"), ("VPC", "vpc"), ("report-data", "report-data")],
)
def test_a_name_is_written_with_low_lines(name: str, written: str) -> None:
    assert snake(name) == written


@pytest.mark.parametrize(
    ("value", "listed"), [("a", ["a"]), (["a"], ["a"]), (("a", 1), ["a", 1]), ([], []), ({}, [{}])]
)
def test_one_is_a_list_of_one(value: object, listed: list[object]) -> None:
    assert as_list(value) == listed
