"""What a distributed map reads, how it makes batches, and where it writes: the values that their fields may have.

Sources: Step Functions Developer Guide, "ItemReader (Map)", "ItemBatcher (Map)" and "ResultWriter (Map)".
"""

import re
from collections.abc import Iterator, Mapping

from naws.core.rule import Finding
from naws.core.rules.asl_forms import Form, unfit, whole
from naws.core.rules.asl_scopes import State
from naws.core.rules.values import is_text, one_of
from naws.core.spelling import nearest

_LONGEST_LABEL = 40
_LARGEST_BATCH, _MOST_ITEMS = 262_144, 100_000_000
_NOT_IN_LABEL = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")
_S3 = re.compile(r"arn:[^:]+:states:::s3:(\w+)")
_RESOURCES: Mapping[str, tuple[str, ...]] = {
    "ItemReader": ("getObject", "listObjectsV2"),
    "ResultWriter": ("putObject",),
}
_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ReaderConfig": {
        "InputType": ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
        "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
        "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
        "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
    },
    "WriterConfig": {"OutputType": ("JSON", "JSONL"), "Transformation": ("NONE", "COMPACT", "FLATTEN")},
}
_BATCHES: Mapping[str, Form] = {
    "MaxItemsPerBatch": whole(1, 99_999_999, 10, expression=True),
    "MaxInputBytesPerBatch": whole(1, _LARGEST_BATCH, _LARGEST_BATCH, expression=True),
}
_READ: Mapping[str, Form] = {"MaxItems": whole(0, _MOST_ITEMS, 1000, expression=True)}


def unfit_parts(state: State) -> Iterator[Finding]:
    """What none of these parts can have."""
    for block in state.inner("ItemBatcher"):
        yield from unfit(block, _BATCHES, state.language)
    for name, actions in _RESOURCES.items():
        for block in state.inner(name):
            yield from _resource(block.at("Resource").value, f"{block.path}.Resource", actions)
            for part in ("ReaderConfig", "WriterConfig"):
                yield from _names(state, name, part)
    yield from _label(state)


def _resource(given: object, path: str, actions: tuple[str, ...]) -> Iterator[Finding]:
    found = _S3.fullmatch(given) if is_text(given) else None
    if is_text(given) and (found is None or found[1] not in actions):
        near = (nearest(found[1], actions) if found else "") or actions[0]
        better = f"arn:aws:states:::s3:{near}"
        expected = one_of(tuple(f"arn:aws:states:::s3:{each}" for each in actions))
        yield Finding(path=path, value=given, expected=expected, remedy=f'"Resource": "{better}"')


def _names(state: State, name: str, part: str) -> Iterator[Finding]:
    for block in (inner for outer in state.inner(name) for inner in outer.inner(part)):
        yield from unfit(block, _READ, state.language) if part == "ReaderConfig" else ()
        for field, names in _NAMES[part].items():
            given = block.at(field)
            if is_text(given.value) and given.value not in names and not given.value.startswith("{%"):
                near = nearest(given.value, names) or names[0]
                yield given.finding(one_of(names), f'"{field}": "{near}"')
        if block.fields.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in block.given:
            yield block.at("CSVHeaders").finding("the names of the columns", '"CSVHeaders": ["…"]')


def _label(state: State) -> Iterator[Finding]:
    label = state.at("Label")
    if not is_text(label.value):
        return
    fits = _NOT_IN_LABEL.sub("", label.value)[:_LONGEST_LABEL]
    if fits != label.value:
        long = len(label.value) > _LONGEST_LABEL
        expected = f"at most {_LONGEST_LABEL} characters" if long else "no blank, bracket or special mark"
        yield label.finding(expected, f'"Label": "{fits or "items"}"')
