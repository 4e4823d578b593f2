import uuid

import pytest

from naws.cli.errors import CliError
from naws.cli.lookups import LookUps


@pytest.fixture
def notes():
    return []


@pytest.fixture
def ask(aws, notes):
    def answer(provider, **query):
        here = {"account": aws.target.account, "region": aws.target.region}
        missing = [{"key": "k", "provider": provider, "props": {**here, **query}}]
        return LookUps(aws, notes.append).answer(missing)["k"]

    return answer


def test_a_vpc_that_is_there_is_described(aws, ask, notes):
    ec2, name = aws.client("ec2"), uuid.uuid4().hex
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": name}])
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "aws-cdk:subnet-name", "Value": "Tasks"}])
    found = ask("vpc-provider", filter={"tag:Name": name}, returnAsymmetricSubnets=True)
    assert (found["vpcId"], found["vpcCidrBlock"], notes) == (vpc, "10.9.0.0/16", [])
    (group,) = found["subnetGroups"]
    assert (group["name"], group["type"]) == ("Tasks", "Private")
    (described,) = group["subnets"]
    assert (described["subnetId"], described["availabilityZone"]) == (subnet, "us-east-1b")


def test_for_one_that_is_not_there_another_stands_in_and_stays(ask, notes):
    name = uuid.uuid4().hex
    first = ask("vpc-provider", filter={"tag:Name": name})
    assert f"the app looks up a VPC (tag:Name={name}): {first['vpcId']}" in notes[0]
    groups = {(group["name"], group["type"]): group["subnets"] for group in first["subnetGroups"]}
    assert {kind: len(subnets) for kind, subnets in groups.items()} == {
        ("Private", "Private"): 2,
        ("Public", "Public"): 2,
    }
    zones = [subnet["availabilityZone"] for subnet in groups["Private", "Private"]]
    assert zones == ["us-east-1a", "us-east-1b"]
    assert all(subnet["routeTableId"] for subnets in groups.values() for subnet in subnets)
    assert ask("vpc-provider", filter={"tag:Name": name}) == first
    assert len(notes) == 1


def test_a_vpc_looked_up_by_its_id_gets_a_stand_in_too(ask, notes):
    found = ask("vpc-provider", filter={"vpc-id": "vpc-0123456789abcdef0"})
    assert found["vpcId"].startswith("vpc-")
    assert len(notes) == 1


def test_zones_are_those_of_the_region(ask):
    assert ask("availability-zones", region="eu-west-1")[:2] == ["eu-west-1a", "eu-west-1b"]


def test_a_parameter_is_read(aws, ask):
    name = f"/test/{uuid.uuid4().hex}"
    aws.client("ssm").put_parameter(Name=name, Value="there", Type="String")
    assert ask("ssm", parameterName=name) == "there"


def test_what_cannot_be_answered_is_named_with_a_way_out(ask):
    with pytest.raises(CliError, match=r"looks up hosted-zone \(domainName=example\.com\)") as caught:
        ask("hosted-zone", domainName="example.com")
    assert "cdk.context.json" in caught.value.detail
    with pytest.raises(CliError, match="SSM parameter /no/such, which is not there"):
        ask("ssm", parameterName="/no/such")
