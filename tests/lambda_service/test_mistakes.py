# ruff: noqa: E501  # a table: one mistake stays together
"""What a user reads after a mistake, whole and to the letter; what is legal is accepted, and so are tokens.

The texts are in `__snapshots__`, one file. A change of it is looked at as a user would: does it still say what
is wrong, what is right, and what to paste?
"""

from typing import Any

from aws_cdk import aws_lambda as lambda_

import naws.lambda_service as ours
from naws.testing import MistakeContract

QUEUE = "triggers=[QueueTrigger()]"
JWT = 'Jwt(issuer="https://login.example.com", audience=["shop"])'
NETWORK = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'
IMAGE = 'code=lambda_.Code.from_ecr_image(ecr.Repository.from_repository_name(stack, "Repo", "orders")), handler="app.handler"'
PACKED = 'code=lambda_.Code.from_bucket(s3.Bucket.from_bucket_name(stack, "B", "code"), "orders.zip")'
FILES = 'efs.FileSystem.from_file_system_attributes(stack, "{0}", file_system_id="fs-0a1b2c3d", security_group=ec2.SecurityGroup.from_security_group_id(stack, "{0}Group", "sg-0a1b2c3d"))'
LAYERS = 'layers=[lambda_.LayerVersion.from_layer_version_arn(stack, f"L{{n}}", f"arn:aws:lambda:eu-central-1:123456789012:layer:a{{n}}:1") for n in range(1, {})]'
LAYER = 'lambda_.LayerVersion.from_layer_version_arn(stack, "{0}", "arn:aws:lambda:{1}:123456789012:layer:{2}")'

MISTAKES: tuple[tuple[str, str], ...] = (
    ("memory in GB", "memory_size=2"),
    ("memory above the limit", "memory_size=20_000"),
    ("a fraction of a MB", 'memory_size="512"'),
    ("half an hour", "timeout=cdk.Duration.minutes(30)"),
    ("no time at all", "timeout=cdk.Duration.seconds(0)"),
    ("a number for a time", "timeout=30"),
    ("a bucket's worth of /tmp", "ephemeral_storage_size=cdk.Size.gibibytes(50)"),
    ("too many layers", LAYERS.format(8)),
    ("a layer of another architecture", 'layers=[lambda_.LayerVersion(stack, "L", code=lambda_.Code.from_bucket(s3.Bucket.from_bucket_name(stack, "B", "code"), "l.zip"), compatible_architectures=[lambda_.Architecture.X86_64])]'),
    ("two versions of a layer", f"layers=[{LAYER.format('A', 'eu-central-1', 'tools:1')}, {LAYER.format('B', 'eu-central-1', 'tools:2')}]"),
    ("a layer twice", f"layers=[layer := {LAYER.format('A', 'eu-central-1', 'tools:1')}, layer]"),
    ("a layer of another region", f"layers=[{LAYER.format('A', 'us-east-1', 'tools:1')}]"),
    ("a layer without a version", f"layers=[{LAYER.format('A', 'eu-central-1', 'tools')}]"),
    ("a handler that is a file", 'handler="app.py"'),
    ("a handler with a colon", f'{PACKED}, handler="app:handler"'),
    ("a handler with a file and a colon", f'{PACKED}, handler="src/app.py:main"'),
    ("a handler with a slash", f'{PACKED}, handler="app/handler"'),
    ("a handler of deeper modules with slashes", f'{PACKED}, handler="orders/app/handler"'),
    ("a handler that is a file of a folder", f'{PACKED}, handler="src/app.py"'),
    ("a handler of another module than that of inline code", 'handler="app.main"'),
    ("a handler without a module", 'handler="handler"'),
    ("a handler of two words", 'handler="app handler"'),
    ("a runtime that ended", "runtime=lambda_.Runtime.PYTHON_3_9"),
    ("a runtime that there is not", 'runtime=lambda_.Runtime("python3.1")'),
    ("an image with a handler and a runtime", f'{IMAGE.replace("app.handler", "a.b")}, runtime=lambda_.Runtime.PYTHON_3_14'),
    ("switched off", "reserved_concurrent_executions=0"),
    ("less than nothing reserved", "reserved_concurrent_executions=-1"),
    ("warm beyond what is reserved", "provisioned_concurrent_executions=10, reserved_concurrent_executions=5"),
    ("warm and from a snapshot", 'provisioned_concurrent_executions=5, snap_start="published-versions"'),
    ("a snapshot with a large /tmp", 'snap_start="published-versions", ephemeral_storage_size=cdk.Size.gibibytes(1)'),
    ("a snapshot of an old Python", 'snap_start="published-versions", runtime=lambda_.Runtime.PYTHON_3_11'),
    ("a snapshot of an image", f'{IMAGE}, snap_start="published-versions"'),
    ("a variable with a hyphen", 'environment={"report-name": "a"}'),
    ("a token for a variable's name", 'environment={cdk.Aws.REGION: "x"}'),
    ("a variable of one letter", 'environment={"X": "a"}'),
    ("a variable of Lambda's", 'environment={"AWS_REGION": "eu-central-1", "_HANDLER": "a"}'),
    ("variables beyond 4 KB", 'environment={"RULES": "x" * 5000}'),
    ("a password as plain text", 'environment={"DB_PASSWORD": "correct horse"}'),
    ("a token as plain text", 'environment={"TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345"}'),
    ("a file system outside of /mnt", f'bindings=[FileSystemBinding({FILES.format("A")}, path="/data")], {NETWORK}'),
    ("two file systems", f'bindings=[FileSystemBinding({FILES.format("A")}, path="/mnt/a"), FileSystemBinding({FILES.format("B")}, name="MORE", path="/mnt/b")], {NETWORK}'),
    ("a source in a network that is not known", f'bindings=[FileSystemBinding({FILES.format("A")}, path="/mnt/a")]'),
    ("subnets without a network", "vpc_subnets=ec2.SubnetSelection(one_per_az=True), security_groups=[]"),
    ("public subnets", f"{NETWORK}, vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)"),
    ("a database in another network", 'vpc=ec2.Vpc(stack, "Own"), bindings=[DatabaseBinding(rds.DatabaseInstance(stack, "Orders", engine=rds.DatabaseInstanceEngine.POSTGRES, vpc=ec2.Vpc(stack, "Other")))]'),
    ("an endpoint and a trigger", f"endpoint=HttpApi(), {QUEUE}"),
    ("a path for a route", 'endpoint=HttpApi(routes=["/orders"])'),
    ("a route in small letters, with a slash at its end", 'endpoint=HttpApi(routes=["get /orders/"])'),
    ("a route of a framework", 'endpoint=HttpApi(routes=["GET /orders/:id"])'),
    ("routes whose variables differ in their names", 'endpoint=HttpApi(routes=["GET /x/{id}", "GET /x/{name}", "GET /y/{id+}", "GET /y/{name+}"])'),
    ("a variable twice in a path", 'endpoint=HttpApi(routes=["GET /y/{id}/{id}"])'),
    ("routes that are none", 'endpoint=HttpApi(routes=["GET /x?y=1", "GET /a{id}b", "GET /ä", "GET /a b", "GET /x/{a b}", "GET /x/{id", "GET /x/{}", "GET /x/{rest +}", "$connect", "FETCH /x", "GET/orders", "orders"])'),
    ("301 routes", 'endpoint=HttpApi(routes=[f"GET /a/{n}" for n in range(301)])'),
    ("301 routes of many kinds", 'endpoint=HttpApi(routes=[f"GET /{n}/a" for n in range(301)])'),
    ("the rest of a path in its middle", 'endpoint=HttpApi(routes=["GET /files/{path+}/meta"])'),
    ("a route twice", 'endpoint=HttpApi(routes=["GET /a", "GET /a"])'),
    ("no route", "endpoint=HttpApi(routes=[])"),
    ("a minute behind an API", "endpoint=HttpApi(), timeout=cdk.Duration.minutes(1)"),
    ("public without a reason", 'endpoint=HttpApi(authorizer=Public(reason=""))'),
    ("public for a reason that is none", 'endpoint=HttpApi(authorizer=Public(reason="x"))'),
    ("public because", 'endpoint=HttpApi(authorizer=Public(reason="because"))'),
    ("an issuer without https", 'endpoint=HttpApi(authorizer=Jwt(issuer="http://login.example.com", audience=[]))'),
    ("an issuer's discovery document", 'endpoint=HttpApi(authorizer=Jwt(issuer="https://login.example.com/.well-known/openid-configuration", audience=["a"]))'),
    ("tokens for a URL", f"endpoint=FunctionUrl(authorizer={JWT})"),
    ("a public URL", 'endpoint=FunctionUrl(authorizer=Public(reason="a webhook"))'),
    ("cookies for everybody", 'endpoint=HttpApi(cors=Cors(["*"], allow_credentials=True))'),
    ("any page, with tokens", f'endpoint=HttpApi(authorizer={JWT}, cors=Cors(["*"]))'),
    ("an origin with a path", 'endpoint=HttpApi(cors=Cors(["https://app.example.com/", "app.example.com"]))'),
    ("pages of all subdomains", 'endpoint=HttpApi(cors=Cors(["https://*.a.com", "*.a.com"]))'),
    ("any page by https, of a URL", 'endpoint=FunctionUrl(cors=Cors(["https://*"]))'),
    ("any page by https, with tokens", f'endpoint=HttpApi(authorizer={JWT}, cors=Cors(["https://*"]))'),
    ("any header, with tokens", f'endpoint=HttpApi(authorizer={JWT}, cors=Cors(["https://app.example.com"], allow_headers=["*"]))'),
    ("any method and header, with cookies", 'endpoint=HttpApi(authorizer=Public(reason="a shop"), cors=Cors(["https://app.example.com"], allow_methods=["*"], allow_headers=["*"], expose_headers=["*"], allow_credentials=True))'),
    ("no page at all", "endpoint=HttpApi(cors=Cors([], allow_methods=[]))"),
    ("methods that there are not", 'endpoint=HttpApi(cors=Cors(["https://a.example.com"], allow_methods=["FETCH", "get", "ANY"]))'),
    ("a preflight of a URL", 'endpoint=FunctionUrl(cors=Cors(["https://a.example.com"], allow_methods=["OPTIONS"]))'),
    ("methods of a URL in small letters", 'endpoint=FunctionUrl(cors=Cors(["https://a.example.com"], allow_methods=["get", "OPTIONS"]))'),
    ("a preflight for a week", 'endpoint=HttpApi(cors=Cors(["https://a.example.com"], max_age=cdk.Duration.days(7)))'),
    ("no request at all", "endpoint=HttpApi(throttle=Throttle(rate=0, burst=0))"),
    ("all requests of the account", "endpoint=HttpApi(throttle=Throttle(rate=50_000))"),
    ("a name without a certificate", 'endpoint=HttpApi(domain_name="https://API.example.com/")'),
    ("an authorizer for the function", "authorizer=Iam()"),
    ("too many retries, for a day", "retry_attempts=5, max_event_age=cdk.Duration.days(1)"),
    ("a large batch without a window", f"batch=Batch(batch_size=100), {QUEUE}"),
    ("a window of ten minutes, one at a time", f"batch=Batch(max_batching_window=cdk.Duration.minutes(10), max_concurrency=1), {QUEUE}"),
    ("a batch window of a FIFO queue", 'batch=Batch(batch_size=50, max_batching_window=cdk.Duration.seconds(5)), triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q", fifo=True, visibility_timeout=cdk.Duration.minutes(10)))]'),
    ("a queue as CDK makes it", 'triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q"))]'),
    ("a message hidden for too short", "triggers=[QueueTrigger(visibility_timeout=cdk.Duration.seconds(30))]"),
    ("a message hidden for twice the time", "triggers=[QueueTrigger(visibility_timeout=cdk.Duration.minutes(2))]"),
    ("more at once than are reserved", f"reserved_concurrent_executions=5, {QUEUE}"),
    ("as many as there are, of five", f"reserved_concurrent_executions=5, batch=Batch(max_concurrency=None), {QUEUE}"),
    ("a loop by a queue", 'triggers=[QueueTrigger(queue=(q := sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.minutes(6))))], bindings=[QueueBinding(q)]'),
    ("a loop by a bucket", 'triggers=[EventTrigger.object_created(inbox := s3.Bucket(stack, "Inbox"), prefix="in/")], bindings=[BucketBinding(inbox, access="write")]'),
    ("a schedule that is faster than its work", 'triggers=[ScheduleTrigger("rate(1 minute)")], timeout=cdk.Duration.minutes(5)'),
    ("a large batch with little memory", f"memory_size=128, batch=Batch(batch_size=50, max_batching_window=cdk.Duration.seconds(5)), {QUEUE}"),
    ("all at once, in a rollout", "rollout=Canary(percent=100, interval=cdk.Duration.seconds(90))"),
    ("a rollout of days", "rollout=Linear(percent=1, interval=cdk.Duration.hours(1))"),
    ("a rollout at a time that nobody knows yet", 'rollout=Canary(interval=cdk.Duration.seconds(cdk.CfnParameter(stack, "P", type="Number").value_as_number))'),
    ("a field of other services", "memory=512, secrets={}, url=True"),
    ("a bare word for a rollout", 'rollout="canary"'),
    ("five things at once", f'memory_size=1, handler="app", environment={{"X": "a"}}, retry_attempts=9, batch=Batch(batch_size=0), {QUEUE}'),
)  # fmt: skip

ADVISED: tuple[tuple[str, str], ...] = (
    ("more than an account has", "reserved_concurrent_executions=950"),
    ("a runtime that ends soon", "runtime=lambda_.Runtime.NODEJS_22_X, handler='index.handler'"),
    ("tokens without CORS", f"endpoint=HttpApi(authorizer={JWT})"),
    ("two tries", "triggers=[QueueTrigger(max_receive_count=2)]"),
    (
        "one try, of a queue that is given",
        'triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.minutes(6), dead_letter_queue=sqs.DeadLetterQueue(queue=sqs.Queue(stack, "D"), max_receive_count=1)))]',
    ),
    (
        "a queue without dead letters",
        'triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.minutes(6)))]',
    ),
    ("other names for the variables of other methods", 'endpoint=HttpApi(routes=["GET /x/{id}", "POST /x/{name}"])'),
    ("a schedule among messages", 'triggers=[ScheduleTrigger("@daily"), QueueTrigger()]'),
)
"""What is built with a warning."""

LEGAL: tuple[str, ...] = (
    "", "memory_size=128", "memory_size=10_240", "timeout=cdk.Duration.seconds(1)", "timeout=cdk.Duration.minutes(15)",
    "ephemeral_storage_size=cdk.Size.mebibytes(512)", "ephemeral_storage_size=cdk.Size.gibibytes(10)", LAYERS.format(6),
    f'{PACKED}, handler="orders/app.handler"', f'{PACKED}, handler="a.b.c"', "runtime=lambda_.Runtime.PYTHON_3_12",
    f'{PACKED}, runtime=lambda_.Runtime("python3.19")', f'{PACKED}, runtime=lambda_.Runtime.PROVIDED_AL2023, handler="bootstrap"',
    f'{PACKED}, runtime=lambda_.Runtime.JAVA_25, handler="Orders::handle"', "architecture=lambda_.Architecture.X86_64", IMAGE,
    f"{IMAGE}, memory_size=2048", "reserved_concurrent_executions=1", "provisioned_concurrent_executions=5",
    "provisioned_concurrent_executions=5, reserved_concurrent_executions=5", 'snap_start="published-versions"',
    'environment={"MODE": "nightly", "a1": "", "TZ": "Europe/Berlin", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR"}',
    'environment={"RULES": "x" * 3900}', 'environment={"SECRET_NAME": "orders/key"}', "bindings=[SecretBinding(secret)]",
    f'bindings=[FileSystemBinding({FILES.format("A")}, path="/mnt/a")], {NETWORK}',
    f"{NETWORK}, egress=[Egress(peer=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(443), description='HTTPS')]",
    'bindings=[DatabaseBinding(rds.DatabaseInstance(stack, "Sales", engine=rds.DatabaseInstanceEngine.POSTGRES, vpc=ec2.Vpc(stack, "Other")))]',
    'endpoint=HttpApi(routes=["GET /x/{id}", "GET /x/{id}/{part}", "POST /x/{id}", "GET /x/{rest+}"])',
    f'endpoint=HttpApi(authorizer={JWT}, cors=Cors(["https://app.example.com"], allow_headers=["*", "Authorization"]))',
    'endpoint=HttpApi(authorizer=Public(reason="a shop"), cors=Cors(["https://*", "http://*"], allow_headers=["*"]))',
    f"layers=[{LAYER.format('A', 'eu-central-1', 'a:1')}, {LAYER.format('B', 'eu-central-1', 'b:1')}]",
    "endpoint=HttpApi()", "endpoint=FunctionUrl(), timeout=cdk.Duration.minutes(15)",
    'endpoint=HttpApi(routes=["GET /", "ANY /a/{b}", "PUT /a/{rest+}", "$default", "PATCH /~a/b.c"])',
    'endpoint=HttpApi(authorizer=Public(reason="the catalogue"), cors=Cors(["*"]))',
    f'endpoint=HttpApi(authorizer={JWT}, cors=Cors(["https://app.example.com", "http://localhost:3000"], allow_credentials=True))',
    'endpoint=HttpApi(cors=Cors(["https://a.example.com"], allow_methods=["GET", "OPTIONS", "*"]))',
    'endpoint=FunctionUrl(cors=Cors(["https://a.example.com"], allow_methods=["GET", "*"]))',
    "endpoint=HttpApi(throttle=Throttle(rate=0.5, burst=1))", "endpoint=HttpApi(), timeout=cdk.Duration.seconds(29)",
    "endpoint=HttpApi(), timeout=cdk.Duration.seconds(20), " + QUEUE, "retry_attempts=0, max_event_age=cdk.Duration.minutes(1)",
    f"batch=Batch(batch_size=10_000, max_batching_window=cdk.Duration.minutes(5), max_concurrency=None), {QUEUE}",
    'triggers=[QueueTrigger(queue=sqs.Queue.from_queue_arn(stack, "Q", "arn:aws:sqs:eu-central-1:123456789012:orders"))]',
    'triggers=[QueueTrigger(queue=sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.minutes(6), dead_letter_queue=sqs.DeadLetterQueue(queue=sqs.Queue(stack, "D"), max_receive_count=5)))]',
    'triggers=[EventTrigger.object_created(inbox := s3.Bucket(stack, "Inbox"), prefix="in/")], bindings=[BucketBinding(inbox, access="write", prefix="out/")]',
    'triggers=[ScheduleTrigger("rate(1 minute)")]', "rollout=Canary()", "rollout=Linear(percent=99, interval=cdk.Duration.hours(24))",
    'encryption_key=kms.Key(stack, "Key"), ' + QUEUE, f"{QUEUE}, reserved_concurrent_executions=10",
)  # fmt: skip

TOKENS: tuple[str, ...] = (
    "memory_size=number",
    "timeout=cdk.Duration.seconds(number), " + QUEUE,
    "timeout=cdk.Duration.seconds(number), endpoint=HttpApi(), alarms=Alarms(detail=True)",
    "max_event_age=cdk.Duration.seconds(number), retry_attempts=number",
    f"batch=Batch(batch_size=number, max_batching_window=cdk.Duration.seconds(number), max_concurrency=number), {QUEUE}",
    "reserved_concurrent_executions=number, provisioned_concurrent_executions=number",
    'environment={"MODE": text}, handler=text',
    "endpoint=HttpApi(throttle=Throttle(rate=number, burst=number), routes=[text])",
    "endpoint=HttpApi(authorizer=Jwt(issuer=text, audience=[text]), cors=Cors([text], max_age=cdk.Duration.seconds(number)))",
    "endpoint=FunctionUrl(cors=Cors([text], max_age=cdk.Duration.seconds(number)))",
    "rollout=Canary(percent=number)",
)  # fmt: skip


class TestMistakes(MistakeContract):
    pattern = ours.PATTERN
    construct_id = "Orders"
    mistakes, advised, legal, tokens = MISTAKES, ADVISED, LEGAL, TOKENS

    def required(self) -> dict[str, Any]:
        """Whatever has no code gets some."""
        return {
            "code": lambda_.Code.from_inline("def handler(event, context): ..."), "handler": "index.handler"
        }  # fmt: skip
