"""Rules for the construct ids in a ready stack, whatever pattern it has several of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from naws.core.naming import free_name
from naws.core.rule import Finding, limit
from naws.core.rules.values import Field
from naws.core.tokens import has_token

_IDS = "https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html"


@dataclass(frozen=True, kw_only=True)
class StackIds:
    """The construct ids in a ready stack.

    Attributes:
        argument: by which name it takes the patterns, in the plural: `processors`.
        props: the name of the class of their props.
        ids: as they were given.
    """

    argument: str
    props: str
    ids: Collection[str]

    def written(self, construct_id: str) -> str:
        """An entry to paste."""
        return f'"{construct_id}": {self.props}(…)'


@limit(
    code="NAWS-NAME-005",
    title="A ready stack has one pattern or more, each with a construct id",
    source=_IDS,
    example='patterns={"": Props()}',
    fix='patterns={"Nightly": Props()}',
)
def ids(stack: StackIds) -> Iterator[Finding]:
    """An empty stack has nothing to build. The id becomes part of logical ids: a token cannot."""
    noun, entry = stack.argument.removesuffix("s"), stack.written("Nightly")
    if not stack.ids:
        yield Field(stack.argument, {}).finding(f"one {noun} or more", f"{stack.argument}={{{entry}}}")
    for construct_id in stack.ids:
        if not construct_id.strip() or has_token(construct_id):
            expected = "a construct id, known at synthesis"
            yield Field(f'{stack.argument}["{construct_id}"]', construct_id).finding(expected, entry)


@limit(
    code="NAWS-NAME-010",
    title="Construct ids of a stack are different when '/' is written as '--'",
    source=_IDS,
    example='patterns={"sales/daily": Props(), "sales--daily": Props()}',
    fix='patterns={"sales-daily": Props(), "sales-daily-2": Props()}',
)
def different_ids(stack: StackIds) -> Iterator[Finding]:
    """CDK writes `--` for the `/` that divides paths: two ids can become one, and a stack has each only once."""
    first: dict[str, str] = {}
    taken = {each.replace("/", "--") for each in stack.ids}
    for construct_id in stack.ids:
        made = construct_id.replace("/", "--")
        if made in first:
            yield Field(f'{stack.argument}["{construct_id}"]', construct_id).finding(
                f'an id that is not that of {stack.argument}["{first[made]}"] for CDK',
                stack.written(free_name(made, taken)),
            )
        first.setdefault(made, construct_id)


READY_STACK_RULES = (ids, different_ids)
