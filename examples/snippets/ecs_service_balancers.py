import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_sqs as sqs

from naws.ecs_service import (
    Conventions,
    EcsService,
    EcsServiceProps,
    FixedCount,
    HealthCheck,
    LoadBalancer,
    NoLoadBalancer,
    QueueBinding,
    Route,
)

app = cdk.App()
stack = cdk.Stack(app, "Shop")
vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
image = ecs.ContainerImage.from_asset("api")

# One that the account has already, by its listener: for all services below, unless they say otherwise.
group = ec2.SecurityGroup.from_security_group_id(stack, "SharedGroup", "sg-0123456789abcdef0")
resource = "listener/app/shared/0123456789abcdef/0123456789abcdef"
listener = elbv2.ApplicationListener.from_application_listener_attributes(
    stack,
    "Shared",
    listener_arn=stack.format_arn(service="elasticloadbalancing", resource=resource, region="eu-central-1"),
    security_group=group,
)
Conventions(load_balancer=listener).apply(stack)
orders = Route(host="orders.example.com", paths=["/*"])
EcsService(stack, "Orders", EcsServiceProps(image=image, vpc=vpc, route=orders))

# One of its own, for the office alone.
office = LoadBalancer(allowed_cidrs=["10.20.0.0/16"])
EcsService(stack, "Admin", EcsServiceProps(image=image, vpc=vpc, load_balancer=office))

# None: it takes its work from a queue.
worker = EcsServiceProps(
    image=image,
    vpc=vpc,
    load_balancer=NoLoadBalancer(reason="it takes its work from a queue"),
    health_check=HealthCheck(command=["CMD", "python", "-c", "import main"]),
    scaling=FixedCount(2),
    bindings=[QueueBinding(sqs.Queue(stack, "Mails", enforce_ssl=True), access="receive")],
)
EcsService(stack, "Mailer", worker)
app.synth()
