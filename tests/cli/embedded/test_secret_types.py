"""A secret of a template: what Ref gives, through its whole life."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def template(value: str) -> str:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": value}}
    outputs = {"Ref": {"Value": {"Ref": "Secret"}}}
    return json.dumps({"Resources": {"Secret": secret}, "Outputs": outputs})


def test_ref_is_the_arn_and_the_secret_can_be_changed_and_deleted(bench: Any) -> None:
    stacks, secrets = bench.client("cloudformation"), bench.client("secretsmanager")
    stacks.create_stack(StackName="secret", TemplateBody=template("one"))
    stacks.get_waiter("stack_create_complete").wait(StackName="secret", WaiterConfig={"Delay": 1})
    (output,) = stacks.describe_stacks(StackName="secret")["Stacks"][0]["Outputs"]
    arn = output["OutputValue"]
    assert arn.startswith("arn:aws:secretsmanager:")
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "one"
    stacks.update_stack(StackName="secret", TemplateBody=template("two"))
    stacks.get_waiter("stack_update_complete").wait(StackName="secret", WaiterConfig={"Delay": 1})
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "two"
    stacks.delete_stack(StackName="secret")
    stacks.get_waiter("stack_delete_complete").wait(StackName="secret", WaiterConfig={"Delay": 1})
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=arn)


def test_a_name_has_few_signs(bench: Any) -> None:
    secrets = bench.client("secretsmanager")
    assert secrets.create_secret(Name="a/b_c+d=e.f@g!h-1", SecretString="x")["Name"]  # no secret
    with pytest.raises(secrets.exceptions.ClientError, match=r"Invalid name\. Must be a valid name"):
        secrets.create_secret(Name="no such name?", SecretString="x")  # as above
