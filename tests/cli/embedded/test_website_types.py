"""Types of CloudFormation beside a website, and metrics of its distribution."""

import json
import uuid
from typing import Any

import pytest

from tests.cli.embedded.distributions import Edge, associated, function

pytestmark = pytest.mark.e2e


def test_logs_of_a_distribution_have_a_source_a_destination_and_a_delivery(bench: Any) -> None:
    name = uuid.uuid4().hex[:8]
    arn = {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Edge}"}
    resources: dict[str, Any] = {
        "Source": {
            "Type": "AWS::Logs::DeliverySource",
            "Properties": {"Name": f"s-{name}", "ResourceArn": arn, "LogType": "ACCESS_LOGS"},
        },
        "Target": {
            "Type": "AWS::Logs::DeliveryDestination",
            "Properties": {
                "Name": f"d-{name}",
                "DestinationResourceArn": {"Fn::GetAtt": ["Web", "Arn"]},
                "OutputFormat": "parquet",
            },
        },
        "Delivery": {
            "Type": "AWS::Logs::Delivery",
            "Properties": {
                "DeliverySourceName": {"Ref": "Source"},
                "DeliveryDestinationArn": {"Fn::GetAtt": ["Target", "Arn"]},
                "S3SuffixPath": "/{yyyy}",
                "S3EnableHiveCompatiblePath": True,
            },
        },
    }
    edge = Edge(bench, resources=resources)
    assert edge.stack["StackStatus"] == "CREATE_COMPLETE"
    logs = bench.client("logs")
    found = [each for each in logs.describe_deliveries()["deliveries"] if each["deliverySourceName"] == f"s-{name}"]
    assert found[0]["s3DeliveryConfiguration"]["suffixPath"] == "/{yyyy}"
    recorded = [each.logical_id for each in bench.aws.not_emulated() if each.stack == edge.stack["StackName"]]
    assert recorded == ["Delivery"]


def test_a_source_of_logs_keeps_what_it_is_of(bench: Any, until: Any) -> None:
    name, cloudformation = uuid.uuid4().hex[:8], bench.client("cloudformation")

    def source(named: str, distribution: str) -> dict[str, Any]:
        arn = f"arn:aws:cloudfront::000000000000:distribution/{distribution}"
        properties = {"Name": f"{named}-{name}", "ResourceArn": arn, "LogType": "ACCESS_LOGS"}
        return {"Source": {"Type": "AWS::Logs::DeliverySource", "Properties": properties}}

    stack, _ = bench.deploy(source("one", "E1"))

    def updated(resources: dict[str, Any]) -> str:
        cloudformation.update_stack(StackName=stack["StackId"], TemplateBody=json.dumps({"Resources": resources}))

        def ended() -> str | None:
            status = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"]
            return None if status.endswith("IN_PROGRESS") else status

        return until(ended, seconds=20)

    assert updated(source("one", "E2")) == "UPDATE_ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    assert any("new ResourceId is not allowed" in each.get("ResourceStatusReason", "") for each in events)
    assert updated(source("two", "E2")) == "UPDATE_COMPLETE"
    found = [each["name"] for each in bench.client("logs").describe_delivery_sources()["deliverySources"]]
    assert [each for each in found if each.endswith(name)] == [f"two-{name}"]


def test_sets_of_addresses_and_groups_of_rules_exist(bench: Any) -> None:
    metric = {"CloudWatchMetricsEnabled": False, "SampledRequestsEnabled": False, "MetricName": "m"}
    addresses = {"Scope": "CLOUDFRONT", "IPAddressVersion": "IPV4", "Addresses": ["10.0.0.0/8"]}
    rules: dict[str, Any] = {"Scope": "CLOUDFRONT", "Capacity": 10, "VisibilityConfig": metric, "Rules": []}
    resources: dict[str, Any] = {
        "Addresses": {"Type": "AWS::WAFv2::IPSet", "Properties": addresses},
        "Rules": {"Type": "AWS::WAFv2::RuleGroup", "Properties": rules},
    }
    stack, made = bench.deploy(resources, {"Ref": {"Value": {"Ref": "Addresses"}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    name, set_id, scope = made["Ref"].split("|")
    found = bench.client("wafv2").get_ip_set(Name=name, Scope=scope, Id=set_id)["IPSet"]
    assert found["Addresses"] == ["10.0.0.0/8"]


def test_a_pool_has_identity_providers_and_a_look(bench: Any) -> None:
    details = {"client_id": "x", "client_secret": "y", "authorize_scopes": "openid"}
    resources: dict[str, Any] = {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
        "Google": {
            "Type": "AWS::Cognito::UserPoolIdentityProvider",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ProviderName": "Google",
                "ProviderType": "Google",
                "ProviderDetails": details,
            },
        },
        "Look": {
            "Type": "AWS::Cognito::ManagedLoginBranding",
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "UseCognitoProvidedValues": True},
        },
    }
    stack, made = bench.deploy(resources, {"Pool": {"Value": {"Ref": "Pool"}}, "Name": {"Value": {"Ref": "Google"}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    listed = bench.client("cognito-idp").list_identity_providers(UserPoolId=made["Pool"])["Providers"]
    assert [each["ProviderName"] for each in listed] == [made["Name"]] == ["Google"]


def test_rates_of_errors_are_measured_and_fire_alarms(bench: Any, until: Any) -> None:
    failing = function("function handler(event) { if (event.request.uri === '/fail') throw 1; return event.request; }")
    settings = {"RealtimeMetricsSubscriptionConfig": {"RealtimeMetricsSubscriptionStatus": "Enabled"}}
    subscription = {"DistributionId": {"Ref": "Edge"}, "MonitoringSubscription": settings}
    edge = Edge(
        bench,
        behavior=associated(viewer_request="Failing"),
        resources={
            "Failing": failing,
            "Subscription": {"Type": "AWS::CloudFront::MonitoringSubscription", "Properties": subscription},
        },
    )
    cloudwatch, name = bench.client("cloudwatch"), f"a-{uuid.uuid4().hex[:8]}"
    dimensions = [{"Name": "DistributionId", "Value": edge.id}, {"Name": "Region", "Value": "Global"}]
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/CloudFront",
        MetricName="5xxErrorRate",
        Dimensions=dimensions,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=20,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    assert [edge.ask(path).status for path in ("/fail", "/missing", "/fail")] == [503, 404, 503]

    def firing() -> bool:
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM"

    until(firing)

    def names(dimensions: Any) -> set[str]:
        found = cloudwatch.list_metrics(Namespace="AWS/CloudFront", Dimensions=dimensions)["Metrics"]
        return {each["MetricName"] for each in found}

    assert {"Requests", "4xxErrorRate", "TotalErrorRate", "404ErrorRate", "OriginLatency"} <= names(dimensions)
    own = [{"Name": "FunctionName", "Value": failing["Properties"]["Name"]}, {"Name": "Region", "Value": "Global"}]
    failures = {"FunctionInvocations", "FunctionExecutionErrors", "FunctionThrottles", "FunctionValidationErrors"}
    assert failures <= names(own)
