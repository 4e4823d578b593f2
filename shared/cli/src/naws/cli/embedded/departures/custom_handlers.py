"""What CDK's own custom resources have in common here, where no function runs for them."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from naws.cli.embedded.departures import sessions
from naws.cli.embedded.departures.services import functions, responses
from naws.cli.embedded.settings import HOST

Properties = dict[str, Any]
Clients = Callable[..., Any]
"""Gives a client of a service by its name, and by a region where that is another than the stack's."""
_FAILURES = (BotoCoreError, ClientError, OSError, RuntimeError, KeyError, ValueError)


def normalised(properties: Properties) -> Properties:
    """The properties as CloudFormation sends them: numbers and booleans are text."""
    module: Any = import_module("ministack.services.cloudformation.custom_resource")
    return module._normalise_resource_properties(properties)


def function_of(properties: Properties) -> Properties:
    """The configuration of the function that would be asked.

    Raises:
        ValueError: There is no such function.
    """
    token = properties["ServiceToken"]
    config: Properties | None = functions._get_func_record_for_ref(token)[1]
    if config is None:
        raise ValueError(f"Custom resource ServiceToken {token!r} not found.")
    return config


@contextmanager
def clients_of(config: Properties) -> Generator[Clients]:
    """Clients with the keys of a session of a function's role; what fails by then, fails as the function's answer.

    Raises:
        RuntimeError: In CloudFormation's words.
    """
    keys: Any = sessions.open_session(config["Role"], config["FunctionName"])
    session: Any = import_module("boto3.session").Session(
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
        region_name=responses.get_region(),
    )
    url, how = f"http://{HOST}:{functions._GATEWAY_PORT}", Config(proxies={}, s3={"addressing_style": "path"})

    def client(name: str, region: str | None = None) -> Any:
        return session.client(name, region_name=region, endpoint_url=url, config=how)

    try:
        yield client
    except _FAILURES as error:
        text = f"Received response status [FAILED] from custom resource. Message returned: {error}"
        raise RuntimeError(text) from error
    finally:
        sessions.close_session(keys)
