"""Physical names of what holds data, which may outlive its stack."""

import re

from constructs import Construct

from naws.core.context import PatternContext
from naws.core.naming import of_this_stack, short_hash
from naws.core.text import snake

_ENDS = 2 * len("-1a2b3c4d")


def prefixed_name(scope: Construct, context: PatternContext, longest: int) -> str | None:
    """The same when the conventions have a prefix for names; else None: CloudFormation names it."""
    return None if context.conventions.name_prefix is None else own_name(scope, context, longest)


def own_name(scope: Construct, context: PatternContext, longest: int) -> str:
    """`<prefix>-<construct id>` in small letters, digits and hyphens, a hash of the path, and a part of the stack's id.

    The hash tells two of one id in a stack apart. The stack's part lets a stack be made again beside what was retained.

    Args:
        scope: anything in the stack.
        context: the construct's.
        longest: most characters.
    """
    words = "-".join(filter(None, (context.conventions.name_prefix, snake(context.construct_id))))
    legal = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    begun = legal if legal[:1].isalpha() else f"data-{legal}".rstrip("-")  # RDS wants a letter first
    return of_this_stack(scope, f"{begun[: longest - _ENDS].rstrip('-')}-{short_hash(context.path)}", longest)
