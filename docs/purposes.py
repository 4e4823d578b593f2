"""What the constructs of a pattern are for: tables of resources are grouped by it, because nobody looks for a type."""

import re

SHARED = "shared by its stack"
PURPOSES = {
    "starts it": r"Schedule\d+|SchedulerRole|Event\d+\w*|EventsRole|PipesRole|Queue\d+|Queue\d+(Pipe|Mapping)",
    "works": r"Task|Service|Function|StateMachine|LeaseReaper|Leases|\w*Role|SecurityGroup|Files",
    "shows": r"Bucket|Headers|SiteFunction|ApiFunction\d+|OriginAccess|Distribution|Config|Release|Publisher"
    r"|NotFoundPage|.*\.\w+ A+|\w*Certificate|WebAcl",
    "lets people in": r"UserPool|SignInPage|Client",
    "answers": r"Api\w*|Authorizer|AnybodyMay\w+|FunctionUrl|Domain\w*|\w*Route(-.*)?|\w*LoadBalancer\w*|\w*Targets",
    "scales": r"Scal\w+",
    "is replaced": r"Rollout\w*|Rollback\w+|DeploymentRole",
    "keeps what failed": r"FailureQueue|Failures|DeadLetterQueue|Queue\d+DeadLetters|UnhandledEnds",
    "writes down": r"\w*Logs|Log(Source|Destination|Delivery)",
    "tells": r"DeploymentFailed|OutOfMemory",
    SHARED: r"Naws.*",
}
"""What a pattern does, in the order of the table, and the names of the constructs that do it, whole."""
_FIRST = (
    *("starts it", "is replaced", "keeps what failed", "writes down", "tells", "shows", "lets people in", "answers"),
)
"""Asked before the others, whose names are wider."""


def purpose(part: str, kinds: str) -> str:
    """What a construct, such as `Nightly/Logs`, with resources of these kinds is for; `works` if nothing else fits."""
    name = part if part.startswith("Naws") else part.rpartition("/")[2]
    asked = [*_FIRST, *(each for each in PURPOSES if each not in _FIRST)]
    found = next((each for each in asked if re.fullmatch(PURPOSES[each], name)), None)
    return found or ("tells" if "CloudWatch Alarm" in kinds else "works")


def grouped(rows: list[tuple[str, ...]], construct: int) -> list[tuple[str, ...]]:
    """Rows by purpose, each group with its name in front of the first.

    Args:
        rows: of which the last cell has the kinds of resources.
        construct: the number of the cell with the construct.
    """
    order, groups = list(PURPOSES), dict[str, list[tuple[str, ...]]]()
    for row in rows:
        groups.setdefault(purpose(row[construct].strip("`"), row[-1]), []).append(row)
    return [
        (f"**{name}**" if first else "", *row)
        for name in sorted(groups, key=order.index)
        for first, row in zip([True, *[False] * len(groups[name])], groups[name], strict=False)
    ]
