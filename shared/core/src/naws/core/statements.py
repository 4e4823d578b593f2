"""Statements that the owner of something has to add to its policy, as text to paste."""

import json
from collections.abc import Sequence

from naws.core.text import one_or_more

_SERVICE = ".amazonaws.com"
_KEY_ACTIONS = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")


def partition_of(region: str | None) -> str:
    """The partition of a region; of one that is not known the usual one."""
    ends = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-isob-": "aws-iso-b", "us-iso-": "aws-iso"}
    return next((name for start, name in ends.items() if (region or "").startswith(start)), "aws")


def statement(
    principal: str,
    actions: Sequence[str],
    resources: Sequence[str] = ("*",),
    *,
    partition: str = "aws",
    **conditions: dict[str, str],
) -> str:
    """A statement as JSON.

    Args:
        principal: a service such as "events.amazonaws.com", or an account's id.
        actions: what it may do.
        resources: to what. Omitted: whatever has the policy.
        partition: the account's.
        conditions: by operator, such as `StringEquals={"aws:SourceAccount": "123456789012"}`. Omitted: none.
    """
    service = _SERVICE in principal
    document = {
        "Effect": "Allow",
        "Principal": {"Service": principal} if service else {"AWS": f"arn:{partition}:iam::{principal}:root"},
        "Action": one_or_more(actions),
        "Resource": one_or_more(resources),
        **({"Condition": conditions} if conditions else {}),
    }
    return json.dumps(document, ensure_ascii=False)


def alarms_use_key(account: str) -> str:
    """The statement of a key's policy that lets the alarms of `account` publish to a topic under the key."""
    of_account = {"aws:SourceAccount": account}
    actions = ("kms:Decrypt", "kms:GenerateDataKey*")
    return statement("cloudwatch.amazonaws.com", actions, StringEquals=of_account)


def rules_use_key(account: str, region: str) -> str:
    """The statement of a key's policy that lets EventBridge send to a queue under the key."""
    rules = {"aws:SourceArn": f"arn:{partition_of(region)}:events:{region}:{account}:rule/*"}
    return statement("events.amazonaws.com", ("kms:Decrypt", "kms:GenerateDataKey"), ArnLike=rules)


def logs_use_key(account: str, region: str) -> str:
    """The key policy's statement that lets CloudWatch Logs encrypt the log groups of `account` and `region`."""
    groups = {"kms:EncryptionContext:aws:logs:arn": f"arn:{partition_of(region)}:logs:{region}:{account}:log-group:*"}
    domain = f"{_SERVICE}.cn" if region.startswith("cn-") else _SERVICE
    return statement(f"logs.{region}{domain}", _KEY_ACTIONS, ArnLike=groups)
