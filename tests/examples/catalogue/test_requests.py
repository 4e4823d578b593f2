"""The example on the embedded AWS, as processes, by requests to its load balancer."""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from naws.cli import running
from naws.cli.assembly import read_stacks
from naws.cli.aws import Aws
from naws.cli.deploy import Deployer
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommands, Engine
from naws.cli.load_balancers import commands_of
from naws.cli.main import app as command_line
from naws.cli.progress import Progress
from naws.cli.stacks import EmbeddedStack
from tests.examples.catalogue.conftest import EXAMPLE

pytestmark = pytest.mark.e2e

LAMP = {"id": "lamp", "name": "A lamp", "cents": 4900}


def eventually(found: Callable[[], Any], seconds: float = 60) -> Any:
    """What `found` returns as soon as it is something."""
    until = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.2)
    return answer


@dataclass(frozen=True)
class Shop:
    """The stack of both services, and who asks them."""

    stack: EmbeddedStack
    aws: Aws

    def ask(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON that the load balancer answers, asked by the name that AWS gives to it."""
        (url,) = {value for name, value in self.stack.outputs.items() if name.startswith("CatalogueUrl")}
        here = urlsplit(self.aws.endpoint_url)
        with contextlib.closing(HTTPConnection(here.hostname or "", here.port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Host": urlsplit(url).netloc, **headers})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())

    def service(self, name: str) -> dict[str, Any]:
        """A service by its construct id, as ECS describes it."""
        found = self.stack.of_type("AWS::ECS::Service")
        (arn,) = (physical for logical, physical in found.items() if logical.startswith(name))
        return self.aws.client("ecs").describe_services(cluster=arn.split("/")[1], services=[arn])["services"][0]

    def scale(self, name: str, count: int) -> None:
        service = self.service(name)
        self.aws.client("ecs").update_service(
            cluster=service["clusterArn"], service=service["serviceArn"], desiredCount=count
        )

    def health(self, name: str) -> list[str]:
        (group,) = (each["targetGroupArn"] for each in self.service(name)["loadBalancers"])
        found = self.aws.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [each["TargetHealth"]["State"] for each in found]

    def logged(self, name: str) -> list[dict[str, Any]]:
        found = self.stack.of_type("AWS::Logs::LogGroup")
        (group,) = (physical for logical, physical in found.items() if logical.startswith(name))
        events = self.aws.client("logs").filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in events]


@pytest.fixture(scope="module")
def shop(assembly: Path, embedded: EmbeddedAws, aws: Aws) -> Shop:
    """Both services, deployed once; their tasks run in the example's folder."""
    commands = DevCommands(Path(embedded.log_file).parent)
    deployer = Deployer(aws, Engine("process", None, ""), commands, EXAMPLE, Progress())
    _, stack = deployer.deploy(read_stacks(assembly))
    return Shop(stack, aws)


@pytest.fixture
def naws(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Any]]:
    """A command, in a folder whose embedded AWS is found by itself: its exit code, and its document."""
    monkeypatch.chdir(tmp_path)
    state_dir = tmp_path / ".naws" / "local"
    state_dir.mkdir(parents=True)
    running.note(state_dir, shop.aws.endpoint_url, [shop.aws.target])

    def asked(*arguments: str) -> tuple[int, Any]:
        result = CliRunner().invoke(command_line, [*arguments, "--json"])
        return result.exit_code, json.loads(result.stdout)

    return asked


def test_the_list_has_the_prices_of_the_other_service(shop: Shop) -> None:
    status, found = shop.ask("/catalogue")
    assert status == 200
    assert [each["id"] for each in found["products"]] == ["chair", "lamp", "shelf", "table"]
    assert LAMP in found["products"]


def test_one_product_and_what_there_is_not(shop: Shop) -> None:
    assert shop.ask("/catalogue/lamp") == (200, LAMP)
    assert shop.ask("/catalogue/sofa") == (404, {"message": "there is no product 'sofa'"})
    assert shop.ask("/catalogue/lamp/legs") == (404, {"message": "Not Found"})
    assert shop.ask("/prices?ids=lamp,sofa") == (200, {"prices": {"lamp": 4900}})
    assert shop.ask("/health")[0] == 404


def test_a_request_has_one_id_in_the_logs_of_both(shop: Shop) -> None:
    trace = "1-69282a3a-6b0d7c8f9e1a2b3c4d5e6f70"
    shop.ask("/catalogue/chair", **{"X-Amzn-Trace-Id": f"Root={trace}"})

    def lines(name: str) -> list[Any]:
        return [(line["message"], line["status"]) for line in shop.logged(name) if line.get("trace") == trace]

    assert eventually(lambda: lines("Catalogue")) == [("GET /catalogue/chair", 200)]
    assert eventually(lambda: lines("Prices")) == [("GET /prices", 200)]


def test_each_path_is_printed_as_a_command(shop: Shop) -> None:
    assert {line.rpartition("/")[2] for line in commands_of(shop.stack)} == {"catalogue", "prices"}


def test_the_command_line_tells_how_a_service_is(shop: Shop, naws: Callable[..., tuple[int, Any]]) -> None:
    # The stack is done when the first task is healthy; the second may take longer.
    (state,) = eventually(
        lambda: found[1]["patterns"] if (found := naws("status", "Prod/Shop/Catalogue"))[0] == 0 else None
    )
    assert (state["pattern"], state["running"], state["problems"]) == ("ecs-service", 2, [])
    shop.ask("/catalogue/table")
    eventually(
        lambda: [line for line in naws("logs", "Prod/Shop/Catalogue")[1]["lines"] if "/catalogue/table" in line["text"]]
    )
    assert naws("logs", "Prod/Shop/Catalogue", "--grep", "no such text")[1]["lines"] == []


def test_without_prices_the_catalogue_is_unavailable_and_healthy(shop: Shop) -> None:
    shop.scale("Prices", 0)
    without = (503, {"message": "the prices are not available"})
    eventually(lambda: shop.ask("/catalogue/lamp") == without)
    assert shop.ask("/catalogue/sofa")[0] == 404
    assert shop.health("Catalogue") == ["healthy", "healthy"]
    causes = eventually(lambda: [line["cause"] for line in shop.logged("Catalogue") if line.get("status") == 503])
    assert causes
    assert all("503" in cause for cause in causes)
    shop.scale("Prices", 2)
    eventually(lambda: shop.ask("/catalogue/lamp") == (200, LAMP))
