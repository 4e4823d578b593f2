"""HTTP APIs as a CDK stack makes them, and requests to them by a client that knows nothing of AWS."""

import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.cli.embedded.policies import ACCOUNT, document

REGION = "us-east-1"
FORMAT = json.dumps(
    {
        name: f"$context.{name}"
        for name in (
            "requestId",
            "routeKey",
            "status",
            "stage",
            "path",
            "integrationErrorMessage",
            "authorizer.error",
            "responseLatency",
            "integrationLatency",
            "identity.userArn",
        )
    }
)
CODE = """
import base64, time
def handler(event, context):
    if event["rawPath"].endswith("/fault"):
        raise ValueError("secret words")
    if event["rawPath"].endswith("/slow"):
        time.sleep(3)
    form = (event.get("queryStringParameters") or {}).get("form")
    if form:
        return FORMS[form]
    return {"event": event, "arn": context.invoked_function_arn, "version": context.function_version}
FORMS = {
    "string": "plain",
    "number": 7,
    "nothing": None,
    "whole": {"statusCode": 201, "headers": {"X-One": "1"}, "cookies": ["a=1", "b=2"], "body": "made"},
    "bytes": {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(b"\\x00\\xff").decode(),
              "headers": {"content-type": "application/octet-stream"}},
    "wrong": {"statusCode": "nonsense", "body": {"not": "text"}},
    "open": {"statusCode": 200, "body": "x", "headers": {"Access-Control-Allow-Origin": "*"}},
}
"""


def template(*, route: Any = "$default", permission: Any = True, more: Any = None, **parts: Any) -> Any:
    """A function with alias, an API with one route to it, a stage with an access log.

    Args:
        route: The key of the route.
        permission: Whether API Gateway may invoke the alias; ``"function"`` for the function without its alias.
        more: Resources to add.
        parts: Properties by the logical id of what gets them, such as ``Stage={"StageName": "v1"}``.
    """
    name = f"api-{uuid.uuid4().hex[:8]}"
    path = route.partition(" ")[2]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = ["arn:aws:execute-api:", {"Ref": "AWS::Region"}, f":{ACCOUNT}:", {"Ref": "Api"}, f"/*/*{path}"]
    uri = {"Fn::Join": ["", ["arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", {"Ref": "Alias"}]]}
    uri["Fn::Join"][1].append("/invocations")
    resources: dict[str, Any] = {
        "Role": ("IAM::Role", {"AssumeRolePolicyDocument": json.loads(document(trust))}),
        "Function": (
            "Lambda::Function",
            {
                "Code": {"ZipFile": CODE},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Timeout": 10,
            },
        ),
        "Version": ("Lambda::Version", {"FunctionName": {"Ref": "Function"}}),
        "Alias": (
            "Lambda::Alias",
            {
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                "Name": "live",
            },
        ),
        "Api": ("ApiGatewayV2::Api", {"Name": name, "ProtocolType": "HTTP"}),
        "Integration": (
            "ApiGatewayV2::Integration",
            {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": uri,
                "PayloadFormatVersion": "2.0",
            },
        ),
        "Route": (
            "ApiGatewayV2::Route",
            {
                "ApiId": {"Ref": "Api"},
                "RouteKey": route,
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
            },
        ),
        "Group": ("Logs::LogGroup", {"LogGroupName": f"/aws/vendedlogs/apis/{name}"}),
        "Stage": (
            "ApiGatewayV2::Stage",
            {
                "ApiId": {"Ref": "Api"},
                "StageName": "$default",
                "AutoDeploy": True,
                "AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": ["Group", "Arn"]}, "Format": FORMAT},
            },
        ),
        "Permission": (
            "Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Function" if permission == "function" else "Alias"},
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Join": ["", arn]},
            },
        ),
        **(more or {}),
    }
    if not permission:
        del resources["Permission"]
    return {
        key: {"Type": f"AWS::{kind}", "Properties": {**has, **parts.get(key, {})}}
        for key, (kind, has) in resources.items()
    }


OUTPUTS = {
    "Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
    "Id": {"Value": {"Ref": "Api"}},
    "Group": {"Value": {"Ref": "Group"}},
    "Alias": {"Value": {"Ref": "Alias"}},
}


@dataclass
class Reply:
    """What a client got."""

    status: int
    headers: Any
    body: bytes
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(url: str, *, method: str = "GET", body: Any = None, **headers: Any) -> Reply:
    """Send a request as any client does, without a proxy; underscores in names of headers are dashes."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=named)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return Reply(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.headers, error.read())


def keys_of(bench: Any, role: Any) -> Credentials:
    """Keys of a session of the role."""
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = document({"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"})
    bench.client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=trust)
    keys = bench.client("sts").assume_role(RoleArn=role, RoleSessionName="caller")["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def send_signed(keys: Credentials, url: str, *, service: Any = "execute-api", tamper: Any = "", **more: Any) -> Reply:
    """Send a signed request; ``tamper`` is added to the URL after it was signed."""
    request = AWSRequest(method=more.get("method", "GET"), url=url, data=more.get("body"))
    SigV4Auth(keys, service, REGION).add_auth(request)
    return send(f"{url}{tamper}", **more, **dict(request.headers.items()))


def deployed(bench: Any, **given: Any) -> Any:
    """Deploy an API; returns the outputs of its stack."""
    stack, outputs = bench.deploy(template(**given), OUTPUTS)
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(bench, stack)
    return outputs


def reasons(bench: Any, stack: Any) -> Any:
    """Why a stack failed."""
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    return [each["ResourceStatusReason"] for each in events if "FAILED" in each["ResourceStatus"]]


def lines(bench: Any, outputs: Any) -> Any:
    """The lines of the access log."""
    logs = bench.client("logs")
    try:
        events = logs.get_log_events(logGroupName=outputs["Group"], logStreamName="access", startFromHead=True)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(each["message"]) for each in events["events"]]
