"""One of each binding and access, of which the guide's table of bindings is made: all imported, with their keys."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn

from naws.core import (
    Binding,
    BucketBinding,
    DatabaseBinding,
    EventBusBinding,
    FileSystemBinding,
    FunctionBinding,
    HttpEndpoint,
    ParameterBinding,
    QueryBinding,
    QueueBinding,
    SecretBinding,
    ServiceBinding,
    TableBinding,
    TopicBinding,
    WorkflowBinding,
)


def bindings(stack: cdk.Stack) -> dict[str, Binding]:
    """By what is written: the binding."""
    key = kms.Key.from_key_arn(stack, "Key", _arn("kms", "key/1"))
    sales = s3.Bucket.from_bucket_attributes(stack, "Sales", bucket_arn="arn:aws:s3:::sales", encryption_key=key)
    orders = dynamodb.Table.from_table_attributes(
        stack, "Orders", table_arn=_arn("dynamodb", "table/orders"), encryption_key=key
    )
    warehouse = secretsmanager.Secret.from_secret_complete_arn(
        stack, "Warehouse", _arn("secretsmanager", "secret:warehouse-AbCdEf")
    )
    level = ssm.StringParameter.from_string_parameter_name(stack, "LogLevel", "/log-level")
    mails = sqs.Queue.from_queue_attributes(stack, "Mails", queue_arn=_arn("sqs", "mails"), key_arn=key.key_arn)
    news = sns.Topic.from_topic_attributes(stack, "News", topic_arn=_arn("sns", "news"), key_arn=key.key_arn)
    sold = events.EventBus.from_event_bus_arn(stack, "Sold", _arn("events", "event-bus/sold"))
    archive = sfn.StateMachine.from_state_machine_arn(stack, "Archive", _arn("states", "stateMachine:archive"))
    prices = lambda_.Function.from_function_arn(stack, "Prices", _arn("lambda", "function:prices"))
    found = {
        "BucketBinding(sales)": BucketBinding(sales),
        'BucketBinding(sales, prefix="in/")': BucketBinding(sales, prefix="in/"),
        'BucketBinding(sales, access="write")': BucketBinding(sales, access="write"),
        'BucketBinding(sales, access="append")': BucketBinding(sales, access="append"),
        "EventBusBinding(sold)": EventBusBinding(sold),
        'EventBusBinding(sold, source="shop")': EventBusBinding(sold, source="shop"),
        "FunctionBinding(prices)": FunctionBinding(prices),
        "ParameterBinding(log_level)": ParameterBinding(level),
        "QueueBinding(mails)": QueueBinding(mails),
        'QueueBinding(mails, access="receive")': QueueBinding(mails, access="receive"),
        "SecretBinding(warehouse)": SecretBinding(warehouse),
        'ServiceBinding(api, name="api")': ServiceBinding(HttpEndpoint.of_domain("api.example.com"), name="api"),
        "TableBinding(orders)": TableBinding(orders),
        'TableBinding(orders, access="write")': TableBinding(orders, access="write"),
        "TopicBinding(news)": TopicBinding(news),
        "WorkflowBinding(archive)": WorkflowBinding(archive),
    }
    return dict(sorted((found | _with_a_network(stack, warehouse) | _queries(sales)).items(), key=_by_name))


def _with_a_network(stack: cdk.Stack, warehouse: secretsmanager.ISecret) -> dict[str, Binding]:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")
    ledger = rds.DatabaseInstance.from_database_instance_attributes(
        stack,
        "Ledger",
        engine=rds.DatabaseInstanceEngine.POSTGRES,
        instance_endpoint_address="ledger.example.com",
        instance_identifier="ledger",
        port=5432,
        security_groups=[group],
    )
    facts = rds.DatabaseCluster.from_database_cluster_attributes(
        stack, "Facts", cluster_identifier="facts", secret=warehouse, data_api_enabled=True
    )
    models = efs.FileSystem.from_file_system_attributes(
        stack, "Models", file_system_id="fs-0123456789abcdef0", security_group=group
    )
    door = efs.AccessPoint.from_access_point_attributes(
        stack, "Door", access_point_arn=_arn("elasticfilesystem", "access-point/fsap-1"), file_system=models
    )
    return {
        "DatabaseBinding(ledger, secret=warehouse)": DatabaseBinding(ledger, secret=warehouse),
        'DatabaseBinding(facts, via="data-api")': DatabaseBinding(facts, via="data-api"),
        "FileSystemBinding(models, access_point=door)": FileSystemBinding(models, access_point=door),
    }


def _queries(sales: s3.IBucket) -> dict[str, Binding]:
    query = QueryBinding("reports", database="sales", results=sales, results_prefix="results/")
    return {'QueryBinding("reports", database="sales", results=sales, results_prefix="results/")': query}


def _by_name(row: tuple[str, Binding]) -> str:
    return type(row[1]).__name__


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:eu-central-1:123456789012:{rest}"
