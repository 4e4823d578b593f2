import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import pipelines

from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack, ScheduleTrigger

app = cdk.App()
source = pipelines.CodePipelineSource.connection(
    "shop/reports",
    "main",
    connection_arn="arn:aws:codeconnections:eu-west-1:111111111111:connection/1",
)
pipeline = pipelines.CodePipeline(
    cdk.Stack(app, "Pipeline"),
    "Pipeline",
    synth=pipelines.ShellStep("Synth", input=source, commands=["pip install uv", "uv run cdk synth"]),
)

production = cdk.Stage(app, "Production")
nightly = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"), triggers=[ScheduleTrigger("@daily")])
EcsTaskProcessorStack(production, "Reports", processors={"Nightly": nightly})
pipeline.add_stage(production)
app.synth()
