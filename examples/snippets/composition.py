import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, QueueTrigger

app = cdk.App()
stack = cdk.Stack(app, "Reports")
processor = EcsTaskProcessor(
    stack, "Nightly", EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"), triggers=[QueueTrigger()])
)

desk = iam.Role(stack, "Desk", assumed_by=iam.AccountRootPrincipal())
processor.grant_start_execution(desk)
processor.queues[0].grant_send_messages(desk)

warehouse = ec2.SecurityGroup(stack, "Warehouse", vpc=processor.vpc)
processor.connections.allow_to(warehouse, ec2.Port.tcp(5432), "the warehouse")

dashboard = cloudwatch.Dashboard(stack, "Dashboard")
dashboard.add_widgets(
    cloudwatch.GraphWidget(left=[processor.metric_runs_started(), processor.metric_runs_failed()]),
)
app.synth()
