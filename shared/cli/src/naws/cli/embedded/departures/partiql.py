"""Which permission a PartiQL statement of DynamoDB needs, and on which table."""

import re

# DynamoDB Developer Guide, 'PartiQL select/insert/update/delete statements for DynamoDB': how each begins.
_STATEMENT = re.compile(
    r"\s*(?:(?P<Select>select)\b.*?\bfrom|(?P<Insert>insert)\s+into|(?P<Update>update)|(?P<Delete>delete)\s+from)"
    r"""\s+(?:"(?P<quoted>[^"]+)"|(?P<table>[\w-]+))(?:\."(?P<quoted_index>[^"]+)"|\.(?P<index>[\w-]+))?""",
    re.IGNORECASE | re.DOTALL,
)


def permission_of(statement: str, where: str) -> tuple[str, str] | None:
    """The action, such as ``dynamodb:PartiQLSelect``, and the ARN of its table or index; None when it cannot be read.

    Source: Service Authorization Reference, 'Actions, resources, and condition keys for Amazon DynamoDB'.

    Args:
        statement: The statement's text.
        where: ``region:account``.
    """
    found = _STATEMENT.match(statement)
    if found is None:
        return None
    verb = next(verb for verb in ("Select", "Insert", "Update", "Delete") if found[verb])
    table, index = found["quoted"] or found["table"], found["quoted_index"] or found["index"]
    resource = f"arn:aws:dynamodb:{where}:table/{table}{f'/index/{index}' if index else ''}"
    return f"dynamodb:PartiQL{verb}", resource
