import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.ecs_service import CapacitySchedule, Deployment, EcsServiceProps, EcsServiceStack, Route, Scaling

app = cdk.App()
image = ecs.ContainerImage.from_asset("api")
orders = EcsServiceProps(
    image=image,
    route=Route(paths=["/orders", "/orders/*"]),
    scaling=Scaling(
        max_capacity=20,
        requests_per_task=600,
        schedules=[
            CapacitySchedule("30 7 * * MON-FRI", min_capacity=6, timezone="Europe/Berlin"),
            CapacitySchedule("0 20 * * MON-FRI", min_capacity=2, timezone="Europe/Berlin"),
        ],
    ),
    capacity="spot",
)
prices = EcsServiceProps(
    image=image,
    route=Route(paths=["/prices", "/prices/*"]),
    deployment=Deployment.canary(percent=5, interval=cdk.Duration.minutes(10), bake=cdk.Duration.minutes(30)),
)
EcsServiceStack(app, "Shop", services={"Orders": orders, "Prices": prices})
app.synth()
