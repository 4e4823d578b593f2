"""What AWS does with a given resource of another region or account, by kind; data, each row with its page of AWS."""

from dataclasses import dataclass

from naws.core.issues import Level

_AWS = "https://docs.aws.amazon.com/"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What AWS does with a resource that is given, when it lives in another account or region than the stack.

    Attributes:
        level: of the rule that reports it.
        why: what AWS does.
        source: where AWS writes so.
        remedy: what to do instead; empty: give a resource that lives where the stack does.
    """

    level: Level
    why: str
    source: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource that can be given to a pattern.

    Attributes:
        noun: what messages call it.
        region, account: the verdict when it lives in another one; None when that makes no difference.
    """

    noun: str
    region: Verdict | None = None
    account: Verdict | None = None


def _limit(why: str, source: str, remedy: str = "") -> Verdict:
    return Verdict(level="limit", why=why, source=_AWS + source, remedy=remedy)


def _practice(why: str, source: str, remedy: str) -> Verdict:
    return Verdict(level="practice", why=why, source=_AWS + source, remedy=remedy)


def _advice(why: str, source: str, remedy: str) -> Verdict:
    return Verdict(level="advice", why=why, source=_AWS + source, remedy=remedy)


_NETWORK = "AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html"
_SHARING = "vpc/latest/userguide/vpc-sharing.html"
_SHARED_GROUPS = "vpc/latest/userguide/security-group-sharing.html"
_PEERS = "vpc/latest/peering/vpc-peering-security-groups.html"
_RUN_TASK = "AmazonECS/latest/APIReference/API_RunTask.html"
_PASSING = "IAM/latest/UserGuide/id_roles_use_passrole.html"
_BOUNDARY = "IAM/latest/UserGuide/access_policies_boundaries.html"
_KEYS = "kms/latest/developerguide/multi-region-keys-overview.html"
_BUCKETS = "AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html"
_REGIONS = "AmazonS3/latest/userguide/VirtualHosting.html"
_SECRETS = "secretsmanager/latest/userguide/auth-and-access_examples_cross.html"
_PARAMETERS = "systems-manager/latest/userguide/parameter-store-shared-parameters.html"
_BUCKET_EVENTS = "AmazonS3/latest/userguide/EventBridge.html"
_BUSES = "eventbridge/latest/userguide/eb-event-bus-perms.html"
_PIPES = "eventbridge/latest/userguide/eb-pipes-sqs.html"
_ITEMS = "step-functions/latest/dg/input-output-itemreader.html"
_INSTANCES = "AmazonRDS/latest/UserGuide/USER_VPC.Scenarios.html"
_CLUSTERS = "AmazonRDS/latest/AuroraUserGuide/security_iam_service-with-iam.html"
_DATA_API = "AmazonRDS/latest/AuroraUserGuide/Concepts.Aurora_Fea_Regions_DB-eng.Feature.Data_API.html"
_MOUNT_TARGETS = "efs/latest/ug/manage-fs-access-create-delete-mount-targets.html"
_ACCESS_POINTS = "efs/latest/ug/API_CreateAccessPoint.html"
_FILES = "efs/latest/ug/create-file-system-policy.html"
_ALARMS = "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_PUBLISHING = "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"
_STEPS = "step-functions/latest/dg/concepts-access-cross-acct-resources.html"
_MACHINES = "step-functions/latest/dg/security_iam_service-with-iam.html"
_CLIENTS = "cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"
_TARGETS = "elasticloadbalancing/latest/application/load-balancer-target-groups.html"
_LISTENERS = "elasticloadbalancing/latest/userguide/load-balancer-authentication-access-control.html"
_ENDPOINTS = "general/latest/gr/rande.html"
_FUNCTIONS = "lambda/latest/dg/permissions-function-cross-account.html"
_PROOFS = "AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html"
_ACLS = "waf/latest/developerguide/web-acl-associating-aws-resource.html"
_EDGE_CERTIFICATES = "AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"
_CERTIFICATES = "acm/latest/userguide/acm-regions.html"
_LAYERS = "lambda/latest/dg/adding-layers.html"
_PRODUCERS = "eventbridge/latest/userguide/eb-custom-bus-permissions.html"
_QUEUES = "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html"
_TABLES = "amazondynamodb/latest/developerguide/rbac-auth-iam-id-based-policies-DDB.html"
_TOPICS = "sns/latest/dg/sns-access-policy-use-cases.html"
_REPOSITORIES = "AmazonECR/latest/userguide/repository-policy-examples.html"

_SHARE = "its owner shares it in AWS Resource Access Manager"
_ASK = "ask its owner for it, and accept this advice then"
_FORWARD = "forward its events to the bus of this account and region, and accept this practice then"
_START_THERE = "use a scope in the pattern's stack, or in another one of its account and region"
_ASSUME = 'RawBinding(Needs(statements=[{{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:…"}}]))'
_FAR = _advice("a client has to name the region, and what leaves it costs", _ENDPOINTS, _ASK)


_BY_NAME = 'ServiceBinding(HttpEndpoint.of_domain("…"), name="…")  # by its public name'
_REFERENCES = "cdk/v2/guide/resources.html"


def _of_owner(source: str) -> Verdict:
    return _advice("the program uses it by its role, which is not the owner's", source, _ASK)


KINDS = {
    "vpc": Kind(
        noun="a VPC",
        region=_limit("a task runs in a network of its own region", _NETWORK),
        account=_advice(f"or one whose subnets are shared: {_SHARE}", _SHARING, _ASK),
    ),
    "subnet": Kind(
        noun="a subnet",
        region=_limit("a task runs in a network of its own region", _NETWORK),
        account=_advice(f"or a shared one: {_SHARE}", _SHARING, _ASK),
    ),
    "security group": Kind(
        noun="a security group",
        region=_limit("a security group is one of the task's own network", _NETWORK, "omit security_groups"),
        account=_advice(f"or a shared one: {_SHARE}", _SHARED_GROUPS, _ASK),
    ),
    "peer": Kind(
        noun="a security group",
        region=_limit("a rule names security groups of its own region", _PEERS),
    ),
    "cluster": Kind(
        noun="a cluster",
        region=_limit("RunTask finds clusters of its own region only", _RUN_TASK, "omit cluster"),
        account=_limit("RunTask finds clusters of its own account only", _RUN_TASK, "omit cluster"),
    ),
    "listener": Kind(
        noun="a listener",
        region=_limit("a rule is made with its listener, which has targets of its own region", _TARGETS, "omit {name}"),
        account=_limit("a listener has no policy that could let another account add rules", _LISTENERS, "omit {name}"),
    ),
    "endpoint": Kind(
        noun="a service",
        region=_limit("a rule names security groups of its own region", _PEERS, _BY_NAME),
        account=_limit("the load balancer's name and group are known in its own account alone", _REFERENCES, _BY_NAME),
    ),
    "certificate": Kind(
        noun="a certificate",
        region=_limit("a load balancer or an API takes certificates of its own region", _CERTIFICATES),
        account=_limit("a certificate is used in the account that has it", _CERTIFICATES),
    ),
    "edge certificate": Kind(
        noun="a certificate",
        region=_limit("CloudFront takes certificates of us-east-1 alone", _EDGE_CERTIFICATES),
        account=_limit("a certificate is used in the account that has it", _CERTIFICATES),
    ),
    "hosted zone": Kind(
        noun="a hosted zone",
        account=_limit(
            "CloudFormation writes names and proves certificates in zones of the stack's account alone",
            _PROOFS,
            "hosted_zone=…  # one of this account, to which the owner of the other delegates a part of it\n"
            "certificate=…  # of this account, with no hosted_zone: the zone's owner writes the records\n"
            "Conventions(hosted_zone=Unset).apply(self)  # where conventions give it",
        ),
    ),
    "web ACL": Kind(
        noun="a web ACL",
        account=_advice("no page of AWS has one of another account before a load balancer or CloudFront", _ACLS, _ASK),
    ),
    "user pool": Kind(
        noun="a user pool",
        region=_limit("a client is made in the region of its user pool", _CLIENTS),
        account=_limit("a client is made in the account of its user pool", _CLIENTS),
    ),
    "role": Kind(
        noun="a role",
        account=_limit("a role cannot be passed to a service from another account", _PASSING, "omit {name}"),
    ),
    "boundary": Kind(
        noun="a managed policy",
        account=_limit("a boundary is a policy of the role's own account, or AWS's", _BOUNDARY, "omit {name}"),
    ),
    "key": Kind(
        noun="a key",
        region=_limit("what is encrypted and its key are in one region", _KEYS, "omit encryption_key"),
    ),
    "bucket": Kind(
        noun="a bucket",
        region=_advice("what leaves a region costs, and the client has to name the region", _REGIONS, _ASK),
        account=_advice("the program reads it by its role, which is not the bucket owner's", _BUCKETS, _ASK),
    ),
    "cluster of the Data API": Kind(
        noun="a database cluster",
        region=_advice("a region's Data API has its own clusters, so the client names the region", _DATA_API, _ASK),
        account=_limit("a cluster has no policy that could let a role of another account in", _CLUSTERS),
    ),
    "database": Kind(
        noun="a database",
        region=_limit("a rule names security groups of its own region", _PEERS),
        account=_advice("its owner lets the program's security group in", _INSTANCES, _ASK),
    ),
    "file system": Kind(
        noun="a file system",
        region=_limit("a task mounts what has mount targets in its own network", _MOUNT_TARGETS),
        account=_advice("its owner lets the role in; its mount targets are in the task's network", _FILES, _ASK),
    ),
    "file system without an access point": Kind(
        noun="a file system",
        region=_limit("a task mounts what has mount targets in its own network", _MOUNT_TARGETS),
        account=_limit(
            "an access point is made by the file system's own account; one that its owner has made is given",
            _ACCESS_POINTS,
            'access_point=efs.AccessPoint.from_access_point_id(self, "Door", "fsap-…")',
        ),
    ),
    "secret": Kind(
        noun="a secret",
        account=_advice("ECS reads it by a role that is not the owner's; it needs a customer's key", _SECRETS, _ASK),
    ),
    "parameter": Kind(
        noun="a parameter",
        account=_advice(f"or an advanced one that is shared: {_SHARE}", _PARAMETERS, _ASK),
    ),
    "bucket of events": Kind(
        noun="a bucket",
        region=_practice("S3 sends events to the bus of the bucket's own region", _BUCKET_EVENTS, _FORWARD),
        account=_practice("S3 sends events to the bus of the bucket's own account", _BUCKET_EVENTS, _FORWARD),
    ),
    "bus": Kind(
        noun="an event bus",
        region=_practice("a rule starts what is in the region that its bus is of", _BUSES, _FORWARD),
        account=_practice("a rule starts what is in the account that its bus is of", _BUSES, _FORWARD),
    ),
    "queue": Kind(
        noun="a queue",
        region=_practice("no page of AWS has a queue that is read from another region", _PIPES, "omit queue"),
        account=_practice("it is read by a role here, which is not the queue owner's", _PIPES, "omit queue"),
    ),
    "bucket of items": Kind(
        noun="a bucket",
        region=_limit("a map reads items of its own region", _ITEMS),
        account=_limit("a map reads items of its own account", _ITEMS),
    ),
    "topic": Kind(
        noun="a topic",
        region=_limit("an alarm publishes to topics of its own region", _ALARMS, "omit {name}"),
        account=_advice("CloudWatch publishes only to topics that let it, for this account", _PUBLISHING, _ASK),
    ),
    "caller": Kind(
        noun="a workflow",
        region=_limit("a workflow starts no runs in another region", _STEPS, _START_THERE),
        account=_limit("the step starts runs by its workflow's role, of that account", _STEPS, _START_THERE),
    ),
    "bus of a program": Kind(noun="an event bus", region=_FAR, account=_of_owner(_PRODUCERS)),
    "function": Kind(noun="a function", region=_FAR, account=_of_owner(_FUNCTIONS)),
    "layer": Kind(
        noun="a layer",
        region=_limit("Lambda loads layers of its own region, and those of any account that lets it", _LAYERS),
    ),
    "queue of a program": Kind(noun="a queue", region=_FAR, account=_of_owner(_QUEUES)),
    "state machine": Kind(
        noun="a state machine",
        region=_FAR,
        account=_limit(
            "a state machine has no policy that could let others start it; a role of its account can be assumed",
            _MACHINES,
            _ASSUME,
        ),
    ),
    "table": Kind(noun="a table", region=_FAR, account=_of_owner(_TABLES)),
    "topic of a program": Kind(noun="a topic", region=_FAR, account=_of_owner(_TOPICS)),
    "repository": Kind(
        noun="an image",
        account=_advice("ECS pulls it by a role that is not the repository owner's", _REPOSITORIES, _ASK),
    ),
}  # fmt: skip
