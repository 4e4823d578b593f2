"""Credentials in the text of files, those that nobody publishes on purpose. Pure.

Keys that are made for browsers are none: Stripe's `pk_live_`, and Google's `AIza`, of which Firebase says that they are
public by design. Source: https://firebase.google.com/docs/projects/api-keys
"""

import re
from collections.abc import Iterable, Iterator

from naws.core.authoring import looks_secret

_MARKS = (
    *("AKIA", "ASIA", "PRIVATE KEY-----", "ghp_", "gho_", "ghs_", "ghu_", "ghr_"),
    *("github_pat_", "glpat-", "npm_", "xox", "sk-", "hf_", "SG.", "k_live_"),
    *("secret_access_key", "secretAccessKey", "SECRET_ACCESS_KEY"),
    *("postgres", "mysql://", "mongodb", "redis", "amqp", "://hooks.slack.com/", "/api/webhooks/"),
)
"""What is looked for first, as it is quick: one of them is in each."""
_CREDENTIAL = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b(?<!EXAMPLE)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{40}"
    r"|\bgh[opsur]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b"
    r"|\bxox[abeprs]-\d{8,}-[\w-]{20,}|\b[rs]k_live_[A-Za-z0-9]{16,}"
    r"|\bsk-(?:ant-(?:api|admin)\d\d|proj|svcacct|admin)-(?=[\w-]*\d)[\w-]{40,}"
    r"|\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b|\bhf_(?=[a-z]*[A-Z])[A-Za-z]{34}\b|\bSG\.[\w-]{22}\.[\w-]{43}\b"
    r"|\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://[^\s:/@\"'`$]*:"
    r"(?!(?i:my|your)?_?-?(?i:pass|password|passwd|pwd|pw|secret|changeme|postgres|mysql|root|admin|guest|user|test)@)"
    r"[^\s/@\"'`${}<>*]{4,}@(?!localhost|127\.|HOST\b|host\b|(?:[\w-]+\.)?example\.)[\w.-]+"
    r"|https://hooks\.slack\.com/services/T\w{7,}/B\w{7,}/(?!X+\b)\w{20,}"
    r"|https://discord(?:app)?\.com/api/webhooks/\d{16,}/[\w-]{60,}"
    r"|(?i:secret_?access_?key[\"']?\s*[:=]\s*[\"'][A-Za-z0-9/+]{40}[\"'])"
)


_SETTINGS, _DATA = (".yml", ".yaml"), (".yml", ".yaml", ".sql", ".csv")
_HASH = re.compile(
    r"(?<![\w$])\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}(?![./\w])"
    r"|\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}"
)
"""Of a password, by bcrypt or Argon2: a page that explains these has examples, and data have none."""
_PASSWORD = re.compile(
    r"^[ \t]*(?:-[ \t]+)?[\"']?(?P<name>(?:[\w.-]*[._-])?(?:PASSWORD|PASSWD|PASSPHRASE)|"
    r"(?:[\w.-]*[._-])?(?:password|passwd|passphrase)|[\w.-]*[a-z0-9](?:Password|Passphrase))[\"']?"
    r"(?:[ \t]*=[ \t]*|:[ \t]+)(?P<quote>[\"']?)(?P<value>[^\s\"']{4,})(?P=quote)[ \t\r]*(?:[ \t]#.*)?$",
    re.MULTILINE,
)
_STANDS_FOR_ONE = re.compile(
    r"(?:.*(?:\$[{(A-Z_]|\{\{|<|\*\*\*|…|\.\.\.)|[!&*|>{\[%@/]|ENC[\[(]|arn:|[\w+-]+:/).*|(.)\1*"
    r"|(?i:(?:my|your|the|some|a)?[_-]?(?:new|db|root|admin|user|test|dev|local)?[_-]?"
    r"(?:pass|password|passwd|passphrase|pwd|pw|secret|change[_-]?(?:me|it|this)|postgres|mysql|root|admin|guest|user"
    r"|test|example|default|placeholder|redacted|string|true|false|null|none)\d{0,3})"
)
"""What is written in the place of a password: where it comes from, an example, a type."""
_OF_API = re.compile(r"^[\"']?(?:openapi|swagger|asyncapi)[\"']?:", re.MULTILINE)
"""A description of an API, whose passwords are examples."""
_LEAST = 8


def credential_lines(text: str, ending: str = "") -> Iterator[int]:
    """The numbers of the lines that have credentials, each once.

    Args:
        text: of the file.
        ending: of its name, such as `.yml`: settings have passwords, and data have hashes of them.
    """
    found = {*_lines(text, _credentials(text)), *(_lines(text, _HASH.finditer(text)) if ending in _DATA else ())}
    if ending in _SETTINGS and not _OF_API.search(text):
        found.update(_lines(text, _passwords(text)))
    yield from sorted(found)


def _credentials(text: str) -> Iterator[re.Match[str]]:
    if any(mark in text for mark in _MARKS):
        yield from (each for each in _CREDENTIAL.finditer(text) if looks_secret("", each[0]))


def _passwords(text: str) -> Iterator[re.Match[str]]:
    """Of a variable of the environment any value is a password; of another name, one that is no word."""
    for each in _PASSWORD.finditer(text):
        name, value = each["name"], each["value"]
        is_word = len(value) < _LEAST or not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value))
        if not _STANDS_FOR_ONE.fullmatch(value) and (name.isupper() or not is_word):
            yield each


def _lines(text: str, found: Iterable[re.Match[str]]) -> Iterator[int]:
    """The numbers of the lines in which they begin. Each line is counted once: a table of users has many."""
    line, at = 1, 0
    for each in found:
        line, at = line + text.count("\n", at, each.start()), each.start()
        yield line
