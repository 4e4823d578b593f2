"""`naws verify`: templates against what the embedded AWS has."""

import json
import re
import uuid
from threading import Timer
from types import SimpleNamespace

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from naws.cli import verify
from naws.ecs_task_processor import (
    Alarms,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    NewVpc,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import cdk_app

pytestmark = pytest.mark.e2e

KEY = {"KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
KEY |= {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
MACHINE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
SERVICES = [f"{name}.amazonaws.com" for name in ("states", "scheduler", "pipes", "lambda", "codedeploy")]
TRUST = {"Effect": "Allow", "Principal": {"Service": SERVICES}, "Action": "sts:AssumeRole"}
TRUST = {"Version": "2012-10-17", "Statement": [TRUST]}
MAY = {"Effect": "Allow", "Action": ["sqs:*", "kms:*", "states:*"], "Resource": "*"}
MAY = {"PolicyName": "may", "PolicyDocument": {"Version": "2012-10-17", "Statement": [MAY]}}
ASYNC = {"InvocationType": "FIRE_AND_FORGET"}
OWNER = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
OWNER = {"Version": "2012-10-17", "Statement": [OWNER]}
READERS = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}
READERS = {"Version": "2012-10-17", "Statement": [READERS]}
PITR = {"PointInTimeRecoveryEnabled": True}
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Period": 60}
BOARD = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "Runs < 3 & more"}}]})
CONTAINER = {"Name": "main", "Image": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/shop:1"}}
RESOURCES = {
    "Key": ("KMS::Key", {"EnableKeyRotation": True, "KeyPolicy": OWNER}),
    "Bucket": ("S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"},
                             "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True}}),
    "Readers": ("S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": READERS}),
    "Table": ("DynamoDB::Table", {**KEY, "DeletionProtectionEnabled": True, "PointInTimeRecoverySpecification": PITR}),
    "Global": ("DynamoDB::GlobalTable", {**KEY, "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
                                         "Replicas": [{"Region": {"Ref": "AWS::Region"},
                                                       "DeletionProtectionEnabled": True,
                                                       "PointInTimeRecoverySpecification": PITR}]}),
    "Queue": ("SQS::Queue", {"KmsMasterKeyId": {"Ref": "Key"}}),
    "Topic": ("SNS::Topic", {"KmsMasterKeyId": {"Ref": "Key"}}),
    "Secret": ("SecretsManager::Secret", {"GenerateSecretString": {}}),
    "Instance": ("RDS::DBInstance", {"Engine": "postgres", "DBInstanceClass": "db.t3.micro", "StorageEncrypted": True,
                                     "AllocatedStorage": "20", "MasterUsername": "u", "MasterUserPassword": "p" * 12}),
    "Group": ("Logs::LogGroup", {"RetentionInDays": 7}),
    "Role": ("IAM::Role", {"AssumeRolePolicyDocument": TRUST, "Policies": [MAY]}),
    "Machine": ("StepFunctions::StateMachine", {"DefinitionString": MACHINE,
                                                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}),
    "Rule": ("Events::Rule", {"ScheduleExpression": "rate(1 day)"}),
    "Alarm": ("CloudWatch::Alarm", {**ALARM, "MetricName": "m", "Namespace": "n", "Statistic": "Sum",
                                    "AlarmActions": [{"Ref": "Topic"}]}),
    "Either": ("CloudWatch::CompositeAlarm", {"AlarmRule": "TRUE", "AlarmActions": [{"Ref": "Topic"}]}),
    "Board": ("CloudWatch::Dashboard", {"DashboardBody": BOARD}),
    "Daily": ("Scheduler::Schedule", {"ScheduleExpression": "cron(0 3 * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"},
                                      "ScheduleExpressionTimezone": "Europe/London",
                                      "Target": {"Arn": {"Ref": "Machine"},
                                                 "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}}),
    "Pipe": ("Pipes::Pipe", {"Source": {"Fn::GetAtt": ["Queue", "Arn"]}, "Target": {"Ref": "Machine"},
                             "TargetParameters": {"StepFunctionStateMachineParameters": ASYNC},
                             "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}),
    "Files": ("EFS::FileSystem", {"Encrypted": True}),
    "Aurora": ("RDS::DBCluster", {"Engine": "aurora-postgresql", "StorageEncrypted": True, "DeletionProtection": True,
                                  "MasterUsername": "u", "MasterUserPassword": "p" * 12}),
    "Function": ("Lambda::Function", {"Code": {"ZipFile": "def handler(*_): ..."}, "Handler": "index.handler",
                                      "Runtime": "python3.12", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
    "Version": ("Lambda::Version", {"FunctionName": {"Ref": "Function"}}),
    "Live": ("Lambda::Alias", {"FunctionName": {"Ref": "Function"}, "Name": "live",
                               "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]}}),
    "Address": ("Lambda::Url", {"TargetFunctionArn": {"Ref": "Function"}, "AuthType": "AWS_IAM"}),
    "Mapping": ("Lambda::EventSourceMapping", {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                                               "FunctionName": {"Ref": "Function"}}),
    "Later": ("Lambda::EventInvokeConfig", {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST",
                                            "MaximumRetryAttempts": 1}),
    "Api": ("ApiGatewayV2::Api", {"Name": "shop", "ProtocolType": "HTTP"}),
    "Stage": ("ApiGatewayV2::Stage", {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True,
                                      "DefaultRouteSettings": {"ThrottlingBurstLimit": 20}}),
    "Name": ("ApiGatewayV2::DomainName", {"DomainName": {"Fn::Sub": "${AWS::StackName}.example.com"},
                                          "DomainNameConfigurations": [{"EndpointType": "REGIONAL"}]}),
    "Rollout": ("CodeDeploy::Application", {"ComputePlatform": "Lambda"}),
    "Steps": ("CodeDeploy::DeploymentGroup", {"ApplicationName": {"Ref": "Rollout"},
                                              "ServiceRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                                              "DeploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
                                              "AutoRollbackConfiguration": {"Enabled": True,
                                                                            "Events": ["DEPLOYMENT_FAILURE"]},
                                              "DeploymentStyle": {"DeploymentType": "BLUE_GREEN",
                                                                  "DeploymentOption": "WITH_TRAFFIC_CONTROL"}}),
    "Cluster": ("ECS::Cluster", {}),
    "Task": ("ECS::TaskDefinition", {"ContainerDefinitions": [CONTAINER], "Cpu": "256", "Memory": "512"}),
}  # fmt: skip

TEMPLATE = {"Resources": {n: {"Type": f"AWS::{kind}", "Properties": made} for n, (kind, made) in RESOURCES.items()}}


class Deployed:
    def __init__(self, aws):
        self.aws, self.name = aws, f"verify-{uuid.uuid4().hex[:8]}"
        body = json.dumps(TEMPLATE)
        cloudformation = aws.client("cloudformation")
        cloudformation.create_stack(StackName=self.name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        while True:
            found = cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
            if not found["StackStatus"].endswith("IN_PROGRESS"):
                events = cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
                reasons = [one.get("ResourceStatusReason") for one in events if "FAILED" in one["ResourceStatus"]]
                assert found["StackStatus"] == "CREATE_COMPLETE", reasons
                break
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        listed = (one for page in pages for one in page["StackResourceSummaries"])
        self.ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}


@pytest.fixture(scope="module")
def repository():
    def make(aws):
        ecr = aws.client("ecr")
        ecr.create_repository(repositoryName="shop")
        ecr.put_image(repositoryName="shop", imageTag="1", imageManifest=json.dumps({"schemaVersion": 2}))

    return make


@pytest.fixture(scope="module")
def deployed(aws, repository):
    repository(aws)
    return Deployed(aws)


def found(naws, *arguments):
    result = naws("verify", *arguments, "--json")
    document = json.loads(result.stdout)
    assert document["version"] == 1
    return result.exit_code, {one["logicalId"]: one for stack in document["stacks"] for one in stack["resources"]}


FACTS = {
    "Key": ["enabled", "rotated"],
    "Bucket": ["present", "encrypted (AES256)", "versioned"],
    "Readers": ["1 statements"],
    "Table": ["active", "protected from deletion", "recoverable to any second"],
    "Global": ["active", "encrypted with a KMS key", "protected from deletion", "recoverable to any second"],
    "Queue": ["present", "encrypted with a KMS key", "0 messages"],
    "Topic": ["present", "encrypted with a KMS key", "0 confirmed subscriptions"],
    "Secret": ["present", "encrypted"],
    "Group": ["kept 7 days"],
    "Machine": ["active", "logs OFF"],
    "Board": ["1 widget"],
    "Cluster": ["active"],
    "Task": ["active", "image shop:1 in shop"],
    "Files": ["available", "encrypted"],
    "Function": ["active"],
    "Live": ["version 1"],
    "Address": ["authorization AWS_IAM"],
    "Mapping": ["enabled"],
    "Later": ["1 retries"],
    "Api": ["present"],
    "Stage": ["deployed", "20 at once"],
    "Name": ["available"],
    "Steps": ["nothing deployed yet", "rolled back when it fails"],
    "Pipe": ["running"],
    "Role": ["create complete"],
}


@pytest.mark.parametrize("name", FACTS)
def test_what_is_there(naws, deployed, name):
    code, resources = found(naws, deployed.name)
    assert (code, resources[name]["facts"]) == (0, FACTS[name])
    assert resources[name]["source"] == ("CloudFormation" if name == "Role" else "service")


def test_a_table_for_people(naws, deployed):
    result = naws("verify", deployed.name)
    assert result.exit_code == 0, result.stdout
    assert f"{deployed.name} · account 000000000000 · us-east-1" in result.stdout
    status = "AWS::CodeDeploy::Application (1), AWS::IAM::Role (1), AWS::Lambda::Version (1)"
    assert f"by CloudFormation's own status: {status}" in result.stdout
    assert f"all {len(RESOURCES) + 1} as declared" in result.stdout


def test_a_schedule_of_a_rule_and_a_database(naws, deployed):
    _, resources = found(naws, deployed.name)
    assert resources["Rule"]["facts"][0] == "enabled"
    assert resources["Daily"]["facts"][0] == "enabled"
    assert re.fullmatch(r"next 20\d\d-\d\d-\d\d 03:00 Europe/London", resources["Daily"]["facts"][1])
    assert [resources[name]["facts"][1:] for name in ("Alarm", "Either")] == [["1 action"]] * 2
    assert resources["Aurora"]["facts"][0] == "available"
    assert resources["Aurora"]["facts"][2:] == ["encrypted", "protected from deletion"]
    assert resources["Instance"]["facts"][0] == "available"
    assert resources["Instance"]["facts"][2:] == ["encrypted"]


BREAK = {
    "Bucket": ("s3", "delete_public_access_block", "Bucket", {}),
    "Global": (
        "dynamodb",
        "update_continuous_backups",
        "TableName",
        {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
    ),
    "Table": ("dynamodb", "update_table", "TableName", {"DeletionProtectionEnabled": False}),
    "Queue": ("sqs", "set_queue_attributes", "QueueUrl", {"Attributes": {"KmsMasterKeyId": ""}}),
    "Topic": ("sns", "delete_topic", "TopicArn", {}),
    "Key": ("kms", "disable_key", "KeyId", {}),
    "Secret": ("secretsmanager", "delete_secret", "SecretId", {}),
    "Group": ("logs", "put_retention_policy", "logGroupName", {"retentionInDays": 1}),
    "Machine": ("stepfunctions", "delete_state_machine", "stateMachineArn", {}),
    "Rule": ("events", "disable_rule", "Name", {}),
    "Alarm": ("cloudwatch", "disable_alarm_actions", "AlarmNames", {}),
    "Cluster": ("ecs", "delete_cluster", "cluster", {}),
    "Task": ("ecs", "deregister_task_definition", "taskDefinition", {}),
    "Pipe": ("pipes", "stop_pipe", "Name", {}),
    "Daily": ("scheduler", "delete_schedule", "Name", {}),
    "Aurora": ("rds", "modify_db_cluster", "DBClusterIdentifier", {"DeletionProtection": False}),
    "Function": ("lambda", "delete_function", "FunctionName", {}),
    "Mapping": ("lambda", "delete_event_source_mapping", "UUID", {}),
    "Name": ("apigatewayv2", "delete_domain_name", "DomainName", {}),
    "Api": ("apigatewayv2", "update_api", "ApiId", {"DisableExecuteApiEndpoint": True}),
    "Files": ("efs", "delete_file_system", "FileSystemId", {}),
    "Instance": ("rds", "delete_db_instance", "DBInstanceIdentifier", {"SkipFinalSnapshot": True}),
}
SAYS = {
    "Bucket": "open to the public: BlockPublicAcls and IgnorePublicAcls off",
    "Global": "not recoverable to any second",
    "Table": "not protected from deletion",
    "Queue": "not encrypted with its KMS key",
    "Topic": "MISSING",
    "Key": "disabled",
    "Secret": "to be deleted",
    "Group": "kept 1 day",
    "Machine": "MISSING",
    "Rule": "disabled",
    "Alarm": "tells nobody",
    "Cluster": "not there",
    "Task": "inactive",
    "Pipe": "stopped",
    "Daily": "MISSING",
    "Aurora": "not protected from deletion",
    "Address": "MISSING",
    "Live": "MISSING",
    "Function": "MISSING",
    "Mapping": "MISSING",
    "Later": "MISSING",
    "Name": "MISSING",
    "Api": "under its own domain only",
    "Files": "MISSING",
    "Instance": "MISSING",
}  # fmt: skip


def test_a_bucket_that_keeps_no_versions_and_is_used_by_others(naws, deployed):
    loose = Deployed(deployed.aws)
    s3, bucket = loose.aws.client("s3"), loose.ids["Bucket"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    statements = [{**READERS["Statement"][0], "Resource": f"arn:aws:s3:::{bucket}/*"}]
    statements += [{**statements[0], "Effect": "Allow", "Action": "s3:GetObject"}]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**READERS, "Statement": statements}))
    _, resources = found(naws, loose.name)
    assert resources["Bucket"]["problems"] == ["not versioned"]
    assert resources["Readers"]["problems"] == ["other statements"]
    s3.delete_bucket_policy(Bucket=bucket)
    _, resources = found(naws, loose.name)
    assert resources["Readers"]["problems"] == ["MISSING"]


def test_what_differs_is_told_one_by_one(naws, deployed):
    broken = Deployed(deployed.aws)
    for name, (service, operation, key, more) in BREAK.items():
        physical = broken.ids[name]
        getattr(deployed.aws.client(service), operation)(
            **{key: [physical] if key == "AlarmNames" else physical, **more}
        )
    code, resources = found(naws, broken.name)
    assert code == 1
    assert {name: one["problems"] for name, one in resources.items() if not one["ok"]} == {
        name: [words] for name, words in SAYS.items()
    }
    assert f"{len(SAYS)} of {len(RESOURCES) + 1} not as declared" in naws("verify", broken.name).stdout


def test_an_image_that_is_not_in_the_repository(naws, aws, deployed):
    aws.client("ecr").batch_delete_image(repositoryName="shop", imageIds=[{"imageTag": "1"}])
    code, resources = found(naws, deployed.name)
    assert (code, resources["Task"]["problems"]) == (1, ["image shop:1 not in shop"])


def test_the_lookup_role_suffices(naws, elsewhere, assembly, repository):
    repository(elsewhere)
    there = Deployed(elsewhere)
    role = "arn:aws:iam::222222222222:role/cdk-hnb659fds-lookup-role-222222222222-us-east-1"
    environment = "aws://222222222222/us-east-1"
    folder = assembly.stack(there.name, TEMPLATE, environment=environment, lookupRole={"arn": role})
    code, resources = found(naws, "--app", folder, "--lookup-role")
    assert {name: one["problems"] for name, one in resources.items() if not one["ok"]} == {}
    assert code == 0
    changed = json.dumps({"Resources": {name: one for name, one in TEMPLATE["Resources"].items() if name != "Bucket"}})
    cloudformation = elsewhere.client("cloudformation")
    name = {"StackName": there.name, "ChangeSetName": "PipelineChange"}
    cloudformation.create_change_set(**name, TemplateBody=changed, Capabilities=["CAPABILITY_IAM"])
    assert naws("guard", "--app", folder, "--lookup-role", "--change-set", "PipelineChange").exit_code == 3


def processor(folder):
    app = cdk_app(folder)
    app.node.set_context("aws:cdk:enable-path-metadata", value=True)
    stack = cdk.Stack(app, f"Verify{uuid.uuid4().hex[:8]}", termination_protection=True)
    inbox = s3.Bucket(stack, "Inbox", event_bridge_enabled=True)
    triggers = [ScheduleTrigger("@daily"), EventTrigger.object_created(inbox), QueueTrigger()]
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    props = EcsTaskProcessorProps(image=image, vpc=NewVpc(), triggers=triggers, alarms=Alarms(email="a@example.com"))
    EcsTaskProcessor(stack, "Nightly", props)
    app.synth()
    return stack.stack_name


def test_a_pattern_by_its_assembly(naws, deploy, aws, tmp_path):
    name = processor(tmp_path / "cdk.out")
    code, missing = found(naws, "--app", tmp_path / "cdk.out")
    assert (code, [*missing]) == (1, [name])
    deploy(tmp_path / "cdk.out")
    _, resources = found(naws, "--app", tmp_path / "cdk.out", name)
    wrong = {one["path"]: one["problems"] for one in resources.values() if not one["ok"]}
    assert wrong == {"": ["not protected from termination"]}  # the CDK CLI sets it, CloudFormation does not
    aws.client("cloudformation").update_termination_protection(StackName=name, EnableTerminationProtection=True)
    code, resources = found(naws, "--app", tmp_path / "cdk.out", "--wait", "1")
    assert code == 0
    kinds = {one["type"]: one["facts"] for one in resources.values()}
    assert kinds["AWS::Scheduler::Schedule"][0] == "enabled"
    assert kinds["AWS::Scheduler::Schedule"][1].startswith("next 20")
    assert kinds["AWS::Pipes::Pipe"] == ["running"]
    assert kinds["AWS::CloudWatch::Alarm"][1] == "1 action"
    assert kinds["AWS::ECS::TaskDefinition"][1] == "image busybox:1.36.1 is in no repository of this account: not asked"


def test_a_template_in_yaml_is_not_passed_over(naws, aws):
    name = f"yaml-{uuid.uuid4().hex[:8]}"
    body = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
    aws.client("cloudformation").create_stack(StackName=name, TemplateBody=body)
    result = naws("verify", name)
    assert (result.exit_code, "is YAML, which is not read here" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("state", "by_assembly", "good"),
    [
        ("CREATE_COMPLETE", True, True),
        ("UPDATE_COMPLETE", True, True),
        ("UPDATE_ROLLBACK_COMPLETE", False, True),
        ("UPDATE_ROLLBACK_COMPLETE", True, False),
        ("ROLLBACK_COMPLETE", False, False),
        ("UPDATE_ROLLBACK_FAILED", False, False),
        ("UPDATE_IN_PROGRESS", True, False),
    ],
)
def test_a_stack_that_was_rolled_back_is_not_as_its_assembly_has_it(state, by_assembly, good):
    artifact = SimpleNamespace(artifact={"properties": {}}) if by_assembly else None
    (fact,) = verify._state_of(SimpleNamespace(artifact=artifact), {"StackStatus": state})
    assert (fact.text, fact.good) == (state.lower().replace("_", " "), good)


def test_what_is_not_there_yet_is_asked_again(naws, aws):
    name = f"late-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    create = Timer(1.5, lambda: aws.client("cloudformation").create_stack(StackName=name, TemplateBody=body))
    create.start()
    try:
        assert naws("verify", name).exit_code == 6
        assert naws("verify", name, "--wait", "20").exit_code == 0
    finally:
        create.join()
