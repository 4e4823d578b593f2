import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as route53

from naws.ecs_service import Conventions, EcsServiceProps, EcsServiceStack, LoadBalancer, Route

app = cdk.App()
env = cdk.Environment(account="123456789012", region="eu-central-1")
zone = route53.HostedZone(cdk.Stack(app, "Names", env=env), "Zone", zone_name="example.com")
Conventions(hosted_zone=zone).apply(app)

image = ecs.ContainerImage.from_asset("api")
shop = EcsServiceStack(
    app,
    "Shop",
    env=env,
    load_balancer=LoadBalancer(public=True, domain_name="shop.example.com"),
    services={
        "Orders": EcsServiceProps(image=image, route=Route(paths=["/orders", "/orders/*"])),
        "Invoices": EcsServiceProps(image=image, route=Route(paths=["/orders/invoices/*"])),
        "Pages": EcsServiceProps(image=image, route=Route()),
    },
)
shop.services["Orders"].add_route(Route(paths=["/baskets/*"]))
app.synth()
