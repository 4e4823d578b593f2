"""A stack that is nested in another, as CloudFormation describes it."""

import json
import uuid

import pytest

pytestmark = pytest.mark.e2e


def test_a_nested_stack_names_its_parent_and_the_outermost_one(aws):
    name, s3, cloudformation = f"outer-{uuid.uuid4().hex[:8]}", aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket=name)
    resources = {"Queue": {"Type": "AWS::SQS::Queue"}}
    for level in ("inner", "middle"):
        s3.put_object(Bucket=name, Key=level, Body=json.dumps({"Resources": resources}))
        url = f"https://s3.us-east-1.amazonaws.com/{name}/{level}"
        resources = {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )

    def nested(stack):
        (found,) = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        return found["PhysicalResourceId"]

    outer = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    middle = nested(name)
    inner = nested(middle)
    assert (outer.get("ParentId"), outer.get("RootId")) == (None, None)
    summaries = {one["StackId"]: one for one in cloudformation.list_stacks()["StackSummaries"]}
    for stack, parent in ((middle, outer["StackId"]), (inner, middle)):
        for found in (cloudformation.describe_stacks(StackName=stack)["Stacks"][0], summaries[stack]):
            assert (found["ParentId"], found["RootId"]) == (parent, outer["StackId"])
