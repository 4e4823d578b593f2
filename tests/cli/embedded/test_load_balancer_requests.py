"""What Elastic Load Balancing refuses, publishes and makes of a template."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cli.embedded.load_balancers import Balancer, Program

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def balancer(bench: Any) -> Any:
    return Balancer(bench)


def refused(call: Any, *arguments: Any, **named: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_health_checks_out_of_their_range(balancer: Any) -> None:
    assert refused(balancer.new_group, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=5) == (
        "ValidationError",
        "Health check interval must be greater than the timeout.",
    )
    code, text = refused(balancer.new_group, HealthCheckIntervalSeconds=301)
    assert code == "ValidationError"
    assert "less than or equal to 300" in text
    assert refused(balancer.new_group, HealthCheckPath="health")[1].endswith("must begin with a '/' character")
    assert refused(balancer.new_group, Matcher={"HttpCode": "200-599"})[0] == "ValidationError"
    assert (
        refused(balancer.elb.modify_target_group, TargetGroupArn=balancer.group, HealthCheckTimeoutSeconds=6)[0]
        == "ValidationError"
    )


def test_names_are_unique(balancer: Any) -> None:
    name = balancer.group.split("/")[1]
    assert balancer.new_group(Name=name) == balancer.group
    assert refused(balancer.new_group, Name=name, Port=81) == (
        "DuplicateTargetGroupName",
        f"A target group with the same name '{name}' exists, but with different settings",
    )


def test_listeners(balancer: Any) -> None:
    forward = balancer.forward(balancer.group)
    assert refused(balancer.listen, 80, forward) == (
        "DuplicateListener",
        f"A listener already exists on this port for this load balancer '{balancer.arn}'",
    )
    assert refused(balancer.listen, 443, forward, Protocol="HTTPS") == (
        "ValidationError",
        "A certificate must be specified for HTTPS listeners",
    )
    arn = f"arn:aws:acm:us-east-1:000000000000:certificate/{uuid.uuid4()}"
    assert refused(balancer.listen, 443, forward, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}]) == (
        "CertificateNotFound",
        f"Certificate '{arn}' not found",
    )
    assert refused(balancer.listen, 81, balancer.forward(balancer.group + "x"))[0] == "TargetGroupNotFound"


def test_a_target_group_has_one_load_balancer(balancer: Any, bench: Any) -> None:
    other = Balancer(bench)
    code, text = refused(other.listen, 81, other.forward(balancer.group))
    assert (code, text.rpartition(": ")[2]) == ("TargetGroupAssociationLimit", balancer.group)
    assert other.listen(81, other.forward(other.group))


def test_rules(balancer: Any) -> None:
    forward, path = balancer.forward(balancer.group), {"Field": "path-pattern", "Values": ["/a"]}
    rule = balancer.rule(7, forward, path)
    assert refused(balancer.rule, 7, forward, path) == ("PriorityInUse", "Priority '7' is currently in use")
    many = [{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{n}" for n in range(6)]}}]
    assert refused(balancer.rule, 8, forward, *many) == (
        "ValidationError",
        "A rule can only have '5' condition values and regex values",
    )
    assert "less than or equal to 50000" in refused(balancer.rule, 50_001, forward, path)[1]
    balancer.elb.modify_rule(RuleArn=rule, Conditions=[path])
    balancer.elb.delete_rule(RuleArn=rule)


def test_what_is_in_use_or_protected_is_not_deleted(balancer: Any, bench: Any) -> None:
    assert refused(balancer.elb.delete_target_group, TargetGroupArn=balancer.group) == (
        "ResourceInUse",
        f"Target group '{balancer.group}' is currently in use by a listener or a rule",
    )
    other = Balancer(bench)
    other.set(deletion_protection__enabled="true")
    assert refused(other.elb.delete_load_balancer, LoadBalancerArn=other.arn)[0] == "OperationNotPermitted"
    other.set(deletion_protection__enabled="false")
    other.elb.delete_load_balancer(LoadBalancerArn=other.arn)
    other.elb.delete_target_group(TargetGroupArn=other.group)


def test_attributes_have_defaults_and_others_are_refused(balancer: Any) -> None:
    assert refused(balancer.set, nothing="1") == (
        "ValidationError",
        "Load balancer attribute key 'nothing' is not recognized",
    )
    assert refused(balancer.set_group, nothing="1")[1] == "Target group attribute key 'nothing' is not recognized"
    delay, idle = "deregistration_delay.timeout_seconds", "idle_timeout.timeout_seconds"
    text = refused(balancer.set_group, deregistration_delay__timeout_seconds=9999)[1]
    assert text == f"The value of '{delay}' cannot be greater than 3600"
    text = refused(balancer.set, idle_timeout__timeout_seconds=9999)[1]
    assert text == f"The value of '{idle}' cannot be greater than 4000 characters"
    assert refused(balancer.set, idle_timeout__timeout_seconds=4001)[0] == "ValidationError"
    found = balancer.elb.describe_load_balancer_attributes(LoadBalancerArn=balancer.arn)["Attributes"]
    assert {each["Key"]: each["Value"] for each in found}["client_keep_alive.seconds"] == "3600"


@pytest.mark.parametrize(
    "principal",
    [{"AWS": "arn:aws:iam::127311923021:root"}, {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}],
)
def test_access_logs_need_a_bucket_that_lets_them_in(
    balancer: Any, bench: Any, permissions: Any, principal: Any
) -> None:
    s3, bucket = bench.client("s3"), f"logs-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    wanted = {"access_logs__s3__enabled": "true", "access_logs__s3__bucket": bucket}
    assert refused(balancer.set, **wanted) == (
        "InvalidConfigurationRequest",
        f"Access Denied for bucket: {bucket}. Please check S3bucket permission",
    )
    written = f"arn:aws:s3:::{bucket}/AWSLogs/000000000000/*"
    policy = permissions.document(permissions.allow("s3:PutObject", on=written, to=principal))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    before = len(bench.aws.denials())
    balancer.set(**wanted)
    assert len(bench.aws.denials()) == before
    assert refused(balancer.set, access_logs__s3__prefix="elsewhere", **wanted)[0] == "InvalidConfigurationRequest"
    balancer.set(access_logs__s3__enabled="false")


def statistic(bench: Any, name: Any, dimensions: Any, kind: Any) -> Any:
    now = datetime.now(UTC)
    found = bench.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/ApplicationELB",
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": 3600,
                    "Stat": kind,
                },
            }
        ],
    )
    return sum(found["MetricDataResults"][0]["Values"])


def test_metrics_count_requests_and_an_alarm_sees_them(bench: Any, until: Any) -> None:
    made, cloudwatch = Balancer(bench), bench.client("cloudwatch")
    balancer_name, group_name = made.arn.partition("loadbalancer/")[2], made.group.rpartition(":")[2]
    own = {"LoadBalancer": balancer_name}
    both = {**own, "TargetGroup": group_name}
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": key, "Value": value} for key, value in both.items()],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,  # three of them may be of two minutes
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    assert made.ask().status == 503
    with Program().running() as one:
        made.register(one)
        until(lambda: made.health(one)[0] == "healthy")
        for status in (200, 302, 404, 500, 500, 503):
            assert made.ask(f"/?status={status}").status == status
        until(lambda: statistic(bench, "RequestCount", own, "Sum") == 6)
        # The answers are counted after the requests.
        until(lambda: statistic(bench, "HTTPCode_Target_5XX_Count", own, "Sum") == 3)
        until(lambda: statistic(bench, "HealthyHostCount", both, "Maximum") == 1)
    counted = {
        metric: (statistic(bench, metric, own, "Sum"), statistic(bench, metric, both, "Sum"))
        for metric in ("RequestCount", *(f"HTTPCode_Target_{n}XX_Count" for n in range(2, 6)))
    }
    assert counted == {
        "RequestCount": (6, 6),
        "HTTPCode_Target_2XX_Count": (1, 1),
        "HTTPCode_Target_3XX_Count": (1, 1),
        "HTTPCode_Target_4XX_Count": (1, 1),
        "HTTPCode_Target_5XX_Count": (3, 3),
    }
    assert [statistic(bench, f"HTTPCode_ELB_{n}_Count", own, "Sum") for n in ("5XX", "503", "502")] == [1, 1, 0]
    assert statistic(bench, "RequestCountPerTarget", {"TargetGroup": group_name}, "Sum") == 6
    assert 0 < statistic(bench, "TargetResponseTime", both, "p99") < 5
    until(lambda: cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM")
    until(lambda: statistic(bench, "UnHealthyHostCount", both, "Maximum") == 1)


def test_many_requests_at_once_are_all_answered(bench: Any, until: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # this test only

    made = Balancer(bench)
    with Program().running() as one:
        made.register(one)
        until(lambda: made.health(one)[0] == "healthy")
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda n: made.ask(f"/{n}").status, range(300)))
        assert statuses == [200] * 300


TEMPLATE: dict[str, Any] = {
    "Balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {
            "SubnetMappings": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}],
            "LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "40"}],
        },
    },
    "Group": {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {
            "Port": 80,
            "Protocol": "HTTP",
            "ProtocolVersion": "HTTP1",
            "TargetType": "ip",
            "VpcId": "vpc-1",
            "Matcher": {"HttpCode": "200-204"},
            "HealthCheckIntervalSeconds": 10,
            "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
            "Targets": [{"Id": "10.0.0.1", "Port": 8080}, {"Id": "10.0.0.1", "Port": 8081}],
        },
    },
    "Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "example.org"}},
    "Second": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "example.com"}},
    "Listener": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Port": 443,
            "Protocol": "HTTPS",
            "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "Certificates": [{"CertificateArn": {"Ref": "Certificate"}}],
            "ListenerAttributes": [{"Key": "routing.http.response.server.enabled", "Value": "false"}],
            "DefaultActions": [
                {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": {"Ref": "Group"}}]}}
            ],
        },
    },
    "More": {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerCertificate",
        "Properties": {
            "ListenerArn": {"Ref": "Listener"},
            "Certificates": [{"CertificateArn": {"Ref": "Second"}}],
        },
    },
    "Rule": {
        "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Properties": {
            "ListenerArn": {"Ref": "Listener"},
            "Priority": 5,
            "Conditions": [{"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}]}}],
            "Actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "204"}}],
        },
    },
    "Firewall": {
        "Type": "AWS::WAFv2::WebACLAssociation",
        "Properties": {
            "ResourceArn": {"Ref": "Balancer"},
            "WebACLArn": "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/x/1",
        },
    },
}
OUTPUTS = {
    name: {"Value": {"Fn::GetAtt": name.split("0")} if "0" in name else {"Ref": name}}
    for name in (
        "Balancer",
        "Balancer0DNSName",
        "Balancer0LoadBalancerFullName",
        "Balancer0CanonicalHostedZoneID",
        "Group",
        "Group0TargetGroupFullName",
        "Group0TargetGroupName",
        "Listener0ListenerArn",
        "Rule0RuleArn",
        "Rule0IsDefault",
    )
}


def test_a_template_keeps_every_property(bench: Any) -> None:
    stack, outputs = bench.deploy(TEMPLATE, OUTPUTS)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    elb = bench.client("elbv2")
    assert outputs["Balancer0LoadBalancerFullName"] == outputs["Balancer"].partition("loadbalancer/")[2]
    assert outputs["Group0TargetGroupFullName"] == outputs["Group"].rpartition(":")[2]
    assert outputs["Balancer0CanonicalHostedZoneID"] == "Z35SXDOTRQ7X7K"
    assert outputs["Rule0IsDefault"] == "false"
    balancer = elb.describe_load_balancers(LoadBalancerArns=[outputs["Balancer"]])["LoadBalancers"][0]
    assert [zone["SubnetId"] for zone in balancer["AvailabilityZones"]] == ["subnet-1", "subnet-2"]
    group = elb.describe_target_groups(TargetGroupArns=[outputs["Group"]])["TargetGroups"][0]
    assert (group["Matcher"]["HttpCode"], group["ProtocolVersion"]) == ("200-204", "HTTP1")
    assert group["LoadBalancerArns"] == [outputs["Balancer"]]
    health = elb.describe_target_health(TargetGroupArn=outputs["Group"])["TargetHealthDescriptions"]
    assert [each["Target"]["Port"] for each in health] == [8080, 8081]
    listener = elb.describe_listeners(LoadBalancerArn=outputs["Balancer"])["Listeners"][0]
    assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    certificates = elb.describe_listener_certificates(ListenerArn=listener["ListenerArn"])["Certificates"]
    assert [each["IsDefault"] for each in certificates] == [True, False]
    attributes = elb.describe_listener_attributes(ListenerArn=listener["ListenerArn"])["Attributes"]
    assert {"Key": "routing.http.response.server.enabled", "Value": "false"} in attributes
    rule = elb.describe_rules(RuleArns=[outputs["Rule0RuleArn"]])["Rules"][0]
    assert rule["Conditions"][0]["QueryStringConfig"]["Values"] == [{"Key": "a", "Value": "b"}]
    recorded = [each for each in bench.aws.not_emulated() if each.resource_type == "AWS::WAFv2::WebACLAssociation"]
    assert [each.logical_id for each in recorded] == ["Firewall"]


def test_a_template_is_updated_in_place_and_deleted(bench: Any, until: Any) -> None:
    import json  # noqa: PLC0415  # this test only

    stack, outputs = bench.deploy(TEMPLATE, OUTPUTS)
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Group"]["Properties"]["HealthCheckPath"] = "/health"
    changed["Rule"]["Properties"]["Priority"] = 6
    cloudformation, name = bench.client("cloudformation"), stack["StackName"]
    body = json.dumps({"Resources": changed, "Outputs": OUTPUTS})
    cloudformation.update_stack(StackName=name, TemplateBody=body)

    def updated() -> Any:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return found if found["StackStatus"] == "UPDATE_COMPLETE" else None

    now = {each["OutputKey"]: each["OutputValue"] for each in until(updated)["Outputs"]}
    assert now == outputs
    elb = bench.client("elbv2")
    assert elb.describe_rules(RuleArns=[outputs["Rule0RuleArn"]])["Rules"][0]["Priority"] == "6"
    group = elb.describe_target_groups(TargetGroupArns=[outputs["Group"]])["TargetGroups"][0]
    assert group["HealthCheckPath"] == "/health"
    cloudformation.delete_stack(StackName=name)
    arn = stack["StackId"]
    until(lambda: cloudformation.describe_stacks(StackName=arn)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE")
    assert refused(elb.describe_target_health, TargetGroupArn=outputs["Group"])[0] == "TargetGroupNotFound"


def test_a_template_that_is_refused_fails_in_the_services_words(bench: Any) -> None:
    resources = {**TEMPLATE, "Again": {**TEMPLATE["Rule"], "DependsOn": "Rule"}}
    stack, _ = bench.deploy(resources)
    assert stack["StackStatus"].startswith("ROLLBACK")
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    assert any("Priority '5' is currently in use" in each.get("ResourceStatusReason", "") for each in events)
