"""URLs of load balancers, in the variables of programs that send requests there."""

from types import SimpleNamespace

import pytest

from naws.cli.embedded.departures import load_balancer_names
from naws.cli.engine.environment import task_environment

NAME = "Shop-1a2b.us-east-1.elb.amazonaws.com"
HERE = "http://127.0.0.1:4566/_alb/shop"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """One load balancer, in whichever account."""
    items = [(("123456789012", "us-east-1", "arn"), {"DNSName": NAME, "LoadBalancerName": "shop"})]
    monkeypatch.setattr(load_balancer_names, "alb", SimpleNamespace(_lbs=SimpleNamespace(all_items=lambda: items)))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"http://{NAME}", f"{HERE}:80"),
        (f"http://{NAME.lower()}/prices?of={NAME}", f"{HERE}:80/prices?of={NAME}"),
        (f"https://{NAME}", f"{HERE}:443"),
        (f"http://{NAME}:8080/", f"{HERE}:8080/"),
        (f"http://{NAME},https://{NAME}", f"{HERE}:80,{HERE}:443"),
        ("http://other-1a2b.us-east-1.elb.amazonaws.com", "http://other-1a2b.us-east-1.elb.amazonaws.com"),
        (NAME, NAME),
        ("https://api.example.com", "https://api.example.com"),
    ],
)
def test_a_url_with_the_name_of_a_load_balancer_is_its_url_here(url: str, found: str) -> None:
    assert load_balancer_names.reachable({"URL": url}, "127.0.0.1") == {"URL": found}


@pytest.mark.parametrize("host", ["127.0.0.1", "host.docker.internal"])
def test_a_task_finds_it_where_its_engine_has_this_machine(host: str) -> None:
    own = "http://host.docker.internal:80/"
    given = load_balancer_names.reachable({"URL": f"http://{NAME}", "OWN": own}, "host.docker.internal")
    made = task_environment(given, {}, host)
    assert (made["URL"], made["OWN"]) == (f"http://{host}:4566/_alb/shop:80", own)
