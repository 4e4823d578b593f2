"""Resource types of templates: what Ref and GetAtt give, and what the service then says."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
SERVICES = [f"{name}.amazonaws.com" for name in ("states", "ecs-tasks", "events", "scheduler", "pipes")]
TRUST = {"Version": "2012-10-17", "Statement": []}


def ref(name: Any) -> Any:
    return {"Ref": name}


def att(name: Any, attribute: Any) -> Any:
    return {"Fn::GetAtt": [name, attribute]}


def resource(kind: Any, **properties: Any) -> Any:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def outputs(**values: Any) -> Any:
    return {name: {"Value": value} for name, value in values.items()}


ROLE_RESOURCE = resource(
    "IAM::Role",
    AssumeRolePolicyDocument={
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": SERVICES}, "Action": "sts:AssumeRole"}],
    },
    Policies=[
        {
            "PolicyName": "own",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
            },
        }
    ],
)


NETWORK = {
    "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
    "Subnet": resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24"),
    "Internet": resource("EC2::InternetGateway"),
    "Attached": resource("EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Internet")),
    "Table": resource("EC2::RouteTable", VpcId=ref("Vpc")),
    "Address": resource("EC2::EIP", Domain="vpc", Tags=[{"Key": "Name", "Value": "nat"}]),
    "Nat": resource("EC2::NatGateway", SubnetId=ref("Subnet"), AllocationId=att("Address", "AllocationId")),
    "Out": resource("EC2::Route", RouteTableId=ref("Table"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat")),
    "S3": resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName="com.amazonaws.us-east-1.s3"),
    "Role": ROLE_RESOURCE,
    "Logs": resource("Logs::LogGroup"),
    "Flow": resource(
        "EC2::FlowLog",
        ResourceId=ref("Vpc"),
        ResourceType="VPC",
        TrafficType="REJECT",
        LogGroupName=ref("Logs"),
        DeliverLogsPermissionArn=ROLE,
    ),
    "Group": resource("EC2::SecurityGroup", GroupDescription="tasks", VpcId=ref("Vpc"), SecurityGroupEgress=[]),
    "Database": resource("EC2::SecurityGroup", GroupDescription="db", VpcId=ref("Vpc")),
    "ToDatabase": resource(
        "EC2::SecurityGroupIngress",
        GroupId=att("Database", "GroupId"),
        IpProtocol="tcp",
        FromPort=5432,
        ToPort=5432,
        SourceSecurityGroupId=att("Group", "GroupId"),
    ),
    "Https": resource(
        "EC2::SecurityGroupEgress",
        GroupId=att("Group", "GroupId"),
        IpProtocol="tcp",
        FromPort=443,
        ToPort=443,
        CidrIp="0.0.0.0/0",
    ),
}


def test_network(bench: Any) -> None:
    wanted = outputs(
        Nat=ref("Nat"), Address=ref("Address"), Flow=ref("Flow"), Group=ref("Group"), Database=ref("Database")
    )
    stack, found = bench.deploy(NETWORK, wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    ec2 = bench.client("ec2")
    (gateway,) = ec2.describe_nat_gateways(NatGatewayIds=[found["Nat"]])["NatGateways"]
    assert gateway["State"] == "available"
    (address,) = [item for item in ec2.describe_addresses()["Addresses"] if item["PublicIp"] == found["Address"]]
    assert address["AllocationId"].startswith("eipalloc-")
    (flow,) = ec2.describe_flow_logs(FlowLogIds=[found["Flow"]])["FlowLogs"]
    assert flow["TrafficType"] == "REJECT"
    database, group = ec2.describe_security_groups(GroupIds=[found["Database"], found["Group"]])["SecurityGroups"]
    if database["GroupId"] != found["Database"]:
        database, group = group, database
    (ingress,) = database["IpPermissions"]
    assert ingress["FromPort"] == 5432
    assert ingress["UserIdGroupPairs"][0]["GroupId"] == found["Group"]
    assert [rule["FromPort"] for rule in group["IpPermissionsEgress"] if "FromPort" in rule] == [443]
    placeholders = {(i.logical_id, i.resource_type) for i in bench.aws.not_emulated() if i.stack == stack["StackName"]}
    assert placeholders == {("Nat", "AWS::EC2::NatGateway"), ("Flow", "AWS::EC2::FlowLog")}

    changed = {**NETWORK, "Https": resource("EC2::SecurityGroupEgress", **{
        **NETWORK["Https"]["Properties"], "FromPort": 8443, "ToPort": 8443,
    })}  # fmt: skip
    cloudformation = bench.client("cloudformation")
    body = json.dumps({"Resources": changed, "Outputs": wanted})
    named = ["CAPABILITY_NAMED_IAM"]
    cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=body, Capabilities=named)
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 1})
    (group,) = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"]
    assert [rule["FromPort"] for rule in group["IpPermissionsEgress"] if "FromPort" in rule] == [8443]

    cloudformation.delete_stack(StackName=stack["StackName"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 1})
    assert ec2.describe_flow_logs(FlowLogIds=[found["Flow"]])["FlowLogs"] == []
    assert [i for i in bench.aws.not_emulated() if i.stack == stack["StackName"]] == []


CONTAINER = {
    "Name": "main",
    "Image": "busybox",
    "Command": ["exit", "0"],
    "ReadonlyRootFilesystem": True,
    "Secrets": [{"Name": "KEY", "ValueFrom": ref("Parameter")}],
    "Environment": [{"Name": "A", "Value": "1"}],
    "LinuxParameters": {"InitProcessEnabled": True},
    "DockerLabels": {"Team": "data"},
    "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": ref("Logs"), "mode": "non-blocking"}},
    "MountPoints": [{"SourceVolume": "scratch", "ContainerPath": "/scratch", "ReadOnly": False}],
    "StopTimeout": 120,
}
WHOLE_TASK = {
    "Role": ROLE_RESOURCE,
    "Logs": resource("Logs::LogGroup"),
    "Parameter": resource("SSM::Parameter", Type="String", Value="v", Name="/template/key"),
    "Cluster": resource("ECS::Cluster"),
    "Providers": resource(
        "ECS::ClusterCapacityProviderAssociations",
        Cluster=ref("Cluster"),
        CapacityProviders=["FARGATE", "FARGATE_SPOT"],
        DefaultCapacityProviderStrategy=[{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}],
    ),
    "Task": resource(
        "ECS::TaskDefinition",
        Family="whole",
        Cpu="1024",
        Memory="2048",
        NetworkMode="awsvpc",
        RequiresCompatibilities=["FARGATE"],
        RuntimePlatform={"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"},
        EphemeralStorage={"SizeInGiB": 50},
        Volumes=[{"Name": "scratch"}],
        ContainerDefinitions=[CONTAINER],
        ExecutionRoleArn=ROLE,
    ),
}


def test_a_task_definition_of_a_template_is_whole(bench: Any) -> None:
    stack, found = bench.deploy(
        WHOLE_TASK, outputs(Task=ref("Task"), Cluster=ref("Cluster"), Arn=att("Cluster", "Arn"))
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    assert found["Task"] == "arn:aws:ecs:us-east-1:000000000000:task-definition/whole:1"
    definition = bench.ecs.describe_task_definition(taskDefinition=found["Task"])["taskDefinition"]
    assert definition["ephemeralStorage"] == {"sizeInGiB": 50}
    assert definition["runtimePlatform"] == {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
    assert definition["volumes"] == [{"name": "scratch"}]
    (main,) = definition["containerDefinitions"]
    assert main["logConfiguration"]["options"]["mode"] == "non-blocking"
    assert main["dockerLabels"] == {"Team": "data"}
    assert main["linuxParameters"] == {"initProcessEnabled": True}
    answer = bench.ecs.run_task(
        cluster=found["Cluster"], taskDefinition=found["Task"], networkConfiguration=bench.network
    )
    task = bench.stopped(answer["tasks"][0]["taskArn"], cluster=found["Cluster"])
    assert task["capacityProviderName"] == "FARGATE_SPOT"
    (run,) = bench.containers("whole")
    assert run["environment"]["KEY"] == "v"
    assert run["read_only"] is True
    assert run["stop_timeout"] == 120


BUCKET_EVENTS = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
DEFINITION = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
PATTERN = {"source": ["aws.s3"], "detail": {"bucket": {"name": [ref("Bucket")]}}}
PROCESSOR = {
    "Role": ROLE_RESOURCE,
    "Key": resource("KMS::Key", KeyPolicy=TRUST),
    "Secret": resource("SecretsManager::Secret", SecretString="x"),
    "Table": resource(
        "DynamoDB::Table",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    ),
    "Dead": resource("SQS::Queue", SqsManagedSseEnabled=True),
    "Queue": resource("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": att("Dead", "Arn"), "maxReceiveCount": 3}),
    "Policy": resource("SQS::QueuePolicy", Queues=[ref("Queue")], PolicyDocument=TRUST),
    "Topic": resource("SNS::Topic"),
    "Subscription": resource("SNS::Subscription", TopicArn=ref("Topic"), Protocol="sqs", Endpoint=att("Dead", "Arn")),
    "Bucket": resource("S3::Bucket", NotificationConfiguration=BUCKET_EVENTS),
    "Machine": resource("StepFunctions::StateMachine", RoleArn=ROLE, DefinitionString=json.dumps(DEFINITION)),
    "Pipe": resource(
        "Pipes::Pipe",
        RoleArn=ROLE,
        Source=att("Queue", "Arn"),
        Target=ref("Machine"),
        SourceParameters={"SqsQueueParameters": {"BatchSize": 1}},
        TargetParameters={
            "InputTemplate": '{"trigger": "queue", "payload": <$.body>}',
            "StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"},
        },
    ),
    "Rule": resource(
        "Events::Rule", EventPattern=PATTERN, Targets=[{"Id": "t", "Arn": ref("Machine"), "RoleArn": ROLE}]
    ),
    "Group": resource("Scheduler::ScheduleGroup"),
    "Schedule": resource(
        "Scheduler::Schedule",
        GroupName=ref("Group"),
        ScheduleExpression="cron(0 6 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        StartDate="2026-01-01T00:00:00Z",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": ref("Machine"), "RoleArn": ROLE, "Input": '{"trigger": "schedule"}'},
    ),
    "Alarm": resource(
        "CloudWatch::Alarm",
        Namespace="AWS/States",
        MetricName="ExecutionsFailed",
        Dimensions=[{"Name": "StateMachineArn", "Value": ref("Machine")}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    ),
    "Any": resource("CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": 'ALARM("${Alarm}")'}),
    "Saved": resource("Logs::QueryDefinition", Name="failed runs", QueryString="fields @message"),
}


def test_a_processors_resources_work_together(bench: Any, until: Any) -> None:
    wanted = outputs(
        Queue=ref("Queue"), Pipe=ref("Pipe"), Machine=ref("Machine"), Bucket=ref("Bucket"), Rule=ref("Rule"),
        Schedule=ref("Schedule"), Group=ref("Group"), Alarm=ref("Alarm"), Any=ref("Any"), AnyArn=att("Any", "Arn"),
    )  # fmt: skip
    stack, found = bench.deploy(PROCESSOR, wanted)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    assert found["Queue"].startswith(bench.aws.endpoint_url)
    assert found["Machine"].startswith("arn:aws:states:us-east-1:000000000000:stateMachine:")
    assert found["AnyArn"].endswith(f":alarm:{found['Any']}")
    schedule = bench.client("scheduler").get_schedule(GroupName=found["Group"], Name=found["Schedule"])
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert schedule["StartDate"].year == 2026
    assert bench.client("pipes").describe_pipe(Name=found["Pipe"])["CurrentState"] == "RUNNING"

    bench.sqs.send_message(QueueUrl=found["Queue"], MessageBody='{"n": 1}')
    bench.client("s3").put_object(Bucket=found["Bucket"], Key="in.csv", Body=b"x")
    bench.aws.fire_schedule(found["Group"], found["Schedule"])

    def all_started() -> Any:
        executions = bench.sfn.list_executions(stateMachineArn=found["Machine"])["executions"]
        return executions if len(executions) == 3 else None

    arns = [item["executionArn"] for item in until(all_started)]
    inputs = [json.loads(bench.sfn.describe_execution(executionArn=arn)["input"]) for arn in arns]
    assert [{"trigger": "queue", "payload": {"n": 1}}] in inputs
    assert {"trigger": "schedule"} in inputs
    assert "in.csv" in [
        item["detail"]["object"]["key"] for item in inputs if isinstance(item, dict) and "detail" in item
    ]
    assert {i.resource_type for i in bench.aws.not_emulated() if i.stack == stack["StackName"]} == {
        "AWS::Logs::QueryDefinition"
    }


def test_a_type_that_nobody_knows_refuses_the_deployment(bench: Any) -> None:
    template = json.dumps({"Resources": {"X": resource("Timestream::Database")}})
    cloudformation = bench.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match=r"Unrecognized resource types: \[AWS::Timestream"):
        cloudformation.create_stack(StackName="unknown", TemplateBody=template)


QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


def rule(*, count: Any = 1, **target: Any) -> Any:
    targets = [{"Id": str(index), "Arn": QUEUE, **target} for index in range(count)]
    return resource("Events::Rule", EventPattern={"source": ["x"]}, Targets=targets)


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        (
            {"M": resource("StepFunctions::StateMachine", RoleArn="r", DefinitionString="{")},
            "INVALID_JSON_DESCRIPTION",
        ),
        (
            {
                "M": resource(
                    "StepFunctions::StateMachine",
                    RoleArn="r",
                    DefinitionString='{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}',
                )
            },
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next",
        ),
        (
            {"I": resource("EC2::SecurityGroupIngress", GroupId="sg-none", IpProtocol="-1", CidrIp="10.0.0.0/8")},
            "does not exist",
        ),
        (
            {
                "S": resource(
                    "Scheduler::Schedule",
                    GroupName="none",
                    ScheduleExpression="rate(1 hour)",
                    FlexibleTimeWindow={"Mode": "OFF"},
                    Target={
                        "Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m",
                        "RoleArn": "arn:aws:iam::000000000000:role/r",
                    },
                )
            },
            "Schedule group none does not exist",
        ),
        ({"Q": resource("SQS::Queue", QueueName="q.x")}, "alphanumeric characters, hyphens, or underscores"),
        (
            {
                "Q": resource(
                    "SQS::Queue", FifoQueue=True, RedrivePolicy={"deadLetterTargetArn": QUEUE, "maxReceiveCount": 1}
                )
            },
            "must also be a FIFO queue",
        ),
        ({"T": resource("SNS::Topic", TopicName="t.x")}, "Invalid parameter: Topic Name"),
        (
            {
                "S": resource(
                    "SNS::Subscription", TopicArn="t", Protocol="sqs", Endpoint=QUEUE, FilterPolicy={"a": [{"b": 1}]}
                )
            },
            "Unrecognized match type b",
        ),
        ({"R": resource("Events::Rule", EventPattern={"source": "x"})}, "Event pattern is not valid"),
        ({"R": resource("Events::Rule", ScheduleExpression="cron(71 8 1 * ? *)")}, "ScheduleExpression is not valid"),
        ({"R": rule(InputTransformer={"InputTemplate": '{"a": <none>}'})}, "contains invalid placeholder none"),
        ({"R": rule(Input="{}", InputPath="$.detail")}, "Only one of Input, InputPath, or InputTransformer"),
        ({"R": rule(count=6)}, "exceeds the maximum number allowed"),
        (
            {
                "A": resource(
                    "CloudWatch::Alarm",
                    Namespace="N",
                    MetricName="M",
                    Statistic="Sum",
                    Period=86_400,
                    Threshold=1,
                    EvaluationPeriods=8,
                    ComparisonOperator="GreaterThanThreshold",
                )
            },
            "cannot be checked across more than 604800 seconds",
        ),
        (
            {
                "P": resource(
                    "Pipes::Pipe",
                    Source=QUEUE,
                    Target="arn:aws:states:us-east-1:000000000000:stateMachine:m",
                    RoleArn="arn:aws:iam::000000000000:role/r",
                    SourceParameters={"SqsQueueParameters": {"BatchSize": 10_001}},
                )
            },
            "less than or equal to 10000",
        ),
    ],
    ids=[
        "no-json",
        "no-such-state",
        "no-such-group",
        "no-such-schedule-group",
        "queue-name",
        "queue-of-the-other-kind",
        "topic-name",
        "filter",
        "pattern",
        "schedule",
        "placeholder",
        "two-inputs",
        "targets",
        "alarm",
        "pipe",
    ],
)
def test_what_aws_would_refuse_rolls_back(bench: Any, resources: Any, reason: Any) -> None:
    stack, _ = bench.deploy(resources)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any(reason in event.get("ResourceStatusReason", "") for event in events)


def test_a_composite_alarm_follows_its_template(bench: Any) -> None:
    alarm = resource(
        "CloudWatch::Alarm", Namespace="N", MetricName="M", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold",
    )  # fmt: skip
    resources = {
        "A": alarm,
        "Any": resource("CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": 'ALARM("${A}")'}, AlarmDescription="one"),
    }
    stack, found = bench.deploy(resources, outputs(Any=ref("Any")))
    resources["Any"]["Properties"]["AlarmDescription"] = "two"
    cloudformation = bench.client("cloudformation")
    cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 1})
    cloudwatch = bench.client("cloudwatch")
    described = cloudwatch.describe_alarms(AlarmNames=[found["Any"]], AlarmTypes=["CompositeAlarm"])
    assert described["CompositeAlarms"][0]["AlarmDescription"] == "two"
    cloudformation.delete_stack(StackName=stack["StackName"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 1})
    assert cloudwatch.describe_alarms(AlarmNames=[found["Any"]])["CompositeAlarms"] == []


def test_an_unnamed_log_group_is_named_as_any_resource(bench: Any) -> None:
    resources = {"Logs": resource("Logs::LogGroup", RetentionInDays=7)}
    stack, found = bench.deploy(resources, outputs(Logs=ref("Logs")))
    assert found["Logs"].startswith(f"{stack['StackName']}-Logs-")
    resources["Logs"]["Properties"]["RetentionInDays"] = 30
    cloudformation = bench.client("cloudformation")
    cloudformation.update_stack(StackName=stack["StackName"], TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack["StackName"], WaiterConfig={"Delay": 1})
    (group,) = bench.client("logs").describe_log_groups(logGroupNamePrefix=stack["StackName"])["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (found["Logs"], 30)
