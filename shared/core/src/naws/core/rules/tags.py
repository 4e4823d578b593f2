"""Rules on tags."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field, is_text
from naws.core.tokens import has_token, known

_TAGGING = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"
_CHARACTERS = re.compile(r"[\w +\-=.:/@]*")
_ILLEGAL = re.compile(r"[^\w +\-=.:/@]+")
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_ADDED = 1
"""Tags that a pattern adds for itself."""
_MOST = 50 - _ADDED
FIELDS = ("service", "stage", "owner")
"""Fields of `Conventions` that become tags of their name."""
_EXPECTED = "letters, digits, blanks and + - = . _ : / @"


@dataclass(frozen=True, kw_only=True)
class Tags:
    """The tags that every resource of a pattern gets.

    Attributes:
        given: key to value.
        fields: keys that a field of `Conventions` gives, not its `tags`.
        required: keys that have to be there.
    """

    given: Mapping[str, str]
    fields: Collection[str] = ()
    required: Sequence[str] = ()

    def path(self, key: str) -> str:
        """The path of the argument that gives the tag."""
        return f"Conventions.{key}" if key in self.fields else f'Conventions.tags["{key}"]'

    def written(self, key: str, value: object) -> str:
        """The tag as the user would write it there."""
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) and known(value) else "…"
        return f"{key}={text}" if key in self.fields else f'"{key}": {text}'


@limit(
    code="NAWS-TAG-001",
    title="A tag's key has 1 to 128 legal characters",
    source=_TAGGING,
    example='conventions=Conventions(tags={"cost#center": "1234"})',
    fix='conventions=Conventions(tags={"cost-center": "1234"})',
)
def tag_key(tags: Tags) -> Iterator[Finding]:
    """One resource that refuses a tag fails the whole deployment."""
    for key in tags.given:
        if not isinstance(key, str) or has_token(key):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
            continue
        if 0 < len(key) <= _LONGEST_KEY and _CHARACTERS.fullmatch(key):
            continue
        legal = _ILLEGAL.sub("-", key)[:_LONGEST_KEY].strip("- ")
        yield Field(tags.path(key), key).finding(
            f"1 to {_LONGEST_KEY} {_EXPECTED}", tags.written(legal, tags.given[key]) if legal else "remove the tag"
        )


@limit(
    code="NAWS-TAG-002",
    title="A tag's value has 1 to 256 legal characters",
    source=_TAGGING,
    example='conventions=Conventions(owner="data & reports")',
    fix='conventions=Conventions(owner="data and reports")',
)
def tag_value(tags: Tags) -> Iterator[Finding]:
    """As with keys: one resource that refuses a tag fails the whole deployment.

    Most services take a value of no characters, EventBridge Scheduler and Step Functions do not.
    """
    for key, value in tags.given.items():
        if is_text(value) and not (0 < len(value) <= _LONGEST_VALUE and _CHARACTERS.fullmatch(value)):
            legal = _ILLEGAL.sub("-", value)[:_LONGEST_VALUE]
            remedy = tags.written(key, legal) if legal else f"omit {tags.path(key).rsplit('.', 1)[-1]}"
            expected = f"1 to {_LONGEST_VALUE} {_EXPECTED}"
            yield Field(tags.path(key), value).finding(expected, remedy)


@limit(
    code="NAWS-TAG-003",
    title="A tag's key does not begin with aws:",
    source=_TAGGING,
    example='conventions=Conventions(tags={"aws:team": "reports"})',
    fix='conventions=Conventions(tags={"team": "reports"})',
)
def not_aws(tags: Tags) -> Iterator[Finding]:
    """AWS keeps the prefix, in any case of letters, for itself."""
    for key in tags.given:
        if isinstance(key, str) and key.lower().startswith("aws:"):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
            expected = "a key that does not begin with aws:"
            remedy = tags.written(key[4:].strip() or "team", tags.given[key])
            yield Field(tags.path(key), key).finding(expected, remedy)


@limit(
    code="NAWS-TAG-004",
    title="A resource has at most 50 tags",
    source=_TAGGING,
    example='conventions=Conventions(tags={f"key{n}": "value" for n in range(60)})',
    fix='conventions=Conventions(tags={f"key{n}": "value" for n in range(40)})',
)
def few_tags(tags: Tags) -> Iterator[Finding]:
    """The pattern's own tag counts too; tags that a stack or a resource adds come on top."""
    if len(tags.given) > _MOST:
        yield Field("Conventions.tags").finding(
            f"at most {_MOST}; the pattern adds {_ADDED}",
            "keep the tags that somebody filters or bills by",
            shown=f"{len(tags.given)} tags",
        )


@limit(
    code="NAWS-TAG-005",
    title="Tags' keys differ by more than the case of letters",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
    example='conventions=Conventions(owner="reports", tags={"Owner": "reports"})',
    fix='conventions=Conventions(owner="reports")',
)
def differing_keys(tags: Tags) -> Iterator[Finding]:
    """IAM takes `Owner` and `owner` for the same: it refuses a role that carries both."""
    seen: dict[str, str] = {}
    for key in tags.given:
        if not is_text(key):
            continue
        first = seen.setdefault(key.lower(), key)
        if first != key:
            remedy = f'keep "{first}", remove "{key}"'
            yield Field(tags.path(key), key).finding(f"a key other than {first}", remedy)


@practice(
    code="NAWS-TAG-006",
    title="Every required tag is there",
    source=_TAGGING,
    example='conventions=Conventions(required_tags=["owner", "cost-centre"], owner="reports")',
    fix='conventions=Conventions(required_tags=["owner", "cost-centre"], owner="reports", '
    'tags={"cost-centre": "4711"})',
)
def required_tags(tags: Tags) -> Iterator[Finding]:
    """Costs and owners that an organisation finds by tags are as complete as the tags of each resource.

    `required_tags` is given once, high up the tree; a service gives the values further down. Only the tags of
    conventions count: what `cdk.Tags` adds is not seen.
    """
    for key in tags.required:
        if is_text(key) and key not in tags.given:
            remedy = f'{key}="…"' if key in FIELDS else f'tags={{"{key}": "…"}}'
            yield Field("Conventions" if key in FIELDS else "Conventions.tags").finding(
                f"a tag {key}, which `required_tags` asks for", remedy, shown=f"no tag {key}"
            )


TAG_RULES = (tag_key, tag_value, not_aws, few_tags, differing_keys, required_tags)
