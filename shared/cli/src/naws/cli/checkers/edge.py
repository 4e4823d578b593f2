"""What `naws verify` asks of what stands at the edge of a website."""

from collections.abc import Iterator
from typing import Any

from naws.cli.checkers.facts import Fact, Resource
from naws.cli.operate.rollback import RELEASE


def function(resource: Resource) -> Iterator[Fact]:
    """It is published as the template has it: of a website that somebody rolled back it holds another release."""
    name = resource.id.rpartition("/")[2]
    code = resource.client("cloudfront").get_function(Name=name, Stage="LIVE")["FunctionCode"].read().decode()
    declared = resource.declared("FunctionCode")
    if not isinstance(declared, str) or code == declared:
        yield Fact("published")
        return
    shown, own = RELEASE.search(code), RELEASE.search(declared)
    if shown and own and RELEASE.sub("", code) == RELEASE.sub("", declared):
        text = f"shows release {shown[0]}, the template has {own[0]}: it was rolled back"
        yield Fact(text, good=False)
    else:
        yield Fact("the published code is not the template's", good=False)


def distribution(resource: Resource) -> Iterator[Fact]:
    """It is deployed and switched on, under its names."""
    found = resource.client("cloudfront").get_distribution(Id=resource.id)["Distribution"]
    config = found["DistributionConfig"]
    yield Fact(found["Status"].lower(), good=found["Status"] == "Deployed")
    if not config["Enabled"]:
        yield Fact("switched off", good=False)
    declared: list[Any] = resource.declared("DistributionConfig", "Aliases") or []
    names: list[str] = config.get("Aliases", {}).get("Items", [])
    missing = [each for each in declared if isinstance(each, str) and each not in names]
    if missing:
        yield Fact(f"without {', '.join(missing)}", good=False)
