"""Keys of a role's session, as STS would give them to the service that assumes it."""

import time
from typing import Any

from botocore.credentials import Credentials

from naws.cli.embedded.departures.arns import account_of
from naws.cli.embedded.departures.callers import entity_of
from naws.cli.embedded.departures.judge import session_arn
from naws.cli.embedded.departures.services import iam, sts

_LIFETIME_SECONDS = 7 * 24 * 3600.0


def open_session(role_arn: str, session_name: str) -> Credentials:
    """Begin a session of a role; it lasts until ``close_session``, at most a week."""
    keys: Any = Credentials(iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token())
    record: dict[str, Any] = {
        "Arn": session_arn(role_arn, session_name),
        "UserId": f"{entity_of(role_arn).get('RoleId', '')}:{session_name}",
        "SecretAccessKey": keys.secret_key,
        "SessionToken": keys.token,
        "Expiration": time.time() + _LIFETIME_SECONDS,
        "AccountId": account_of(role_arn),
        "PrincipalType": "AssumedRole",
    }
    sts.register_session(keys.access_key, record)
    return keys


def close_session(keys: Credentials) -> None:
    """End a session: its keys are unknown from now on."""
    sts._sessions.pop(keys.access_key, None)
