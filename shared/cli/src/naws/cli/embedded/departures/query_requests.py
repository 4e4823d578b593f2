"""What a request to Athena or to the Glue Data Catalog needs permission on."""

from typing import Any

from naws.cli.embedded.departures.services import athena


def query_resources(name: str, operation: str, request: dict[str, Any], where: str) -> tuple[str, ...]:
    """The ARNs that each have to be allowed; none where MiniStack knows it.

    A query that was started is its workgroup's. What is asked of a table is asked of its database and of the catalog,
    too, and of a database of the catalog.
    Source: Athena User Guide, 'Configure access to databases and tables in the AWS Glue Data Catalog' (ancestors), and
    Service Authorization Reference, Amazon Athena

    Args:
        name: of the service.
        operation: such as ``GetTable``.
        request: its fields.
        where: region and account.
    """
    if name == "athena" and (execution := athena._executions.get(request.get("QueryExecutionId"))):
        return (f"arn:aws:athena:{where}:workgroup/{execution.get('WorkGroup')}",)
    if name != "glue":
        return ()
    whole = operation in ("GetDatabase", "DeleteDatabase", "UpdateDatabase")
    database = request.get("Name") if whole else request.get("DatabaseName")
    if not database:
        return ()
    table = request.get("TableName") or ("" if whole else request.get("Name"))
    of_table = (f"arn:aws:glue:{where}:table/{database}/{table}",) if table else ()
    return (*of_table, f"arn:aws:glue:{where}:database/{database}", f"arn:aws:glue:{where}:catalog")
