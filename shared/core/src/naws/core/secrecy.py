"""Values that look like credentials, and how any value is printed without giving one away.

A miss leaks, a false positive is acknowledged: names are read word by word, generously, and what a name says of a
secret (where it is, how long it lives) is no secret itself.

    value, its name -> redact_repr: text to print, in which a value that looks secret is masked as a whole
                    -> redact, redact_remedy: another text without what was masked there
"""

import re
from collections.abc import Iterable, Iterator, Mapping
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
    r"|\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|npm_\w{30,}|xox[abeprs]-[\w-]{10,}|[rs]k_live_\w{10,}"
    r"|sk-(?:ant|proj|svcacct|admin)-[\w-]{20,}|sk-\w{20}T3BlbkFJ\w{20}|hf_[A-Za-z]{30,}|SG\.[\w-]{16,}\.[\w-]{32,}"
    r"|AIza[\w-]{30,})|://hooks\.slack\.com/services/\w+/\w+/\w{16,}|://discord(?:app)?\.com/api/webhooks/\d+/[\w-]{40,}"
    r"|(^|[\s\"'=])(?!mailto:)[A-Za-z][\w.+-]*:[^\s/@:]+@(?!sha\d)[\w-]"
)
# The value is looked at, not taken: it may hold the next pair, as a URL does.
_PAIR = re.compile(r"\b(?P<name>[A-Za-z][\w.-]*)[\"']?\s*[=:]\s*[\"']?(?=(?P<value>[^\s\"',;&]+))")
_FLAG = re.compile(r"(?<!\S)-{1,2}(?P<name>[A-Za-z][\w-]*)\s+[\"']?(?=(?P<value>[^\s\"']+))")
_BEARER = re.compile(r"\bBearer\s+(?=(?P<value>[^\s\"']+))", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?")
# Filled in by CDK or CloudFormation, or the name of a resource: never a secret.
_FILLED_IN = re.compile(r"[$#]\{Token\[[^\]]*\]\}|\{\{resolve:[^}]*\}\}|\barn:[\w:/.*+=@-]+")
_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")
# A text such as `--password`, which names the item that follows it in a list.
_NAME = re.compile(r"-{0,2}[A-Za-z][\w-]*")
_KEYS = re.compile(r'\["(.*)"\]')
_UNKNOWN = "a token"
_LONGEST_VALUE = 120
_DEEPEST = 50


def looks_secret(name: str, value: str = MASK) -> bool:
    """Whether a value looks like a credential, by what it is called or by itself; a CDK token never does.

    Args:
        name: what it is called; a path such as `environment["DB_PASSWORD"]` is judged part by part.
        value: its text. Omitted: any, so that the name alone decides.
    """
    known = _bare(value)
    if not known.strip():
        return False
    parts = filter(None, _SEGMENTS.split(_bare(name)))
    by_itself = _SECRET_VALUE.search(known) or any(_within(known))
    return bool(by_itself) or any(_by_name(part, value.strip()) for part in parts)


def redact_repr(value: object, *, name: str = "") -> str:
    """`value` as an error may print it: what looks like a secret is masked, at any depth, and long text is cut.

    Args:
        value: anything.
        name: what the value is called; a name that looks like a credential's masks the whole value.
    """
    text = _written(value, name, set())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def redact(text: str, value: object, *, name: str = "") -> str:
    """`text` without what `redact_repr` masks in `value` and in the keys of `name`; it can always be printed."""
    hidden = set[str]()
    _written(value, name, hidden)
    for key in _KEYS.findall(name) or [name]:
        _written(key, "", hidden)
    for secret in sorted(hidden, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
    return text.encode(errors="backslashreplace").decode()


def redact_remedy(text: str, value: object, *, name: str = "") -> str:
    """A remedy without what `redact_repr` masks in `value`, even when it is altered there.

    A remedy mends the value that it was made for: of a value that hides something it keeps no quoted text but the keys
    in `name`, which are printed anyway.
    """
    hidden = set[str]()
    _written(value, name, hidden)
    if hidden:
        keys = [f'"{key}"' for key in re.findall(r'\["(.*?)"\]', name)]
        # Greedy: the text may hold a quotation mark itself.
        quoted = "|".join([*map(re.escape, keys), r"\".*\"", r"(?<!\w)'.*'"])
        text = re.sub(quoted, lambda found: found[0] if found[0] in keys else "…", text)
    return redact(text, value, name=name)


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


def _within(text: str) -> Iterator[str]:
    """Values in a text that stand after a secret's name: `Pwd=…`, `--password …`, `Authorization: Bearer …`."""
    for match in (*_PAIR.finditer(text), *_FLAG.finditer(text)):
        name, value = match["name"], match["value"]
        if not _VARIABLE.fullmatch(value) and (name.lower() == "pwd" or _by_name(name, value)):
            yield value
    yield from (match["value"] for match in _BEARER.finditer(text) if not _VARIABLE.fullmatch(match["value"]))


def _written(value: object, name: str, hidden: set[str], above: tuple[int, ...] = ()) -> str:
    """The value as Python writes it, with secrets masked and what anything else may print of them added to `hidden`.

    An ellipsis stands where the value holds itself, or for more than anybody reads.
    """
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return _written_single(value, name, hidden)
    if id(cast("object", value)) in above or len(above) == _DEEPEST:
        return "…"
    above = (*above, id(cast("object", value)))
    parts = list[str]()
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        # The name in {"name": …, "value": …}, which is the name of its value.
        title = next((part for key, part in pairs.items() if str(key).lower() in ("name", "key")), "")
        for key, part in pairs.items():
            where = f'{name}["{title if str(key).lower() == "value" else key}"]'
            parts.append(f"{_written(key, '', hidden, above)}: {_written(part, where, hidden, above)}")
    else:
        for part in cast("Iterable[object]", value):
            parts.append(_written(part, name, hidden, above))
            if isinstance(part, str) and _NAME.fullmatch(part) and _by_name(part, MASK):
                name = f"{name}.{part}"
    begin, end = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    return f"{begin}{', '.join(parts)}{',' if isinstance(value, tuple) and len(parts) == 1 else ''}{end}"


def _written_single(value: object, name: str, hidden: set[str]) -> str:
    texts = _texts(value)
    if any(looks_secret("" if isinstance(value, Verbatim) else name, text) for text in texts):
        hidden.update(texts, *(_within(_bare(text)) for text in texts))
        return repr(MASK) if isinstance(value, str) and not isinstance(value, Verbatim) else MASK
    if isinstance(value, str) and not _TOKEN.fullmatch(value):
        text = _TOKEN.sub(f"<{_UNKNOWN}>", value)
        return text if isinstance(value, Verbatim) else repr(text)
    if has_token(value):
        return _UNKNOWN
    if isinstance(value, type):
        return f"the class {value.__name__}"
    # A construct's own text says nothing, a dataclass's says too much.
    return repr(value) if _is_plain(value) else thing(value)


def _texts(value: object) -> list[str]:
    """Texts by which a value that is no collection may be printed; none of what is printed by its class."""
    if isinstance(value, str):
        return [value[:]]
    if value is None or isinstance(value, bool) or has_token(value):
        return []
    decoded = [value.decode("latin-1")] if isinstance(value, bytes | bytearray) else []
    return [*decoded, str(value), repr(value)] if isinstance(value, int | float) or _is_plain(value) else []


def _is_plain(value: object) -> bool:
    """Whether the value's own text is printed."""
    modules = ("builtins", "datetime", "decimal", "fractions", "pathlib", "enum", "uuid")
    return not isinstance(value, type) and (type(value).__module__ in modules or isinstance(value, Enum))
