"""What holds for any pattern holds for constructs of data; but for what they are not, each with its reason."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import props_of_data
from constructs import Construct
from props_of_data import PropsOf, unprotect

import naws.core
from naws.core.data import Database, DataBucket, DataTable, FileStore
from naws.testing import PatternContract
from naws.testing.deployment import DeployedStack
from naws.testing.options import Option, Options


class DataContract(PatternContract):
    props: ClassVar[PropsOf]

    def minimal_props(self) -> Any:
        return self.props.minimal()

    def production_props(self, scope: Construct) -> Any:
        return self.props.production(scope)

    def updated_props(self, scope: Construct) -> Any:
        return self.props.updated(scope)

    def invalid_props(self) -> Iterable[Any]:
        return self.props.invalid()

    def options(self) -> Options:
        props = self.minimal_props()
        fields = {field.name: getattr(props, field.name) for field in dataclasses.fields(props)}
        return Options(self.construct, type(props), lambda _: fields, {"nothing": Option(lambda _: {})})

    def release(self, deployed: DeployedStack, aws: Any) -> None:
        unprotect(deployed, aws)

    def test_types_are_shipped(self) -> None:
        """They are a folder of the core, whose `py.typed` is beside it."""
        assert (Path(naws.core.__path__[0]) / "py.typed").exists()


class TestDataBucket(DataContract):
    construct = DataBucket
    props = props_of_data.BUCKET


class TestDataTable(DataContract):
    construct = DataTable
    props = props_of_data.TABLE


class TestInstance(DataContract):
    construct = Database
    props = props_of_data.INSTANCE


class TestAurora(DataContract):
    construct = Database
    props = props_of_data.AURORA


class TestFileStore(DataContract):
    construct = FileStore
    props = props_of_data.FILES
