"""`naws guard` on real change sets of the embedded AWS."""

import json
import uuid

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from naws.cli.guard import WOULD_LOSE
from naws.core import acknowledge_replacement
from naws.core.data import DataBucket, DataBucketProps
from naws.testing import cdk_app

pytestmark = pytest.mark.e2e

KEY = dynamodb.Attribute(name="k", type=dynamodb.AttributeType.STRING)


class Deployed:
    """A stack of a table and a bucket, and change sets of what its app becomes."""

    def __init__(self, aws, folder, kept=cdk.RemovalPolicy.DESTROY):
        self.cloudformation, self.folder, self.kept = aws.client("cloudformation"), folder, kept
        self.name = f"guard-{uuid.uuid4().hex[:8]}"
        self.prepare(self.data, change_set="first", kind="CREATE")
        self.execute("first")

    def data(self, stack, *, table="orders", bucket="inbox", tags=False):
        made = {}
        if table:
            name = f"{table}-{self.name}"
            made["table"] = dynamodb.Table(
                stack, "Orders", partition_key=KEY, table_name=name, removal_policy=self.kept, deletion_protection=tags
            )
        if bucket:
            made["bucket"] = s3.Bucket(stack, "Inbox", bucket_name=f"{bucket}-{self.name}", removal_policy=self.kept)
        cdk.CfnWaitConditionHandle(stack, "Rest")
        return made

    def assembly(self, build):
        app = cdk_app(self.folder / uuid.uuid4().hex)
        app.node.set_context("aws:cdk:enable-path-metadata", value=True)
        stack = cdk.Stack(app, "Data", stack_name=self.name, synthesizer=cdk.LegacyStackSynthesizer())
        build(stack)
        return app.synth().directory

    def prepare(self, build, *, change_set="second", kind="UPDATE"):
        directory = self.assembly(build)
        body = (next(self.folder.glob(f"{directory.rsplit('/', 1)[-1]}/*.template.json"))).read_text()
        name = {"StackName": self.name, "ChangeSetName": change_set}
        self.cloudformation.create_change_set(**name, ChangeSetType=kind, TemplateBody=body)
        return directory

    def execute(self, change_set):
        self.cloudformation.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        while True:
            status = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            if not status.endswith("IN_PROGRESS"):
                assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
                return


@pytest.fixture
def deployed(aws, tmp_path):
    return Deployed(aws, tmp_path)


def test_a_first_deployment_loses_nothing(naws, deployed):
    result = naws("guard", deployed.name, "--change-set", "first")
    assert result.exit_code == 0, result.stderr
    assert "nothing that holds data would be lost" in result.stdout


@pytest.mark.parametrize(("part", "kind"), [("table", "DynamoDB::Table"), ("bucket", "S3::Bucket")])
def test_a_replacement_stops(naws, deployed, part, kind):
    deployed.prepare(lambda stack: deployed.data(stack, **{part: "other"}))
    result = naws("guard", deployed.name, "--change-set", "second")
    assert result.exit_code == WOULD_LOSE
    assert f"AWS::{kind} Data/{'Orders' if part == 'table' else 'Inbox'} would be replaced" in result.stdout
    assert "1 of what holds data would be lost" in result.stdout
    assert 'acknowledge_replacement(resource, "because …")' in result.stderr


def test_a_removal_stops(naws, deployed):
    deployed.prepare(lambda stack: deployed.data(stack, table=None))
    result = naws("guard", deployed.name, "--change-set", "second")
    assert result.exit_code == WOULD_LOSE
    assert "would be removed: STOP" in result.stdout
    assert "acknowledge_replacement(stack," in result.stderr


def test_a_removal_that_keeps_the_resource_passes_and_is_told(naws, aws, tmp_path):
    deployed = Deployed(aws, tmp_path, cdk.RemovalPolicy.RETAIN)
    deployed.prepare(lambda stack: deployed.data(stack, table=None))
    result = naws("guard", deployed.name, "--change-set", "second")
    assert result.exit_code == 0, result.stdout
    assert "would be removed (the old one is kept): passes: it stays in the account" in result.stdout


def test_messages_of_a_queue_that_leaves_are_counted(naws, aws, deployed):
    def queue(stack, name):
        sqs.Queue(stack, name, removal_policy=cdk.RemovalPolicy.RETAIN)

    deployed.prepare(lambda stack: queue(stack, "Hourly"))
    deployed.execute("second")
    listed = deployed.cloudformation.list_stack_resources(StackName=deployed.name)["StackResourceSummaries"]
    url = next(one["PhysicalResourceId"] for one in listed if one["ResourceType"] == "AWS::SQS::Queue")
    deployed.prepare(lambda stack: queue(stack, "Daily"), change_set="third")
    result = naws("guard", deployed.name, "--change-set", "third")
    assert (result.exit_code, "message" in result.stdout + result.stderr) == (0, False)
    for body in "ab":
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    result = naws("guard", deployed.name, "--change-set", "third")
    assert (result.exit_code, ", with 2 messages: passes: it stays in the account" in result.stdout) == (0, True)
    assert f"naws redrive {deployed.name}" in " ".join(result.stderr.split())
    document = json.loads(naws("guard", deployed.name, "--change-set", "third", "--json").stdout)
    assert [each["messages"] for each in document["stacks"][0]["losses"] if each["type"] == "AWS::SQS::Queue"] == [2]
    aws.client("sqs").delete_queue(QueueUrl=url)
    result = naws("guard", deployed.name, "--change-set", "third")
    assert (result.exit_code, "has messages is not known" in result.stderr) == (0, True)


def test_a_kept_original_is_a_loss_all_the_same(naws, aws, tmp_path):
    deployed = Deployed(aws, tmp_path, cdk.RemovalPolicy.RETAIN)
    deployed.prepare(lambda stack: deployed.data(stack, table="other"))
    result = naws("guard", deployed.name, "--change-set", "second")
    assert result.exit_code == WOULD_LOSE
    assert "the old one is kept): STOP" in result.stdout


def test_a_harmless_change_passes(naws, deployed):
    deployed.prepare(lambda stack: deployed.data(stack, tags=True))
    result = naws("guard", deployed.name, "--change-set", "second", "--json")
    assert result.exit_code == 0, result.stdout
    assert json.loads(result.stdout)["stacks"][0]["losses"] == []


def held(stack, *, changed=False, group="jobs"):
    """What holds data of most kinds; changed in what CloudFormation changes in place."""
    logs.LogGroup(stack, "Log", log_group_name=f"{group}-{stack.stack_name}", retention=DAYS[changed])
    secretsmanager.Secret(stack, "Secret", description="of the shop" if changed else "")
    expiring = [s3.LifecycleRule(expiration=cdk.Duration.days(9))] if changed else []
    s3.Bucket(stack, "Files", versioned=changed, lifecycle_rules=expiring)
    kms.Key(stack, "Key", enable_key_rotation=changed)
    sqs.Queue(stack, "Queue", visibility_timeout=cdk.Duration.seconds(60 if changed else 30))
    dynamodb.TableV2(stack, "Sales", partition_key=KEY, time_to_live_attribute="until" if changed else None)
    DataBucket(stack, "Data", DataBucketProps(noncurrent_version_expiration=cdk.Duration.days(60 if changed else 90)))


DAYS = {False: logs.RetentionDays.ONE_DAY, True: logs.RetentionDays.ONE_WEEK}


def test_what_is_changed_in_place_passes_and_what_is_replaced_stops(naws, deployed):
    deployed.prepare(held)
    deployed.execute("second")
    deployed.prepare(lambda stack: held(stack, changed=True), change_set="third")
    changes = deployed.cloudformation.describe_change_set(StackName=deployed.name, ChangeSetName="third")["Changes"]
    kinds = {one["ResourceChange"]["ResourceType"] for one in changes}
    held_kinds = (
        "Logs::LogGroup",
        "SecretsManager::Secret",
        "S3::Bucket",
        "KMS::Key",
        "SQS::Queue",
        "DynamoDB::GlobalTable",
    )
    assert kinds >= {f"AWS::{kind}" for kind in held_kinds}
    result = naws("guard", deployed.name, "--change-set", "third")
    assert result.exit_code == 0, result.stdout
    deployed.prepare(lambda stack: held(stack, changed=True, group="others"), change_set="fourth")
    result = naws("guard", deployed.name, "--change-set", "fourth")
    assert (result.exit_code, result.stdout.count("STOP")) == (WOULD_LOSE, 1), result.stdout
    assert "AWS::Logs::LogGroup Data/Log would be replaced (LogGroupName changes" in result.stdout


def test_what_is_acknowledged_passes_and_nothing_else(naws, deployed):
    def build(stack, **others):
        acknowledge_replacement(deployed.data(stack, table="other", **others)["table"], "it is empty")

    deployed.prepare(build)
    result = naws("guard", deployed.name, "--change-set", "second")
    assert result.exit_code == 0, result.stdout
    assert "passes: it is empty" in result.stdout
    deployed.prepare(lambda stack: build(stack, bucket="another"), change_set="third")
    result = naws("guard", deployed.name, "--change-set", "third")
    assert result.exit_code == WOULD_LOSE
    assert result.stdout.count("STOP") == 1


def test_a_removal_is_acknowledged_by_its_logical_id(naws, deployed):
    deployed.prepare(lambda stack: deployed.data(stack, table=None), change_set="second")
    found = json.loads(naws("guard", deployed.name, "--change-set", "second", "--json").stdout)
    (loss,) = found["stacks"][0]["losses"]
    assert (loss["type"], loss["what"], loss["verdict"]) == ("AWS::DynamoDB::Table", "removed", "stop")

    def build(stack):
        deployed.data(stack, table=None)
        acknowledge_replacement(stack, "sold", logical_id=loss["logicalId"])

    deployed.prepare(build, change_set="third")
    result = naws("guard", deployed.name, "--change-set", "third")
    assert (result.exit_code, "passes: sold" in result.stdout) == (0, True), result.stdout
    assert "is acknowledged, and is neither" not in result.stderr
    deployed.execute("third")
    deployed.prepare(lambda stack: (build(stack), sqs.Queue(stack, "Queue")), change_set="fourth")
    result = naws("guard", deployed.name, "--change-set", "fourth")
    words = f"{loss['logicalId']} is acknowledged, and is neither in the stack nor in its template"
    assert (result.exit_code, words in " ".join(result.stderr.split())) == (0, True), result.stderr


def test_a_change_set_without_changes_passes(naws, deployed):
    deployed.prepare(deployed.data)
    assert naws("guard", deployed.name, "--change-set", "second").exit_code == 0


def test_all_stacks_of_an_assembly(naws, deployed):
    directory = deployed.prepare(lambda stack: deployed.data(stack, table="other"))
    result = naws("guard", "--app", directory, "--change-set", "second", "--json")
    assert result.exit_code == WOULD_LOSE
    stack = json.loads(result.stdout)["stacks"][0]
    assert (stack["stack"], stack["account"]) == (deployed.name, "000000000000")


def test_what_did_not_change_needs_no_change_set(naws, deployed):
    result = naws("guard", "--app", deployed.assembly(deployed.data), "--change-set", "nowhere")
    assert (result.exit_code, "what is deployed is what the assembly has" in result.stderr) == (0, True)


def test_a_change_without_a_change_set_is_not_passed_over(naws, deployed):
    changed = deployed.assembly(lambda stack: deployed.data(stack, table="other"))
    result = naws("guard", "--app", changed, "--change-set", "nowhere")
    assert result.exit_code == 6
    assert f"cdk deploy {deployed.name} --method=prepare-change-set --change-set-name=nowhere" in result.stderr


def test_a_change_set_that_is_not_there(naws, deployed):
    result = naws("guard", deployed.name, "--change-set", "nowhere", "--json")
    assert result.exit_code == 6
    assert "has no change set nowhere" in json.loads(result.stdout)["error"]["title"]


@pytest.mark.parametrize("command", [("guard", "--change-set", "second"), ("verify",)])
def test_a_stack_that_is_not_there(naws, deployed, command):
    result = naws(*command, f"{deployed.name}s", "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["detail"]) == (6, f"Did you mean {deployed.name}?")
    assert error["title"].startswith(f"There is no stack {deployed.name}s")


def test_a_nested_stack_that_changes_unseen(naws, aws, deployed):
    bucket = f"nested-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    table = {"KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    table |= {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
    kinds = {"empty": ("AWS::CloudFormation::WaitConditionHandle", {}), "full": ("AWS::DynamoDB::Table", table)}
    for name, (kind, properties) in kinds.items():
        body = {"Resources": {"It": {"Type": kind, "Properties": properties}}}
        aws.client("s3").put_object(Bucket=bucket, Key=name, Body=json.dumps(body))

    def nest(stack, **properties):
        deployed.data(stack)
        for name in kinds:
            cdk.CfnStack(stack, name, template_url=f"https://s3.us-east-1.amazonaws.com/{bucket}/{name}", **properties)

    deployed.prepare(nest)
    assert naws("guard", deployed.name, "--change-set", "second").exit_code == 0
    deployed.execute("second")
    deployed.prepare(lambda stack: nest(stack, tags=[cdk.CfnTag(key="a", value="b")]), change_set="third")
    result = naws("guard", deployed.name, "--change-set", "third")
    assert result.exit_code == WOULD_LOSE, result.stdout
    assert "it holds AWS::DynamoDB::Table): STOP" in result.stdout
    assert "empty" not in result.stdout


def nested_table(table, topic):
    orders = {"KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    orders |= {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}], "TableName": table}
    path = {"aws:cdk:path": "Shop/Nested/Orders/Resource"}
    resources = {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": orders, "Metadata": path}}
    return {"Resources": {**resources, "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": topic}}}}


def test_a_nested_stack_without_a_change_set_of_its_own_is_judged_by_the_assembly(naws, aws, assembly):
    """As CodePipeline makes none."""
    name = f"shop-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=name)
    cloudformation = aws.client("cloudformation")

    def prepare(change_set, inner, kind="UPDATE"):
        key = f"{change_set}.json"
        aws.client("s3").put_object(Bucket=name, Key=key, Body=json.dumps(inner))
        url = {"Fn::Join": ["", ["https://s3.us-east-1.", {"Ref": "AWS::URLSuffix"}, f"/{name}/{key}"]]}
        template = {"Resources": {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}}
        there = {"here": {"bucketName": name, "objectKey": key}}
        folder = assembly.stack(name, template, files={change_set: {"source": {"path": key}, "destinations": there}})
        (folder / key).write_text(json.dumps(inner))
        body = {"StackName": name, "ChangeSetName": change_set, "TemplateBody": json.dumps(template)}
        cloudformation.create_change_set(**body, ChangeSetType=kind)
        return naws("guard", "--app", folder, "--change-set", change_set)

    table = f"orders-{name}"
    assert prepare("first", nested_table(table, "a"), "CREATE").exit_code == 0
    cloudformation.execute_change_set(StackName=name, ChangeSetName="first")
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    harmless = prepare("second", nested_table(table, "b"))
    assert harmless.exit_code == 0, harmless.stdout
    assert naws("guard", name, "--change-set", "second").exit_code == WOULD_LOSE  # without the assembly nobody knows
    lost = prepare("third", nested_table(f"{table}-2", "b"))
    assert lost.exit_code == WOULD_LOSE
    assert (
        "AWS::DynamoDB::Table Shop/Nested/Orders would be replaced, perhaps (TableName may change): STOP" in lost.stdout
    )
    known = nested_table(f"{table}-2", "b")
    known["Resources"]["Orders"]["Metadata"]["naws:acknowledged"] = {"NAWS-REPLACE-001": "it is empty"}
    passes = prepare("fourth", known)
    assert (passes.exit_code, "passes: it is empty" in passes.stdout) == (0, True), passes.stdout
