"""The actions of AWS's services and their arguments, read from botocore's models where it is installed.

Only what is asked for is read of a model: the actions, and the input of one of them. Without botocore nothing is known.
"""

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_OTHER_NAMES = """
applicationdiscovery discovery, cloudwatchlogs logs, cognitoidentityprovider cognito-idp, costandusagereport cur,
costexplorer ce, databasemigration dms, directory ds, directoryservicedata ds-data, elasticloadbalancing elb,
elasticloadbalancingv2 elbv2, elasticsearch es, eventbridge events, iotdataplane iot-data, lexmodelbuilding lex-models,
iotjobsdataplane iot-jobs-data, lexmodelsv2 lexv2-models, lexruntimev2 lexv2-runtime, migrationhub mgh,
sfn stepfunctions, marketplacemetering meteringmarketplace, pinpointsmsvoice sms-voice,
serverlessapplicationrepository serverlessrepo,
simpledb sdb
"""


def pairs(table: str) -> Mapping[str, str]:
    """Names and what belongs to each, of a text with a comma between the pairs."""
    split = (each.split() for each in table.split(","))
    return {each[0]: each[1] for each in split}


_FOLDERS = pairs(_OTHER_NAMES)
"""botocore's folder of a service, where its name behind `aws-sdk:`, which is AWS's Java SDK's, is another one."""
_BY_FOLDER = {folder.replace("-", ""): name for name, folder in _FOLDERS.items()}
_DECODER = json.JSONDecoder()


def renamed(name: str) -> str:
    """What `aws-sdk:` calls the service that boto3 calls so; empty when boto3 has no other name for it."""
    return _BY_FOLDER.get(name.replace("-", "").lower(), "")


UNSUPPORTED = frozenset(
    {
        *("lambda:invokeAsync", "lambda:invokeWithResponseStream", "s3:selectObjectContent", "rdsdata:executeSql"),
        *("sts:assumeRole", "sts:assumeRoleWithSAML", "sts:assumeRoleWithWebIdentity", "kinesis:subscribeToShard"),
        "sagemakerruntime:invokeEndpointWithResponseStream",
    }
)
"""Actions that an SDK has and Step Functions does not call, as far as they are in use.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html ("Unsupported operations")
"""


@dataclass(frozen=True)
class Shape:
    """What a value of an argument holds, as far as a model says.

    Attributes:
        members: of an object, each name with the name of its shape; empty of anything else.
        inside: the name of the shape of each part of a list, and of each value of a map; empty of anything else.
    """

    members: Mapping[str, str]
    inside: str = ""


@dataclass(frozen=True)
class Service:
    """A service's model."""

    text: str

    @cached_property
    def _operations(self) -> Mapping[str, Mapping[str, Any]]:
        found = _DECODER.raw_decode(self.text, self.text.index("{", self.text.index('"operations":')))[0]
        return {f"{name[:1].lower()}{name[1:]}": operation for name, operation in found.items()}

    @property
    def actions(self) -> Sequence[str]:
        """The names of its actions, as a task's ARN has them."""
        return list(self._operations)

    def members(self, action: str) -> Mapping[str, bool] | None:
        """The arguments of an action, each with whether it has to be given; None of an unknown action."""
        operation = self._operations.get(action)
        if operation is None:
            return None
        structure = self._shapes(operation.get("input", {}).get("shape"))
        members: Mapping[str, Any] = structure.get("members", {})
        required = structure.get("required", ())
        # An SDK makes up the token of a request that is repeated.
        return {name: name in required and not each.get("idempotencyToken") for name, each in members.items()}

    def input_of(self, action: str) -> str:
        """The name of the shape of an action's arguments; empty of an unknown action."""
        return self._operations.get(action, {}).get("input", {}).get("shape", "")

    def shape(self, name: str) -> Shape:
        """A shape by its name."""
        found = self._shapes(name)
        members = {each: member.get("shape", "") for each, member in found.get("members", {}).items()}
        part: Mapping[str, str] = found.get("member" if found.get("type") == "list" else "value") or {}
        return Shape(members=members, inside=part.get("shape", ""))

    @cached_property
    def _shapes(self) -> Callable[[str | None], Mapping[str, Any]]:
        """Shapes of the model by name, each read once; empty when it has none of that name."""
        shapes = self.text.index('"shapes":')

        @cache
        def read(name: str | None) -> Mapping[str, Any]:
            begin = re.compile(rf'"{name}":\s*(?=\{{\s*"type")').search(self.text, shapes)
            return {} if begin is None else _DECODER.raw_decode(self.text, begin.end())[0]

        return read


@cache
def services() -> Mapping[str, Path]:
    """The folders of the models, by what `aws-sdk:` calls the service; empty without botocore."""
    found = find_spec("botocore")
    places = [Path(each) / "data" for each in (found.submodule_search_locations or ())] if found else []
    folders = {folder.name: folder for place in places if place.is_dir() for folder in place.iterdir()}
    named = {name: folders.get(folder) for name, folder in _FOLDERS.items()}
    others = {name.replace("-", ""): folder for name, folder in folders.items() if name not in _FOLDERS.values()}
    return {name: folder for name, folder in {**others, **named}.items() if folder is not None and folder.is_dir()}


@cache
def service(name: str) -> Service | None:
    """A service by what `aws-sdk:` calls it; None when there is no such, or no botocore."""
    folder = services().get(name)
    if folder is None:
        return None
    models = sorted(folder.glob("*/service-2.json*"))
    if not models:
        return None
    content = models[-1].read_bytes()
    return Service((gzip.decompress(content) if models[-1].suffix == ".gz" else content).decode())


@cache
def members(name: str, action: str) -> Mapping[str, bool] | None:
    """The arguments of an action of a service, each with whether it has to be given; None when they are not known."""
    found = service(name)
    return None if found is None else found.members(action)
