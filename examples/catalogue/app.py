"""A shop's catalogue: two services behind one load balancer, one of which asks the other, and a database."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.core import Conventions, NewVpc, ServiceStage
from naws.core.data import Database, DatabaseProps, PostgresInstance
from naws.ecs_service import EcsService, EcsServiceProps, Route

HERE = Path(__file__).parent


def image(folder: str) -> ecs.ContainerImage:
    """A folder of this example, and the module that both share: no change to the other makes another image of it."""
    return ecs.ContainerImage.from_asset(
        str(HERE), file=f"{folder}/Dockerfile", exclude=["*", f"!{folder}", "!serving.py", "**/__pycache__"]
    )


app = cdk.App()
prod = Conventions(service="shop", stage="prod", owner="team-shop", vpc=NewVpc())
stage = ServiceStage(app, "Prod", references="weak", conventions=prod)
products = Database(stage.data, "Products", DatabaseProps(engine=PostgresInstance()))

shop = stage.stack("Shop")
prices = EcsService(
    shop,
    "Prices",
    EcsServiceProps(
        image=image("prices"), route=Route(paths=["/prices", "/prices/*"]), dev_command=["python", "-m", "prices"]
    ),
)
catalogue = EcsService(
    shop,
    "Catalogue",
    EcsServiceProps(
        image=image("catalogue"),
        route=Route(paths=["/catalogue", "/catalogue/*"]),
        # User and password stay out of the environment: the program reads the secret whenever it connects.
        bindings=[prices, products.binding(variables={"user": None, "password": None})],
        dev_command=["python", "-m", "catalogue"],
    ),
)
app.synth()
