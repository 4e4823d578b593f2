from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.core.data import Database, DatabaseProps, PostgresInstance
from naws.ecs_service import EcsService, EcsServiceProps, HttpEndpoint, Route
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.lambda_service import LambdaService, LambdaServiceProps, PythonCode, QueueTrigger

app = cdk.App()
env = cdk.Environment(account="123456789012", region="eu-central-1")
data = cdk.Stack(app, "Data", env=env)
vpc = ec2.Vpc(data, "Vpc", max_azs=2)
ledger = Database(data, "Ledger", DatabaseProps(engine=PostgresInstance(), vpc=vpc))

shop = cdk.Stack(app, "Shop", env=env)
image = ecs.ContainerImage.from_asset("api")
nightly = EcsTaskProcessor(shop, "Nightly", EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"), vpc=vpc))
prices = EcsService(
    shop,
    "Prices",
    EcsServiceProps(image=image, vpc=vpc, route=Route(paths=["/prices", "/prices/*"]), bindings=[ledger]),
)
orders = EcsService(
    shop,
    "Orders",
    EcsServiceProps(
        image=image,
        vpc=vpc,
        route=Route(paths=["/orders", "/orders/*"]),
        bindings=[prices, nightly],  # PRICES_URL, NIGHTLY_STATE_MACHINE_ARN
    ),
)
mails = LambdaServiceProps(code=PythonCode("mails"), triggers=[QueueTrigger()], vpc=vpc, bindings=[orders])
LambdaService(shop, "Mails", mails)  # ORDERS_URL

endpoint = cast("HttpEndpoint", orders.endpoint)  # None without a load balancer
behind = cloudfront.BehaviorOptions(
    origin=endpoint.for_edge(),
    allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
    cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
    origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
)
cloudfront.Distribution(cdk.Stack(app, "Edge", env=env), "Distribution", default_behavior=behind)
app.synth()
