"""The rule on lists that only the deployment knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.authoring import Field, Finding, Rule, limit


@dataclass(frozen=True)
class GivenList:
    """A list of texts, of which each decides what is built.

    Attributes:
        path: the field.
        items: as they are given.
    """

    path: str
    items: Sequence[object]


@limit(
    code="NAWS-EDGE-073",
    title="A list is known at synthesis; what is in it may be a token",
    source="https://docs.aws.amazon.com/cdk/v2/guide/tokens.html",
    example='domain_names=cdk.Token.as_list(cdk.Fn.split(",", cdk.Fn.import_value("Names"))), '
    'certificate=acm.Certificate(stack, "C", domain_name="*.example.com")',
    fix='domain_names=[cdk.Fn.select(0, cdk.Fn.split(",", cdk.Fn.import_value("Names")))], '
    'certificate=acm.Certificate(stack, "C", domain_name="*.example.com")',
)
def known_list(part: GivenList) -> Iterator[Finding]:
    """Each item makes something of its own, such as a record: how many there are has to be known."""
    if any(isinstance(each, str) and each.startswith("#{Token[") for each in part.items):
        name = part.path.rpartition(".")[2]
        each = 'cdk.Fn.select(0, cdk.Fn.split(",", …))'
        line = f"{name.removeprefix('csp_sources')[1:-1]}: [{each}]" if name.endswith("]") else f"{name}=[{each}]"
        yield Field(part.path).finding("a list of which the length is known", line, shown="a token of a list")


LIST_RULES: tuple[Rule[GivenList], ...] = (known_list,)
