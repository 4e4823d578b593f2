"""What a template says of a table is so, in both of its types, and stays so when it changes."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

KEY = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
RECOVERY = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
EXPIRY = {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}}
PLAIN = {"Table": {}, "GlobalTable": {"Replicas": [{"Region": "us-east-1"}]}}
FULL = {
    "Table": {**RECOVERY, **EXPIRY, "DeletionProtectionEnabled": True, "SSESpecification": {"SSEEnabled": True}},
    "GlobalTable": {
        **EXPIRY,
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "Replicas": [
            {"Region": "eu-west-1"},
            {"Region": "us-east-1", **RECOVERY, "DeletionProtectionEnabled": True},
        ],
    },
}


def settings(bench: Any, table: str) -> dict[str, Any]:
    dynamodb = bench.client("dynamodb")
    found = dynamodb.describe_table(TableName=table)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    return {
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "expiry": expiry.get("AttributeName"),
        "protected": found["DeletionProtectionEnabled"],
        "encrypted": found.get("SSEDescription", {}).get("Status"),
    }


OFF = {"recovery": "DISABLED", "expiry": None, "protected": False, "encrypted": None}
ON = {"recovery": "ENABLED", "expiry": "until", "protected": True, "encrypted": "ENABLED"}


@pytest.mark.parametrize("kind", PLAIN)
def test_a_table_has_what_its_template_gives(bench: Any, kind: str) -> None:
    def template(properties: dict[str, Any]) -> dict[str, Any]:
        return {"Table": {"Type": f"AWS::DynamoDB::{kind}", "Properties": {**KEY, **properties}}}

    stack, made = bench.deploy(template(FULL[kind]), {"Name": {"Value": {"Ref": "Table"}}})
    assert settings(bench, made["Name"]) == ON
    item = {"id": {"S": "1"}}
    bench.client("dynamodb").put_item(TableName=made["Name"], Item=item)
    changed = template({**PLAIN[kind], "SSESpecification": {"SSEEnabled": False}})
    cloudformation = bench.client("cloudformation")
    body = json.dumps({"Resources": changed, "Outputs": {"Name": {"Value": {"Ref": "Table"}}}})
    cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=body)
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 1})
    assert settings(bench, made["Name"]) | {"encrypted": None} == OFF
    assert bench.client("dynamodb").get_item(TableName=made["Name"], Key=item)["Item"] == item
