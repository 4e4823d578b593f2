import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack, RetryPolicy

app = cdk.App()
nightly = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    attempt_timeout=cdk.Duration.hours(3),
    retry=RetryPolicy(task_attempts=3, interval=cdk.Duration.minutes(1)),
    exit_codes={2: "fail", 75: "retry", 99: "succeed"},
)
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
