"""Application Auto Scaling on the embedded AWS: its requests, templates, and a service that really scales."""

import json
import uuid
from typing import Any

import pytest

from tests.cli.embedded.policies import allow, refusal, session

pytestmark = pytest.mark.e2e

TYPE = "ecs:service:DesiredCount"


class Scaled:
    """A service of ECS that stands by itself, and requests about its scaling."""

    def __init__(self, bench: Any, until: Any) -> None:
        self.bench, self.until, self.cluster = bench, until, f"c-{uuid.uuid4().hex[:8]}"
        bench.ecs.create_cluster(clusterName=self.cluster)
        bench.ecs.create_service(
            cluster=self.cluster,
            serviceName="web",
            taskDefinition=bench.task_definition(["sleep", "600"]),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=bench.network,
        )
        self.resource = f"service/{self.cluster}/web"
        self.identity = {"ServiceNamespace": "ecs", "ResourceId": self.resource, "ScalableDimension": TYPE}
        self.client = bench.client("application-autoscaling")

    def count(self) -> int:
        (found,) = self.bench.ecs.describe_services(cluster=self.cluster, services=["web"])["services"]
        return found["desiredCount"]

    def register(self, **given: Any) -> Any:
        return self.client.register_scalable_target(**{**self.identity, "MinCapacity": 1, "MaxCapacity": 4, **given})

    def target(self) -> Any:
        found = self.client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[self.resource])
        return found["ScalableTargets"][0]

    def follow(self, name: str, metric: Any, aim: float = 100, **given: Any) -> Any:
        tracking = {"TargetValue": aim, **metric, **given}
        named = {**self.identity, "PolicyName": name, "PolicyType": "TargetTrackingScaling"}
        return self.client.put_scaling_policy(**named, TargetTrackingScalingPolicyConfiguration=tracking)

    def schedule(self, **given: Any) -> Any:
        bounds = {"MinCapacity": 2}
        action = {"ScheduledActionName": "night", "Schedule": "rate(1 hour)", "ScalableTargetAction": bounds}
        return self.client.put_scheduled_action(**self.identity, **{**action, **given})

    def listed(self, what: str) -> Any:
        found = getattr(self.client, f"describe_{what}")(ServiceNamespace="ecs", ResourceId=self.resource)
        return next(items for name, items in found.items() if name.startswith("Sc"))

    def update(self, stack: str, **given: Any) -> list[str]:
        """Update a stack, and return why it failed."""
        client = self.bench.client("cloudformation")
        body = json.dumps({"Resources": template(self, **given), "Outputs": OUTPUTS})
        client.update_stack(StackName=stack, TemplateBody=body)

        def ended() -> bool:
            found = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            return found in ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")

        self.until(ended, seconds=20)
        events = client.describe_stack_events(StackName=stack)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "UPDATE_FAILED"]

    def refusal(self, call: Any, *arguments: Any, **given: Any) -> tuple[str, str]:
        with pytest.raises(self.client.exceptions.ClientError) as refused:
            call(*arguments, **given)
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]


CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
MEMORY = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}}
REQUESTS = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}}


@pytest.fixture
def scaled(bench: Any, until: Any) -> Scaled:
    return Scaled(bench, until)


def test_a_target_is_registered_changed_and_forgotten(scaled: Scaled) -> None:
    arn = scaled.register()["ScalableTargetARN"]
    assert arn.startswith("arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target/")
    made = scaled.target()
    assert (made["MinCapacity"], made["MaxCapacity"], made["ScalableTargetARN"]) == (1, 4, arn)
    assert made["RoleARN"].endswith("AWSServiceRoleForApplicationAutoScaling_ECSService")
    assert set(made["SuspendedState"].values()) == {False}
    suspended = {"DynamicScalingInSuspended": True}
    scaled.client.register_scalable_target(**scaled.identity, MaxCapacity=8, SuspendedState=suspended)
    changed = scaled.target()
    assert {**made, "MaxCapacity": 8, "SuspendedState": {**made["SuspendedState"], **suspended}} == changed
    scaled.follow("cpu", CPU)
    scaled.client.deregister_scalable_target(**scaled.identity)
    assert scaled.listed("scaling_policies") == []


def test_the_count_is_brought_between_the_bounds(scaled: Scaled) -> None:
    scaled.register(MinCapacity=3)
    assert scaled.count() == 3
    scaled.register(MinCapacity=1, MaxCapacity=2)
    assert scaled.count() == 2
    causes = [item["Cause"] for item in scaled.listed("scaling_activities")]
    assert causes == ["maximum capacity was set to 2", "minimum capacity was set to 3"]


def test_what_is_no_target(scaled: Scaled) -> None:
    def refused(**given: Any) -> str:
        code, message = scaled.refusal(scaled.register, **given)
        assert code == "ValidationException"
        return message

    assert refused(MinCapacity=5) == "Maximum capacity cannot be less than minimum capacity"
    assert refused(MinCapacity=-1) == "Minimum capacity cannot be less than 0"
    assert refused(ResourceId="service/none/web") == "ECS service doesn't exist: service/none/web"
    unsupported = "Unsupported service namespace, resource type or scalable dimension"
    assert refused(ResourceId="web") == unsupported
    assert refused(ScalableDimension="dynamodb:table:ReadCapacityUnits") == unsupported
    assert "Member must satisfy enum value set" in refused(ServiceNamespace="ec3")
    call = scaled.client.register_scalable_target
    assert scaled.refusal(call, **scaled.identity, MaxCapacity=1)[0] == "ValidationException"
    scaled.register()
    message = refused(Tags={"a": "b"})
    assert message.startswith("The scalable target that you tried to tag already exists.")
    scaled.client.register_scalable_target(**scaled.identity, MaxCapacity=1)
    call = scaled.client.register_scalable_target
    assert scaled.refusal(call, **scaled.identity, MinCapacity=2)[1].startswith("Maximum capacity cannot be less")


def test_a_policy_is_put_changed_and_deleted(scaled: Scaled) -> None:
    scaled.register()
    arn = scaled.follow("cpu", CPU, 60)["PolicyARN"]
    assert f":resource/ecs/{scaled.resource}:policyName/cpu" in arn
    assert scaled.follow("cpu", CPU, 70, ScaleInCooldown=60)["PolicyARN"] == arn
    (policy,) = scaled.listed("scaling_policies")
    assert (policy["PolicyARN"], policy["PolicyType"]) == (arn, "TargetTrackingScaling")
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {"TargetValue": 70, "ScaleInCooldown": 60, **CPU}
    again = scaled.refusal(scaled.follow, "other", CPU)
    assert again[1] == "Only one TargetTrackingScaling policy for a given metric specification is allowed."
    scaled.follow("memory", MEMORY)
    unlabelled = scaled.refusal(scaled.follow, "requests", REQUESTS)
    assert unlabelled[1] == "Resource label should be specified for predefined metric type ALBRequestCountPerTarget"
    scaled.client.delete_scaling_policy(**scaled.identity, PolicyName="cpu")
    assert [item["PolicyName"] for item in scaled.listed("scaling_policies")] == ["memory"]


def test_a_policy_of_another_type_is_another(scaled: Scaled) -> None:
    scaled.register()
    arn = scaled.follow("cpu", CPU)["PolicyARN"]
    steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
    named = {**scaled.identity, "PolicyName": "cpu", "PolicyType": "StepScaling"}
    assert scaled.client.put_scaling_policy(**named, StepScalingPolicyConfiguration=steps)["PolicyARN"] == arn
    (policy,) = scaled.listed("scaling_policies")
    assert (policy["PolicyType"], "TargetTrackingScalingPolicyConfiguration" in policy) == ("StepScaling", False)


def test_who_may_not_is_refused(bench: Any, scaled: Scaled) -> None:
    role = bench.role_of(allow("application-autoscaling:Describe*"))
    client = session(bench, role, "application-autoscaling")
    assert client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] is not None
    told = refusal(lambda: client.register_scalable_target(**scaled.identity, MinCapacity=1, MaxCapacity=2))
    assert "application-autoscaling:RegisterScalableTarget" in str(told)


def test_a_scheduled_action_is_put_changed_and_deleted(scaled: Scaled) -> None:
    scaled.register()
    scaled.schedule(Timezone="Europe/Berlin")
    scaled.schedule(Schedule="cron(0 22 * * ? *)", ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 0})
    (action,) = scaled.listed("scheduled_actions")
    assert (action["Schedule"], action["Timezone"]) == ("cron(0 22 * * ? *)", "Europe/Berlin")
    assert action["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}
    assert action["ScheduledActionARN"].endswith(f":resource/ecs/{scaled.resource}:scheduledActionName/night")
    empty = scaled.refusal(scaled.schedule, ScalableTargetAction={})
    assert empty[1] == "At least one of minimum capacity and maximum capacity should be provided"
    assert scaled.refusal(scaled.schedule, Schedule="every day")[0] == "ValidationException"
    crossed = scaled.refusal(scaled.schedule, ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 1})
    assert crossed[1] == "Maximum capacity cannot be less than minimum capacity"
    scaled.client.delete_scheduled_action(**scaled.identity, ScheduledActionName="night")
    assert scaled.listed("scheduled_actions") == []


def test_what_is_not_there_is_not_found(scaled: Scaled) -> None:
    named = f"service namespace: ecs, resource ID: {scaled.resource}, scalable dimension: {TYPE}"
    registered = ("ObjectNotFoundException", f"No scalable target registered for {named}")
    assert scaled.refusal(scaled.follow, "cpu", CPU) == registered
    assert scaled.refusal(scaled.schedule) == registered
    client, missing = scaled.client, "ObjectNotFoundException"
    found = scaled.refusal(client.deregister_scalable_target, **scaled.identity)
    assert found == (missing, f"No scalable target found for {named}")
    found = scaled.refusal(client.delete_scaling_policy, **scaled.identity, PolicyName="cpu")
    assert found == (missing, f"No scaling policy found for {named}, policy name: cpu")
    assert scaled.refusal(client.delete_scheduled_action, **scaled.identity, ScheduledActionName="x")[0] == missing


def test_tags(scaled: Scaled) -> None:
    arn = scaled.register(Tags={"team": "shop"})["ScalableTargetARN"]
    scaled.client.tag_resource(ResourceARN=arn, Tags={"cost": "1"})
    scaled.client.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert scaled.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"cost": "1"}


def test_a_service_scales_out_by_its_metric(scaled: Scaled) -> None:
    scaled.register()
    group = f"targetgroup/web/{uuid.uuid4().hex[:16]}"
    metric = {**REQUESTS["PredefinedMetricSpecification"], "ResourceLabel": f"app/shop/1a/{group}"}
    scaled.follow("requests", {"PredefinedMetricSpecification": metric}, 600)
    point = {"MetricName": "RequestCountPerTarget", "Dimensions": [{"Name": "TargetGroup", "Value": group}]}
    scaled.bench.client("cloudwatch").put_metric_data(
        Namespace="AWS/ApplicationELB", MetricData=[{**point, "Value": 10_000}]
    )
    scaled.until(lambda: scaled.count() == 4)
    (activity,) = scaled.until(lambda: scaled.listed("scaling_activities"))
    assert activity["Description"] == "Setting desired count to 4."
    assert activity["StatusMessage"] == "Successfully set desired count to 4. Change successfully fulfilled by ecs."


def template(scaled: Scaled, **given: Any) -> Any:
    target = {**scaled.identity, "MinCapacity": 1, "MaxCapacity": 4, "RoleARN": "arn:aws:iam::000000000000:role/r"}
    action = {"ScheduledActionName": "night", "Schedule": "cron(0 22 * * ? *)"}
    target["ScheduledActions"] = [{**action, "ScalableTargetAction": {"MinCapacity": 2}}]
    tracking = {"TargetValue": 60, **CPU}
    policy = {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", "ScalingTargetId": {"Ref": "Target"}}
    return {
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {**target, **given.get("target", {})},
        },
        "Policy": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                **policy,
                "TargetTrackingScalingPolicyConfiguration": tracking,
                **given.get("policy", {}),
            },
        },
    }


OUTPUTS = {
    "Target": {"Value": {"Ref": "Target"}},
    "TargetId": {"Value": {"Fn::GetAtt": ["Target", "Id"]}},
    "Policy": {"Value": {"Ref": "Policy"}},
    "PolicyArn": {"Value": {"Fn::GetAtt": ["Policy", "Arn"]}},
}


def test_a_template_makes_changes_and_deletes(bench: Any, scaled: Scaled) -> None:
    stack, found = bench.deploy(template(scaled, target={"MinCapacity": "2"}), OUTPUTS)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert found["Target"] == found["TargetId"] == f"{scaled.resource}|{TYPE}|ecs"
    (policy,) = scaled.listed("scaling_policies")
    assert policy["PolicyARN"] == found["Policy"] == found["PolicyArn"]
    (action,) = scaled.listed("scheduled_actions")
    assert action["ScalableTargetAction"] == {"MinCapacity": 2}
    assert scaled.count() == 2
    assert [item for item in bench.aws.not_emulated() if item.stack == stack["StackName"]] == []

    cloudformation, name = bench.client("cloudformation"), stack["StackName"]
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70, **MEMORY}}
    assert scaled.update(name, target={"MinCapacity": 3, "ScheduledActions": []}, policy=tracking) == []
    assert scaled.count() == 3
    assert scaled.listed("scheduled_actions") == []
    (changed,) = scaled.listed("scaling_policies")
    assert (changed["PolicyARN"], *tracking.values()) == (found["Policy"], changed[next(iter(tracking))])

    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert scaled.listed("scaling_policies") == []
    described = scaled.client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[scaled.resource])
    assert described["ScalableTargets"] == []


def test_a_policy_of_the_same_metric_cannot_be_renamed(bench: Any, scaled: Scaled) -> None:
    stack, found = bench.deploy(template(scaled), OUTPUTS)
    reasons = scaled.update(stack["StackName"], policy={"PolicyName": "other"})
    assert any("Only one TargetTrackingScaling policy for a given metric" in reason for reason in reasons)
    assert [item["PolicyARN"] for item in scaled.listed("scaling_policies")] == [found["Policy"]]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"target": {"MinCapacity": 9}}, "Maximum capacity cannot be less than minimum capacity"),
        ({"target": {"ResourceId": "service/none/web"}}, "ECS service doesn't exist"),
        ({"policy": {"ScalingTargetId": ""}}, "Either ScalingTargetId or all three of"),
    ],
)
def test_what_a_template_gets_wrong_fails_the_stack(bench: Any, scaled: Scaled, given: Any, reason: str) -> None:
    stack, _ = bench.deploy(template(scaled, **given))
    assert stack["StackStatus"].startswith("ROLLBACK")
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any(reason in event.get("ResourceStatusReason", "") for event in events)


def test_what_does_not_scale_here_is_named(bench: Any, scaled: Scaled) -> None:
    steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
    policy = {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": steps}
    policy["TargetTrackingScalingPolicyConfiguration"] = {"Ref": "AWS::NoValue"}
    stack, _ = bench.deploy(template(scaled, policy=policy))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    named = [(item.logical_id, item.reason) for item in bench.aws.not_emulated() if item.stack == stack["StackName"]]
    assert named == [("Policy", "only target tracking scales here")]
