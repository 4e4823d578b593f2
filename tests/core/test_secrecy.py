from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.rule import Finding, limit
from naws.core.secrecy import looks_secret, redact, redact_remedy, redact_repr
from naws.core.text import Verbatim
from naws.core.units import Unconverted

NEVER_REAL = "hunter2"
Kind = Enum("Kind", {"WORD": NEVER_REAL})
GOOGLE = "AIza" + "SyA0123456789abcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "x"),
        ("dbPassword", "x"),
        ("MASTERPASSWORD", "x"),
        ("api_key", "x"),
        ("DB_PWD", "x"),
        ("DBPWD", "x"),
        ("PGPASS", "x"),
        ("PGPASSWORD", "x"),
        ("DB_PASS", "x"),
        ("PASS", "x"),
        ("SSH_KEY", "x"),
        ("ENCRYPTION_KEY", "x"),
        ("REDIS_AUTH", "x"),
        ("ACCESSTOKEN", "x"),
        ("API_TOKENS", "abc,def"),
        ("DB_PASSWORD", "1"),
        ("DB_PASSWORD", "123456"),
        ("DB_PASSWORD", "/hunter2"),
        ("PASSWORD2", "x"),
        ("URL", "postgres://user:secret@host/db"),
        ("URL", "redis://:secret@host"),
        ("URL", "https://example.com/path?token=abc"),
        ("DSN", "Server=db;Database=a;Uid=app;Pwd=hunter2"),
        ("HEADERS", "Authorization: Bearer abc"),
        ("IMAGE", "user:pw@registry/x"),
        ("ID", "AKIAIOSFODNN7EXAMPLE"),
        ("PEM", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("CI", "ghp_0123456789abcdefghij0123"),
        ("MAPS", GOOGLE),
        ("ALERTS_URL", "https://hooks." + "slack.com/services/T0A1B2C3D/B0A1B2C3D/" + "aB3" * 8),
        ('environment["DB_PASSWORD"]', "x"),
    ],
)
def test_what_looks_like_a_secret_is_masked(name: str, value: str) -> None:
    assert looks_secret(name, value)
    assert value not in redact_repr(value, name=name)
    assert "***" in redact_repr(value, name=name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINK", "https://example.com/path"),
        ("LINK", "monkey"),
        ("LINK", "postgres://host/db"),
        ("${Token[TOKEN.12]}", "x"),
        ("TOKENIZER", "bert-base"),
        ("MAX_TOKENS_PER_MINUTE", "40000"),
        ("TOKEN_BUCKET_SIZE", "100"),
        ("PASSWORD_POLICY", "strict"),
        ("SECRET_ROTATION", "weekly"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("TOKEN_TTL", "15m"),
        ("SECRET_ARN", "x"),
        ("SECRET", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db"),
        ("LINK", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db"),
        ("PASSWORD", "{{resolve:secretsmanager:db:SecretString:password}}"),
        ("SSH_KEY", "/run/keys/id"),
        ("USE_TOKEN", "1"),
        ("ENABLE_AUTH", "true"),
        ("AUTH_MODE", "iam"),
        ("SECRETARY", "Ms. Moneypenny"),
        ("PWD", "/app"),
        ("BYPASS", "yes"),
        ("CONFIG", '{"max_tokens": 500}'),
        ("IMAGE", "repo/busybox:1.36@sha256:0123abcd"),
        ("CONTACT", "mailto:ops@example.com"),
        ("COMMAND", "run --token $API_TOKEN"),
    ],
)
def test_what_does_not_is_shown(name: str, value: str) -> None:
    assert not looks_secret(name, value)
    assert redact_repr(value, name=name) == repr(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"nested": [{"password": NEVER_REAL}], "user": "a"}, "{'nested': [{'password': '***'}], 'user': 'a'}"),
        ({"password": 5555, "flag": True}, "{'password': ***, 'flag': True}"),
        (["--token=abcdef", "-v"], "['***', '-v']"),
        (["--token", "abcdef", "-v"], "['--token', '***', '***']"),
        ([("DB_PASSWORD", NEVER_REAL)], "[('DB_PASSWORD', '***')]"),
        ([{"name": "DB_PASSWORD", "value": NEVER_REAL}], "[{'name': 'DB_PASSWORD', 'value': '***'}]"),
        ({"PASSWORD=hunter2": "x"}, "{'***': '***'}"),
        ("psql --password hunter2 -h db", "'***'"),
        ("curl -H 'Authorization: Bearer abc' x", "'***'"),
        ({"when": {"count": 3}}, "{'when': {'count': 3}}"),
    ],
)
def test_a_secret_is_masked_at_any_depth(value: object, shown: str) -> None:
    assert redact_repr(value) == shown


def test_an_issue_never_tells_what_its_value_hides() -> None:
    @limit(code="NAWS-X-001", title="", source="", example="", fix="")
    def leaky(value: object) -> Iterator[Finding]:
        """Why."""
        yield Finding(
            path='environment["PASSWORD=hunter2"]', value=value, expected=f"not {value}", remedy=f"x='{value}'"
        )

    (issue,) = leaky.issues({"DB_PASSWORD": 5555, "API_KEY": "abc-123"})
    shown = issue.render()
    assert issue.path == 'environment["***"]'
    assert not any(secret in shown for secret in ("hunter2", "5555", "abc-123"))


def test_only_the_whole_secret_is_taken_out_of_a_text() -> None:
    assert redact("run abc or abcd", ["--token", "abc"]) == "run *** or abcd"
    assert redact("nothing to hide", {"a": 1}) == "nothing to hide"


def test_a_secret_inside_a_masked_text_is_taken_out_of_other_texts_too() -> None:
    assert redact("neither hunter2 nor -h", "psql --password hunter2 -h db") == "neither *** nor -h"
    assert redact('environment["a password=hun,ter2"]', None, name='environment["a password=hun,ter2"]') == (
        'environment["***"]'
    )


def test_a_half_character_is_written_as_its_escape() -> None:
    assert redact('environment["\ud800"]', None) == 'environment["\\ud800"]'


def test_words_of_an_error_stay_without_quotes() -> None:
    assert redact_repr(Verbatim("2 days")) == "2 days"


@pytest.mark.parametrize(
    "value",
    [
        NEVER_REAL.encode(),
        bytearray(NEVER_REAL.encode()),
        {NEVER_REAL},
        frozenset({NEVER_REAL}),
        Path(NEVER_REAL),
        Kind.WORD,
        {"a": 1, NEVER_REAL: 2}.keys(),
        [NEVER_REAL.encode()],
        ValueError(NEVER_REAL),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_any_type_is_masked_under_a_secrets_name(value: object) -> None:
    assert NEVER_REAL not in redact_repr(value, name='environment["DB_PASSWORD"]')
    assert "***" in redact_repr(value, name='environment["DB_PASSWORD"]')
    assert NEVER_REAL in redact_repr(value, name="MODE")


def test_a_number_with_a_fraction_of_any_type_is_masked() -> None:
    assert redact_repr(Decimal("5555.25"), name="PASSWORD") == "***"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"password=hunter2", "***"),
        ({"password=hunter2"}, "{'***'}"),
        (frozenset({("token", "hunter2")}), "{('token', '***')}"),
        ({("a", frozenset({"password=hunter2"})): 1}, "{('a', {'***'}): ***}"),
        (Path("password=hunter2"), "***"),
        (ValueError("password=hunter2"), "***"),
    ],
)
def test_what_looks_like_a_secret_itself_is_masked_in_any_type(value: object, shown: str) -> None:
    assert redact_repr(value) == shown


def test_a_value_that_holds_itself_is_shown_up_to_there() -> None:
    whole: dict[str, Any] = {"password": NEVER_REAL}
    whole["again"] = [whole]
    assert redact_repr(whole) == "{'password': '***', 'again': […]}"
    assert redact(f"a {NEVER_REAL}", whole) == "a ***"


@pytest.mark.parametrize(
    ("remedy", "name", "value", "left"),
    [
        ('"api_token": "hunter2-"', 'tags["api_token"]', "hunter2&", '"api_token": …'),
        ('description="password=hunter2x"', "egress[0].description", "password=hunter2|x", "description=…"),
        ("key='token=hunter2.csv'", "over.key", "token=hunter2.parquet", "key=…"),
        ('x="password=hun"ter-2"', "x", 'password=hun"ter2', "x=…"),
        ('secrets={"KEY_TOKEN": f(secret)}', 'environment["KEY_TOKEN"]', "***", 'secrets={"KEY_TOKEN": f(secret)}'),
        ('a="b"\nomit it', "x", "password=hunter2", "a=…\nomit it"),
        ('a="b"', "x", "monkey", 'a="b"'),
    ],
)
def test_a_remedy_does_not_tell_an_altered_secret(remedy: str, name: str, value: str, left: str) -> None:
    assert redact_remedy(remedy, value, name=name) == left


def test_a_class_and_a_variables_own_name_are_no_secrets() -> None:
    @limit(code="NAWS-X-002", title="", source="", example="", fix="")
    def named(value: object) -> Iterator[Finding]:
        """Why."""
        yield Finding(path='secrets["MODE"]', value=value, expected='not environment["MODE"]', remedy='"MODE_2": …')

    secret = secretsmanager.Secret.from_secret_name_v2(cdk.Stack(), "Secret", "db")
    assert [issue.value for value in ("MODE", secret, Verbatim("an s3.Bucket")) for issue in named.issues(value)] == [
        "'MODE'",
        "a secretsmanager.ISecret",
        "an s3.Bucket",
    ]
    assert named.issues("MODE")[0].expected == 'not environment["MODE"]'
    assert named.issues(NEVER_REAL)[0].value == "'***'"


def test_a_token_is_reported_in_words() -> None:
    text, number = cdk.Fn.ref("Word"), cdk.Token.as_number(cdk.Fn.ref("Number"))
    assert redact_repr([text, number, Unconverted("minutes", "seconds")]) == "[a token, a token, a token]"
    assert redact_repr(f"in/{text}/out", name="prefix") == "'in/<a token>/out'"
    assert redact_repr(text, name="DB_PASSWORD") == "a token"
