import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws

EXAMPLE = Path(__file__).parents[3] / "examples" / "nightly-report"
BUCKET, TABLE, PASSWORD = "sales-bucket", "sales-summaries", "Correct-horse-1"


def load(name: str, path: Path) -> ModuleType:
    """A module of the example under a name of its own: other examples may have a job.py too."""
    folder = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folder)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load("nightly_report_generate", EXAMPLE / "generate.py")
verify = load("nightly_report_verify", EXAMPLE / "verify.py")
load("nightly_report_job", EXAMPLE / "job" / "__init__.py")
rates = importlib.import_module("nightly_report_job.rates")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Aws:
    """The embedded AWS and what a job needs to reach it."""

    embedded: EmbeddedAws
    s3: Any
    variables: dict[str, str]
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the platform and the deployment tell every run."""
        return self.embedded.environment() | self.variables

    def row(self, run: str) -> dict[str, Any]:
        """The item of a run; empty when there is none."""
        table = self.embedded.client("dynamodb")
        return table.get_item(TableName=TABLE, Key={"run": {"S": run}}).get("Item", {})

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        """The job as the platform starts it: in the example's folder, told everything by its environment."""
        arguments = arguments or ("-m", "job")
        base = {"PATH": os.environ["PATH"], **self.environment}
        out, err = (self.folder / "out").open("wb"), (self.folder / "err").open("wb")
        with out, err:
            return subprocess.Popen(
                [sys.executable, "-u", *arguments], cwd=EXAMPLE, env=base | environment, stdout=out, stderr=err
            )

    def end(self, process: "subprocess.Popen[bytes]") -> Outcome:
        code = process.wait(60)
        return Outcome(code, (self.folder / "out").read_text(), (self.folder / "err").read_text())

    def run(self, *arguments: str, **environment: str) -> Outcome:
        return self.end(self.start(*arguments, **environment))

    def put(self, key: str, content: str | bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    def reports(self, run: str) -> dict[str, bytes]:
        """The content of what a run wrote, by file name."""
        folder = f"reports/{run}/"
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=folder).get("Contents", [])
        names = [item["Key"] for item in found]
        return {name.removeprefix(folder): self.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() for name in names}


@dataclass(frozen=True)
class Sales:
    """A generated data set: the prefix it is under, and what a report must say about it."""

    prefix: str
    expected: Any


@pytest.fixture(scope="session")
def aws(embedded: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    """A bucket, a table and a database, in which rates are already."""
    s3, rds = embedded.client("s3"), embedded.client("rds")
    s3.create_bucket(Bucket=BUCKET)
    embedded.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "run", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "run", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    names = {"DBInstanceIdentifier": TABLE, "DBName": "rates", "MasterUsername": "owner"}
    size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    rds.create_db_instance(**names, **size, MasterUserPassword=PASSWORD)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=TABLE, WaiterConfig={"Delay": 1})
    (database,) = rds.describe_db_instances(DBInstanceIdentifier=TABLE)["DBInstances"]
    where = {"HOST": database["Endpoint"]["Address"], "PORT": str(database["Endpoint"]["Port"]), "USER": "owner"}
    login = {**where, "DATABASE": "rates", "PASSWORD": PASSWORD}
    variables = {"SALES_BUCKET": BUCKET, "SUMMARIES_TABLE": TABLE} | {f"RATES_{k}": v for k, v in login.items()}
    made = Aws(embedded, s3, variables, tmp_path_factory.mktemp("aws"))
    rates.store(made.environment, {currency: Decimal(euros) for currency, euros in generate.EUROS.items()})
    return made


@pytest.fixture(scope="session")
def upload(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Sales]:
    def make(prefix: str, **settings: int) -> Sales:
        folder = tmp_path_factory.mktemp("data")
        expected = generate.generate(folder, **settings)
        for name in expected["files"]:
            aws.put(prefix + name, (folder / name).read_bytes())
        return Sales(prefix, expected)

    return make


@pytest.fixture(scope="session")
def sales(upload: Callable[..., Sales]) -> Sales:
    """20,000 rows where the job looks when nothing else is said."""
    return upload("sales/", rows=20_000)


@pytest.fixture(scope="session")
def large(upload: Callable[..., Sales]) -> Sales:
    """One object of 16 MB."""
    return upload("large/", rows=300_000, files=1)
