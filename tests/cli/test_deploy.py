import io
import json
import uuid
import zipfile

import pytest

from naws.cli.accounts import Place
from naws.cli.assembly import StackArtifact, read_stacks
from naws.cli.deploy import Deployer
from naws.cli.engine import Engine
from naws.cli.errors import CliError
from naws.cli.operate.deployed import find_deployed
from naws.cli.operate.where import Where
from naws.cli.session import with_dependencies
from naws.cli.stacks import EmbeddedStack

PROCESSES = Engine("process", None, "")
TASK = "AWS::ECS::TaskDefinition"
BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


class Listener:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.order, self.events, self.notes = [], [], []

    def stack_started(self, stack):
        self.order.append(stack.name)

    def build_step(self, text):
        raise AssertionError(text)

    def stack_event(self, stack, event):
        self.events.append((stack.name, event["LogicalResourceId"], event["ResourceStatus"]))

    def stack_deployed(self, stack):
        self.order.append(f"{stack.artifact.name} deployed")

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def deploy(aws, dev_commands, tmp_path, listener):
    deployer = Deployer(aws, PROCESSES, dev_commands, tmp_path, listener)
    return lambda directory: deployer.deploy(read_stacks(directory))


@pytest.fixture
def name():
    return f"S{uuid.uuid4().hex[:8]}"


def queue(seconds=30, **more):
    return {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": seconds}}},
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
        **more,
    }


def file_asset(path, packaging, key, source=None):
    destination = {"bucketName": BUCKET, "objectKey": key, "assumeRoleArn": "arn:${AWS::Partition}:iam::x"}
    return {"source": source or {"path": path, "packaging": packaging}, "destinations": {"here": destination}}


def visibility(aws, url):
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    return found["Attributes"]["VisibilityTimeout"]


def test_a_stack_is_created_and_changed_in_place(aws, deploy, assembly, listener, name):
    (created,) = deploy(assembly.stack(name, queue(30), tags={"team": "reports"}))
    assert visibility(aws, created.outputs["Url"]) == "30"
    assert created.of_type("AWS::SQS::Queue") == {"Queue": created.outputs["Url"]}
    (same,) = deploy(assembly.stack(name, queue(30)))
    (changed,) = deploy(assembly.stack(name, queue(60)))
    assert same.outputs == changed.outputs == created.outputs
    assert visibility(aws, created.outputs["Url"]) == "60"
    assert listener.order == [name, f"{name} deployed"] * 3
    assert (name, "Queue", "CREATE_COMPLETE") in listener.events
    described = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    assert described["StackStatus"] == "UPDATE_COMPLETE"


def test_stacks_that_need_each_other_are_deployed_in_order(deploy, assembly, listener, name):
    template = {"Resources": {"Copy": {"Type": "AWS::SSM::Parameter"}}}
    template["Resources"]["Copy"]["Properties"] = {"Type": "String", "Value": {"Fn::ImportValue": f"{name}-url"}}
    exported = queue(Outputs={"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": f"{name}-url"}}})
    assembly.stack(f"{name}-b", template, after=[f"{name}-a"])
    deploy(assembly.stack(f"{name}-a", exported))
    assert listener.order == [f"{name}-a", f"{name}-a deployed", f"{name}-b", f"{name}-b deployed"]


def test_parameters_of_the_app_and_of_the_bootstrap_are_there(aws, deploy, assembly, name):
    parameter = f"/cdk-bootstrap/{name}/version"
    template = queue(
        Parameters={
            "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": parameter},
            "Text": {"Type": "String"},
        },
        Outputs={"Text": {"Value": {"Ref": "Text"}}, "Version": {"Value": {"Ref": "BootstrapVersion"}}},
    )
    directory = assembly.stack(
        name, template, parameters={"Text": "given"}, bootstrapStackVersionSsmParameter=parameter
    )
    (stack,) = deploy(directory)
    assert stack.outputs["Text"] == "given"
    assert int(stack.outputs["Version"]) > 6
    assert aws.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"] == stack.outputs["Version"]


def test_file_assets_are_where_the_manifest_says(aws, deploy, assembly, name):
    source = assembly.directory / "asset.abc"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "a.txt").write_text("a")
    (source / "run.sh").write_text("#!/bin/sh")
    (source / "run.sh").chmod(0o755)
    (assembly.directory / "b.txt").write_text("b")
    made = {"executable": ["/bin/sh", "-c", "echo made > made.txt; echo made.txt"]}
    files = {
        "zip": file_asset("asset.abc", "zip", "a.zip"),
        "file": file_asset("b.txt", "file", "b.txt"),
        "made": file_asset("", "file", "made.txt", source=made),
    }
    deploy(assembly.stack(name, queue(), files=files))
    s3, bucket = aws.client("s3"), f"cdk-hnb659fds-assets-{aws.target.account}-{aws.target.region}"
    content = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in ("a.zip", "b.txt", "made.txt")}
    assert (content["b.txt"], content["made.txt"]) == (b"b", b"made\n")
    with zipfile.ZipFile(io.BytesIO(content["a.zip"])) as archive:
        assert sorted(archive.namelist()) == ["deep/a.txt", "run.sh"]
        assert archive.getinfo("run.sh").external_attr >> 16 & 0o111


def test_an_assets_command_that_fails_is_told(deploy, assembly, name):
    files = {"x": file_asset("", "file", "x", source={"executable": ["/bin/sh", "-c", "echo no >&2; exit 1"]})}
    with pytest.raises(CliError, match="An asset's command failed") as caught:
        deploy(assembly.stack(name, queue(), files=files))
    assert caught.value.detail == "no\n"


def test_a_template_too_large_for_a_request_goes_through_s3(deploy, assembly, name):
    template = queue(Metadata={"Large": "x" * 60_000})
    own = file_asset(f"{name}.template.json", "file", f"{name}.json")
    (stack,) = deploy(assembly.stack(name, template, files={"own": own}))
    assert stack.outputs["Url"]


def broken(template):
    """The same with a resource that CloudFormation takes and EC2 refuses."""
    properties = {"GroupId": "sg-nowhere", "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
    rule = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": properties}
    return {**template, "Resources": {**template["Resources"], "Rule": rule}}


def test_a_resource_that_fails_is_named_with_its_path_and_the_reason(deploy, assembly, name):
    metadata = {f"/{name}/Odd/Resource": [{"type": "aws:cdk:logicalId", "data": "Rule"}]}
    with pytest.raises(CliError, match=f"{name} was not deployed: ROLLBACK_COMPLETE") as caught:
        deploy(assembly.stack(name, broken(queue()), metadata=metadata))
    assert caught.value.detail.splitlines() == [
        f"Rule (AWS::EC2::SecurityGroupIngress) at /{name}/Odd/Resource",
        "  The security group 'sg-nowhere' does not exist",
    ]


def test_what_cloudformation_refuses_at_once_is_told_in_its_words(deploy, assembly, name):
    with pytest.raises(CliError, match=f"CloudFormation refuses {name}") as caught:
        deploy(assembly.stack(name, {"Resources": {"Unknown": {"Type": "AWS::No::Such"}}}))
    assert "AWS::No::Such" in caught.value.detail


def test_a_stack_whose_creation_failed_can_be_deployed_again(deploy, assembly, name):
    with pytest.raises(CliError):
        deploy(assembly.stack(name, broken(queue())))
    (stack,) = deploy(assembly.stack(name, queue()))
    assert stack.outputs["Url"]


def test_what_keeps_a_stack_from_being_deleted_is_named(aws, deploy, assembly, name, eventually):
    directory = assembly.stack(name, {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    (stack,) = deploy(directory)
    s3, bucket = aws.client("s3"), stack.of_type("AWS::S3::Bucket")["Bucket"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=name)
    eventually(lambda: cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "DELETE_FAILED")
    with pytest.raises(CliError, match=f"{name} was not deployed: what is left of it cannot be deleted") as caught:
        deploy(directory)
    assert caught.value.detail.splitlines() == [
        "Bucket (AWS::S3::Bucket)",
        "  The bucket you tried to delete is not empty",
    ]
    s3.delete_object(Bucket=bucket, Key="a")
    (again,) = deploy(directory)
    assert again.of_type("AWS::S3::Bucket")["Bucket"] != bucket


def test_a_change_that_fails_leaves_what_was_there(aws, deploy, assembly, name):
    (stack,) = deploy(assembly.stack(name, queue(30)))
    with pytest.raises(CliError, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy(assembly.stack(name, broken(queue(60))))
    assert visibility(aws, stack.outputs["Url"]) == "30"


def test_a_stack_meant_for_another_account_and_region_goes_there(aws, deploy, assembly, name):
    directory = assembly.stack(name, queue(), environment="aws://111122223333/eu-west-1")
    (stack,) = deploy(directory)
    arn = stack.aws.client("sqs").get_queue_attributes(QueueUrl=stack.outputs["Url"], AttributeNames=["QueueArn"])
    assert arn["Attributes"]["QueueArn"].startswith("arn:aws:sqs:eu-west-1:111122223333:")
    names = [one["StackName"] for one in aws.client("cloudformation").describe_stacks()["Stacks"]]
    assert name not in names


def task_definition(family):
    container = {"Name": "main", "Image": "image", "Essential": True}
    properties = {"ContainerDefinitions": [container], "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc"}
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {**properties, **({"Family": family} if family else {})}}


@pytest.mark.parametrize("literal", [True, False])
def test_dev_commands_are_recorded_by_family(deploy, assembly, dev_commands, name, literal):
    family = name if literal else {"Fn::Join": ["", [name, "-joined"]]}
    dev = {"container": "main", "command": ["python", "-m", "job"]}
    metadata = {
        f"/{name}/Task/Resource": [
            {"type": "aws:cdk:logicalId", "data": "Task"},
            {"type": "naws:dev-command", "data": dev},
        ]
    }
    deploy(assembly.stack(name, {"Resources": {"Task": task_definition(family)}}, metadata=metadata))
    found = dev_commands.find(name if literal else f"{name}-joined", "main")
    assert found is not None
    assert (found.command, found.directory) == (("python", "-m", "job"), str(assembly.directory.parent))


@pytest.mark.parametrize("image", ["repository:hash1", "nginx"])
def test_a_task_that_cannot_start_without_an_engine_is_noted_with_the_line_to_add(
    deploy, assembly, listener, name, image
):
    for folder in (assembly.directory / "asset.hash1", assembly.directory.parent / "job"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Dockerfile").write_text('FROM python\nWORKDIR /app\nENTRYPOINT ["python", "/app/main.py"]\n')
        (folder / "main.py").touch()
    metadata = {f"/{name}/Work/Task/Resource": [{"type": "aws:cdk:logicalId", "data": "Task"}]}
    task = task_definition(name)
    task["Properties"]["ContainerDefinitions"][0]["Image"] = image
    runs = {"pattern": "p", "path": f"{name}/Work", "kind": "workflow"}
    noted = {"Type": "AWS::SNS::Topic", "Metadata": {"naws:runs": runs}}
    images = {"hash1": {"source": {"directory": "asset.hash1"}, "destinations": {}}}
    deploy(assembly.stack(name, {"Resources": {"Task": task, "Noted": noted}}, metadata=metadata, images=images))
    (note,) = listener.notes
    assert note.startswith(f"{name}/Work has no dev_command: its tasks cannot start without a container engine.")
    assert ('dev_command=["python", "job/main.py"],' if "hash1" in image else 'dev_command=["…"],  # what its') in note


def test_the_workflows_that_people_start_are_those_that_have_runs(tmp_path):
    """Whatever they are called: what a pattern itself starts, as its lease reaper, has none, nor has another kind."""
    kinds = {"Runs": "workflow", "Reaper": None, "Service": "service", "LeftOut": "workflow"}
    noted = {name: {"naws:runs": {"pattern": "p", "path": "S/P", "kind": kind}} for name, kind in kinds.items() if kind}
    machine = {"Type": "AWS::StepFunctions::StateMachine"}
    template = {"Resources": {name: {**machine, "Metadata": noted.get(name, {})} for name in kinds}}
    (tmp_path / "S.json").write_text(json.dumps(template))
    artifact = StackArtifact("S", tmp_path, {"properties": {"templateFile": "S.json"}})
    deployed = EmbeddedStack(artifact, None, {}, {n: (machine["Type"], f"arn:{n}") for n in kinds if n != "LeftOut"})
    assert deployed.workflows == {"arn:Runs": "S/P"}


VPC_BY_PARAMETERS = {
    "Parameters": {
        "Vpc": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "NAME/vpc"},
        "Subnets": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "NAME/subnets"},
    },
    "Resources": {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}},
        },
        "Database": {
            "Type": "AWS::RDS::DBSubnetGroup",
            "Properties": {
                "DBSubnetGroupDescription": "d",
                "SubnetIds": [{"Fn::Select": [0, {"Ref": "Subnets"}]}, {"Fn::Select": [1, {"Ref": "Subnets"}]}],
            },
        },
    },
    "Outputs": {"Vpc": {"Value": {"Ref": "Vpc"}}, "First": {"Value": {"Fn::Select": [0, {"Ref": "Subnets"}]}}},
}


def test_a_vpc_by_parameters_that_are_not_there_has_a_stand_in(assembly, deploy, listener, aws, name):
    template = json.loads(json.dumps(VPC_BY_PARAMETERS).replace("NAME", f"/{name}"))
    assembly.stack(name, template)
    (first,) = deploy(assembly.directory)
    (subnet,) = aws.client("ec2").describe_subnets(SubnetIds=[first.outputs["First"]])["Subnets"]
    assert subnet["VpcId"] == first.outputs["Vpc"]
    assert [note.partition(" is not here")[0] for note in listener.notes] == [
        f"the SSM parameter /{name}/vpc",
        f"the SSM parameter /{name}/subnets",
    ]
    again = assembly.stack(f"{name}b", template)
    (_, second) = deploy(again)
    assert second.outputs == first.outputs
    assert len(listener.notes) == 2


def test_only_some_stacks_are_deployed_with_what_they_depend_on(assembly):
    assembly.stack("Data", queue())
    assembly.stack("Api", queue(), after=["Data"])
    stacks = read_stacks(assembly.stack("Jobs", queue(), after=["Data"]))
    assert {one.name for one in with_dependencies(stacks, ())} == {"Data", "Api", "Jobs"}
    assert [one.name for one in with_dependencies(stacks, ["Jobs"])] == ["Data", "Jobs"]
    with pytest.raises(CliError) as raised:
        with_dependencies(stacks, ["Job"])
    assert (raised.value.code, raised.value.detail) == (6, "Did you mean Jobs?")


def test_the_patterns_of_a_nested_stack_are_deployed_with_it_and_are_there_once(aws, deploy, assembly, name):
    runs = {"pattern": "tried", "path": f"{name}/Jobs/Nightly", "kind": "workflow", "queues": ["Queue"]}
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    properties = {"DefinitionString": definition, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": properties,
        "Metadata": {"naws:runs": runs, "aws:cdk:path": f"{name}/Jobs/Nightly/Machine/Resource"},
    }
    task = {"Type": TASK, "Properties": {"ContainerDefinitions": [{"Name": "main", "Image": "job"}]}}
    inner = {"Resources": {"Role": role, "Machine": machine, "Task": task, **queue()["Resources"]}}
    url = {"Fn::Sub": f"https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{BUCKET}/{name}.json"}
    outer = {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
    dev_command = {"type": "naws:dev-command", "data": {"container": "main", "command": ["python", "job.py"]}}
    metadata = {
        f"/{name}/Jobs.NestedStack/Jobs.NestedStackResource": [{"type": "aws:cdk:logicalId", "data": "Nested"}],
        f"/{name}/Jobs/Nightly/Task/Resource": [{"type": "aws:cdk:logicalId", "data": "Task"}, dev_command],
    }
    files = {"inner": file_asset("inner.json", "file", f"{name}.json")}
    directory = assembly.stack(name, {"Resources": outer}, files=files, metadata=metadata)
    (directory / "inner.json").write_text(json.dumps(inner))
    whole, nested = deploy(directory)
    assert (whole.artifact.name, nested.artifact.display_name) == (name, f"{name}/Jobs")
    assert nested.artifact.name.startswith(f"{name}-Nested-")
    assert list(nested.workflows.values()) == [f"{name}/Jobs/Nightly"]
    assert len(nested.of_runs(lambda one: one.queues)) == 1
    place = Place.of_endpoint(aws.endpoint_url, aws.target.account, aws.target.region)
    listed = [each.arn for each in find_deployed(Where((place,), "here"), ())]
    assert listed.count(*nested.workflows) == 1
