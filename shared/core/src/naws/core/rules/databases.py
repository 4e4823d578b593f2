"""Rules on the databases that programs use: how they are reached, and as whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.databases import DatabaseKind
from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field

_DATA_API = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html"
_IMPORTED = (
    'rds.DatabaseInstance.from_database_instance_attributes(stack, "Orders", instance_identifier="orders", '
    'instance_endpoint_address="orders.example.com", port=5432, security_groups=[{}])'
)
_GROUP = 'ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")'
_CLUSTER = 'rds.DatabaseCluster.from_database_cluster_attributes(stack, "Orders", cluster_identifier="orders"{})'


@dataclass(frozen=True, kw_only=True)
class DatabaseView(Field):
    """A database as a binding uses it.

    Attributes:
        kind: what it is.
        via: how it is reached.
        login: whether the secret of a user is known.
        groups: whether its security groups are known.
        endpoint: whether its address is known.
        data_api: whether its Data API is switched on; None when that is not known.
    """

    kind: DatabaseKind
    via: str
    login: bool
    groups: bool = True
    endpoint: bool = True
    data_api: bool | None = None


@limit(
    code="NAWS-DATA-030",
    title="The Data API is that of an Aurora cluster",
    source=_DATA_API,
    example=f'bindings=[DatabaseBinding({_IMPORTED.format(_GROUP)}, via="data-api", secret=secret)]',
    fix=f"bindings=[DatabaseBinding({_IMPORTED.format(_GROUP)}, secret=secret)]",
)
def data_api_of_clusters(view: DatabaseView) -> Iterator[Finding]:
    """An instance and a proxy have no such endpoint: nothing would answer."""
    if view.via == "data-api" and view.kind != "cluster":
        yield Field(f"{view.path}.via", view.via).finding(
            f'"network": {"an instance" if view.kind == "instance" else "a proxy"} has no Data API',
            'via="network"\nDatabaseBinding(cluster, via="data-api")',
        )


@limit(
    code="NAWS-DATA-031",
    title="A database is bound with the secret of a user",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
    example=f"bindings=[DatabaseBinding({_IMPORTED.format(_GROUP)})]",
    fix=f"bindings=[DatabaseBinding({_IMPORTED.format(_GROUP)}, secret=secret)]",
)
def known_login(view: DatabaseView) -> Iterator[Finding]:
    """What is imported, a proxy and a replica know no secret: the program would have no user to connect as."""
    if not view.login:
        yield Field(f"{view.path}.secret").finding(
            "a secret with the fields username and password: none is known of this database",
            'secret=secretsmanager.Secret.from_secret_name_v2(self, "OrdersUser", "orders/user")',
        )


@practice(
    code="NAWS-DATA-032",
    title="A database that is imported has its security group",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",
    example=f"bindings=[DatabaseBinding({_IMPORTED.format('')}, secret=secret)]",
    fix=f"bindings=[DatabaseBinding({_IMPORTED.format(_GROUP)}, secret=secret)]",
)
def known_groups(view: DatabaseView) -> Iterator[Finding]:
    """Without it CDK opens no way to the database, and does not say so: the program waits until it times out.

    CDK gives an imported proxy none at all. Accept it where the way is open already, or opened by another binding.
    """
    if view.via == "network" and view.endpoint and not view.groups:
        way = "Needs(reach=[Reach(to=security_group, port=ec2.Port.tcp(5432), why=…)])"
        yield Field(f"{view.path}.database").finding(
            "its security group, to which a way is opened",
            f"bindings=[…, RawBinding({way})]  # and accept this"
            if view.kind == "proxy"
            else "security_groups=[…]  # of its import, from_database_…_attributes",
            shown=f"{view.kind} without security groups",
        )


@limit(
    code="NAWS-DATA-033",
    title="A cluster that is imported has its endpoint",
    source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_rds/DatabaseCluster.html",
    example=f"bindings=[DatabaseBinding({_CLUSTER.format('')}, secret=secret)]",
    fix="bindings=[DatabaseBinding("
    + _CLUSTER.format(f', cluster_endpoint_address="o.example.com", port=5432, security_groups=[{_GROUP}]')
    + ", secret=secret)]",
)
def known_endpoint(view: DatabaseView) -> Iterator[Finding]:
    """An identifier is no address: the program would not know where to connect to."""
    if view.via == "network" and not view.endpoint:
        yield Field(f"{view.path}.database").finding(
            "its address and its port",
            'cluster_endpoint_address="…", port=…, security_groups=[…]  # of its import\nvia="data-api"',
            shown="a cluster without an endpoint",
        )


@practice(
    code="NAWS-DATA-034",
    title="The Data API that a program uses is switched on",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.enabling.html",
    example='bindings=[DatabaseBinding(rds.DatabaseCluster(stack, "Orders", vpc=ec2.Vpc(stack, "Vpc"), '
    "engine=rds.DatabaseClusterEngine.AURORA_MYSQL, "
    'writer=rds.ClusterInstance.serverless_v2("Writer")), via="data-api")]',
    fix='bindings=[DatabaseBinding(rds.DatabaseCluster(stack, "Orders", vpc=ec2.Vpc(stack, "Vpc"), '
    "engine=rds.DatabaseClusterEngine.AURORA_MYSQL, enable_data_api=True, "
    'writer=rds.ClusterInstance.serverless_v2("Writer")), via="data-api")]',
)
def data_api_on(view: DatabaseView) -> Iterator[Finding]:
    """A cluster has none unless it is asked for: every statement would be refused."""
    if view.via == "data-api" and view.data_api is False:
        yield Field(f"{view.path}.database").finding(
            "a cluster with its Data API switched on",
            'rds.DatabaseCluster(…, enable_data_api=True)\nvia="network"',
            shown="a cluster without Data API",
        )


DATABASE_RULES = (data_api_of_clusters, known_login, known_groups, known_endpoint, data_api_on)
"""Those of each database; each gets a `DatabaseView`."""
