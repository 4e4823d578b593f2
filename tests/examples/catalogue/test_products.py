"""The table of products: made once by several at once, and connections that break."""

import contextlib
import importlib
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.embedded import EmbeddedAws

pytestmark = pytest.mark.e2e

IDS = ["chair", "lamp", "shelf", "table"]


@pytest.fixture(scope="module")
def module(serving: ModuleType) -> Iterator[ModuleType]:
    assert serving
    yield importlib.import_module("catalogue.products")
    for name in ("catalogue.products", "catalogue"):
        sys.modules.pop(name)


@pytest.fixture(scope="module")
def database(aws: Aws) -> Any:
    """A database as the binding describes it, and its secret."""
    rds, name = aws.client("rds"), f"products-{uuid.uuid4().hex[:8]}"
    login = {"username": "owner", "password": "Correct-horse-1"}
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBName="products",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername=login["username"],
        MasterUserPassword=login["password"],
    )
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1})
    endpoint = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["Endpoint"]
    secret = aws.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(login))["ARN"]
    return {
        "PRODUCTS_HOST": endpoint["Address"],
        "PRODUCTS_PORT": str(endpoint["Port"]),
        "PRODUCTS_DATABASE": "products",
        "PRODUCTS_SECRET_ARN": secret,
    }


@pytest.fixture
def products(
    module: ModuleType, database: Any, embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """A table of products as one task has it; its connections are closed afterwards."""
    for name, value in embedded.environment().items():
        monkeypatch.setenv(name, value)
    made: list[Any] = []

    def products(**variables: str) -> Any:
        made.append(module.Products({**database, **variables}))
        return made[-1]

    yield products
    for each in made:
        while not each._free.empty():
            if (connection := each._free.get()) is not None:
                with contextlib.suppress(Exception):
                    connection.close()


def ids(products: Any, *wanted: str) -> list[str]:
    return [each["id"] for each in products.find(*wanted)]


def test_tasks_that_start_together_make_one_table(products: Callable[..., Any]) -> None:
    tasks = [products() for _ in range(4)]
    with ThreadPoolExecutor(len(tasks)) as pool:
        assert [*pool.map(ids, tasks)] == [IDS] * 4
    assert (ids(tasks[0], "lamp"), ids(tasks[0], "sofa")) == (["lamp"], [])


def test_a_connection_that_broke_is_made_anew(products: Callable[..., Any]) -> None:
    task, other = products(), products()
    assert ids(task) == IDS
    with other._connection() as connection:
        connection.cursor().execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
        )
    assert ids(task) == IDS


def test_more_requests_than_connections_wait_for_each_other(products: Callable[..., Any]) -> None:
    task = products()
    with ThreadPoolExecutor(16) as pool:
        assert [*pool.map(lambda _: ids(task), range(64))] == [IDS] * 64


@pytest.mark.parametrize(
    "variables", [{"PRODUCTS_PORT": "9"}, {"PRODUCTS_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:1:secret:none"}]
)
def test_a_database_that_does_not_answer_is_unavailable_and_its_connection_is_given_back(
    products: Callable[..., Any], serving: ModuleType, variables: dict[str, str]
) -> None:
    task = products(**variables)
    for _ in range(6):
        with pytest.raises(serving.Refusal, match="the products are not available") as refused:
            task.find()
    assert refused.value.status == 503
    assert refused.value.__cause__
