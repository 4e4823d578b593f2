"""Stacks that are deployed, fail, are destroyed and deployed again: what CloudFormation refuses then."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e

KEY = [{"AttributeName": "k", "KeyType": "HASH"}]
QUEUE, MACHINE = "a queue", "a machine"  # made when a test needs them
UNWATCHED = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
SUCCEED = {"S": {"Type": "Succeed"}}
ROLE = "a role that may do everything"
ATTRIBUTES = [{"AttributeName": "k", "AttributeType": "S"}]
DEFINITION = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Period": 60}
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "CloudWatch::Alarm": ("AlarmName", {**ALARM, "MetricName": "m", "Namespace": "n", "Statistic": "Sum"}),
    "CloudWatch::CompositeAlarm": ("AlarmName", {"AlarmRule": "TRUE"}),
    "DynamoDB::Table": (
        "TableName",
        {"BillingMode": "PAY_PER_REQUEST", "KeySchema": KEY, "AttributeDefinitions": ATTRIBUTES},
    ),
    "ECR::Repository": ("RepositoryName", {}),
    "ECS::Cluster": ("ClusterName", {}),
    "Events::EventBus": ("Name", {}),
    "Events::Rule": ("Name", {"EventPattern": {"source": ["x"]}}),
    "IAM::ManagedPolicy": ("ManagedPolicyName", {"PolicyDocument": {"Version": "2012-10-17", "Statement": STATEMENT}}),
    "IAM::Role": ("RoleName", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}),
    "Logs::LogGroup": ("LogGroupName", {}),
    "Pipes::Pipe": ("Name", {"RoleArn": ROLE, "Source": QUEUE, "Target": MACHINE, "TargetParameters": UNWATCHED}),
    "S3::Bucket": ("BucketName", {}),
    "SNS::Topic": ("TopicName", {}),
    "SQS::Queue": ("QueueName", {}),
    "SSM::Parameter": ("Name", {"Type": "String", "Value": "v"}),
    "Scheduler::ScheduleGroup": ("Name", {}),
    "SecretsManager::Secret": ("Name", {"SecretString": "s"}),
    "StepFunctions::StateMachine": ("StateMachineName", {"DefinitionString": DEFINITION, "RoleArn": ROLE}),
}


class Stack:
    """A stack of one name, over its several lives."""

    def __init__(self, bench: Any) -> None:
        self.name = f"life-{uuid.uuid4().hex[:8]}"
        self.cloudformation = bench.client("cloudformation")

    def create(self, resources: Any, outputs: Any = None) -> str:
        return self._submit(self.cloudformation.create_stack, resources, outputs)

    def update(self, resources: Any, outputs: Any = None) -> str:
        return self._submit(self.cloudformation.update_stack, resources, outputs)

    def delete(self) -> str:
        self.cloudformation.delete_stack(StackName=self.name)
        return self._ended()

    def physical(self, logical_id: str = "It") -> str:
        found = self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def reasons(self) -> list[str]:
        events = self.cloudformation.describe_stack_events(StackName=self._id)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"]]

    def _submit(self, submit: Callable[..., Any], resources: Any, outputs: Any) -> str:
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        submit(StackName=self.name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        self._id = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        return self._ended()

    def _ended(self) -> str:
        while True:
            status = self.cloudformation.describe_stacks(StackName=self._id)["Stacks"][0]["StackStatus"]
            if not status.endswith("IN_PROGRESS"):
                return status


@pytest.fixture
def stack(bench: Any) -> Stack:
    return Stack(bench)


@pytest.fixture
def other(bench: Any) -> Stack:
    return Stack(bench)


def it(kind: str, policy: str = "Delete", /, **properties: Any) -> dict[str, Any]:
    return {"It": {"Type": f"AWS::{kind}", "DeletionPolicy": policy, "Properties": properties}}


def unique(kind: str) -> str:
    return f"x-{kind.replace('::', '-').lower()}-{uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_is_taken_fails_the_creation(bench: Any, stack: Stack, other: Stack, kind: str) -> None:
    naming, more = NAMED[kind]
    made = {ROLE: lambda: bench.role, QUEUE: lambda: bench.queue()[1], MACHINE: lambda: bench.machine(SUCCEED)}
    properties = {name: made[str(value)]() if str(value) in made else value for name, value in more.items()}
    resources = it(kind, **{naming: unique(kind)}, **properties)
    assert stack.create(resources) == "CREATE_COMPLETE", stack.reasons()
    assert other.create(resources) == "ROLLBACK_COMPLETE"


def test_an_alias_that_is_taken_fails_the_creation(bench: Any, stack: Stack, other: Stack) -> None:
    key = bench.client("kms").create_key()["KeyMetadata"]["KeyId"]
    resources = it("KMS::Alias", AliasName=f"alias/{unique('x')}", TargetKeyId=key)
    assert stack.create(resources) == "CREATE_COMPLETE"
    assert other.create(resources) == "ROLLBACK_COMPLETE"


def test_the_reason_names_what_exists(bench: Any, stack: Stack) -> None:
    name = unique("SQS::Queue")
    bench.sqs.create_queue(QueueName=name)
    assert stack.create(it("SQS::Queue", QueueName=name)) == "ROLLBACK_COMPLETE"
    assert stack.reasons() == [f"Resource of type 'AWS::SQS::Queue' with identifier '{name}' already exists."]


def test_a_retained_name_is_met_again(stack: Stack) -> None:
    group = it("Logs::LogGroup", "Retain", LogGroupName=unique("x"))
    assert stack.create(group) == "CREATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.create(group) == "ROLLBACK_COMPLETE"


def test_a_change_to_a_name_that_is_taken_is_rolled_back(bench: Any, stack: Stack) -> None:
    taken, first = unique("x"), unique("x")
    bench.client("logs").create_log_group(logGroupName=taken)
    assert stack.create(it("Logs::LogGroup", LogGroupName=first)) == "CREATE_COMPLETE"
    assert stack.update(it("Logs::LogGroup", LogGroupName=taken)) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.physical() == first
    assert stack.update(it("Logs::LogGroup", LogGroupName=first, RetentionInDays=7)) == "UPDATE_COMPLETE"


@pytest.mark.parametrize("kind", ["SQS::Queue", "Logs::LogGroup", "SNS::Topic", "DynamoDB::Table", "IAM::Role"])
def test_a_generated_name_belongs_to_one_creation(stack: Stack, kind: str) -> None:
    resources = it(kind, "Retain", **NAMED[kind][1])
    assert stack.create(resources) == "CREATE_COMPLETE"
    first = stack.physical()
    tags = [{"Key": "a", "Value": "b"}]
    assert stack.update(it(kind, "Retain", **NAMED[kind][1], Tags=tags)) == "UPDATE_COMPLETE"
    assert stack.physical() == first
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.create(resources) == "CREATE_COMPLETE"
    assert stack.physical() != first


def broken(resources: dict[str, Any]) -> dict[str, Any]:
    """The same with a resource that is refused after them."""
    rule = {"GroupId": "sg-nowhere", "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
    late = {"Type": "AWS::EC2::SecurityGroupIngress", "DependsOn": list(resources), "Properties": rule}
    return {**resources, "Late": late}


@pytest.mark.parametrize(("policy", "left"), [("Delete", 0), ("RetainExceptOnCreate", 0), ("Retain", 1)])
def test_a_creation_that_fails_leaves_what_its_deletion_policy_says(
    bench: Any, stack: Stack, policy: str, left: int
) -> None:
    name = unique("x")
    assert stack.create(broken(it("SQS::Queue", policy, QueueName=name))) == "ROLLBACK_COMPLETE"
    assert len(bench.sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", [])) == left


@pytest.mark.parametrize(("policy", "left"), [("Delete", 0), ("RetainExceptOnCreate", 1), ("Retain", 1)])
def test_an_update_that_removes_a_resource_follows_its_deletion_policy(
    bench: Any, stack: Stack, policy: str, left: int
) -> None:
    name = unique("x")
    rest = {"Rest": {"Type": "AWS::SQS::Queue"}}
    assert stack.create({**it("SQS::Queue", policy, QueueName=name), **rest}) == "CREATE_COMPLETE"
    assert stack.update(rest) == "UPDATE_COMPLETE"
    assert len(bench.sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", [])) == left


@pytest.mark.parametrize(("policy", "left"), [("Delete", 0), ("Retain", 1)])
def test_a_replaced_resource_follows_its_update_replace_policy(
    bench: Any, stack: Stack, policy: str, left: int
) -> None:
    old, new = unique("x"), unique("x")
    for name in (old, new):
        queue = {"Type": "AWS::SQS::Queue", "UpdateReplacePolicy": policy, "Properties": {"QueueName": name}}
        (stack.update if name == new else stack.create)({"It": queue})
    assert len(bench.sqs.list_queues(QueueNamePrefix=old).get("QueueUrls", [])) == left
    assert stack.physical().endswith(new)


def test_a_stack_whose_creation_failed_has_to_be_deleted_first(stack: Stack) -> None:
    queue = it("SQS::Queue")
    assert stack.create(broken(queue)) == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match=rf"AlreadyExistsException.*Stack \[{stack.name}\] already exists"):
        stack.create(queue)
    with pytest.raises(ClientError, match=rf"AlreadyExistsException.*Stack \[{stack.name}\] already exists"):
        stack.cloudformation.create_change_set(
            StackName=stack.name,
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps({"Resources": queue}),
        )
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE"):
        stack.update(queue)
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.create(queue) == "CREATE_COMPLETE"


def exported(export: str | None, value: str = "a") -> dict[str, Any]:
    """What `create` takes: one queue and an export."""
    shown = {"Export": {"Name": export}} if export else {}
    return {"resources": it("SQS::Queue"), "outputs": {"Out": {"Value": value, **shown}}}


def importing(export: str) -> dict[str, Any]:
    return it("SSM::Parameter", Type="String", Value={"Fn::ImportValue": export})


def test_an_export_in_use_is_neither_changed_nor_removed(bench: Any, stack: Stack, other: Stack) -> None:
    export = unique("export")
    assert stack.create(**exported(export)) == "CREATE_COMPLETE"
    assert other.create(importing(export)) == "CREATE_COMPLETE"
    assert stack.update(**exported(export, "b")) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reasons() == [f"Export {export} cannot be updated as it is in use by {other.name}"]
    assert stack.update(**exported(None)) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Export {export} cannot be deleted as it is in use by {other.name}" in stack.reasons()
    (left,) = [one for one in bench.client("cloudformation").list_exports()["Exports"] if one["Name"] == export]
    assert left["Value"] == "a"
    with pytest.raises(ClientError, match=export):
        stack.delete()
    assert other.delete() == "DELETE_COMPLETE"
    assert stack.update(**exported(None)) == "UPDATE_COMPLETE"
    assert export not in [one["Name"] for one in bench.client("cloudformation").list_exports()["Exports"]]
    assert other.create(importing(export)) == "ROLLBACK_COMPLETE"


def test_two_stacks_do_not_export_one_name(stack: Stack, other: Stack) -> None:
    export = unique("export")
    assert stack.create(**exported(export)) == "CREATE_COMPLETE"
    assert other.create(**exported(export)) == "ROLLBACK_COMPLETE"
    assert other.reasons() == [f"Export with name {export} is already exported by stack {stack.name}"]


@pytest.mark.parametrize("versioned", [False, True])
def test_a_bucket_with_objects_is_not_deleted(bench: Any, stack: Stack, versioned: bool) -> None:  # noqa: FBT001  # a case of the test
    versions = {"VersioningConfiguration": {"Status": "Enabled"}} if versioned else {}
    assert stack.create(it("S3::Bucket", **versions)) == "CREATE_COMPLETE"
    s3, bucket = bench.client("s3"), stack.physical()
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"x").get("VersionId", "null")
    if versioned:
        marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    assert stack.delete() == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in stack.reasons()
    for each in (version, marker) if versioned else (version,):
        s3.delete_object(Bucket=bucket, Key="a", VersionId=each)
    assert stack.delete() == "DELETE_COMPLETE"
    assert bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_a_cluster_with_tasks_is_not_deleted(bench: Any, stack: Stack) -> None:
    assert stack.create(it("ECS::Cluster")) == "CREATE_COMPLETE"
    cluster = stack.physical()
    task = bench.run_task(bench.task_definition(("sleep", "60")), cluster=cluster)
    assert stack.delete() == "DELETE_FAILED"
    assert "The Cluster cannot be deleted while Tasks are active." in stack.reasons()
    bench.ecs.stop_task(cluster=cluster, task=task)
    bench.stopped(task, cluster)
    assert stack.delete() == "DELETE_COMPLETE"


def test_the_name_of_a_deleted_queue_is_free_after_a_minute(bench: Any, stack: Stack, other: Stack) -> None:
    first, second = unique("x"), unique("x")
    assert stack.create(it("SQS::Queue", QueueName=first)) == "CREATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="You must wait 60 seconds after deleting a queue") as refused:
        bench.sqs.create_queue(QueueName=first)
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.QueueDeletedRecently"
    bench.sqs.delete_queue(QueueUrl=bench.sqs.create_queue(QueueName=second)["QueueUrl"])
    assert other.create(it("SQS::Queue", QueueName=second)) == "ROLLBACK_COMPLETE"
    assert "You must wait 60 seconds after deleting a queue" in other.reasons()[0]


POOL = {"UserPoolName": "people", "DeletionProtection": "ACTIVE"}
TABLE = {**NAMED["DynamoDB::Table"][1], "DeletionProtectionEnabled": True}
REPLICA = {"Region": "us-east-1", "DeletionProtectionEnabled": True}
PROTECTED = [
    ("Cognito::UserPool", POOL, "The user pool cannot be deleted because deletion protection is activated."),
    ("DynamoDB::Table", TABLE, "Resource cannot be deleted as it is currently protected against deletion."),
]
GLOBAL = ("DynamoDB::GlobalTable", {**NAMED["DynamoDB::Table"][1], "Replicas": [REPLICA]}, PROTECTED[1][2])


@pytest.mark.parametrize(("kind", "properties", "sentence"), [*PROTECTED, GLOBAL])
def test_what_is_protected_is_not_deleted_with_its_stack(
    bench: Any, stack: Stack, kind: str, properties: Any, sentence: str
) -> None:
    assert stack.create(it(kind, **properties)) == "CREATE_COMPLETE", stack.reasons()
    name = stack.physical()
    assert stack.delete() == "DELETE_FAILED"
    assert any(reason.startswith(sentence) for reason in stack.reasons())
    if kind == "Cognito::UserPool":
        client = bench.client("cognito-idp")
        with pytest.raises(ClientError, match=f"InvalidParameterException.*{sentence}"):
            client.delete_user_pool(UserPoolId=name)
        client.update_user_pool(UserPoolId=name, DeletionProtection="INACTIVE")
    else:
        client = bench.client("dynamodb")
        with pytest.raises(ClientError, match=f"ValidationException.*{sentence}"):
            client.delete_table(TableName=name)
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize(("kind", "properties", "sentence"), PROTECTED)
def test_a_creation_that_fails_cannot_take_back_what_is_protected(
    stack: Stack, other: Stack, kind: str, properties: Any, sentence: str
) -> None:
    assert stack.create(broken(it(kind, "RetainExceptOnCreate", **properties))) == "ROLLBACK_FAILED"
    assert any(reason.startswith(sentence) for reason in stack.reasons())
    assert other.create(broken(it(kind, "Retain", **properties))) == "ROLLBACK_COMPLETE"


def test_a_pool_goes_after_its_domain(bench: Any) -> None:
    cognito = bench.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    prefix = f"p-{uuid.uuid4().hex[:8]}"
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=prefix)
    with pytest.raises(ClientError, match="It has a domain configured that should be deleted first"):
        cognito.delete_user_pool(UserPoolId=pool)
    cognito.delete_user_pool_domain(UserPoolId=pool, Domain=prefix)
    cognito.delete_user_pool(UserPoolId=pool)


def test_a_custom_resource_keeps_what_answers_for_it(bench: Any, stack: Stack) -> None:
    function = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": bench.role_of(),
        "Code": {"ZipFile": "handler = None"},
    }
    functions = {name: {"Type": "AWS::Lambda::Function", "Properties": function} for name in ("One", "Two")}

    def asking(name: str) -> dict[str, Any]:
        properties = {"ServiceToken": {"Fn::GetAtt": [name, "Arn"]}, "BucketName": "b"}
        return {**functions, "Asked": {"Type": "Custom::S3AutoDeleteObjects", "Properties": properties}}

    assert stack.create(asking("One")) == "CREATE_COMPLETE", stack.reasons()
    assert stack.update(asking("Two")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Modifying service token is not allowed." in stack.reasons()
    assert stack.update({**asking("One"), "More": functions["One"]}) == "UPDATE_COMPLETE"
