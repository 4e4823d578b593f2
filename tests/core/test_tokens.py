import math

import aws_cdk as cdk
import pytest

from naws.core.tokens import has_token, is_lookup_dummy, known


@pytest.fixture(scope="module")
def tokens() -> dict[str, object]:
    number = cdk.CfnParameter(cdk.Stack(), "Size", type="Number")
    return {
        "text": cdk.Aws.REGION,
        "inside text": f"arn:{cdk.Aws.PARTITION}:s3",
        "number": number.value_as_number,
        "list": cdk.Token.as_list(cdk.Fn.get_azs()),
        "duration": cdk.Duration.seconds(number.value_as_number).to_seconds(),
    }


def test_every_kind_of_token_is_seen_at_any_depth(tokens: dict[str, object]) -> None:
    for name, token in tokens.items():
        assert has_token(token), name
        assert has_token({"a": [("b", token)]}), name
        assert not known(token), name


@pytest.mark.parametrize("value", [0, False, "", -1.5, 1e308, -1e308, 10**400, math.inf, math.nan, "$", "{Token}", []])
def test_plain_values_are_known(value: object) -> None:
    assert not has_token(value)
    assert known(value)


def test_what_a_look_up_returns_before_it_has_looked_is_not_known() -> None:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    vpc = cdk.aws_ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0a1b2c3d")

    assert is_lookup_dummy(vpc.vpc_id)
    assert all(is_lookup_dummy(subnet.subnet_id) for subnet in vpc.private_subnets)
    assert not known(vpc.vpc_id)
    assert known("vpc-0a1b2c3d")
    role = cdk.aws_iam.Role.from_lookup(stack, "Role", role_name="shop")
    repository = cdk.aws_ecr.Repository.from_lookup(stack, "Repository", repository_name="shop")
    database = cdk.aws_rds.DatabaseInstance.from_lookup(stack, "Database", instance_identifier="shop")
    balancing = cdk.aws_elasticloadbalancingv2
    tags = {"team": "shop"}
    balancer = balancing.ApplicationLoadBalancer.from_lookup(stack, "Balancer", load_balancer_tags=tags)
    listener = balancing.ApplicationListener.from_lookup(stack, "Listener", load_balancer_tags=tags)
    arns = [role.role_arn, repository.repository_arn, balancer.load_balancer_arn, listener.listener_arn]
    assert [is_lookup_dummy(arn) for arn in arns] == [True] * 4
    assert is_lookup_dummy(database.instance_endpoint.hostname)
    assert known("arn:aws:iam::123456789012:role/shop")


def test_nothing_given_is_not_known() -> None:
    assert not known(None)
