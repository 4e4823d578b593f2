import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53

from naws.lambda_service import (
    Conventions,
    Cors,
    FunctionUrl,
    HttpApi,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    PythonCode,
    Throttle,
)

app = cdk.App()
stack = cdk.Stack(app, "Shop")
zone = route53.HostedZone.from_hosted_zone_attributes(
    stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
)
arn = stack.format_arn(service="acm", resource="certificate", resource_name="1234abcd-12ab-34cd-56ef-1234567890ab")
certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
Conventions(certificate=certificate, hosted_zone=zone).apply(stack)

code = PythonCode("orders")
customers = HttpApi(
    routes=["GET /orders", "POST /orders", "GET /orders/{id}"],
    authorizer=Jwt(issuer="https://login.example.com", audience=["shop"]),
    cors=Cors(["https://shop.example.com"]),
    throttle=Throttle(rate=50, burst=100),
    domain_name="api.example.com",
)
LambdaService(stack, "Orders", LambdaServiceProps(code=code, endpoint=customers))

export = LambdaServiceProps(code=code, endpoint=FunctionUrl(), timeout=cdk.Duration.minutes(5))
exporting = LambdaService(stack, "Export", export)
exporting.grant_invoke_url(iam.Role(stack, "Accounting", assumed_by=iam.AccountRootPrincipal()))
app.synth()
