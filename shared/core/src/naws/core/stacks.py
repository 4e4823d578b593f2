"""Facts about a construct and its stack that are needed again and again, asked of Node once.

An answer is kept with the Python half of the construct: it never changes, and goes with it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import aws_cdk as cdk
from constructs import IConstruct, Node

PATTERN_TAG = "naws:pattern"
"""The tag of everything that a pattern makes, which is the pattern's name."""

T = TypeVar("T")
ConstructT = TypeVar("ConstructT", bound=IConstruct)


def reference_of(thing: object) -> str:
    """Jsii's reference to an object: the same as long as Node has it, without a call to Node."""
    return str(getattr(thing, "__jsii_ref__").ref)  # noqa: B009  # every jsii object has it, the stubs do not say


def kept(holder: object, name: str, ask: Callable[[], T]) -> T:
    """The result of the first call of `ask` for `holder` and `name`."""
    answers: dict[str, Any] = vars(holder).setdefault("_naws_answers", {})
    if name not in answers:
        answers[name] = ask()
    return answers[name]


def asked(thing: object, name: str) -> Any:
    """An attribute of a thing that never changes, such as its ARN."""
    return kept(thing, name, lambda: getattr(thing, name))


def made_in(made: ConstructT, scope: IConstruct) -> ConstructT:
    """`made`, of which it is known now that its parent is `scope`, and so what its stack is."""
    kept(made, "parent", lambda: scope)
    kept(made, "stack", lambda: stack_of(scope))
    return made


def parent_of(made: IConstruct) -> IConstruct:
    """The parent of what a builder has made; of what was given, itself, because its parent is somebody else's."""
    return kept(made, "parent", lambda: made)


def node_of(scope: IConstruct) -> Node:
    """The construct's node."""
    return kept(scope, "node", lambda: scope.node)


def path_of(scope: IConstruct) -> str:
    """The construct's path in the app."""
    return kept(scope, "path", lambda: node_of(scope).path)


def lineage_of(scope: IConstruct) -> list[IConstruct]:
    """The constructs from the root down to `scope` itself."""
    return kept(scope, "lineage", lambda: node_of(scope).scopes)


def scopes_of(scope: IConstruct) -> list[str]:
    """Jsii's references to the constructs from the root down to `scope` itself."""
    return kept(scope, "scopes", lambda: [reference_of(each) for each in lineage_of(scope)])


def child_path(scope: IConstruct, construct_id: str) -> str:
    """The path that a child of it has, or will have."""
    return f"{path_of(scope)}/{construct_id.replace('/', '--')}".lstrip("/")


def id_of(scope: IConstruct) -> str:
    """Its id, which is the end of its path: CDK writes `--` for a `/` in both."""
    return path_of(scope).rpartition("/")[2]


def stack_of(scope: IConstruct) -> cdk.Stack:
    """The construct's stack."""
    return kept(scope, "stack", lambda: cdk.Stack.of(scope))


def account_of(scope: IConstruct) -> str:
    """The account of its stack; a token when that is unknown."""
    return asked(stack_of(scope), "account")


def region_of(scope: IConstruct) -> str:
    """The region of its stack; a token when that is unknown."""
    return asked(stack_of(scope), "region")


def arn_of(scope: IConstruct, service: str, resource: str) -> str:
    """An ARN in the account and region of its stack, such as that of `rule/*` of `events`."""
    return f"arn:{partition_of(scope)}:{service}:{region_of(scope)}:{account_of(scope)}:{resource}"


def partition_of(scope: IConstruct) -> str:
    """The partition of its stack, most often a token."""
    return asked(stack_of(scope), "partition")
