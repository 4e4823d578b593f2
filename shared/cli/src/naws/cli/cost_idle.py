"""What the resources of a stack cost while nothing runs, and which are paid by use."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.cost_rows import MIB, SPOT, Row, row, size_of
from naws.cli.prices import HOURS, PRICES
from naws.core.parsed_json import is_object

Resources = Mapping[str, Mapping[str, Any]]
_Counts = Iterator[tuple[str, float] | Row]

_ONE = {
    "AWS::EC2::NatGateway": "nat",
    "AWS::EC2::EIP": "ipv4",
    "AWS::KMS::Key": "key",
    "AWS::KMS::ReplicaKey": "key",
    "AWS::CloudWatch::CompositeAlarm": "composite",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::Route53::HostedZone": "zone",
}
_BY_USE = {
    "AWS::EC2::NatGateway": ("nat-gb", "transfer"),
    "AWS::EC2::FlowLog": ("flow-logs",),
    "AWS::EC2::VPCEndpoint": ("endpoint-gb",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("lcu", "transfer"),
    "AWS::ECS::Cluster": ("insights",),
    "AWS::ECS::TaskDefinition": ("images",),
    "AWS::Logs::LogGroup": ("logs-stored",),
    "AWS::S3::Bucket": ("s3-stored", "s3-written", "s3-read"),
    "AWS::DynamoDB::Table": ("dynamodb-stored", "dynamodb-written", "dynamodb-read"),
    "AWS::EFS::FileSystem": ("efs-stored", "efs-read", "efs-written"),
    "AWS::RDS::DBCluster": ("aurora-stored", "aurora-io"),
    "AWS::WAFv2::WebACL": ("waf-requests",),
    "AWS::Route53::HostedZone": ("queries",),
    "AWS::CloudFront::Distribution": ("cloudfront-gb", "cloudfront-requests"),
    "AWS::CloudFront::Function": ("cloudfront-functions",),
    "AWS::ApiGatewayV2::Api": ("transfer",),
    "AWS::Cognito::UserPool": ("users",),
    "AWS::KMS::Key": ("key-requests",),
    "AWS::SecretsManager::Secret": ("secret-requests",),
    "AWS::Kinesis::Stream": ("kinesis-gb",),
}
_POLLERS = ("AWS::Lambda::EventSourceMapping", "AWS::Pipes::Pipe")
_OTHER_SOURCE = re.compile(r'"(StartingPosition|Topics?|TopicName|Queues|QueueName)"')
_NOTHING = re.compile(
    r"Custom::|AWS::(IAM|Logs|SQS|SNS|Events|Scheduler|Pipes|StepFunctions|Lambda|S3|ApiGatewayV2|CodeDeploy|SSM|"
    r"ApplicationAutoScaling|CDK|CertificateManager|Athena|Glue|CloudFront|EFS|"
    r"CloudFormation::(Stack|CustomResource|WaitCondition)|ECR|Cognito|"
    r"EC2::(VPC|Subnet|Route|SecurityGroup|Internet|EgressOnly|NetworkAcl|PrefixList|SubnetCidrBlock)|"
    r"ECS::(Cluster|TaskDefinition|CapacityProvider)|ElasticLoadBalancingV2::(Listener|TargetGroup)|"
    r"RDS::(DBSubnetGroup|DBParameterGroup|DBClusterParameterGroup)|Route53::RecordSet|WAFv2::WebACLAssociation|"
    r"SecretsManager::(ResourcePolicy|SecretTargetAttachment|RotationSchedule)|KMS::Alias)"
)
"""Types that cost nothing by themselves: what a run costs of them is in the run."""


def resources_of(stack: StackArtifact) -> dict[str, Any]:
    """Those of a stack, and of the stacks that are nested in it, by logical ids that are as unique as they need be."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", stack.template)]
    while waiting:
        prefix, template = waiting.pop()
        for name, resource in template.get("Resources", {}).items():
            found[prefix + name] = resource
            if resource["Type"] == "AWS::CloudFormation::Stack" and (nested := stack.nested_template(resource)):
                waiting.append((f"{prefix}{name}/", nested))
    return found


def idle(stack: StackArtifact) -> list[Row]:
    """What a stack costs while nothing runs, the same things together."""
    resources = resources_of(stack)
    counts: dict[str, float] = {}
    others: list[Row] = []
    for name, resource in resources.items():
        kind = resource["Type"]
        priced = [(_ONE[kind], 1)] if kind in _ONE else _COUNTED[kind](resources, name) if kind in _COUNTED else ()
        for each in priced:
            if isinstance(each, Row):
                others.append(each)
            else:
                counts[each[0]] = counts.get(each[0], 0) + each[1]
    found = [*(row(key, count) for key, count in counts.items()), *others]
    return sorted(found, key=lambda each: -(each.usd if each.usd is not None else float("inf")))


def by_use(stack: StackArtifact) -> Iterator[str]:
    """The keys of the prices that are paid by use alone."""
    for resource in resources_of(stack).values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        gateway = kind == "AWS::EC2::VPCEndpoint" and not _is_interface(properties)
        plain = kind == "AWS::ECS::Cluster" and '"enabled"' not in json.dumps(properties.get("ClusterSettings", ()))
        on_demand = kind != "AWS::Kinesis::Stream" or _on_demand(properties)
        if not gateway and not plain and on_demand:
            yield from _BY_USE.get(kind, ())


def unknown(stack: StackArtifact) -> Iterator[str]:
    """Types that may cost something, and that nothing here knows."""
    for resource in resources_of(stack).values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        provisioned = kind == "AWS::DynamoDB::Table" and properties.get("BillingMode") != "PAY_PER_REQUEST"
        known = kind in _ONE or kind in _COUNTED or kind in _BY_USE or _NOTHING.match(kind)
        if provisioned or not known:
            yield kind


def _alarm(resources: Resources, name: str) -> _Counts:
    metrics = [each for each in _properties(resources[name]).get("Metrics", ()) if "MetricStat" in each]
    yield "alarm", max(1, len(metrics))


def _endpoint(resources: Resources, name: str) -> _Counts:
    properties = _properties(resources[name])
    if _is_interface(properties):
        yield "endpoint", _length(properties.get("SubnetIds"))


def _web_acl(resources: Resources, name: str) -> _Counts:
    yield "web-acl", 1
    if rules := _properties(resources[name]).get("Rules"):
        yield "waf-rule", len(rules)


def _balancer(resources: Resources, name: str) -> _Counts:
    properties = _properties(resources[name])
    yield ("nlb" if properties.get("Type") == "network" else "alb"), 1
    if properties.get("Scheme") == "internet-facing":
        yield "ipv4", _length(properties.get("Subnets"))


def _database(resources: Resources, name: str) -> _Counts:
    properties = _properties(resources[name])
    kind, engine = str(properties.get("DBInstanceClass")), str(properties.get("Engine"))
    if kind == "db.serverless":
        return  # its cluster's capacity is counted
    zones = "-multi" if properties.get("MultiAZ") is True else ""
    key = f"rds-{engine}-{kind}{zones}"
    spread = ", in two zones" if zones else ""
    yield (key, 1) if key in PRICES else Row(f"RDS instance, {engine}, {kind}{spread}", 1, "for a month", None)
    stored = str(properties.get("AllocatedStorage", ""))
    if stored.isdigit() and properties.get("StorageType", "gp2") in {"gp2", "gp3"}:
        yield f"rds-storage{zones}", int(stored)


def _cluster(resources: Resources, name: str) -> _Counts:
    least = _properties(resources[name]).get("ServerlessV2ScalingConfiguration", {}).get("MinCapacity")
    instances = [
        one
        for one in resources.values()
        if one["Type"] == "AWS::RDS::DBInstance"
        and _properties(one).get("DBInstanceClass") == "db.serverless"
        and _properties(one).get("DBClusterIdentifier") == {"Ref": name.rpartition("/")[2]}
    ]
    if isinstance(least, (int, float)) and least:
        yield "acu", least * len(instances)


def _provisioned(resources: Resources, name: str) -> _Counts:
    properties = _properties(resources[name])
    count = properties.get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions", 0)
    reference = properties.get("FunctionName")
    function = resources.get(name.rpartition("/")[0] + str(reference.get("Ref"))) if is_object(reference) else None
    if count and function:
        memory = int(_properties(function).get("MemorySize", 128)) / MIB
        yield f"provisioned-{processor_of(function)}", count * memory


def _service(resources: Resources, name: str) -> _Counts:
    properties = _properties(resources[name])
    reference = properties.get("TaskDefinition")
    definition = resources.get(name.rpartition("/")[0] + str(reference.get("Ref"))) if is_object(reference) else None
    if not definition:
        return
    tasks = properties.get("DesiredCount", _least(resources, name))
    strategy = json.dumps(properties.get("CapacityProviderStrategy", ()))
    count = tasks if isinstance(tasks, int) else 1
    path = resources[name].get("Metadata", {}).get("aws:cdk:path", name).rpartition("/Service")[0] or name
    runs = resources[name].get("Metadata", {}).get("naws:runs", {})
    yield size_of(definition).row(count, HOURS, "for a month", of=runs.get("path", path), spot=SPOT in strategy)
    network = properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
    if network.get("AssignPublicIp") == "ENABLED":
        yield "ipv4", count


def _least(resources: Resources, name: str) -> int:
    """How many tasks scaling leaves a service; one without scaling."""
    for each in resources.values():
        properties = _properties(each)
        if each["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget":
            least = properties.get("MinCapacity")
            if f'"{name.rpartition("/")[2]}"' in json.dumps(properties.get("ResourceId")) and isinstance(least, int):
                return least
    return 1


def _stream(resources: Resources, name: str) -> _Counts:
    properties = _properties(resources[name])
    yield ("stream", 1) if _on_demand(properties) else ("shard", properties.get("ShardCount", 1))


def _poller(resources: Resources, name: str) -> _Counts:
    if polls_a_queue(resources[name]):
        yield ("pipe-poller" if resources[name]["Type"] == "AWS::Pipes::Pipe" else "poller"), 1


def polls_a_queue(resource: Mapping[str, Any]) -> bool:
    """Whether a resource polls a queue of SQS, of whatever stack: one that polls anything else says more of it."""
    properties = _properties(resource)
    given = properties.get("SourceParameters", {}) if resource["Type"] == "AWS::Pipes::Pipe" else properties
    return resource["Type"] in _POLLERS and not _OTHER_SOURCE.search(json.dumps(given))


def processor_of(function: Mapping[str, Any]) -> str:
    """The processor of a function, as the keys of its prices have it."""
    return "arm64" if _properties(function).get("Architectures") == ["arm64"] else "x86_64"


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return resource.get("Properties", {})


def _is_interface(properties: Mapping[str, Any]) -> bool:
    return properties.get("VpcEndpointType") == "Interface"


def _on_demand(properties: Mapping[str, Any]) -> bool:
    return properties.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND"


def _length(given: Any) -> int:
    return len(given) if isinstance(given, list) and given else 1  # pyright: ignore[reportUnknownArgumentType]


_COUNTED: dict[str, Callable[[Resources, str], _Counts]] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Lambda::EventSourceMapping": _poller,
    "AWS::Pipes::Pipe": _poller,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::WAFv2::WebACL": _web_acl,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::RDS::DBInstance": _database,
    "AWS::RDS::DBCluster": _cluster,
    "AWS::Lambda::Alias": _provisioned,
    "AWS::ECS::Service": _service,
    "AWS::Kinesis::Stream": _stream,
}
