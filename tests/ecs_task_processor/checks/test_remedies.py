"""The rules keep their contract, and a remedy mends: its first line, pasted, makes the issue go away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from processor_judge import JUDGE

from naws.core.issues import Issue
from naws.core.rules.patterns import MESSAGE
from naws.ecs_task_processor import PATTERN
from naws.testing.pasting import pasted
from naws.testing.props_judge import PropsJudge
from naws.testing.rule_contract import MOVES, WORDS, RuleContract

Judge = Callable[..., list[Issue]]
ArgumentsOf = Callable[[str, cdk.Stack], dict[str, Any]]


class TestRules(RuleContract):
    pattern = PATTERN

    def judge(self) -> PropsJudge:
        return JUDGE


def test_what_cannot_be_pasted_of_shared_rules_is_there() -> None:
    assert {*WORDS, *MOVES} <= set(JUDGE.planned)


BUCKET = 's3.Bucket.from_bucket_name(stack, "Inbox", "inbox")'
WRONG: dict[str, str] = {
    "memory_growth=16": "memory_growth=MemoryGrowth(max_memory_limit_mib=16384)",
    "retry=0": "omit it for the default",
    f'bindings=[BucketBinding({BUCKET}, access="w")]': 'access="write"',
    f'bindings=[BucketBinding({BUCKET}, access="r")]': 'access="read"',
    # sizes
    "cpu=1024, memory_limit_mib=1024": "memory_limit_mib=2048  # the least that cpu=1024 takes\n"
    "cpu=512  # the largest that takes 1024 MiB",
    "cpu=4096, memory_limit_mib=4096": "memory_limit_mib=8192  # the least that cpu=4096 takes\n"
    "cpu=2048  # the largest that takes 4096 MiB",
    "cpu=1, memory_limit_mib=512": "cpu=1024, memory_limit_mib=2048  # 1 vCPU",
    "cpu=0.5, memory_limit_mib=1024": "cpu=512",
    'cpu="2 vCPU", memory_limit_mib=4096': "cpu=2048",
    'cpu="256", memory_limit_mib=512': "cpu=256",
    "memory_limit_mib=4": "memory_limit_mib=4096  # 4 GiB\nmemory_limit_mib=2048  # the least that cpu=1024 takes",
    "memory_limit_mib=16": "cpu=2048, memory_limit_mib=16384  # 16 GiB\n"
    "memory_limit_mib=2048  # the least that cpu=1024 takes",
    "memory_limit_mib=1": "memory_limit_mib=2048  # the least that cpu=1024 takes",
    "memory_growth=MemoryGrowth(max_memory_limit_mib=16)": "max_memory_limit_mib=16384  # 16 GiB",
    "memory_growth=MemoryGrowth(max_memory_limit_mib=2)": "max_memory_limit_mib=3072",
    'memory_limit_mib="4GB"': "memory_limit_mib=4096",
    "ephemeral_storage_gib=20.5": "ephemeral_storage_gib=21",
    'ephemeral_storage_gib="100GB"': "ephemeral_storage_gib=100",
    'triggers=[QueueTrigger(max_message_size="100KB")]': "max_message_size=102400",
    "cpu=16384, memory_limit_mib=32768, memory_growth=MemoryGrowth(max_memory_limit_mib=36864)": (
        "max_memory_limit_mib=40960"
    ),
    "cpu=32768, memory_limit_mib=249856, memory_growth=MemoryGrowth(max_memory_limit_mib=249856)": "omit memory_growth",
    # times
    "attempt_timeout=0": "omit it for the default",
    "attempt_timeout=90": "attempt_timeout=cdk.Duration.seconds(90)",
    "stop_timeout=-5": "omit it for the default",
    "stop_timeout=0": "stop_timeout=cdk.Duration.seconds(0)",
    # words and calls
    'command=""': "omit it for the default",
    'cpu_architecture="arm"': "cpu_architecture=ecs.CpuArchitecture.ARM64",
    'cpu_architecture="aarch64"': "cpu_architecture=ecs.CpuArchitecture.ARM64",
    'cpu_architecture="arm64"': "cpu_architecture=ecs.CpuArchitecture.ARM64",
    'cpu_architecture="amd64"': "cpu_architecture=ecs.CpuArchitecture.X86_64",
    'removal_policy="delete"': "removal_policy=cdk.RemovalPolicy.DESTROY",
    "user=0": 'user="1000:1000"',
    "user=2000": 'user="2000"',
    'user="4294967296"': 'user="1000:1000"',
    'working_directory="C:\\\\app"': "working_directory='/app'",
    'working_directory="/a\\nb"': "working_directory='/a/b'",
    'permissions_boundary="arn:aws:iam::aws:policy/PowerUserAccess"': "permissions_boundary="
    'iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", "arn:aws:iam::aws:policy/PowerUserAccess")',
    'permissions_boundary="boundary"': "permissions_boundary="
    'iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", "boundary")',
    'capacity="SPOT"': 'capacity="spot"',
    "memory_growth=8192": "memory_growth=MemoryGrowth(max_memory_limit_mib=8192)",
    "concurrency=1": "concurrency=Concurrency(limit=1)",
    "retry=3": "retry=RetryPolicy(task_attempts=3)",
    f'bindings=[BucketBinding({BUCKET}, access="rw")]': 'access="read-write"',
    'fan_out="$.items"': 'fan_out=FanOut("$.items")',
    'retry={"task_attempts": 3}': "retry=RetryPolicy(task_attempts=3)",
    "vpc_subnets=ec2.SubnetType.PRIVATE_WITH_EGRESS": "vpc_subnets="
    "ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
    'memory_limit_mib="2"': "memory_limit_mib=2048",
    "cpu=3, memory_limit_mib=512": "cpu=256  # 0.25 vCPU",
    f'bindings=[BucketBinding({BUCKET}, access=["read", "write"])]': 'access="read-write"',
    'exit_codes={3: "success"}': '3: "succeed"',
    'retry="3"': "retry=RetryPolicy(task_attempts=3)",
    "retry=3.5": "retry=RetryPolicy(task_attempts=4)",
    'retry={"attempts": 3}': "retry=RetryPolicy(task_attempts=3)",
    'memory_growth="16GB"': "memory_growth=MemoryGrowth(max_memory_limit_mib=16384)",
    "memory_growth=MemoryGrowth(max_memory_limit_mib=16.0)": "max_memory_limit_mib=16384",
    'attempt_timeout="1h30m"': "attempt_timeout=cdk.Duration.minutes(90)",
    'attempt_timeout="PT1H30M"': "attempt_timeout=cdk.Duration.minutes(90)",
    'log_retention="ONE_WEEK"': "log_retention=logs.RetentionDays.ONE_WEEK",
    'enable_execute_command="false"': "enable_execute_command=False",
    'environment={"DEBUG": True}': '"DEBUG": "true"',
    'alarms="me@example.com"': 'alarms=Alarms(email="me@example.com")',
    'image="busybox:1.36"': 'image=ecs.ContainerImage.from_registry("busybox:1.36")',
    'triggers=["arn:aws:sqs:eu-central-1:123456789012:q"]': (
        'QueueTrigger(queue=sqs.Queue.from_queue_arn(self, "Queue", "arn:aws:sqs:eu-central-1:123456789012:q"))'
    ),
    "triggers=[ScheduleTrigger(3600)]": 'expression="@daily"',
    'triggers=[EventTrigger({"source": {"aws.s3"}})]': '"source": ["aws.s3"]',
    # what is written in another form
    'environment=["A=b", "C=d=e"]': 'environment={"A": "b", "C": "d=e"}',
    'triggers=[ScheduleTrigger("@daily", flexible_window=15)]': "flexible_window=cdk.Duration.minutes(15)",
    'triggers=[ScheduleTrigger("@daily", payload=\'{"a": [1, true]}\')]': "payload={'a': [1, True]}",
    'triggers=[QueueTrigger(filter=\'{"body": {"a": [1]}}\')]': "filter={'body': {'a': [1]}}",
    'triggers=[ScheduleTrigger("@daily", end="2199-01-01")]': (
        'end=datetime.fromisoformat("2199-01-01").replace(tzinfo=UTC)'
    ),
    'triggers=[ScheduleTrigger("@daily", end="2199-01-01T00:00:00Z")]': (
        'end=datetime.fromisoformat("2199-01-01T00:00:00Z")'
    ),
    'triggers=[QueueTrigger(queue="arn:aws:sqs:eu-central-1:123456789012:q")]': (
        'queue=sqs.Queue.from_queue_arn(self, "Queue", "arn:aws:sqs:eu-central-1:123456789012:q")'
    ),
    'conventions=Conventions(alarm_topic="arn:aws:sns:eu-central-1:123456789012:q")': (
        'alarm_topic=sns.Topic.from_topic_arn(self, "Topic", "arn:aws:sns:eu-central-1:123456789012:q")'
    ),
    'security_groups=["sg-0a1b2c3d"]': 'ec2.SecurityGroup.from_security_group_id(self, "Group", "sg-0a1b2c3d")',
    'egress=[Egress(peer="10.0.0.0/8", port=ec2.Port.HTTPS, description="in")]': 'peer=ec2.Peer.ipv4("10.0.0.0/8")',
    'egress=[Egress(peer="2001:db8::/32", port=ec2.Port.HTTPS, description="in")]': (
        'peer=ec2.Peer.ipv6("2001:db8::/32")'
    ),
    'egress=[Egress(peer=ec2.Peer.ipv4("10.0.0.0/8"), port=5432, description="in")]': "port=ec2.Port.tcp(5432)",
    f'bindings=[BucketBinding({BUCKET}, name="2024 data")]': 'name="DATA_2024"',
    f'bindings=[BucketBinding({BUCKET}, name="2024")]': 'name="DATA_2024"',
    f'bindings=[BucketBinding({BUCKET}, name="naws-data")]': 'name="APP_DATA"',
    # exit codes
    'exit_codes={75: "Retry"}': '75: "retry"',
    'exit_codes={300: "retry"}': '44: "retry"  # what the system makes of it',
    # networks
    'vpc=VpcLookup.by_parameter(vpc_id="network/vpc", private_subnet_ids="/n/s")': 'vpc_id="/network/vpc"',
    'vpc=VpcLookup.by_parameter(vpc_id="/a//b", private_subnet_ids="/n/s")': 'vpc_id="/a/b"',
    'vpc=VpcLookup.by_parameter(vpc_id="arn:aws:ssm:eu-central-1:123456789012:parameter/network/vpc", '
    'private_subnet_ids="/n/s")': 'vpc_id="/network/vpc"',
    'vpc=VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids="/" + 1011 * "a")': (
        'private_subnet_ids="/network/private-subnet-ids"'
    ),
    'vpc=VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids=16 * "/a")': (
        'private_subnet_ids="/network/private-subnet-ids"'
    ),
    'vpc=VpcLookup.by_parameter(vpc_id=cdk.Fn.ref("Vpc"), private_subnet_ids="/n/s")': 'vpc_id="/network/vpc-id"',
    'vpc=NewVpc(max_azs=cdk.Token.as_number(cdk.Fn.ref("Zones")))': "max_azs=2",
    'vpc=NewVpc(cidr="127.0.0.0/16")': 'cidr="10.0.0.0/16"',
    'vpc=VpcLookup.by_id("my vpc"), env="given"': 'vpc=VpcLookup.by_name("my vpc")\nvpc_id="vpc-…"',
    'vpc_subnets=ec2.SubnetSelection(subnet_group_name="nope")': (
        "omit vpc_subnets  # the private ones\nvpc=…  # a VPC that has them"
    ),
    'egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.all_traffic(), description="all")]': (
        "port=ec2.Port.HTTPS\nport=ec2.Port.all_tcp()"
    ),
    'egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp_range(500, 400), description="all")]': (
        "port=ec2.Port.tcp_range(400, 500)"
    ),
    # rows of an object
    f'fan_out=FanOut(RowsOf({BUCKET}, "dir.v2/rows"))': 'key="dir.v2/rows.csv"',
    f'fan_out=FanOut(RowsOf({BUCKET}, "rows.csv.gz"))': 'key="rows.csv"',
    f'fan_out=FanOut(RowsOf({BUCKET}, "in/ROWS.CSV"))': 'key="in/ROWS.csv"',
    f'fan_out=FanOut(RowsOf({BUCKET}, "rows.json"))': 'key="rows.jsonl"',
    f'fan_out=FanOut(RowsOf({BUCKET}, ".CSV"))': 'key="rows.csv"',
    # conventions
    'conventions=Conventions(owner="a & b")': 'owner="a - b"',
    'conventions=Conventions(tags={"a\\tb": "c"})': '"a-b": "c"',
    'conventions=Conventions(name_prefix="a b")': 'name_prefix="a-b"',
    'conventions=Conventions(permissions_boundary="")': "omit permissions_boundary",
    'conventions=Conventions(permissions_boundary="a b")': 'permissions_boundary="a-b"\nomit permissions_boundary',
    'conventions=Conventions(permissions_boundary="/a/b")': 'permissions_boundary="a/b"\nomit permissions_boundary',
    'conventions=Conventions(permissions_boundary="a" * 129)': "omit permissions_boundary",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_suggested_is_accepted(text: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    props = arguments_of(text, cdk.Stack(cdk.App(), "S"))
    (found,) = (issue for issue in issues(**props) if issue.level != "advice")

    assert found.remedy == WRONG[text]
    mended = pasted(props, found, lambda line: arguments_of(line, cdk.Stack(cdk.App(), "S")))
    assert mended is not None
    assert [issue for issue in issues(**mended) if issue.level != "advice"] == []


ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-aBcDeF"
SECRET = "ecs.Secret.from_secrets_manager(secret)"
ACCESS = "'read', 'write', 'read-write' or 'append'"
EACH_ACCESS = 'access="read"\naccess="write"\naccess="read-write"\naccess="append"'
TRIGGERS = "ScheduleTrigger, EventTrigger or QueueTrigger, not {}"
UNSAYABLE: dict[str, tuple[str, str]] = {
    'secrets={"A": secret}': ("ecs.Secret, not a secretsmanager.ISecret", f'"A": {SECRET}'),
    'secrets={"A": ssm.StringParameter.from_string_parameter_name(stack, "Parameter", "/a/b")}': (
        "ecs.Secret, not an ssm.IStringParameter",
        '"A": ecs.Secret.from_ssm_parameter(parameter)',
    ),
    'bindings=[SecretBinding("arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-aBcDeF")]': (
        "secretsmanager.ISecret, not text",
        f'secret=secretsmanager.Secret.from_secret_complete_arn(self, "Secret", "{ARN}")',
    ),
    f"bindings=[SecretBinding({BUCKET})]": (
        "secretsmanager.ISecret, not an s3.Bucket",
        "secret=…  # secretsmanager.ISecret",
    ),
    f'environment={{"A": {SECRET}}}': ("text, not an ecs.Secret", 'secrets={"A": secret}'),
    'environment={"A": secret}': ("text, not a secretsmanager.ISecret", f'secrets={{"A": {SECRET}}}'),
    'environment={"A": cdk.SecretValue.unsafe_plain_text("x")}': (
        "text, not a cdk.SecretValue",
        f'secrets={{"A": {SECRET}}}',
    ),
    'environment={"A": cdk.Token.as_number(cdk.Fn.ref("Number"))}': (
        "text, not a token of a number",
        '"A": cdk.Token.as_string(…)',
    ),
    'readonly_root_filesystem=cdk.Fn.ref("Word")': (
        "True or False, known at synthesis, not a token",
        "readonly_root_filesystem=…  # True or False",
    ),
    "memory_limit_mib=cdk.Size.gibibytes(4)": (
        "a whole number, not a cdk.Size",
        "memory_limit_mib=size.to_mebibytes()",
    ),
    "ephemeral_storage_gib=cdk.Size.gibibytes(50)": (
        "a whole number, not a cdk.Size",
        "ephemeral_storage_gib=size.to_gibibytes()",
    ),
    "triggers=[cdk.Duration.hours(1)]": (
        "ScheduleTrigger, EventTrigger or QueueTrigger, not a cdk.Duration",
        "ScheduleTrigger.rate(duration)",
    ),
    "triggers=[ScheduleTrigger(events.Schedule.rate(cdk.Duration.hours(1)))]": (
        "text, not an events.Schedule",
        "expression=schedule.expression_string",
    ),
    'triggers=[ScheduleTrigger("@daily", timezone=cdk.TimeZone.EUROPE_BERLIN)]': (
        "text, not a cdk.TimeZone",
        "timezone=time_zone.timezone_name",
    ),
    'triggers=[ScheduleTrigger("@daily", end="x")]': ("datetime, not text", "end=…  # datetime"),
    'triggers=[ScheduleTrigger("@daily", payload="x")]': (
        "a dict of names to JSON values, not text",
        "payload=…  # a dict of names to JSON values",
    ),
    "fan_out=FanOut(10)": ("text, ObjectsUnder or RowsOf, not a number", 'over="$.items"'),
    'vpc_subnets=[ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-0a1b2c3d")]': (
        "ec2.SubnetSelection, not a list",
        "vpc_subnets=ec2.SubnetSelection(subnets=[subnet])",
    ),
    "cpu_architecture=lambda_.Architecture.ARM_64": (
        "ecs.CpuArchitecture, not a lambda_.Architecture",
        "cpu_architecture=…  # ecs.CpuArchitecture",
    ),
    'triggers=[QueueTrigger(filter={"Body": {"a": ["b"]}})]': (
        f"a field of an SQS message: {', '.join(MESSAGE)}",
        '"body": …',
    ),
    'triggers=[QueueTrigger(filter={"body": {"a": [{"prefix": ["x", "y"]}]}})]': (
        "text",
        '{"prefix": "x"}, {"prefix": "y"}',
    ),
    'triggers=[ScheduleTrigger("@daily", flexible_window=cdk.Duration.days(2))]': (
        "1 minute to 1 day, in minutes",
        "flexible_window=cdk.Duration.days(1)",
    ),
    'acknowledge={"naws-task-007": "no file is written"}': (
        "the code of a practice that this pattern checks; `naws rules` lists them",
        'acknowledge={"NAWS-TASK-007": "because …"}',
    ),
    "exit_codes=[75]": (
        "a dict of whole numbers to 'succeed', 'retry' or 'fail', not a list",
        "exit_codes=…  # a dict of whole numbers to 'succeed', 'retry' or 'fail'",
    ),
    'exit_codes={"75": "retry"}': ("a whole number as the key, not text", "75: …"),
    'environment={"DB_PASSWORD": 5555}': ("text, not a number", '"DB_PASSWORD": …  # text'),
    f"bindings=[{BUCKET}]": ("Binding or Bindable, not an s3.Bucket", "BucketBinding(bucket)"),
    "egress=[ec2.Port.HTTPS]": ("Egress, not an ec2.Port", "Egress(peer=…, port=port, description=…)"),
    'capacity=cdk.Fn.ref("Capacity")': (
        "'on-demand', 'spot' or 'spot-then-on-demand', known at synthesis, not a token",
        'capacity="on-demand"\ncapacity="spot"\ncapacity="spot-then-on-demand"',
    ),
    'concurrency=Concurrency(when_full=cdk.Fn.ref("Word"))': (
        "'wait' or 'skip', known at synthesis, not a token",
        'when_full="wait"\nwhen_full="skip"',
    ),
    # nothing is near: the words are named, and the choice is left
    'exit_codes={3: "ignore"}': ("'succeed', 'retry' or 'fail'", '3: "succeed"\n3: "retry"\n3: "fail"'),
    f"bindings=[BucketBinding({BUCKET}, access=True)]": (f"{ACCESS}, not True or False", EACH_ACCESS),
    f'bindings=[BucketBinding({BUCKET}, access="banana")]': (ACCESS, EACH_ACCESS),
    'acknowledge={"NAWS-NOPE-001": "we like it"}': (
        "the code of a practice that this pattern checks; `naws rules` lists them",
        "remove the entry",
    ),
    'acknowledge={"NAWS-TASK-070": "a digit more"}': (
        "the code of a practice that this pattern checks; `naws rules` lists them",
        "remove the entry",
    ),
    # forms, of which only the user knows what goes into them
    "retry=True": ("RetryPolicy, not True or False", "retry=RetryPolicy(task_attempts=…)"),
    "memory_growth=True": ("MemoryGrowth, not True or False", "memory_growth=MemoryGrowth(max_memory_limit_mib=…)"),
    "concurrency=True": ("Concurrency, not True or False", "concurrency=Concurrency(limit=…)"),
    'attempt_timeout="soon"': ("cdk.Duration, not text", "attempt_timeout=cdk.Duration.minutes(…)"),
    'egress=["0.0.0.0/0"]': ("Egress, not text", 'Egress(peer=ec2.Peer.ipv4("0.0.0.0/0"), port=…, description=…)'),
    "egress=443": ("a list of Egress, not a number", "egress=[Egress(peer=…, port=ec2.Port.tcp(443), description=…)]"),
    'sidecars=["busybox:1.36"]': (
        "Sidecar, not text",
        'Sidecar(name=…, image=ecs.ContainerImage.from_registry("busybox:1.36"))',
    ),
    "triggers=[None]": (TRIGGERS.format("None"), "ScheduleTrigger(…)\nEventTrigger(…)\nQueueTrigger(…)"),
    f"triggers=[{BUCKET}]": (TRIGGERS.format("an s3.Bucket"), "EventTrigger.object_created(bucket)"),
    'triggers=[sqs.Queue(stack, "Q")]': (TRIGGERS.format("an sqs.Queue"), "QueueTrigger(queue=queue)"),
    'triggers=[events.Schedule.cron(hour="5")]': (
        TRIGGERS.format("an events.Schedule"),
        "ScheduleTrigger(schedule.expression_string)",
    ),
    "triggers=[ScheduleTrigger(cdk.Duration.days(1))]": (
        "text, not a cdk.Duration",
        "ScheduleTrigger.rate(duration)",
    ),
    'environment={"A": cdk.Duration.days(1)}': ("text, not a cdk.Duration", '"A": str(duration.to_seconds())'),
    'alarms="off"': ("Alarms or NoAlarms, not text", 'alarms=NoAlarms(reason="because …")'),
    'vpc=VpcLookup.by_id(""), env="given"': ("vpc- and 8 or 17 hexadecimal digits", 'vpc_id="vpc-…"'),
    f"vpc={BUCKET}": ("ec2.IVpc, VpcLookup or NewVpc, not an s3.Bucket", "vpc=…  # ec2.IVpc, VpcLookup or NewVpc"),
    f"image={BUCKET}": ("ecs.ContainerImage, not an s3.Bucket", "image=…  # ecs.ContainerImage"),
    "image=ecs.ContainerImage": (
        "ecs.ContainerImage, not the class ecs.ContainerImage itself",
        "image=…  # ecs.ContainerImage",
    ),
    f"permissions_boundary={BUCKET}": (
        "iam.IManagedPolicy, not an s3.Bucket",
        "permissions_boundary=…  # iam.IManagedPolicy",
    ),
}


@pytest.mark.parametrize("text", UNSAYABLE)
def test_where_only_the_user_knows_the_form_is_described(text: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    (found,) = issues(**arguments_of(text, cdk.Stack(cdk.App(), "S")))
    assert (found.expected, found.remedy) == UNSAYABLE[text]
    assert "5555" not in found.render()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("memory_limit_mib=4", "2048 to 8192 in steps of 1024 MiB with cpu=1024; 4 GiB are 4 * 1024"),
        ("memory_limit_mib=1", "2048 to 8192 in steps of 1024 MiB with cpu=1024; 1 GiB is 1 * 1024"),
        (
            "memory_growth=MemoryGrowth(max_memory_limit_mib=1)",
            (
                "a size above memory_limit_mib=2048 that Fargate has with cpu=1024 or more, up to 249856 MiB; "
                "1 GiB is 1 * 1024"
            ),
        ),
        (
            "memory_growth=MemoryGrowth(max_memory_limit_mib=16)",
            (
                "a size above memory_limit_mib=2048 that Fargate has with cpu=1024 or more, up to 249856 MiB; "
                "16 GiB are 16 * 1024"
            ),
        ),
    ],
)
def test_a_number_of_gib_is_written_in_mib(text: str, expected: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    (found,) = (issue for issue in issues(**arguments_of(text, cdk.Stack())) if issue.level != "advice")
    assert found.expected == expected


def test_a_path_is_a_folder_where_one_is_there(
    issues: Judge, arguments_of: ArgumentsOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "job").mkdir()
    monkeypatch.chdir(tmp_path)
    for text, how in (("job", "asset"), ("./other", "asset"), ("other", "registry")):
        (found,) = issues(**arguments_of(f'image="{text}"', cdk.Stack()))
        assert found.remedy == f'image=ecs.ContainerImage.from_{how}("{text}")'
    (found,) = issues(image=tmp_path)
    assert found.remedy == "image=ecs.ContainerImage.from_asset(str(path))"


@pytest.mark.parametrize("text", ['cpu="1 vCPU", memory_limit_mib=100', "cpu=3, memory_limit_mib=77"])
def test_a_size_that_is_no_size_is_reported_with_the_smallest(
    text: str, issues: Judge, arguments_of: ArgumentsOf
) -> None:
    (found,) = (issue for issue in issues(**arguments_of(text, cdk.Stack())) if issue.code == "NAWS-SIZE-002")
    assert found.remedy.startswith("cpu=256, memory_limit_mib=512  # the smallest")


def test_a_network_by_no_tags_is_reported_with_a_tag(issues: Judge, arguments_of: ArgumentsOf) -> None:
    found = issues(**arguments_of("vpc=VpcLookup.by_tags(None)", cdk.Stack()))
    assert 'tags={"stage": "prod"}' in {issue.remedy for issue in found if issue.code == "NAWS-TYPE-001"}
