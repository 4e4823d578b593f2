"""The actions of AWS's services and their arguments, read from botocore's models where it is installed.

Only what is asked for is read of a model: the actions, and the input of one of them. Without botocore nothing is known.
"""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
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
_DECODER = json.JSONDecoder()


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
        shape = operation.get("input", {}).get("shape")
        begin = re.compile(rf'"{shape}":\s*(?=\{{\s*"type")').search(self.text, self.text.index('"shapes":'))
        if begin is None:
            return {}
        structure = _DECODER.raw_decode(self.text, begin.end())[0]
        members: Mapping[str, Any] = structure.get("members", {})
        required = structure.get("required", ())
        # An SDK makes up the token of a request that is repeated.
        return {name: name in required and not each.get("idempotencyToken") for name, each in members.items()}


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
