"""Gradual deployments of functions: CodeDeploy moves an alias from version to version, and back."""

import io
import json
import uuid
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e

CODE = "def handler(event, context):\n    return ['{0}', context.invoked_function_arn]\n"
RIGHTS = ("lambda:GetAlias", "lambda:UpdateAlias", "cloudwatch:DescribeAlarms")
STYLE = {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"}
ROLLBACK = {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]}
HALF = {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 50, "CanaryInterval": 3}}
LIMITED = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"


def trust(*services: str) -> Any:
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Rollout:
    """A stack of one function whose alias is deployed by CodeDeploy."""

    def __init__(self, bench: Any, until: Any, **given: Any) -> None:
        self.name = f"rollout-{uuid.uuid4().hex[:8]}"
        self.client, self.until, self.given = bench.client, until, given
        self.cloudformation, self.functions, self.deploy = map(bench.client, ("cloudformation", "lambda", "codedeploy"))

    def template(self, version: str) -> dict[str, Any]:
        role = {"Fn::GetAtt": ["Runs", "Arn"]}
        alarm = {"MetricName": "m", "Namespace": self.name, "Statistic": "Sum", "Threshold": 1, "Period": 60}
        alarm |= {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "AlarmName": self.name}
        group = {"ApplicationName": {"Ref": "App"}, "DeploymentConfigName": {"Ref": "Config"}, "DeploymentStyle": STYLE}
        group |= {"ServiceRoleArn": {"Fn::GetAtt": ["Moves", "Arn"]}, "AutoRollbackConfiguration": ROLLBACK}
        group |= {"AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": {"Ref": "Alarm"}}]}}
        moves = {"AssumeRolePolicyDocument": trust("codedeploy.amazonaws.com"), "ManagedPolicyArns": [LIMITED]}
        runs = {"AssumeRolePolicyDocument": trust("lambda.amazonaws.com")}
        moves |= self.given.get("moves", {})
        function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role}
        policy = {"ApplicationName": {"Ref": "App"}, "DeploymentGroupName": {"Ref": "Group"}}
        number = {"Fn::GetAtt": [f"Version{version}", "Version"]}
        alias = {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": number}
        return {
            "Runs": {"Type": "AWS::IAM::Role", "Properties": runs},
            "Moves": {"Type": "AWS::IAM::Role", "Properties": moves},
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {**function, "Code": {"ZipFile": CODE.format(version)}},
            },
            f"Version{version}": {
                "Type": "AWS::Lambda::Version",
                "Properties": {"FunctionName": {"Ref": "Function"}},
                "DeletionPolicy": "Retain",
            },
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
            "App": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
            "Config": {
                "Type": "AWS::CodeDeploy::DeploymentConfig",
                "Properties": {"ComputePlatform": "Lambda", "TrafficRoutingConfig": self.given.get("routing", HALF)},
            },
            "Group": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": group},
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": alias,
                "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
            },
        }

    def submit(self, version: str, call: str = "update_stack") -> None:
        body = json.dumps({"Resources": self.template(version)})
        submit = getattr(self.cloudformation, call)
        submit(StackName=self.name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])

    def create(self) -> None:
        self.submit("A", "create_stack")
        assert self.ended() == "CREATE_COMPLETE", self.reasons()

    def ended(self) -> str:
        def status() -> Any:
            found = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            return None if found.endswith("IN_PROGRESS") else found

        return self.until(status, seconds=30)

    def physical(self, logical_id: str) -> str:
        found = self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def alias(self) -> tuple[str, Any]:
        found = self.functions.get_alias(FunctionName=self.physical("Function"), Name="live")
        return found["FunctionVersion"], found.get("RoutingConfig", {}).get("AdditionalVersionWeights")

    def invoke(self, qualifier: str = "live") -> tuple[Any, str]:
        answer = self.functions.invoke(FunctionName=self.physical("Function"), Qualifier=qualifier)
        return json.loads(answer["Payload"].read()), answer["ExecutedVersion"]

    def reasons(self) -> list[str]:
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if "FAILED" in event["ResourceStatus"]]

    def deployments(self) -> list[Any]:
        found = self.deploy.list_deployments(
            applicationName=self.physical("App"), deploymentGroupName=self.physical("Group")
        )
        return [self.deploy.get_deployment(deploymentId=item)["deploymentInfo"] for item in found["deployments"]]

    def weighted(self) -> tuple[str, Any]:
        return self.until(lambda: self.alias() if self.alias()[1] else None)


def test_a_canary_sends_requests_to_both_versions_and_ends_with_the_new_one(bench: Any, until: Any) -> None:
    rollout = Rollout(bench, until)
    rollout.create()
    assert rollout.alias() == ("1", None)
    assert rollout.deployments() == []
    rollout.submit("B")
    assert rollout.weighted() == ("1", {"2": 0.5})
    answers = [rollout.invoke() for _ in range(30)]
    assert {(answer[0], version) for answer, version in answers} == {("A", "1"), ("B", "2")}
    assert {answer[1].rpartition(":")[2] for answer, _ in answers} == {"live"}
    named = {"FunctionName": rollout.physical("Function"), "Qualifier": "live"}
    assert {rollout.functions.get_function_configuration(**named)["Version"] for _ in range(10)} == {"1"}
    assert rollout.ended() == "UPDATE_COMPLETE", rollout.reasons()
    assert rollout.alias() == ("2", None)
    (deployment,) = rollout.deployments()
    assert (deployment["status"], deployment["creator"]) == ("Succeeded", "user")
    group = {"applicationName": rollout.physical("App"), "deploymentGroupName": rollout.physical("Group")}
    told = rollout.deploy.get_deployment_group(**group)["deploymentGroupInfo"]
    assert told["lastSuccessfulDeployment"]["deploymentId"] == deployment["deploymentId"]

    rollout.submit("C")
    assert rollout.weighted() == ("2", {"3": 0.5})
    assert rollout.ended() == "UPDATE_COMPLETE", rollout.reasons()
    assert rollout.alias() == ("3", None)
    assert len(rollout.deployments()) == 2

    rollout.cloudformation.delete_stack(StackName=rollout.name)
    with pytest.raises(ClientError, match="does not exist"):
        rollout.until(lambda: rollout.cloudformation.describe_stacks(StackName=rollout.name) and None)
    assert group["applicationName"] not in rollout.deploy.list_applications()["applications"]
    with pytest.raises(ClientError, match="No application found for name"):
        rollout.deploy.get_application(applicationName=group["applicationName"])


def test_an_alarm_moves_the_alias_back_and_fails_the_stack(bench: Any, until: Any) -> None:
    rollout = Rollout(bench, until)
    rollout.create()
    rollout.submit("B")
    rollout.weighted()
    bench.client("cloudwatch").put_metric_data(Namespace=rollout.name, MetricData=[{"MetricName": "m", "Value": 5}])
    assert rollout.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert rollout.alias() == ("1", None)
    assert {version for _, version in (rollout.invoke() for _ in range(10))} == {"1"}
    back, stopped = rollout.deployments()
    told = (
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
        f"affected deployments have been stopped. Activated alarms: <{rollout.name}>"
    )
    assert stopped["status"] == "Stopped"
    assert stopped["errorInformation"] == {"code": "ALARM_ACTIVE", "message": told}
    assert stopped["rollbackInfo"]["rollbackDeploymentId"] == back["deploymentId"]
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == stopped["deploymentId"]
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    (reason,) = rollout.reasons()
    message = f"{stopped['deploymentId']} failed. {told}"
    assert reason.startswith(f'Resource handler returned message: "{message}" (RequestToken: ')
    assert reason.endswith("HandlerErrorCode: InternalFailure)")


def test_a_linear_deployment_takes_each_step(bench: Any, until: Any) -> None:
    linear = {"LinearPercentage": 40, "LinearInterval": 1}
    rollout = Rollout(bench, until, routing={"Type": "TimeBasedLinear", "TimeBasedLinear": linear})
    rollout.create()
    rollout.submit("B")
    seen: list[Any] = []

    def look() -> Any:
        now = rollout.alias()
        seen.extend(list(now[1].values()) if now[1] else [])
        return now == ("2", None)

    until(look)
    assert sorted(set(seen)) == [0.4, 0.8]
    assert seen == sorted(seen)
    assert rollout.ended() == "UPDATE_COMPLETE"


def test_a_deployment_is_stopped_by_request(bench: Any, until: Any) -> None:
    rollout = Rollout(bench, until)
    rollout.create()
    rollout.submit("B")
    rollout.weighted()
    (deployment,) = rollout.deployments()
    assert rollout.deploy.stop_deployment(deploymentId=deployment["deploymentId"])["status"] == "Pending"
    assert rollout.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert rollout.alias() == ("1", None)
    assert rollout.deployments()[1]["errorInformation"]["code"] == "MANUAL_STOP"
    with pytest.raises(ClientError, match="already completed"):
        rollout.deploy.stop_deployment(deploymentId=deployment["deploymentId"])


@pytest.mark.parametrize("missing", RIGHTS)
def test_the_role_of_the_group_needs_each_right(bench: Any, until: Any, missing: str) -> None:
    kept = {"Effect": "Allow", "Action": [right for right in RIGHTS if right != missing], "Resource": "*"}
    own = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [kept]}}
    rollout = Rollout(bench, until, moves={"ManagedPolicyArns": [], "Policies": [own]})
    rollout.create()
    rollout.submit("B")
    assert rollout.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert rollout.alias() == ("1", None)
    assert "does not give you permission to perform operations" in rollout.reasons()[0]


def test_a_role_that_codedeploy_may_not_assume_is_refused(bench: Any, until: Any) -> None:
    rollout = Rollout(bench, until, moves={"AssumeRolePolicyDocument": trust("lambda.amazonaws.com")})
    rollout.submit("A", "create_stack")
    assert rollout.ended() == "ROLLBACK_COMPLETE"
    assert "AWS CodeDeploy does not have the permissions required to assume the role" in rollout.reasons()[0]


def refused_stack(bench: Any, resources: Any) -> str:
    stack, _ = bench.deploy(resources)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


APP = {"ComputePlatform": "Lambda"}


def canary(percentage: int, interval: int) -> Any:
    timed = {"CanaryPercentage": percentage, "CanaryInterval": interval}
    return {**APP, "TrafficRoutingConfig": {"Type": "TimeBasedCanary", "TimeBasedCanary": timed}}


@pytest.mark.parametrize(
    ("kind", "properties", "told"),
    [
        ("Application", {**APP, "ApplicationName": "a" * 101}, "have length less than or equal to 100"),
        ("Application", {"ComputePlatform": "Server"}, "deploys functions only"),
        ("DeploymentConfig", {**APP}, "TrafficRoutingConfig"),
        ("DeploymentConfig", canary(100, 1), "canaryPercentage is from 1 to 99, not 100"),
        ("DeploymentConfig", canary(10, 0), "canaryInterval is from 1 to 2880, not 0"),
        ("DeploymentConfig", canary(10, 2881), "canaryInterval is from 1 to 2880, not 2881"),
        ("DeploymentConfig", {**canary(10, 1), "MinimumHealthyHosts": {"Type": "HOST_COUNT", "Value": 1}}, "Minimum"),
        ("DeploymentGroup", {"ApplicationName": "none", "ServiceRoleArn": "a"}, "No application found for name: none"),
    ],
)
def test_what_codedeploy_refuses_fails_the_stack(bench: Any, kind: str, properties: Any, told: str) -> None:
    assert told in refused_stack(bench, {"It": {"Type": f"AWS::CodeDeploy::{kind}", "Properties": properties}})


def test_a_taken_name_is_refused_and_a_platform_is_not_changed(bench: Any) -> None:
    name = f"app-{uuid.uuid4().hex[:8]}"
    app = {"Type": "AWS::CodeDeploy::Application", "Properties": {**APP, "ApplicationName": name}}
    assert bench.deploy({"It": app})[0]["StackStatus"] == "CREATE_COMPLETE"
    assert bench.deploy({"It": app})[0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert name in bench.client("codedeploy").list_applications()["applications"]


@pytest.fixture(scope="module")
def function(bench: Any) -> Any:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", CODE.format("A"))
    functions, name = bench.client("lambda"), f"f-{uuid.uuid4().hex[:8]}"
    role = bench.role_of(trusted=["lambda.amazonaws.com"])
    made = {"Runtime": "python3.12", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": code.getvalue()}}
    functions.create_function(FunctionName=name, Publish=True, **made)
    functions.update_function_configuration(FunctionName=name, Description="second")
    functions.publish_version(FunctionName=name)
    other = bench.role_of(trusted=["lambda.amazonaws.com"])
    functions.update_function_configuration(FunctionName=name, Role=other)
    functions.publish_version(FunctionName=name)
    return name


def weights(**given: float) -> Any:
    return {"AdditionalVersionWeights": {name.removeprefix("v"): weight for name, weight in given.items()}}


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        ({"Name": "12"}, "ValidationException", "regular expression pattern"),
        ({"FunctionVersion": "9"}, "ResourceNotFoundException", ":9"),
        ({"RoutingConfig": weights(v2=1.5)}, "ValidationException", "less than or equal to 1.0"),
        ({"RoutingConfig": weights(v2=0.1, v3=0.1)}, "InvalidParameterValueException", "cannot be greater than 1"),
        ({"RoutingConfig": weights(v1=0.1)}, "InvalidParameterValueException", "already included"),
        ({"RoutingConfig": weights(v9=0.1)}, "ResourceNotFoundException", ":9"),
        (
            {"FunctionVersion": "$LATEST", "RoutingConfig": weights(v1=0.1)},
            "InvalidParameterValueException",
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        ({"RoutingConfig": weights(v3=0.1)}, "InvalidParameterValueException", "the same execution role"),
    ],
)
def test_what_lambda_refuses_of_an_alias(bench: Any, function: str, request_: Any, code: str, told: str) -> None:
    functions = bench.client("lambda")
    given = {"FunctionName": function, "Name": f"a{uuid.uuid4().hex[:8]}", "FunctionVersion": "1", **request_}
    with pytest.raises(ClientError) as caught:
        functions.create_alias(**given)
    assert (caught.value.response["Error"]["Code"], told in str(caught.value)) == (code, True), caught.value
    functions.create_alias(FunctionName=function, Name="fine", FunctionVersion="1", RoutingConfig=weights(v2=0.1))
    try:
        if "Name" not in request_:
            with pytest.raises(ClientError) as caught:
                functions.update_alias(**{**given, "Name": "fine"})
            assert caught.value.response["Error"]["Code"] == code
    finally:
        functions.delete_alias(FunctionName=function, Name="fine")
    given_weights = request_.get("RoutingConfig", weights())["AdditionalVersionWeights"]
    routing = [{"FunctionVersion": name, "FunctionWeight": weight} for name, weight in given_weights.items()]
    alias = {**given, "RoutingConfig": {"AdditionalVersionWeights": routing}} if routing else given
    assert told in refused_stack(bench, {"It": {"Type": "AWS::Lambda::Alias", "Properties": alias}})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"DeploymentStyle": {**STYLE, "DeploymentType": "IN_PLACE"}}, "deployment style"),
        ({"DeploymentConfigName": "none"}, "No deployment configuration found for name: none"),
        ({"AlarmConfiguration": {"Enabled": True, "Alarms": []}}, "has no alarms"),
        (
            {"AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": f"a{n}"} for n in range(11)]}},
            "(10) was exceeded",
        ),
        ({"AutoRollbackConfiguration": {"Enabled": True}}, "an event type is missing"),
        ({"AutoRollbackConfiguration": {"Enabled": True, "Events": ["NONE"]}}, "satisfy enum value set"),
    ],
)
def test_what_codedeploy_refuses_of_a_group(bench: Any, changed: Any, told: str) -> None:
    role = bench.role_of(trusted=["codedeploy.amazonaws.com"])
    group = {"ApplicationName": {"Ref": "App"}, "ServiceRoleArn": role, "DeploymentStyle": STYLE, **changed}
    app = {"Type": "AWS::CodeDeploy::Application", "Properties": APP}
    made = {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": group}
    assert told in refused_stack(bench, {"App": app, "It": made})


def test_the_group_of_an_alias_cannot_need_the_alias(bench: Any, until: Any) -> None:
    rollout = Rollout(bench, until)
    template = rollout.template("A")
    template["Alarm"]["DependsOn"] = "Alias"
    stack, _ = bench.deploy(template)
    assert (stack["StackStatus"], "Circular dependency" in stack["StackStatusReason"]) == ("CREATE_FAILED", True)


def test_a_state_machine_draws_the_version_too(bench: Any, until: Any) -> None:
    rollout = Rollout(bench, until, routing=canary(50, 60)["TrafficRoutingConfig"])
    rollout.create()
    rollout.submit("B")
    rollout.weighted()
    arguments = {"FunctionName": rollout.physical("Alias")}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, "End": True}
    runs = [bench.execute({"Call": {**task, "Output": "{% $states.result.Payload[0] %}"}}) for _ in range(12)]
    assert {json.loads(run["output"]) for run in runs} == {"A", "B"}
    assert rollout.alias() == ("1", {"2": 0.5})
    rollout.deploy.stop_deployment(deploymentId=rollout.deployments()[0]["deploymentId"])
    assert rollout.ended() == "UPDATE_ROLLBACK_COMPLETE"


def test_each_invocation_draws_its_version(bench: Any, function: str) -> None:
    functions = bench.client("lambda")
    functions.create_alias(FunctionName=function, Name="drawn", FunctionVersion="1", RoutingConfig=weights(v2=0.5))
    answers = [functions.invoke(FunctionName=f"{function}:drawn")["ExecutedVersion"] for _ in range(40)]
    assert set(answers) == {"1", "2"}
    functions.update_alias(FunctionName=function, Name="drawn", RoutingConfig=weights(v2=1.0))
    assert {functions.invoke(FunctionName=f"{function}:drawn")["ExecutedVersion"] for _ in range(10)} == {"2"}
    answer = functions.invoke(FunctionName=f"{function}:drawn", InvocationType="Event")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (202, "2")
