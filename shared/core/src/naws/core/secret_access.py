"""Secrets that ECS hands to a container: read by statements of the reading role alone.

CDK's own grant writes the reader into the policy of the secret's key: nowhere when that key is imported, and into a
stack that then waits for ours when it is made in another one.
"""

import re
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.key_access import statement_for, use_of_key, via
from naws.core.nag import acknowledge_nag_wildcard

_SERVICE, _READING = "secretsmanager", "secretsmanager:GetSecretValue"
_OF_ARN = re.compile(r"arn:[^:]+:[^:]+:(?P<region>[a-z0-9-]+):")
_OF_SECRET = re.compile(
    r"(?P<arn>arn:(?P<before>[^:]+):secretsmanager:(?P<region>[^:]+):(?P<account>[^:]+):secret:[^:]+)"
)
_WHY = "Which key encrypts the secret is not known; the statement is for this secret alone, by its encryption context."


def secret_value(secret: secretsmanager.ISecret, field: str | None = None) -> ecs.Secret:
    """A secret, or a JSON field of it, as a variable of a container.

    Args:
        secret: made here, in another stack, or imported.
        field: omitted: the whole secret string.
    """
    full, arn = secret.secret_full_arn, secret.secret_arn
    value = _Read(arn if field is None else f"{arn}:{field}::", has_field=field is not None)
    value.names = [f"{arn}-??????"] if full is None else [full]
    value.key, value.region = secret.encryption_key, secret.env.region
    value.made = secret.node.default_child is not None
    return value


def read_by_role(secret: ecs.Secret) -> ecs.Secret:
    """`secret`, read by statements of the reading role alone; one of another service than Secrets Manager as it is."""
    if isinstance(secret, _Read):
        return secret
    value = _Read(secret.arn, has_field=bool(secret.has_field))
    made, named = _made(secret.arn), _OF_SECRET.match(secret.arn)
    if made is not None:
        value.names, value.key, value.made = [made.secret_arn], made.encryption_key, True
        value.region = made.env.region
    elif named is not None:
        # Whether the ARN has its six random characters cannot be seen: the end of a name looks just so.
        value.names, value.region = [named["arn"], f"{named['arn']}-??????"], named["region"]
    else:
        return secret
    return value


def secret_by_arn(arn: str, field: str | None = None, *, key_arn: str | None, parameter: bool) -> ecs.Secret:
    """A secret of which nothing but its ARN is known, or a parameter of Parameter Store, as a variable of a container.

    Args:
        arn: its ARN, without a field.
        field: omitted: the whole text.
        key_arn: the customer's key that encrypts it. None: any key that encrypts this secret; of a parameter AWS's own.
        parameter: whether it is one of Parameter Store.
    """
    named = _OF_ARN.match(arn)
    value = _Read(arn if field is None else f"{arn}:{field}::", has_field=field is not None)
    value.service, value.action = ("ssm", "ssm:GetParameters") if parameter else (_SERVICE, _READING)
    value.names = [arn] if parameter else [arn, f"{arn}-??????"]
    value.region = named["region"] if named else "*"
    value.key_arn, value.made = key_arn, parameter
    return value


def _made(arn: str) -> secretsmanager.Secret | secretsmanager.SecretTargetAttachment | None:
    """The construct of a secret that is made in this app; None when the ARN is not one's."""
    for token in cdk.Tokenization.reverse_string(arn).tokens:
        if isinstance(token, cdk.Reference):
            above = token.target.node.scope
            if isinstance(above, secretsmanager.Secret | secretsmanager.SecretTargetAttachment):
                return above
    return None


class _Read(ecs.Secret):
    """A secret with the statements that its reader needs.

    Attributes:
        names: its ARN, as policies name it.
        region: where it is.
        key: the customer's key that is known to encrypt it.
        key_arn: the same, when its ARN is all that is known.
        service, action: of whom it is, and what reads it.
        made: whether it is made in this app, so that without a key it has none of a customer.
    """

    def __init__(self, arn: str, *, has_field: bool) -> None:
        super().__init__()
        self._arn, self._field = arn, has_field
        self.names: list[str] = []
        self.region = ""
        self.key: kms.IKey | None = None
        self.key_arn: str | None = None
        self.service, self.action = _SERVICE, _READING
        self.made = False

    @property
    def arn(self) -> str:
        """As the task definition names it, with its field."""
        return self._arn

    @property
    def has_field(self) -> bool:
        """Whether it is a field of the secret."""
        return self._field

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` read the secret, and decrypt it when a customer's key may encrypt it.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html (secrets), and
        https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html (encryption context)
        """
        principal = grantee.grant_principal
        if self.key is not None:
            through = (_SERVICE, self.region)
            use = use_of_key(self.key, "kms:Decrypt", through=through)
            principal.add_to_principal_policy(statement_for(cast("iam.IRole", grantee), use))
        elif self.key_arn is not None:
            conditions = via(self.service, self.region)
            principal.add_to_principal_policy(
                iam.PolicyStatement(actions=["kms:Decrypt"], resources=[self.key_arn], conditions=conditions)
            )
        elif not self.made:
            principal.add_to_principal_policy(self._decryption(grantee))
        return iam.Grant.add_to_principal(grantee=grantee, actions=[self.action], resource_arns=self.names)

    def _decryption(self, grantee: iam.IGrantable) -> iam.PolicyStatement:
        """The right to decrypt this secret with whatever key."""
        place = _OF_SECRET.match(self.names[0])
        before, region, account = place.group("before", "region", "account") if place else ("*", self.region, "*")
        keys = f"arn:{before}:kms:{region}:{account}:key/*"
        if isinstance(grantee, iam.Role):
            acknowledge_nag_wildcard(grantee, keys, _WHY)
        conditions = via(_SERVICE, region)
        conditions["StringLike"]["kms:EncryptionContext:SecretARN"] = self.names
        return iam.PolicyStatement(actions=["kms:Decrypt"], resources=[keys], conditions=conditions)
