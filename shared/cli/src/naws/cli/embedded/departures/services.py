"""MiniStack's modules. Their private names are what the departures are about; nothing is known of their types."""

from importlib import import_module
from typing import Any


def _service(name: str) -> Any:
    return import_module(f"ministack.services.{name}")


app: Any = import_module("ministack.app")
evaluator: Any = import_module("ministack.core.iam_evaluator")
iam_actions: Any = import_module("ministack.core.iam_actions")
responses: Any = import_module("ministack.core.responses")
router: Any = import_module("ministack.core.router")

acm = _service("acm")
alb = _service("alb")
apigateway = _service("apigateway")
athena = _service("athena")
cloudfront = _service("cloudfront")
cfn_changesets = _service("cloudformation.changesets")
cfn_engine = _service("cloudformation.engine")
cfn_handlers = _service("cloudformation.handlers")
cfn_stacks = _service("cloudformation.stacks")
cloudformation = _service("cloudformation")
cloudwatch = _service("cloudwatch")
cognito = _service("cognito")
dynamodb = _service("dynamodb")
ec2 = _service("ec2")
ecr = _service("ecr")
ecs = _service("ecs")
events = _service("eventbridge")
functions = _service("lambda_svc")
iam = _service("iam")
kms = _service("kms")
logs = _service("cloudwatch_logs")
pipes = _service("pipes")
provisioners = _service("cloudformation.provisioners")
rds = _service("rds")
route53 = _service("route53")
s3 = _service("s3")
scheduler = _service("scheduler")
secretsmanager = _service("secretsmanager")
sns = _service("sns")
sqs = _service("sqs")
ssm = _service("ssm")
states = _service("stepfunctions")
sts = _service("sts")
tagging = _service("tagging")
waf = _service("waf")


def here() -> str:
    """``region:account`` of the request at hand, as ARNs have them."""
    return f"{responses.get_region()}:{responses.get_account_id()}"
