"""The S3 bucket for payloads that are too large to be handed over, which a stack's patterns share."""

from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core.conventions import conventions_in
from naws.core.key_access import let_use_key
from naws.core.nag import acknowledge_nag, acknowledge_nag_wildcards
from naws.core.naming import short_hash
from naws.core.plans.operations import RETAINED, OperationsPlan
from naws.core.shared import SHARED_PAYLOADS_ID, shared
from naws.core.stacks import PATTERN_TAG, asked, id_of, kept, parent_of, path_of, scopes_of, stack_of

PAYLOAD_DAYS = 60
"""A payload outlives two weeks of waiting for a lease and two in the failure queue, so that its run can be put back."""

_LONGEST_NAME = 40
_RUNS = "runs/"


def shared_payload_bucket(scope: Construct, plan: OperationsPlan, pattern: str) -> s3.Bucket:
    """The bucket of the stack's payloads under one key; they expire.

    Each pattern writes under a prefix of its own. Patterns with another key or another removal policy have another
    bucket: what a distributed map writes is encrypted as its bucket is, and no bucket is both kept and deleted.

    Args:
        scope: anything in the stack.
        plan: what encrypts it, else S3 does, and what happens to it when the stack goes. CloudFormation deletes none
            that holds objects.
        pattern: the name of the pattern that asks; a bucket is tagged with the first one's.
    """
    stack, key, removal_policy = stack_of(scope), plan.encryption_key, plan.removal_policy
    construct_id = f"{SHARED_PAYLOADS_ID}{_kind(stack, key, removal_policy)}"

    def make(stack: cdk.Stack) -> s3.Bucket:
        bucket = _bucket(stack, construct_id, key, removal_policy)
        cdk.Tags.of(bucket).add(PATTERN_TAG, pattern)
        return bucket

    return shared(stack, construct_id, make)


def _bucket(stack: cdk.Stack, construct_id: str, key: kms.IKey | None, removal_policy: cdk.RemovalPolicy) -> s3.Bucket:
    bucket = s3.Bucket(
        stack,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED if key is None else s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=None if key is None else True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=cdk.Duration.days(PAYLOAD_DAYS),
                abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
            )
        ],
        removal_policy=removal_policy,
    )
    acknowledge_nag(bucket, "AwsSolutions-S1", "Only workflows write and only tasks read; payloads expire.")
    return bucket


def payload_prefix(scope: Construct) -> str:
    """The prefix of a pattern's own objects in the shared bucket, such as `Nightly-1a2b3c4d/`.

    Args:
        scope: the pattern. Its path in the stack, whatever characters it has, tells it from every other.
    """
    path = path_of(scope).removeprefix(f"{path_of(stack_of(scope))}/")
    name = "".join(each for each in id_of(scope) if each.isascii() and each.isalnum())
    return f"{'-'.join(part for part in (name[:_LONGEST_NAME], short_hash(path)) if part)}/"


def allow_payloads(
    role: iam.IRole, bucket: s3.Bucket, prefix: str, action: Literal["s3:GetObject", "s3:PutObject"]
) -> None:
    """Let `role` read or write payloads under a pattern's own prefix."""
    keys = f"{asked(bucket, 'bucket_arn')}/{prefix}{_RUNS}*"
    iam.Grant.add_to_principal(grantee=role, actions=[action], resource_arns=[keys])
    why = "The key of a payload is the execution's name, which is not known before it runs."
    acknowledge_nag_wildcards(parent_of(role), {keys: why})
    writing = ("kms:GenerateDataKey",) if action == "s3:PutObject" else ()
    let_use_key(role, asked(bucket, "encryption_key"), "kms:Decrypt", *writing)


def _kind(stack: cdk.Stack, key: kms.IKey | None, removal_policy: cdk.RemovalPolicy) -> str:
    """What tells a bucket from the stack's usual one, which is as its conventions say, so that they change no id.

    It is the same whatever the order in which patterns are made.
    """
    usual = kept(stack, "conventions", lambda: conventions_in(scopes_of(stack)))
    same = removal_policy == (usual.removal_policy or RETAINED)
    policy = "" if same else removal_policy.name.title().replace("_", "")
    if key is usual.encryption_key:
        return policy
    if key is None:
        return f"{policy}WithoutKey"
    stage = kept(stack, "stage", lambda: cdk.Stage.of(stack))
    within = "" if stage is None else f"{path_of(stage)}/"
    return policy + short_hash(path_of(key).removeprefix(within))
