"""Rules for the construct ids in a ready stack, in the words of the pattern whose stack it is."""

from collections.abc import Collection, Iterator

from naws.core.naming import free_name
from naws.core.rule import Finding, Rule, limit
from naws.core.rules.values import Field
from naws.core.tokens import has_token

_IDS = "https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html"


ReadyStackRules = tuple[Rule[Collection[str]], Rule[Collection[str]]]


def ready_stack_rules(argument: str, props: str) -> ReadyStackRules:
    """The rules for one kind of stack: there are ids, and each is one; no two are one for CDK.

    Args:
        argument: by which name it takes the patterns, in the plural.
        props: the name of the class of their props.
    """
    return _ids(argument, props), _different_ids(argument, props)


def _ids(argument: str, props: str) -> Rule[Collection[str]]:
    noun, written = argument.removesuffix("s"), f'"Nightly": {props}(…)'

    @limit(
        code="NAWS-NAME-005",
        title=f"A ready stack has {argument}, each with a construct id",
        source=_IDS,
        example=f'{argument}={{"": Props()}}',
        fix=f'{argument}={{"Nightly": Props()}}',
    )
    def ids(given: Collection[str]) -> Iterator[Finding]:
        """An empty stack has nothing to build. The id becomes part of logical ids: a token cannot."""
        if not given:
            yield Field(argument, {}).finding(f"one {noun} or more", f"{argument}={{{written}}}")
        for construct_id in given:
            if not construct_id.strip() or has_token(construct_id):
                expected = "a construct id, known at synthesis"
                yield Field(f'{argument}["{construct_id}"]', construct_id).finding(expected, written)

    return ids


def _different_ids(argument: str, props: str) -> Rule[Collection[str]]:
    @limit(
        code="NAWS-NAME-010",
        title="Construct ids of a stack are different when '/' is written as '--'",
        source=_IDS,
        example=f'{argument}={{"sales/daily": Props(), "sales--daily": Props()}}',
        fix=f'{argument}={{"sales-daily": Props(), "sales-daily-2": Props()}}',
    )
    def different_ids(given: Collection[str]) -> Iterator[Finding]:
        """CDK writes `--` for the `/` that divides paths: two ids can become one, and a stack has each only once."""
        first: dict[str, str] = {}
        taken = {each.replace("/", "--") for each in given}
        for construct_id in given:
            made = construct_id.replace("/", "--")
            if made in first:
                yield Field(f'{argument}["{construct_id}"]', construct_id).finding(
                    f'an id that is not that of {argument}["{first[made]}"] for CDK',
                    f'"{free_name(made, taken)}": {props}(…)',
                )
            first.setdefault(made, construct_id)

    return different_ids
