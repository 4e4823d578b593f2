"""What looks like a credential, and how a value is printed without giving one away.

A miss leaks, a false positive is acknowledged: names are read word by word, generously, and what a name says of a
secret (where it is, how long it lives) is no secret itself.

    value, its name -> shown: text to print
                    -> hidden: the texts that `shown` left out, so that nothing else prints them either
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import cast

from naws.core.text import Verbatim, thing
from naws.core.tokens import has_token

MASK = "***"
"""Stands for what must not be printed."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SEGMENTS = re.compile(r"[.\[\]\"'\s]+")
_KEY_KINDS = "PRIVATE|API|ACCESS|SECRET|SSH|SIGNING|ENCRYPTION|MASTER|HMAC|JWT|DEPLOY|ACCOUNT|STORAGE"
_SECRET_WORDS = re.compile(
    rf"PASSWORD|PASSWD|PASSPHRASE|SECRET(?!AR[IY])|CREDENTIAL|(?:{_KEY_KINDS})_?KEYS?(?![A-Z])|TOKENS?(?![A-Z])"
    r"|AUTHORIZATION(?![A-Z])|(?<=_)AUTH$|(?:^|_|DB|PG|SQL|USER|ROOT|ADMIN)PASS$|(?<!OLD)(?<=.)PWD$"
)
# Last words by which a name says something of a secret and is none.
_LEADS = re.compile(
    "ALGORITHM|ARN|AUDIENCE|BACKEND|BUCKET|DIR|ENABLED|ENDPOINT|ENGINE|EXPIRY|FILE|FORMAT|HEADER|HOST|ID|ISSUER|LENGTH"
    "|LIMIT|MANAGER|MODE|NAME|PATH|PATTERN|POLICY|PREFIX|PROVIDER|REGEX|REGION|REQUIRED|ROTATION|RULES|STORE|TABLE|TTL"
    "|TYPE|URI|URL|VERSION"
)
_COUNTS = re.compile(
    "AGE|BUDGET|COUNT|DAYS|EXPIRATION|EXPIRES|EXPIRY|HOURS|LENGTH|LIMIT|MAX|MIN|MINUTES|PER|RATE|RETRIES|SECONDS|SIZE"
    "|TIMEOUT|TOKENS|TTL"
)
_SWITCHES = re.compile("ALLOW|DISABLE|ENABLE|HAS|IS|NO|REQUIRE|SKIP|USE|WITH")
_SHORT_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,6})?")
_REFERENCE = re.compile(r"arn:\S+|alias/\S+|(/[\w.@+-]+){2,}/?")
_SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{12,}|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s:@]*:[^/\s@]+@|\beyJ[\w-]{10,}\.[\w-]{10,}\."
    r"|\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|npm_\w{30,}|xox[abeprs]-[\w-]{10,}|sk_live_\w{10,}"
    r"|AIza[\w-]{30,})|(^|[\s\"'=])(?!mailto:)[A-Za-z][\w.+-]*:[^\s/@:]+@(?!sha\d)[\w-]"
)
# The value is looked at, not taken: it may hold the next pair, as a URL does.
_PAIR = re.compile(r"\b(?P<name>[A-Za-z][\w.-]*)[\"']?\s*[=:]\s*[\"']?(?=(?P<value>[^\s\"',;&]+))")
_FLAG = re.compile(r"(?<!\S)-{1,2}(?P<name>[A-Za-z][\w-]*)\s+[\"']?(?=(?P<value>[^\s\"']+))")
_BEARER = re.compile(r"\bBearer\s+(?=(?P<value>[^\s\"']+))", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?")
# Filled in by CDK or CloudFormation, or the name of a resource: never a secret.
_FILLED_IN = re.compile(r"[$#]\{Token\[[^\]]*\]\}|\{\{resolve:[^}]*\}\}|\barn:[\w:/.*+=@-]+")
_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")
_UNKNOWN = "a token"
_LONGEST_VALUE = 120
_DEEPEST = 50


def looks_secret(name: str, value: str = MASK) -> bool:
    """Whether a value looks like a credential, by what it is called or by itself; a CDK token never does.

    Args:
        name: what it is called; a path such as `environment["DB_PASSWORD"]` is judged part by part.
        value: its text. Omitted: any, so that the name alone decides.
    """
    said = _bare(value)
    return bool(said.strip()) and (_by_itself(said) or any(_by_name(part, value.strip()) for part in _parts(name)))


def shown(value: object, *, name: str = "") -> str:
    """`value` as an error may print it: what looks like a secret is masked, at any depth, and long text is cut.

    Args:
        value: anything.
        name: what the value is called; a name that looks like a credential's masks the whole value.
    """
    text = repr(_masked(_finite(value), name))
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def without(text: str, value: object, *, name: str = "") -> str:
    """`text` without what `shown` masks in `value` and in `name`; it can always be printed."""
    for secret in sorted({*_hidden(_finite(value), name), *_hidden(name, "")}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
    return text.encode(errors="backslashreplace").decode()


def remedy_without(text: str, value: object, *, name: str = "") -> str:
    """A remedy without what `shown` masks in `value`, even when it is altered there.

    A remedy mends the value that it was made for: of a value that hides something it keeps no quoted text but the names
    in `name`, which is printed anyway.
    """
    if any(_hidden(_finite(value), name)):
        text = "\n".join(_unquoted(line, re.findall(r'\["(.*?)"\]', name)) for line in text.splitlines())
    return without(text, value, name=name)


def _unquoted(line: str, names: Sequence[str]) -> str:
    """The line with all from its first quotation mark to its last left out, between the names in quotes."""
    kept = "|".join(re.escape(f'"{name}"') for name in names) or "(?!)"
    # Greedy: the text may hold a quotation mark itself.
    return "".join(
        part if re.fullmatch(kept, part) else re.sub(r"\".*\"|(?<!\w)'.*'", "…", part)
        for part in re.split(f"({kept})", line)
    )


def _parts(name: str) -> list[str]:
    return [part for part in _SEGMENTS.split(_bare(name)) if part]


def _bare(text: str) -> str:
    """The text, of the same length, without what is filled in later."""
    return _FILLED_IN.sub(lambda found: " " * len(found[0]), text)


def _by_name(name: str, value: str) -> bool:
    """Whether so simple a name makes a secret of the value."""
    words = [word.upper() for word in _WORDS.findall(name) if not word.isdecimal()]
    if _SECRET_WORDS.search("_".join(words)) is None:
        return False
    if _LEADS.fullmatch(words[-1]) or _REFERENCE.fullmatch(value) or value.lower() in ("true", "false", "none", "null"):
        return False
    if value in ("0", "1") and _SWITCHES.fullmatch(words[0]):
        return False
    return not (any(map(_COUNTS.fullmatch, words)) and _SHORT_NUMBER.fullmatch(value.rstrip(")]}")))


def _by_itself(value: str) -> bool:
    return _SECRET_VALUE.search(value) is not None or next(_within(value), None) is not None


def _within(text: str) -> Iterator[re.Match[str]]:
    """Values in a text that stand after a secret's name: `Pwd=…`, `--password …`, `Authorization: Bearer …`."""
    for match in (*_PAIR.finditer(text), *_FLAG.finditer(text)):
        name, value = match["name"], match["value"]
        if not _VARIABLE.fullmatch(value) and (name.lower() == "pwd" or _by_name(name, value)):
            yield match
    yield from (match for match in _BEARER.finditer(text) if not _VARIABLE.fullmatch(match["value"]))


def _finite(value: object, above: tuple[int, ...] = ()) -> object:
    """The value, with an ellipsis where it would hold itself, or more than anybody reads."""
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return value
    if id(cast("object", value)) in above or len(above) == _DEEPEST:
        return Verbatim("…")
    above = (*above, id(cast("object", value)))
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {key: _finite(part, above) for key, part in pairs}
    parts = [_finite(part, above) for part in cast("Sequence[object]", value)]
    return parts if isinstance(value, list) else tuple(parts) if isinstance(value, tuple) else _Set(parts)


def _masked(value: object, name: str) -> object:
    match value:
        case None | bool():
            return value
        case str():
            return Verbatim(_masked_text(value, "")) if isinstance(value, Verbatim) else _masked_text(value, name)
        case Mapping():
            pairs = cast("Mapping[object, object]", value)
            title = _title(pairs)
            return {
                _masked(key, ""): _masked(part, f'{name}["{title if _is_value(key) else key}"]')
                for key, part in pairs.items()
            }
        case list() | tuple():
            parts = [_masked(part, where) for part, where in _called(cast("Sequence[object]", value), name)]
            return type(value)(parts) if isinstance(value, _Set) else parts if isinstance(value, list) else tuple(parts)
        case _:
            if isinstance(value, int | float) and has_token(value):
                return Verbatim(_UNKNOWN)
            return Verbatim(MASK) if any(_hidden(value, name)) else _Named(value)


def _masked_text(text: str, name: str) -> str:
    """The text up to what follows a secret's name in it; nothing of it when that cannot be told apart."""
    bare = _bare(text)
    named = bool(bare.strip()) and any(_by_name(part, text.strip()) for part in _parts(name))
    if named or _SECRET_VALUE.search(bare):
        return MASK
    begins = [match.start("value") for match in _within(bare)]
    told = f"{text[: min(begins)]}{MASK}" if begins else text
    return Verbatim(_UNKNOWN) if _TOKEN.fullmatch(told) else _TOKEN.sub(f"<{_UNKNOWN}>", told)


def _called(values: Sequence[object], name: str) -> Iterator[tuple[object, str]]:
    """Each value of a list with what it is called: after `--password`, and after a name in a pair, it is that."""
    before = ""
    for value in values:
        yield value, f"{name}.{before}"
        before = value if isinstance(value, str) and re.fullmatch(r"-{0,2}[A-Za-z][\w-]*", value) else ""


def _title(pairs: Mapping[object, object]) -> str:
    """What `{"name": …, "value": …}` calls its value."""
    return next((str(part) for key, part in pairs.items() if str(key).lower() in ("name", "key")), "")


def _is_value(key: object) -> bool:
    return str(key).lower() == "value"


def _hidden(value: object, name: str) -> Iterator[str]:
    """The texts in `value` that `shown` masks."""
    match value:
        case None | bool():
            return
        case str():
            yield from _hidden_in(value, "" if isinstance(value, Verbatim) else name)
        case Mapping():
            pairs = cast("Mapping[object, object]", value)
            for key, part in pairs.items():
                yield from _hidden(key, "")
                yield from _hidden(part, f'{name}["{_title(pairs) if _is_value(key) else key}"]')
        case list() | tuple():
            for part, where in _called(cast("Sequence[object]", value), name):
                yield from _hidden(part, where)
        case _:
            texts = tuple(_texts(value))
            if any(looks_secret(name, text) for text in texts):
                yield from texts


def _texts(value: object) -> Iterator[str]:
    """How a value that is neither text nor a collection may be printed; nothing of what is told by its class."""
    if isinstance(value, int | float):
        yield from () if has_token(value) else (str(value),)
    elif isinstance(value, bytes | bytearray):
        yield from (value.decode("latin-1"), repr(value))
    elif _is_plain(value):
        yield from (str(value), repr(value))


def _hidden_in(text: str, name: str) -> Iterator[str]:
    bare = _bare(text)
    if bare.strip() and (_SECRET_VALUE.search(bare) or any(_by_name(part, text.strip()) for part in _parts(name))):
        yield text
    else:
        yield from (match["value"] for match in _within(bare))


class _Set(list[object]):
    """Prints a set, in which nothing that is masked is lost for being equal."""

    def __repr__(self) -> str:
        return f"{{{', '.join(map(repr, self))}}}"


class _Named:
    """Prints an object by its class: a construct's own text says nothing, a dataclass's says too much."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        if isinstance(self._value, type):
            return f"the class {self._value.__name__}"
        return repr(self._value) if _is_plain(self._value) else thing(self._value)


def _is_plain(value: object) -> bool:
    """Whether the value's own text is printed."""
    if isinstance(value, type):
        return False
    modules = ("builtins", "datetime", "decimal", "fractions", "pathlib", "enum", "uuid")
    return type(value).__module__ in modules or isinstance(value, Enum)
