"""What `naws verify` asks of each type of resource: one small checker a type, in one table.

A type that is not in the table is verified by CloudFormation's own status of the resource.
"""

from collections.abc import Callable, Iterator, Mapping

from naws.cli.checkers import compute, data, edge, functions, operations, services
from naws.cli.checkers.facts import Fact, Resource

CHECKERS: Mapping[str, Callable[[Resource], Iterator[Fact]]] = {
    "AWS::ApiGatewayV2::Api": functions.api,
    "AWS::ApiGatewayV2::DomainName": functions.domain_name,
    "AWS::ApiGatewayV2::Stage": functions.stage,
    "AWS::ApplicationAutoScaling::ScalableTarget": services.scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": services.scaling_policy,
    "AWS::CloudFront::Distribution": edge.distribution,
    "AWS::CloudFront::Function": edge.function,
    "AWS::CloudWatch::Alarm": operations.alarm,
    "AWS::CloudWatch::CompositeAlarm": operations.composite_alarm,
    "AWS::CloudWatch::Dashboard": operations.dashboard,
    "AWS::CodeDeploy::DeploymentGroup": functions.deployment_group,
    "AWS::DynamoDB::GlobalTable": data.global_table,
    "AWS::DynamoDB::Table": data.table,
    "AWS::ECS::Cluster": compute.cluster,
    "AWS::ECS::Service": services.service,
    "AWS::ECS::TaskDefinition": compute.task_definition,
    "AWS::EFS::FileSystem": data.file_system,
    "AWS::ElasticLoadBalancingV2::Listener": services.listener,
    "AWS::ElasticLoadBalancingV2::ListenerRule": services.listener_rule,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": services.load_balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": services.target_group,
    "AWS::Events::Rule": operations.rule,
    "AWS::KMS::Key": data.key,
    "AWS::Lambda::Alias": functions.alias,
    "AWS::Lambda::EventInvokeConfig": functions.event_invoke_config,
    "AWS::Lambda::EventSourceMapping": functions.event_source_mapping,
    "AWS::Lambda::Function": functions.function,
    "AWS::Lambda::Url": functions.url,
    "AWS::Logs::LogGroup": operations.log_group,
    "AWS::Pipes::Pipe": operations.pipe,
    "AWS::RDS::DBCluster": data.database_cluster,
    "AWS::RDS::DBInstance": data.database_instance,
    "AWS::S3::Bucket": data.bucket,
    "AWS::S3::BucketPolicy": data.bucket_policy,
    "AWS::SNS::Topic": operations.topic,
    "AWS::SQS::Queue": data.queue,
    "AWS::Scheduler::Schedule": operations.schedule,
    "AWS::SecretsManager::Secret": data.secret,
    "AWS::StepFunctions::StateMachine": compute.state_machine,
}
"""Each asks only what the managed policy ReadOnlyAccess permits."""

__all__ = ["CHECKERS", "Fact", "Resource"]
