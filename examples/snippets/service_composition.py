import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_stepfunctions as sfn

from naws.core.data import Database, DatabaseProps, PostgresInstance
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.lambda_service import Canary, HttpApi, LambdaService, LambdaServiceProps, PythonCode

app = cdk.App()
env = cdk.Environment(account="123456789012", region="eu-central-1")
data = cdk.Stack(app, "Data", env=env)
vpc = ec2.Vpc(data, "Vpc", max_azs=2)
ledger = Database(data, "Ledger", DatabaseProps(engine=PostgresInstance(), vpc=vpc))

shop = cdk.Stack(app, "Shop", env=env)
prices = LambdaService(
    shop,
    "Prices",
    LambdaServiceProps(
        code=PythonCode("orders"),
        endpoint=HttpApi(),
        bindings=[ledger],  # LEDGER_HOST, …, LEDGER_SECRET_ARN; the function is attached to the database's network
        rollout=Canary(percent=10, interval=cdk.Duration.minutes(5)),
    ),
)
job = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset("job"), vpc=vpc, bindings=[prices])  # PRICES_FUNCTION
EcsTaskProcessor(shop, "Nightly", job)

ask = prices.as_step(shop, "Ask prices", payload={"order": "{% $states.input.order %}"})
sfn.StateMachine(shop, "Sale", definition_body=sfn.DefinitionBody.from_chainable(ask))
app.synth()
