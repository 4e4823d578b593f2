import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

from naws.ecs_task_processor import Conventions, EcsTaskProcessorProps, EcsTaskProcessorStack

app = cdk.App()
Conventions(service="reports", owner="team-sales", tags={"cost-centre": "4711"}).apply(app)

production = cdk.Stage(app, "Production")
Conventions(stage="prod", name_prefix="reports-prod", log_retention=logs.RetentionDays.ONE_YEAR).apply(production)

nightly = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"))
EcsTaskProcessorStack(production, "Reports", processors={"Nightly": nightly})
app.synth()
