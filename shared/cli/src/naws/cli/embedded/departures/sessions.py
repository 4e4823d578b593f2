"""Keys of a role's session, as STS would give them to the service that assumes it."""
# ruff: noqa: SLF001  # departures use MiniStack's private functions

import time
from dataclasses import dataclass

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.judge import session_arn
from naws.cli.embedded.departures.patching import service

_LIFETIME_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Keys:
    """What signs requests.

    Attributes:
        access_key_id: Names the session.
        secret_access_key: Signs.
        session_token: Goes along.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str


def open_session(role_arn: str, session_name: str) -> Keys:
    """Begin a session of a role; it lasts until ``close_session``, at most a week."""
    iam = service("iam")
    keys = Keys(iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token())
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    role = members(iam._roles.get_scoped(account, None, name))
    record = {
        "Arn": session_arn(role_arn, session_name),
        "UserId": f"{role.get('RoleId', '')}:{session_name}",
        "SecretAccessKey": keys.secret_access_key,
        "SessionToken": keys.session_token,
        "Expiration": time.time() + _LIFETIME_SECONDS,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
    }
    service("sts").register_session(keys.access_key_id, record)
    return keys


def close_session(keys: Keys) -> None:
    """End a session: its keys are unknown from now on."""
    service("sts")._sessions.pop(keys.access_key_id, None)
