"""Which permission a PartiQL statement of DynamoDB needs, and on which table."""

import re

# DynamoDB Developer Guide, 'PartiQL select/insert/update/delete statements for DynamoDB': how each begins.
_STATEMENT = re.compile(
    r"\s*(?:(?P<Select>select)\b.*?\bfrom|(?P<Insert>insert)\s+into|(?P<Update>update)|(?P<Delete>delete)\s+from)"
    r"""\s+(?:"(?P<quoted>[^"]+)"|(?P<table>[\w-]+))(?:\."(?P<quoted_index>[^"]+)"|\.(?P<index>[\w-]+))?""",
    re.IGNORECASE | re.DOTALL,
)


def action_of(statement: str) -> str | None:
    """Such as ``dynamodb:PartiQLSelect``; None when the statement cannot be read.

    Source: Service Authorization Reference, 'Actions, resources, and condition keys for Amazon DynamoDB'.
    """
    found = _STATEMENT.match(statement)
    if found is None:
        return None
    return next(f"dynamodb:PartiQL{verb}" for verb in ("Select", "Insert", "Update", "Delete") if found[verb])


def resource_of(statement: str, where: str) -> str | None:
    """The ARN of the statement's table, or index; None when the statement cannot be read.

    Args:
        statement: The statement's text.
        where: ``region:account``.
    """
    found = _STATEMENT.match(statement)
    if found is None:
        return None
    table, index = found["quoted"] or found["table"], found["quoted_index"] or found["index"]
    return f"arn:aws:dynamodb:{where}:table/{table}{f'/index/{index}' if index else ''}"
