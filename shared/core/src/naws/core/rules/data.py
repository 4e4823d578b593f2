"""Names by which data is found: keys and prefixes of objects, fields of secrets, buckets that send events."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from naws.core.bindings.needs import KINDS, PARTS_OF_PARAMETERS, HostKind, Needs, variable_name
from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Field, format_number, is_text, one_of
from naws.core.spelling import nearest

_KEYS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"
_WILD = re.compile(r"[*?]|\$\{")
_LONGEST_KEY = 1_024
_NO_KEY = re.compile(r"^(s3://[^/]*/?|/)+")
_SECRET_ARN = re.compile(r"\$\{Token\[[^\]]*\]\}|arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]*")
_PARTS_OF_REFERENCE = 3
_ARN = re.compile(r"arn:[^:]+:(secretsmanager|ssm|kms):|\$\{Token\[")
_STATEMENT = {
    "Effect": '"Effect": "Allow"',
    "Action": '"Action": ["service:Action"]',
    "Resource": '"Resource": "arn:…"',
}
"""What a statement has to have, as it is written."""
_LISTING = '"Effect": "Allow", "Action": "s3:ListAllMyBuckets"'
_PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/db"


@dataclass(frozen=True, kw_only=True)
class Renamed(Field):
    """Variables of a binding that get other names: by part of the binding.

    Attributes:
        parts: all of its parts.
        variables: the names of all variables of the program.
    """

    parts: Sequence[str]
    variables: Collection[str]


@dataclass(frozen=True, kw_only=True)
class Asked(Field):
    """The needs of a binding, and the host of its program.

    Attributes:
        needs: what it asks.
        host: what the program runs in.
    """

    needs: Needs
    host: HostKind


@limit(
    code="NAWS-DATA-015",
    title="What a binding has is what gets another name",
    source="the pattern's page, on the variables of each binding",
    example='bindings=[BucketBinding(s3.Bucket(stack, "In"), variables={"bukcet": "SOURCE"})]',
    fix='bindings=[BucketBinding(s3.Bucket(stack, "In"), variables={"bucket": "SOURCE"})]',
)
def known_parts(renamed: Renamed) -> Iterator[Finding]:
    """Another part has no variable, nor has one without a value: the program would look for a name that nobody sets."""
    for part, name in renamed.value.items():
        if part in renamed.parts:
            if name is not None and name not in renamed.variables:
                others = {each: other for each, other in renamed.value.items() if each != part}
                written = json.dumps(others, ensure_ascii=False).replace("null", "None")
                remedy = f"variables={written}" if others else "omit variables"
                yield Field(renamed.path, part).finding("a part that has a value here", remedy)
        else:
            near = nearest(part, renamed.parts) or renamed.parts[0]
            remedy = f'variables={{"{near}": {json.dumps(name)}}}'.replace("null", "None")
            yield Field(renamed.path, part).finding(f"one of its parts: {', '.join(renamed.parts)}", remedy)


@limit(
    code="NAWS-DATA-016",
    title="A binding needs what its host gives",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html, and "
    "the pattern's page, on bindings",
    example='bindings=[RawBinding(Needs(secrets={"HOST": SecretValue('
    f'arn="{_PARAMETER}", kind="parameter", field="host")}}))]',
    fix=f'bindings=[RawBinding(Needs(secrets={{"HOST": SecretValue(arn="{_PARAMETER}", kind="parameter")}}))]',
)
def accepted(asked: Asked) -> Iterator[Finding]:
    """A need that its host cannot meet shows when the program starts: a variable is empty, a file is not there.

    A workflow has no file system and fills in no secret: the step that computes does. ECS takes a parameter of
    Parameter Store whole; a field in it is read for a part of the parameter's name, and the task does not start.
    """
    for kind in sorted(asked.needs.kinds - asked.host.accepts):
        whole = kind == PARTS_OF_PARAMETERS
        yield asked.finding(
            f"{one_of(tuple(each for each in KINDS if each in asked.host.accepts))}: "
            f"what {asked.host.host} gives{'; it takes a parameter whole' if whole else ''}",
            remedy='SecretValue(arn="…", kind="parameter")  # without field; the program reads it as JSON'
            if whole
            else f"omit it, and bind what computes instead: {asked.host.host} gives no {kind}",
            shown=kind,
        )


@advice(
    code="NAWS-DATA-017",
    title="The owner of what is not made here adds what a binding cannot",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html",
    example="bindings=[RawBinding(Needs(owner_must=['to the key\\'s policy "
    '{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:Decrypt", "Resource": "*"}\']))]',
    fix="bindings=[RawBinding(Needs())]",
)
def owner_adds(asked: Asked) -> Iterator[Finding]:
    """The policy of an imported resource is not this app's to change: until its owner has, the program is denied."""
    for statement in asked.needs.owner_must:
        remedy = 'acknowledge={"NAWS-DATA-017": "…"}  # when the owner has added it'
        yield asked.finding(f"what its owner adds {statement}", remedy, shown="something that is not made here")


@advice(
    code="NAWS-DATA-018",
    title="What is imported is imported with its key",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html",
    example='bindings=[BucketBinding(s3.Bucket.from_bucket_name(stack, "In", "sales-inbox"))]',
    fix='bindings=[BucketBinding(s3.Bucket.from_bucket_attributes(stack, "In", bucket_name="sales-inbox", '
    'encryption_key=kms.Key(stack, "K", enable_key_rotation=True)))]',
)
def key_is_known(asked: Asked) -> Iterator[Finding]:
    """An import knows a name and no key: where a customer's key encrypts the data, the program is denied it.

    Acknowledge it where keys of AWS encrypt.
    """
    for source in asked.needs.sources:
        if source.key_unknown:
            yield Field(f"{asked.path}.{source.field}").finding(
                "the key that encrypts it, when that is one of a customer",
                f'{source.key_unknown}\nacknowledge={{"NAWS-DATA-018": "…"}}  # a key of AWS encrypts it',
                shown="imported without a key",
            )


@practice(
    code="NAWS-DATA-010",
    title="A key and a prefix are literal",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
    example='bindings=[BucketBinding(s3.Bucket(stack, "In"), prefix="in/*")]',
    fix='bindings=[BucketBinding(s3.Bucket(stack, "In"), prefix="in/")]',
)
def literal_key(field: Field) -> Iterator[Finding]:
    """S3 takes `*` and `?` for themselves: nothing is found. IAM takes them for any text, and `${` for a variable.

    So a binding would allow more than its prefix, and the program would look for keys that hardly exist.
    """
    if is_text(field.value) and _WILD.search(field.value):
        bare = _NO_KEY.sub("", re.sub(r"(?<=/)(\$\{[^}]*\}?|[*?])+/|\$\{[^}]*\}?|[*?]", "", field.value))
        of = (
            "what keys begin with, character by character" if field.name.endswith("prefix") else "the key of one object"
        )
        yield field.finding(f"{of}, without *, ? and ${{", f'{field.name}="{bare}"')


@advice(
    code="NAWS-DATA-011",
    title="A key begins with its first folder",
    source=_KEYS,
    example='bindings=[BucketBinding(s3.Bucket(stack, "In"), prefix="/in/")]',
    fix='bindings=[BucketBinding(s3.Bucket(stack, "In"), prefix="in/")]',
)
def relative_key(field: Field) -> Iterator[Finding]:
    """A `/` at the beginning is a folder without a name: keys hardly have it. The bucket is no part of a key."""
    if is_text(field.value) and _NO_KEY.match(field.value):
        bare = _NO_KEY.sub("", field.value)
        remedy = f'{field.name}="{bare}"' if bare else f"omit {field.name}"
        yield field.finding(f"a {field.name} without a / or a bucket before it", remedy)


@limit(
    code="NAWS-DATA-012",
    title="A key has at most 1,024 bytes",
    source=_KEYS,
    example='bindings=[BucketBinding(s3.Bucket(stack, "In"), prefix="in/" * 400)]',
    fix='bindings=[BucketBinding(s3.Bucket(stack, "In"), prefix="in/")]',
)
def key_length(field: Field) -> Iterator[Finding]:
    """S3 has no longer ones, counted in UTF-8."""
    size = len(field.value.encode(errors="surrogatepass")) if is_text(field.value) else 0
    if size > _LONGEST_KEY:
        fitting = field.value.encode(errors="ignore")[:_LONGEST_KEY].decode(errors="ignore")
        expected = f"at most {format_number(_LONGEST_KEY)} bytes in UTF-8"
        yield field.finding(expected, f'{field.name}="{fitting}"', shown=f"{format_number(size)} bytes")


@limit(
    code="NAWS-DATA-013",
    title="A field of a secret has no colon",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
    example='bindings=[SecretBinding(secret, field="db:password")]',
    fix='bindings=[SecretBinding(secret, field="password")]',
)
def field_of_secret(field: Field) -> Iterator[Finding]:
    """ECS gets the field in one text with the secret's ARN, version and stage, which colons divide.

    With one more of them the task would stop before it starts. A secret with such a field is read whole instead.
    """
    if is_text(field.value) and ":" in field.value:
        own = field.path.endswith(".field")
        last = re.sub(r"[^A-Za-z0-9_.-]", "", field.value.rpartition(":")[2]) or "password"
        yield field.finding(
            "the name of a field at the secret's top level, without ':'",
            remedy=f'field="{last}"\nomit field  # the whole secret, which the program reads as JSON'
            if own
            else f'ecs.Secret.from_secrets_manager(secret, "{last}")\necs.Secret.from_secrets_manager(secret)',
        )


@advice(
    code="NAWS-DATA-014",
    title="A bucket that is imported notifies EventBridge by its owner's doing",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html",
    example='triggers=[EventTrigger.object_created(s3.Bucket.from_bucket_name(stack, "In", "sales-inbox"))]',
    fix='triggers=[EventTrigger.object_created(s3.Bucket(stack, "In"))]',
)
def notifies(bucket: Field) -> Iterator[Finding]:
    """The switch is a setting of the bucket, which this app does not have: while it is off, nothing starts a run."""
    if not bucket.value:  # the app neither makes the bucket nor writes its notifications
        yield bucket.finding(
            "Amazon EventBridge switched on in its properties, by whoever owns it",
            "let its owner set event_bridge_enabled=True where the bucket is made, and acknowledge this\n"
            "bucket.enable_event_bridge_notification()  # from here, by a Lambda function of CDK's",
            shown="an imported bucket",
        )


@limit(
    code="NAWS-DATA-046",
    title="The source of a program's own events is one literal name, which does not begin with aws",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html, and "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
    example='bindings=[EventBusBinding(events.EventBus(stack, "News"), source="aws.orders")]',
    fix='bindings=[EventBusBinding(events.EventBus(stack, "News"), source="orders")]',
)
def own_source(field: Field) -> Iterator[Finding]:
    """EventBridge refuses one of AWS's of anybody else, and every event has a source.

    It is compared letter by letter: with `*` or `?` in it no event of the program would be let through.
    """
    if not is_text(field.value):
        return
    if field.value == "" or field.value.startswith("aws.") or _WILD.search(field.value):
        bare = re.sub(r"\$\{[^}]*\}?|[*?]", "", field.value)
        own = re.sub(r"^(aws\.)+", "", bare).strip(".") or "app.orders"
        yield field.finding("the name of the program's own source, to the letter", f'{field.name}="{own}"')


@practice(
    code="NAWS-DATA-047",
    title="The name of a binding is in letters that variables have",
    source="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html",
    example='bindings=[BucketBinding(s3.Bucket(stack, "In"), name="Öl")]',
    fix='bindings=[BucketBinding(s3.Bucket(stack, "In"), name="Oel")]',
)
def name_of_binding(field: Field) -> Iterator[Finding]:
    """Variables have A to Z, digits and underscores: of `Öl` there would be `L_BUCKET`, and of `---` `_BUCKET`."""
    given = field.value
    if is_text(given) and (any(each.isalnum() and not each.isascii() for each in given) or not variable_name(given)):
        plain = unicodedata.normalize("NFKD", given).encode("ascii", "ignore").decode()
        yield field.finding("A to Z and digits, one or more", f'name="{variable_name(plain) or "DATA"}"')


@limit(
    code="NAWS-DATA-048",
    title="What a binding of one's own needs is whole",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, and "
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    example=f"bindings=[RawBinding(Needs(statements=[{{{_LISTING}}}]))]",
    fix=f'bindings=[RawBinding(Needs(statements=[{{{_LISTING}, "Resource": "*"}}]))]',
)
def whole(asked: Asked) -> Iterator[Finding]:
    """IAM refuses a statement without actions or resources, and ECS starts no task whose secret is no ARN."""
    for index, each in enumerate(asked.needs.statements):
        if isinstance(each, Mapping):
            for name, line in _STATEMENT.items():
                if not each.get(name) and not each.get(f"Not{name}"):
                    found = Field(f"{asked.path}.statements[{index}]", dict(each))
                    yield found.finding(f"a statement with {name}", line)
    for name, value in asked.needs.secrets.items():
        for field, arn in (("arn", value.arn), ("key_arn", value.key_arn)):
            if is_text(arn) and not _ARN.match(arn):
                service = "kms" if field == "key_arn" else "ssm" if value.kind == "parameter" else "secretsmanager"
                resource = {"kms": "key/…", "ssm": "parameter/…", "secretsmanager": "secret:…"}[service]
                found = Field(f'{asked.path}.secrets["{name}"].{field}', arn)
                yield found.finding(f"an ARN of {service}", f'{field}="arn:aws:{service}:…:{resource}"')


def colons_of(reference: str) -> str | None:
    """The field of a secret in the reference that ECS gets, when it has colons of its own; None when it has none."""
    beyond = _SECRET_ARN.sub("", reference, count=1) if _SECRET_ARN.match(reference) else ""
    if beyond.count(":") <= _PARTS_OF_REFERENCE:
        return None
    return beyond.removeprefix(":").removesuffix("::")


OBJECT_KEY_RULES = (literal_key, relative_key, key_length)
NEEDS_RULES = (accepted, owner_adds, key_is_known, whole)
