"""Rules on the names of what queries are run with."""

import re
from collections.abc import Iterator

from naws.core.rule import Finding, limit
from naws.core.rules.values import Field, is_text

_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
_EXAMPLE = 'bindings=[QueryBinding("reports", database="{}", results=s3.Bucket(stack, "Results"))]'


@limit(
    code="NAWS-DATA-045",
    title="The names of a workgroup and of a database of the catalog are literal",
    source="https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html, and "
    "https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html",
    example=_EXAMPLE.format("sales*"),
    fix=_EXAMPLE.format("sales"),
)
def query_name(field: Field) -> Iterator[Finding]:
    """Athena has no others, and IAM takes `*` and `?` for any text: a binding would allow more than it says."""
    if is_text(field.value) and not _NAME.fullmatch(field.value):
        name = re.sub(r"[^A-Za-z0-9._-]+", "", field.value)[:128] or "reports"
        yield field.finding("1 to 128 letters, digits, ., - and _", f'{field.name}="{name}"')


QUERY_RULES = (query_name,)
