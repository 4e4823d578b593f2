"""Secrets that ECS hands to a container: read by statements of the reading role alone.

CDK's own grant writes the reader into the policy of the secret's key: nowhere when that key is imported, and into a
stack that then waits for ours when it is made in another one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from naws.core.homes import Home, home_at, home_of
from naws.core.key_access import KeyUse, statement_for, use_of_key, via
from naws.core.references import targets_of
from naws.core.stacks import asked
from naws.core.text import one_or_more

_READING = ("secretsmanager", "secretsmanager:GetSecretValue")
"""The service that most secrets are in, and the action that reads one."""
_OF_ARN = re.compile(r"arn:[^:]+:[^:]+:(?P<region>[a-z0-9-]+):")
_OF_SECRET = re.compile(
    r"(?P<arn>arn:(?P<before>[^:]+):secretsmanager:(?P<region>[^:]+):(?P<account>[^:]+):secret:[^:]+)"
)
_NONE: Mapping[str, str] = {}
_WHY = "Which key encrypts the secret is not known; the statement is for this secret alone, by its encryption context."


def secret_value(secret: secretsmanager.ISecret, field: str | None = None) -> ecs.Secret:
    """A secret, or a JSON field of it, as a variable of a container.

    Args:
        secret: made here, in another stack, or imported.
        field: omitted: the whole secret string.
    """
    return _read(secret, field)


def _read(secret: secretsmanager.ISecret, field: str | None = None) -> "_Read":
    full, arn = secret.secret_full_arn, secret.secret_arn
    names, made = [f"{arn}-??????"] if full is None else [full], secret.node.default_child is not None
    region, key, whole = secret.env.region, secret.encryption_key, _whole_in(secret) if made else None
    return _Read(arn, names, region, field=field, key=key, made=made, whole_in=whole)


def reading_of(secret: secretsmanager.ISecret, here: Home) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The statements by which a program reads a secret itself, and the wildcards in them, each with the reason.

    Args:
        secret: made here, in another stack, or imported.
        here: where the program is.
    """
    return _read(secret).reading(here)


def read_by_role(secret: ecs.Secret) -> ecs.Secret:
    """`secret`, read by statements of the reading role alone; one of another service than Secrets Manager as it is."""
    if isinstance(secret, _Read):
        return secret
    arn = asked(secret, "arn")
    has_field, made, named = bool(secret.has_field), _made(arn), _OF_SECRET.match(arn)
    if made is not None:
        key, region = made.encryption_key, made.env.region
        whole = _whole_in(made)
        return _Read(arn, [made.secret_arn], region, has_field=has_field, key=key, made=True, whole_in=whole)
    if named is None:
        return secret
    # Whether the ARN has its six random characters cannot be seen: the end of a name looks just so.
    return _Read(arn, [named["arn"], f"{named['arn']}-??????"], named["region"], has_field=has_field)


def secret_by_arn(
    arn: str, field: str | None = None, *, key: kms.IKey | None, key_arn: str | None, parameter: bool
) -> ecs.Secret:
    """A secret of which nothing but its ARN is known, or a parameter of Parameter Store, as a variable of a container.

    Args:
        arn: its ARN, without a field.
        field: omitted: the whole text.
        key: the customer's key that encrypts it.
        key_arn: the same by its ARN. Both None: any key that encrypts this secret; of a parameter AWS's own.
        parameter: whether it is one of Parameter Store.
    """
    reading = ("ssm", "ssm:GetParameters") if parameter else _READING
    return _by_arn(arn, field, key=key, key_arn=key_arn, reading=reading)


def reading_by_arn(
    arn: str, *, key: kms.IKey | None, key_arn: str | None, parameter: bool, here: Home
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The same of what is known by its ARN alone; a program asks for one parameter, where ECS asks for several."""
    reading = ("ssm", "ssm:GetParameter") if parameter else _READING
    return _by_arn(arn, None, key=key, key_arn=key_arn, reading=reading).reading(here)


def _by_arn(
    arn: str, field: str | None, *, key: kms.IKey | None, key_arn: str | None, reading: tuple[str, str]
) -> "_Read":
    parameter, named = reading is not _READING, _OF_ARN.match(arn)
    names, region = [arn] if parameter else [arn, f"{arn}-??????"], named["region"] if named else "*"
    return _Read(arn, names, region, field=field, key=key, key_arn=key_arn, made=parameter, reading=reading)


def _made(arn: str) -> secretsmanager.Secret | secretsmanager.SecretTargetAttachment | None:
    """The construct of a secret that is made in this app; None when the ARN is not one's."""
    for target in targets_of(arn):
        above = target.node.scope
        if isinstance(above, secretsmanager.Secret | secretsmanager.SecretTargetAttachment):
            return above
    return None


def _whole_in(secret: object) -> Home | None:
    """Where alone CDK knows the whole ARN of a secret that is made in this app; None: wherever it is asked.

    Elsewhere it is put together of the secret's name. Source: https://github.com/aws/aws-cdk/issues/22468
    """
    return None if isinstance(secret, secretsmanager.SecretTargetAttachment) else home_of(secret)


class _Read(ecs.Secret):
    """A secret with the statements that its reader needs.

    Args:
        arn: as the task definition has it.
        names: its ARN, as policies name it.
        region: where it is.
        field: a field of it, which is taken. None: the whole text, or one that `arn` names.
        has_field: whether `arn` names a field.
        key: the customer's key that is known to encrypt it.
        key_arn: the same, when its ARN is all that is known.
        made: whether it is made in this app, so that without a key it has none of a customer.
        reading: of whom it is, and what reads it.
        whole_in: where alone `names` are whole ARNs, with the six random characters. None: wherever they are asked.
    """

    def __init__(  # noqa: PLR0913  # what is known of a secret
        self,
        arn: str,
        names: list[str],
        region: str,
        *,
        field: str | None = None,
        has_field: bool = False,
        key: kms.IKey | None = None,
        key_arn: str | None = None,
        made: bool = False,
        reading: tuple[str, str] = _READING,
        whole_in: Home | None = None,
    ) -> None:
        super().__init__()
        self._arn, self._has_field = arn if field is None else f"{arn}:{field}::", has_field or field is not None
        self._names, self._region, self._whole_in = names, region, whole_in
        self._key, self._key_arn, self._made, self._reading = key, key_arn, made, reading

    @property
    def arn(self) -> str:
        """The ARN that the task definition has, with the field."""
        return self._arn

    @property
    def has_field(self) -> bool:
        """Whether it is a field of the secret."""
        return self._has_field

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the secret, and decrypt it when a customer's key may encrypt it.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html (secrets), and
        https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html (encryption context)
        """
        for use in self._decryption():
            grantee.grant_principal.add_to_principal_policy(statement_for(cast("iam.IRole", grantee), use))
        names = self._names_in(home_at(cast("Construct", grantee)))
        return iam.Grant.add_to_principal(grantee=grantee, actions=[self._reading[1]], resource_arns=names)

    def reading(self, here: Home) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The same as statements, and the wildcards in them, each with the reason."""
        uses = list(self._decryption())
        read = {"Effect": "Allow", "Action": self._reading[1], "Resource": one_or_more(self._names_in(here))}
        wildcards = {resource: why for use in uses for resource, why in use.wildcards.items()}
        return [*(use.statement for use in uses), read], wildcards

    def _names_in(self, here: Home) -> list[str]:
        return self._names if self._whole_in in (None, here) else [f"{name}-??????" for name in self._names]

    def _decryption(self) -> Iterator[KeyUse]:
        """The use of the customer's key that encrypts it, or may."""
        if self._key is not None:
            yield use_of_key(self._key, "kms:Decrypt", through=(self._reading[0], self._region))
        elif self._key_arn is not None:
            yield _decryption(self._key_arn, via(self._reading[0], self._region))
        elif not self._made:
            yield self._by_any_key()

    def _by_any_key(self) -> KeyUse:
        """The right to decrypt this secret with whatever key."""
        named = _OF_SECRET.match(self._names[0])
        before, region, account = named.group("before", "region", "account") if named else ("*", self._region, "*")
        keys = f"arn:{before}:kms:{region}:{account}:key/*"
        conditions = via(_READING[0], region)
        conditions["StringLike"]["kms:EncryptionContext:SecretARN"] = self._names
        return _decryption(keys, conditions, {keys: _WHY})


def _decryption(key_arn: str, conditions: dict[str, dict[str, Any]], wildcards: Mapping[str, str] = _NONE) -> KeyUse:
    statement = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": key_arn, "Condition": conditions}
    return KeyUse(statement=statement, wildcards=dict(wildcards))
