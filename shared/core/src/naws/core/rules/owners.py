"""Rules on given resources: those of another account or region, and those that cannot be changed from here.

    a thing that is given ──its kind──> KINDS ──what then, by region and by account──> limit, practice or advice

What is not known passes: a stack without `env` has no account, nor has what an import names without one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from naws.core.homes import Home
from naws.core.issues import Level
from naws.core.key_access import AWS_MANAGED
from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.owners_kinds import KINDS, Verdict
from naws.core.rules.values import Field
from naws.core.statements import logs_use_key, partition_of, rules_use_key, statement

_ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")'
_HERE = "arn:aws:{}:eu-central-1:123456789012:{}"
_ELSEWHERE = "arn:aws:{}:eu-west-1:123456789012:{}"
_OTHERS = "arn:aws:{}:eu-central-1:210987654321:{}"
_KEY = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
_FAR = 's3.Bucket(cdk.Stack(stack, "Far", env=cdk.Environment(account="210987654321", region="eu-central-1")), "B"{})'
_ROLE = "arn:aws:iam::123456789012:role/reports"


def _pages(level: Level, *aspects: Literal["account", "region"]) -> str:
    """The pages of AWS behind the rows of the table that a rule reports."""
    verdicts = (getattr(kind, aspect) for kind in KINDS.values() for aspect in aspects)
    return ", ".join(dict.fromkeys(each.source for each in verdicts if each is not None and each.level == level))


@dataclass(frozen=True, kw_only=True)
class Given(Field):
    """A resource that was given to a pattern, of one of `KINDS`.

    Attributes:
        kind: its key in `KINDS`.
        home: the account and region that it lives in.
        here: the account and region of the stack.
        owner_adds: what its owner must add when it is another account's, each with the policy that it belongs to.
        unnamed: whether it is made in this app, in another environment, and has no name by which it is found from here.
    """

    kind: str
    home: Home
    here: Home
    owner_adds: tuple[str, ...] = ()
    unnamed: bool = False

    def elsewhere(self, aspect: Literal["account", "region"]) -> bool:
        """Whether it is known to live in another account, or region, than the stack."""
        theirs, ours = getattr(self.home, aspect), getattr(self.here, aspect)
        return theirs is not None and ours is not None and theirs != ours

    def verdict(self, aspect: Literal["account", "region"], level: Level) -> Verdict | None:
        """AWS's verdict when it lives in another account, or region, if that has this level; None otherwise."""
        found: Verdict | None = getattr(KINDS[self.kind], aspect)
        return found if found is not None and found.level == level and self.elsewhere(aspect) else None


@dataclass(frozen=True, kw_only=True)
class GivenRole(Field):
    """A role that was given.

    Attributes:
        changeable: whether statements that are added to it arrive; one of another account counts as such.
        needs: what adds statements to it.
    """

    changeable: bool
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GivenKey(Field):
    """A key that was given for what is made here.

    Attributes:
        made: whether its policy can be extended from here, because this app makes it.
        home: the account and region that it lives in.
        here: the account and region of the stack.
        alias: the name of its alias, when no more is known of it.
    """

    made: bool
    home: Home
    here: Home
    alias: str | None = None

    @property
    def of_aws(self) -> bool:
        """Whether AWS manages it for one of its services."""
        return self.alias is not None and self.alias.startswith(AWS_MANAGED)


def _found(given: Given, aspect: Literal["account", "region"], level: Level) -> Iterator[Finding]:
    verdict = given.verdict(aspect, level)
    if verdict is None:
        return
    theirs, ours = getattr(given.home, aspect), getattr(given.here, aspect)
    noun, name = KINDS[given.kind].noun, given.path.rpartition(".")[2].partition("[")[0]
    word = "account " if aspect == "account" else ""
    added = "; ".join(given.owner_adds) if aspect == "account" else ""
    yield given.finding(
        f"{noun} of {word}{ours}: {verdict.why}" + (f"; else its owner adds {added}" if added else ""),
        verdict.remedy.format(name=name) or f"{name}=…  # {noun} of {word}{ours}",
        shown=f"{noun} of {word}{theirs}",
        source=verdict.source,
    )


@limit(
    code="NAWS-OWNER-001",
    title="What AWS looks for in the stack's region is in the stack's region",
    source=_pages("limit", "region"),
    example=f'encryption_key=kms.Key.from_key_arn(stack, "K", "{_ELSEWHERE.format("kms", _KEY)}"), {_ENV}',
    fix=f'encryption_key=kms.Key.from_key_arn(stack, "K", "{_HERE.format("kms", _KEY)}"), {_ENV}',
)
def of_this_region(given: Given) -> Iterator[Finding]:
    """AWS refuses it, in the middle of a deployment or at the first run, with a message that names no field."""
    if given.verdict("account", "limit") is None:
        yield from _found(given, "region", "limit")


@limit(
    code="NAWS-OWNER-002",
    title="What AWS takes of the stack's account only is of the stack's account",
    source=_pages("limit", "account"),
    example=f'cluster=ecs.Cluster.from_cluster_attributes(stack, "C", cluster_name="jobs", vpc=ec2.Vpc(stack, "V"), '
    f'cluster_arn="{_OTHERS.format("ecs", "cluster/jobs")}"), {_ENV}',
    fix=f'cluster=ecs.Cluster.from_cluster_attributes(stack, "C", cluster_name="jobs", vpc=ec2.Vpc(stack, "V"), '
    f'cluster_arn="{_HERE.format("ecs", "cluster/jobs")}"), {_ENV}',
)
def of_this_account(given: Given) -> Iterator[Finding]:
    """No policy that its owner could write would help."""
    yield from _found(given, "account", "limit")


@practice(
    code="NAWS-OWNER-003",
    title="What starts runs sends to the stack's account and region",
    source=_pages("practice", "account", "region"),
    example='triggers=[EventTrigger.object_created(s3.Bucket.from_bucket_attributes(stack, "B", '
    f'bucket_name="reports-in", region="eu-west-1"))], {_ENV}',
    fix='triggers=[EventTrigger.object_created(s3.Bucket.from_bucket_attributes(stack, "B", '
    f'bucket_name="reports-in", region="eu-central-1"))], {_ENV}',
)
def sends_here(given: Given) -> Iterator[Finding]:
    """Nothing fails: no run ever starts, unless somebody forwards what is sent."""
    yield from _found(given, "account", "practice")
    if given.verdict("account", "practice") is None:
        yield from _found(given, "region", "practice")


@advice(
    code="NAWS-OWNER-004",
    title="The owner of what belongs to another account lets it be used",
    source=_pages("advice", "account"),
    example='bindings=[BucketBinding(s3.Bucket.from_bucket_attributes(stack, "B", bucket_name="sales", '
    f'account="210987654321"))], {_ENV}',
    fix='bindings=[BucketBinding(s3.Bucket.from_bucket_attributes(stack, "B", bucket_name="sales", '
    f'account="123456789012"))], {_ENV}',
)
def owner_lets_it_be_used(given: Given) -> Iterator[Finding]:
    """Roles are allowed here what they need, but between accounts the owner has to allow it, too."""
    yield from _found(given, "account", "advice")


@advice(
    code="NAWS-OWNER-005",
    title="Data is in the region of the program",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#VirtualHostingCustomURLs",
    example='bindings=[BucketBinding(s3.Bucket.from_bucket_attributes(stack, "B", bucket_name="sales", '
    f'region="eu-west-1"))], {_ENV}',
    fix='bindings=[BucketBinding(s3.Bucket.from_bucket_attributes(stack, "B", bucket_name="sales", '
    f'region="eu-central-1"))], {_ENV}',
)
def data_is_near(given: Given) -> Iterator[Finding]:
    """It is paid for what leaves a region, gateway endpoints do not lead there, and a client has to name the region."""
    yield from _found(given, "region", "advice")


@practice(
    code="NAWS-OWNER-006",
    title="A role that is given can be changed from here",
    source="https://docs.aws.amazon.com/cdk/v2/guide/define-iam-l2.html#define-iam-l2-import",
    example=f'task_role=iam.Role.from_role_arn(stack, "R", "{_ROLE}", mutable=False)',
    fix=f'task_role=iam.Role.from_role_arn(stack, "R", "{_ROLE}")',
)
def role_takes_statements(role: GivenRole) -> Iterator[Finding]:
    """CDK drops what is added to such a role, without a word: the program, or ECS, is denied at the first run.

    Accept it when the role's owner has given it all that.
    """
    if not role.changeable:
        yield role.finding(
            f"a role that takes the statements for {', '.join(role.needs)}",
            remedy=f"omit {role.path}\n"
            f'{role.path}=iam.Role.from_role_arn(self, "Role", "arn:…")  # without mutable=False',
            shown="a role that cannot be changed",
        )


@advice(
    code="NAWS-OWNER-008",
    title="The owner of an imported key lets the services use it that encrypt by themselves",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html, and "
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    example=f'encryption_key=kms.Key.from_key_arn(stack, "K", "{_HERE.format("kms", _KEY)}")',
    fix='encryption_key=kms.Key(stack, "K", enable_key_rotation=True)',
)
def owner_lets_services_use_key(key: GivenKey) -> Iterator[Finding]:
    """A key that is imported keeps its policy.

    Without these statements no log group can be made, and EventBridge cannot keep what failed.
    """
    if key.made or key.of_aws:
        return
    account, region = key.here.account or "<account>", key.here.region or "<region>"
    added = [logs_use_key(account, region), rules_use_key(account, region)]
    if key.home.account is not None and key.here.account not in (None, key.home.account):
        using = ("kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey")
        added.append(statement(account, using, partition=partition_of(key.here.region)))
    yield key.finding(
        f"statements in that key's policy, added by its owner: {', '.join(added)}",
        remedy='encryption_key=kms.Key(self, "Key", enable_key_rotation=True)\n'
        'acknowledge={"NAWS-OWNER-008": "…"}  # when the key\'s policy has them',
        shown="a key that is not made here",
    )


@limit(
    code="NAWS-OWNER-010",
    title="A key that encrypts several things is a customer's",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html, and "
    "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html",
    example='encryption_key=kms.Alias.from_alias_name(stack, "K", "alias/aws/s3")',
    fix='encryption_key=kms.Alias(stack, "K", alias_name="alias/reports", target_key=kms.Key(stack, "Key"))',
)
def key_of_ones_own(key: GivenKey) -> Iterator[Finding]:
    """A key that AWS manages is for one service, and its policy cannot be changed.

    CloudWatch Logs may not use it, so that no log group can be made, and queues cannot be under the key of S3.
    """
    if key.of_aws:
        yield key.finding(
            "a customer's key: one that AWS manages is for one of its services alone",
            'encryption_key=kms.Key(self, "Key", enable_key_rotation=True)\nomit encryption_key',
            shown=str(key.alias),
        )


@limit(
    code="NAWS-OWNER-011",
    title="What is used from another account or region has a name",
    source="https://docs.aws.amazon.com/cdk/v2/guide/resources.html#resources-referencing",
    example=f"bindings=[BucketBinding({_FAR.format('')})], {_ENV}",
    fix=f"bindings=[BucketBinding({_FAR.format(', bucket_name=cdk.PhysicalName.GENERATE_IF_NEEDED')})], {_ENV}",
)
def named_there(given: Given) -> Iterator[Finding]:
    """CloudFormation passes no value between environments without ado: CDK writes the name, which has to be known.

    A resource that has been deployed without a name is replaced when it gets one.
    """
    if given.unnamed:
        noun = KINDS[given.kind].noun.partition(" ")[2]
        argument = f"{noun.replace(' ', '_')}_name"
        yield given.finding(
            f"{KINDS[given.kind].noun} with a name, since it is made for another account or region",
            f'{argument}="…"  # where the {noun} is made\n{argument}=cdk.PhysicalName.GENERATE_IF_NEEDED',
            shown=f"{KINDS[given.kind].noun} without a name",
        )


GIVEN_RULES = (of_this_region, of_this_account, sends_here, owner_lets_it_be_used, data_is_near, named_there)
"""The rules for whatever is given; each gets a `Given`."""
ROLE_RULES = (role_takes_statements,)
ENCRYPTION_KEY_RULES = (owner_lets_services_use_key, key_of_ones_own)
