import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import Concurrency, EcsTaskProcessorProps, EcsTaskProcessorStack, MemoryGrowth

app = cdk.App()
nightly = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    memory_growth=MemoryGrowth(max_memory_limit_mib=16384),
    capacity="spot-then-on-demand",
    concurrency=Concurrency(limit=1, when_full="wait"),
)
EcsTaskProcessorStack(app, "Reports", processors={"Nightly": nightly})
app.synth()
