"""A pipeline that a team already has, and a service in two of its accounts: dev, and after an approval prod."""

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import pipelines

from naws.core import VpcLookup, add_service
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, ScheduleTrigger

REGION = "eu-west-1"
TOOLS, DEV, PROD = "111111111111", "222222222222", "333333333333"
# CloudFormation finds the network: a pipeline looks nothing up.
NETWORK = VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/private-subnet-ids")
IMAGE = "public.ecr.aws/docker/library/busybox:1.36.1"


def sales(scope: cdk.App, stage_id: str, account: str) -> cdk.Stage:
    """The service, called once for each stage: what holds data is in a stack of its own."""
    stage = cdk.Stage(scope, stage_id, env=cdk.Environment(account=account, region=REGION))
    data, reports = cdk.Stack(stage, "Data"), cdk.Stack(stage, "Reports")
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    dynamodb.TableV2(data, "Orders", partition_key=key, deletion_protection=True)
    nightly = EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry(IMAGE), vpc=NETWORK, triggers=[ScheduleTrigger("@daily")]
    )
    EcsTaskProcessor(reports, "Nightly", nightly)
    return stage


app = cdk.App()
source = pipelines.CodePipelineSource.connection(
    "shop/sales",
    "main",
    connection_arn=f"arn:aws:codeconnections:{REGION}:{TOOLS}:connection/00000000-0000-4000-8000-000000000000",
)
versions = {"runtime-versions": {"python": "3.12", "nodejs": "22"}}
tools = codebuild.BuildSpec.from_object({"phases": {"install": versions}})
pipeline = pipelines.CodePipeline(
    cdk.Stack(app, "Pipeline", env=cdk.Environment(account=TOOLS, region=REGION)),
    "Pipeline",
    pipeline_type=codepipeline.PipelineType.V2,
    cross_account_keys=True,
    code_build_defaults=pipelines.CodeBuildOptions(partial_build_spec=tools),
    synth=pipelines.ShellStep(
        "Synth", input=source, commands=["pip install dist/*.whl", "npm install aws-cdk", "npx cdk synth"]
    ),
)
add_service(pipeline, sales(app, "Dev", DEV))
add_service(pipeline, sales(app, "Prod", PROD), approve=True)
app.synth()
