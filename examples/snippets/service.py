import aws_cdk as cdk

from naws.lambda_service import HttpApi, LambdaServiceProps, LambdaServiceStack, Public, PythonCode, QueueTrigger

app = cdk.App()
orders = LambdaServiceProps(code=PythonCode("orders"), endpoint=HttpApi(authorizer=Public(reason="our catalogue")))
mails = LambdaServiceProps(code=PythonCode("mails"), triggers=[QueueTrigger()])
LambdaServiceStack(app, "Shop", services={"Orders": orders, "Mails": mails})
app.synth()
