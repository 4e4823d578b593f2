from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_servicediscovery as servicediscovery

from naws.ecs_service import Deployment, EcsService, EcsServiceProps, LoadBalancer

app = cdk.App()
stack = cdk.Stack(app, "Shop")
image = ecs.ContainerImage.from_asset("api")
arn = stack.format_arn(service="acm", resource="certificate", resource_name="1234abcd-12ab-34cd-56ef-1234567890ab")
certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
balancer = LoadBalancer(domain_name="orders.example.com", certificate=certificate)
orders = EcsService(stack, "Orders", EcsServiceProps(image=image, load_balancer=balancer))

# The load balancer asks for a token before it forwards a request.
issuer = "https://login.example.com"
action, rule = elbv2.CfnListenerRule.ActionProperty, cast("elbv2.CfnListenerRule", orders.node.find_child("Route"))
token = elbv2.CfnListenerRule.JwtValidationConfigProperty(issuer=issuer, jwks_endpoint=f"{issuer}/keys.json")
group = cast("elbv2.ApplicationTargetGroup", orders.target_group)
rule.actions = [
    action(type="jwt-validation", order=1, jwt_validation_config=token),
    action(type="forward", order=2, target_group_arn=group.target_group_arn),
]

# Service Connect: services of the namespace ask for http://orders:8080, past the load balancer.
namespace = servicediscovery.HttpNamespace(stack, "Names", name="shop")
of_ecs = ecs.CfnService
alias = of_ecs.ServiceConnectClientAliasProperty(port=8080, dns_name="orders")
waits = of_ecs.TimeoutConfigurationProperty(per_request_timeout_seconds=30)  # as request_timeout; AWS's default is 15
named = of_ecs.ServiceConnectServiceProperty(
    port_name="http", discovery_name="orders", client_aliases=[alias], timeout=waits
)
resource = cast("ecs.CfnService", orders.service.node.default_child)
resource.service_connect_configuration = of_ecs.ServiceConnectConfigurationProperty(
    enabled=True, namespace=namespace.namespace_arn, services=[named]
)

# A function judges the new tasks before any request reaches them.
prices = EcsService(stack, "Prices", EcsServiceProps(image=image, deployment=Deployment.blue_green()))
smoke = lambda_.Function(
    stack,
    "Smoke",
    runtime=lambda_.Runtime.PYTHON_3_14,
    handler="index.handler",
    code=lambda_.Code.from_inline("def handler(event, context):\n    return {'hookStatus': 'SUCCEEDED'}\n"),
)
stages = [ecs.DeploymentLifecycleStage.POST_SCALE_UP]
judge = ecs.DeploymentLifecycleLambdaTarget(cast("lambda_.IFunction", smoke), "SmokeHook", lifecycle_stages=stages)
prices.service.add_lifecycle_hook(judge)
app.synth()
