"""AWS accounts as the credentials of the environment reach them: what `naws guard` and `naws verify` ask."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import exceptions as botocore
from botocore.config import Config
from botocore.session import Session

from naws.cli.assembly import StackArtifact
from naws.cli.errors import NO_ACCESS, REFUSED, CliError
from naws.core.spelling import nearest

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {
    *("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"),
    *("InvalidAccessKeyId", "AuthFailure", "InvalidSignatureException"),
}
_DENIED = {
    *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"),
    *("AuthorizationErrorException", "NotAuthorized", "403"),
}
_KEY_DENIED = "KMSACCESSDENIED"
"""How begins what services call it that a key may not be used, whatever of it they write small or with a dot."""
_KEY_HINT = (
    "It is encrypted under a KMS key: kms:Decrypt of that key is missing, to send kms:GenerateDataKey, too; "
    "of a function's variables it is its own role that lacks it."
)
_ENDPOINT = "AWS_ENDPOINT_URL"
"""The variable; those of single services begin so."""
_REGION = "eu-west-1"
_SSO = (botocore.SSOError, botocore.NoAuthTokenError, botocore.TokenRetrievalError)
_NO_CREDENTIALS = (
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.CredentialRetrievalError,
    botocore.LoginError,
)


@dataclass(frozen=True)
class Place:
    """One account and region, and the credentials for it.

    Attributes:
        session: Of boto3.
        account: Its twelve digits.
        region: Such as `eu-west-1`.
        endpoint_url: Where every service answers; None: AWS itself, or what the environment names.
    """

    session: Any
    account: str
    region: str
    endpoint_url: str | None = None
    _clients: dict[tuple[Any, ...], Any] = field(default_factory=dict[tuple[Any, ...], Any], repr=False, compare=False)

    def client(self, service: str, *, attempts: int = 6, patience: float = 60) -> Any:
        """A boto3 client; made once.

        Args:
            service: Of which service.
            attempts: How often a call is made at most. 1, where a call that got no answer may have been done.
            patience: Seconds to wait for an answer.
        """
        key = service, attempts, patience
        if key not in self._clients:
            retries = {"mode": "standard", "total_max_attempts": attempts}
            config = Config(retries=retries, read_timeout=patience, tcp_keepalive=True, **self._reached)
            self._clients[key] = self.session.client(
                service, region_name=self.region, config=config, endpoint_url=self.endpoint_url
            )
        return self._clients[key]

    @property
    def _reached(self) -> dict[str, Any]:
        """Several threads share a client; what answers on this machine is behind no proxy."""
        return {
            "connect_timeout": 10,
            "max_pool_connections": 16,
            **({} if self.endpoint_url is None else {"proxies": {}}),
        }

    @classmethod
    def of_endpoint(cls, endpoint_url: str, account: str, region: str) -> "Place":
        """An account and region of an embedded AWS, which takes an account's twelve digits as its root's key."""
        session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="local", region_name=region)  # noqa: S106  # no secret: it checks none
        return cls(session, account, region, endpoint_url)

    @classmethod
    def of_environment(cls) -> "Place":
        """Where the credentials of the environment lead: profile, variables, or the machine's role.

        Raises:
            CliError: There are none, or they are not valid; the detail is the command that helps.
        """
        with asked():
            # botocore itself reads AWS_DEFAULT_REGION only; every other tool reads this one.
            session: Any = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
            if session.region_name is None:
                raise botocore.NoRegionError
            return cls(session, session.client("sts").get_caller_identity()["Account"], session.region_name)

    def of_stack(self, stack: StackArtifact, *, lookup_role: bool) -> "Place":
        """Where a stack of an assembly is.

        Args:
            stack: The stack; one without account or region is where these credentials lead.
            lookup_role: Assume the role that `cdk bootstrap` made for look-ups.

        Raises:
            CliError: It is in another account, or the role cannot be assumed.
        """
        account, region = stack.account or self.account, stack.region or self.region
        if lookup_role:
            return self._assumed(stack, account, region)
        if account != self.account:
            detail = "--lookup-role assumes the bootstrap's role there; or export AWS_PROFILE=… of that account."
            title = f"{stack.name} is in account {account}; the credentials are of {self.account}."
            raise CliError(title, detail, code=NO_ACCESS)
        return Place(self.session, account, region)

    def _assumed(self, stack: StackArtifact, account: str, region: str) -> "Place":
        role = stack.lookup_role
        if role is None:
            raise CliError(f"{stack.name} names no look-up role: its synthesizer has none.", code=NO_ACCESS)
        partition = self.session.get_partition_for_region(region)
        known = {"AWS::Partition": partition, "AWS::AccountId": account, "AWS::Region": region}
        for name, value in known.items():
            role = role.replace(f"${{{name}}}", value)
        with asked(f"cdk bootstrap --trust-for-lookup {self.account} aws://{account}/{region}"):
            found = self.client("sts").assume_role(RoleArn=role, RoleSessionName="naws")["Credentials"]
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return Place(boto3.Session(*(found[name] for name in names), region_name=region), account, region)


@contextmanager
def asked(permission: str = "ReadOnlyAccess has it; so has the bootstrap's role: --lookup-role") -> Generator[None]:
    """What fails between us and AWS, in one sentence.

    Args:
        permission: What gives a permission that is missing.

    Raises:
        CliError: AWS was asked and did not answer; the detail is the command that helps.
    """
    try:
        yield
    except botocore.ClientError as error:
        raise _refused(error, permission) from error
    except botocore.BotoCoreError as error:
        raise _unasked(error) from error
    except ValueError as error:
        if "Invalid endpoint" not in str(error):  # botocore has no class of its own for it
            raise
        hint = "export AWS_ENDPOINT_URL=http://127.0.0.1:4566, or: unset AWS_ENDPOINT_URL"
        raise CliError(f"AWS_ENDPOINT_URL is no address. {error}.", hint, code=NO_ACCESS) from error


def code_of(error: botocore.ClientError) -> str:
    """AWS's code of an error, such as `AccessDenied`."""
    answer: Any = error.response
    return str(answer["Error"]["Code"])


def is_key_denied(code: str) -> bool:
    """Whether a code of AWS says that a KMS key may not be used, such as `KMS.AccessDeniedException` of SQS."""
    return code.replace(".", "").upper().startswith(_KEY_DENIED)


def _refused(error: botocore.ClientError, permission: str) -> CliError:
    code, message = code_of(error), str(error)
    if code in _EXPIRED:
        return CliError("The session has expired.", _log_in(), code=NO_ACCESS)
    if code in _UNKNOWN:
        return CliError("AWS does not know these credentials.", _log_in(), code=NO_ACCESS)
    if is_key_denied(code):
        return CliError(message, f"{_KEY_HINT}\n{permission}", code=NO_ACCESS)
    if code in _DENIED:
        return CliError(message, permission, code=NO_ACCESS)
    return CliError(message, code=REFUSED)


def _unasked(error: botocore.BotoCoreError) -> CliError:
    if isinstance(error, botocore.NoRegionError):
        return CliError("There is no region.", f"export AWS_REGION={_REGION}", code=NO_ACCESS)
    if isinstance(error, botocore.ProfileNotFound):
        return CliError(f"{error}.", "aws configure list-profiles", code=NO_ACCESS)
    if isinstance(error, _SSO):
        return CliError("The session has expired.", _log_in(), code=NO_ACCESS)
    if isinstance(error, _NO_CREDENTIALS):
        return CliError("There are no AWS credentials.", "export AWS_PROFILE=…, or: aws configure sso", code=NO_ACCESS)
    return _no_answer(error)


def _no_answer(error: botocore.BotoCoreError) -> CliError:
    """Why nothing answers: an endpoint of the environment, an embedded AWS that ended, a region, a network."""
    failed: Any = error
    asked_at = urlsplit(str(failed.kwargs.get("endpoint_url", "")))
    for name, url in sorted(os.environ.items()):
        if name.startswith(_ENDPOINT) and asked_at.netloc and urlsplit(url).netloc == asked_at.netloc:
            hint = f"naws local APP starts an embedded AWS, or: unset {name}"
            return CliError(f"{name} is {url}, and AWS cannot be asked there: {error}", hint, code=NO_ACCESS)
    here = asked_at.hostname in {"127.0.0.1", "localhost", "::1"}
    hint = "Does the embedded AWS still run? naws local APP starts one." if here else _region_or_network()
    return CliError(f"AWS cannot be asked: {error}", hint, code=NO_ACCESS)


def _region_or_network() -> str:
    """What helps where AWS does not answer: most often the region is none."""
    region = _region()
    # A profile that is not there is another error's.
    session: Any = Session({"profile": (None, None, None, None)})
    partitions: list[str]
    try:
        partitions = [session.get_partition_for_region(region)]
    except botocore.UnknownRegionError:
        partitions = session.get_available_partitions()
    known: list[str] = [
        each for name in partitions for each in session.get_available_regions("sts", partition_name=name)
    ]
    if region in known:
        return f"Is there a network, and a way to AWS in {region}?"
    near = nearest(region, known)
    return f"export AWS_REGION={near}" if near else f"export AWS_REGION={_REGION}, or another that AWS has"


def _region() -> str:
    """The region that is asked; empty where none is known."""
    session: Any = Session()
    try:
        return os.environ.get("AWS_REGION") or str(session.get_config_variable("region") or "")
    except botocore.ProfileNotFound:
        return ""


def _log_in() -> str:
    profile = os.environ.get("AWS_PROFILE")
    return f"aws sso login --profile {profile}" if profile else "aws sso login, or: export AWS_PROFILE=…"
