"""What MiniStack keeps of databases, and its functions for them, which have one name a verb and kind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from naws.cli.embedded.departures.patching import wrap
from naws.cli.embedded.departures.refusals import check_requests
from naws.cli.embedded.departures.services import provisioners, rds

Record = dict[str, Any]
MEMBER_OF = "DBClusterIdentifier"
"""What an instance has that is a member of a cluster."""


@dataclass(frozen=True)
class Kind:
    """A DB instance or a DB cluster.

    Attributes:
        name: As types and requests have it, such as `DBInstance`.
        noun: As MiniStack's functions have it: `_create_db_instance`, and `_rds_db_instance_create` of templates.
        database: The property that names the first database.
        resource_id: The member that never comes again, not even under the same name.
    """

    name: str
    noun: str
    database: str
    resource_id: str

    @property
    def type(self) -> str:
        """The CloudFormation type, without ``AWS::``."""
        return f"RDS::{self.name}"

    @property
    def records(self) -> Any:
        """Those of the account and region of the request at hand, by identifier."""
        return rds._instances if self is INSTANCE else rds._clusters

    def of(self, request: dict[str, Any]) -> Record | None:
        """The record that a request of the API names."""
        return self.records.get(rds._p(request, f"{self.name}Identifier"))

    def attributes(self, record: Record) -> dict[str, str]:
        """What ``Fn::GetAtt`` finds."""
        return getattr(provisioners, f"_rds_{self.noun}_attrs")(record)

    def created(self, record: Record) -> Any:
        """The answer to a request that created it."""
        members = (rds._instance_xml if self is INSTANCE else rds._cluster_xml)(record)
        result = f"Create{self.name}Result"
        return rds._xml(200, f"Create{self.name}Response", f"<{result}><{self.name}>{members}</{self.name}></{result}>")

    def wrap_request(self, verb: str, function: Callable[..., Any]) -> None:
        """Replace a function of the API by one that is given this kind and the original first."""
        name = f"_{verb}_{self.noun}"
        wrap(rds, name, partial(function, self))

    def check_requests(self, verb: str, check: Callable[..., None]) -> None:
        """Let ``check`` see this kind and each request of the API first."""
        name = f"_{verb}_{self.noun}"
        check_requests(rds, name, partial(check, self))

    def wrap_template(self, verb: str, function: Callable[..., Any]) -> None:
        """As `wrap_request`, of CloudFormation; also where an update calls it to replace the resource."""
        name = f"_rds_{self.noun}_{verb}"
        wrap(provisioners, name, partial(function, self))
        provisioners._RESOURCE_HANDLERS[f"AWS::{self.type}"][verb] = getattr(provisioners, name)


INSTANCE = Kind("DBInstance", "db_instance", "DBName", "DbiResourceId")
CLUSTER = Kind("DBCluster", "db_cluster", "DatabaseName", "DbClusterResourceId")
KINDS = (INSTANCE, CLUSTER)
