"""Physical names: within each service's limit, shortened by hash, never cut."""

import hashlib
import re
from collections.abc import Collection

import aws_cdk as cdk
from constructs import Construct

from naws.core.stacks import kept, stack_of

LIMITS: dict[str, int] = {
    "cluster": 255,
    "service": 255,
    "state-machine": 80,
    "queue": 80,
    "rule": 64,
    "schedule": 64,
    "pipe": 64,
    "role": 64,
    "alarm": 255,
    "dashboard": 255,
    "log-group": 512,
    "task-family": 255,
    "function": 64,
    "api": 128,
}
"""Longest name per resource type, in characters.

Source: each service's API reference, listed with links in docs/concepts/naming.md.
"""

_HASH_LENGTH = 8
_STACK_PART_LENGTH = 8
_LIKE_A_PURPOSE = re.compile(r"-queue-[0-9]+$")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]+")


def physical_name(prefix: str | None, construct_id: str, purpose: str, kind: str) -> str | None:
    """`<prefix>-<construct id>-<purpose>`, or None without a prefix: then CloudFormation names the resource.

    Two ids stay two names: one with characters that give way, in whatever script, has a hash of the whole at its end,
    and so has one that ends as a queue trigger's own names do.

    Args:
        prefix: `Conventions(name_prefix=…)`.
        construct_id: what tells two instances apart.
        purpose: what tells two resources of one instance apart; may be empty.
        kind: a key of `LIMITS`.
    """
    if prefix is None:
        return None
    name = "-".join(part for part in (prefix, construct_id, purpose) if part)
    legal = _ILLEGAL.sub("-", name).strip("-")
    if legal == name and not _LIKE_A_PURPOSE.search(construct_id):
        return _at_most(LIMITS[kind], name, name)
    return _at_most(LIMITS[kind], f"{legal}-{short_hash(name)}", name)


def of_this_stack(scope: Construct, name: str, limit: int) -> str:
    """`name` and a part of the stack's id, for what may outlive its stack.

    A stack that was deleted and is made again would otherwise meet the retained things of its past, and CloudFormation
    refuses to create what already exists.

    Args:
        scope: anything in the stack.
        name: what people look for.
        limit: longest name, in characters; the part of the stack's id has room in it.
    """
    stack = stack_of(scope)
    part = kept(stack, "part_of_id", lambda: _part_of_id(stack))
    return f"{fitting(name, limit - _STACK_PART_LENGTH - 1)}-{part}"


def _part_of_id(stack: cdk.Stack) -> str:
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))))


def shortened(name: str, limit: int) -> str:
    """`name` in legal characters; when longer than `limit`, its end gives way to a hash of the whole."""
    return _at_most(limit, _ILLEGAL.sub("-", name).strip("-"), name)


def fitting(name: str, limit: int) -> str:
    """`name` as it is; when longer than `limit`, its end gives way to a hash of the whole."""
    return _at_most(limit, name, name)


def free_name(name: str, taken: Collection[str]) -> str:
    """`name` with the first number, from 2 on, that makes it none of those taken."""
    return next(each for number in range(2, len(taken) + 3) if (each := f"{name}-{number}") not in taken)


def short_hash(text: str) -> str:
    """Eight characters that tell `text` from other texts."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_HASH_LENGTH]


def _at_most(limit: int, text: str, whole: str) -> str:
    if len(text) <= limit:
        return text
    return f"{text[: limit - _HASH_LENGTH - 1].rstrip('-')}-{short_hash(whole)}"
