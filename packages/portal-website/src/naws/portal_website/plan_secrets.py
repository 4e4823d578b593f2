"""Credentials in the text of files, those that nobody publishes on purpose. Pure.

Keys that are made for browsers are none: those of Firebase, and tokens that anybody may have.
"""

import re
from collections.abc import Iterator

from naws.core.authoring import looks_secret

_MARKS = (
    *("AKIA", "ASIA", "PRIVATE KEY-----", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "npm_", "xoxb-", "xoxp-"),
    *("sk_live_", "secret_access_key", "secretAccessKey", "SECRET_ACCESS_KEY"),
    *("postgres", "mysql://", "mongodb", "redis", "amqp"),
)
"""What is looked for first, as it is quick: one of them is in each."""
_CREDENTIAL = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b(?<!EXAMPLE)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{40}"
    r"|\bgh[pos]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20,}|\bnpm_[A-Za-z0-9]{36}\b"
    r"|\bxox[bp]-\d{8,}-[\w-]{20,}|\bsk_live_[A-Za-z0-9]{16,}"
    r"|\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://[^\s:/@\"'`$]*:"
    r"(?!(?i:my|your)?_?-?(?i:pass|password|passwd|pwd|pw|secret|changeme|postgres|mysql|root|admin|guest|user|test)@)"
    r"[^\s/@\"'`${}<>*]{4,}@(?!localhost|127\.|HOST\b|host\b|(?:[\w-]+\.)?example\.)[\w.-]+"
    r"|(?i:secret_?access_?key[\"']?\s*[:=]\s*[\"'][A-Za-z0-9/+]{40}[\"'])"
)


def credential_lines(text: str) -> Iterator[int]:
    """The numbers of the lines that have credentials, each once."""
    if not any(mark in text for mark in _MARKS):
        return
    last = 0
    for found in _CREDENTIAL.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if line > last and looks_secret("", found[0]):
            last = line
            yield line
