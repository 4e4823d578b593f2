"""The list of a workflow's executions, which is sorted by their ends; one that runs by when it began to.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

PAGES = 10
"""Pages of one list that are read at most."""
_PAGE = 1000
_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def listed_at(execution: dict[str, Any]) -> datetime:
    """What an execution is sorted by, the newest first; none begins after it."""
    return execution.get("stopDate") or execution.get("redriveDate") or execution["startDate"]


def began(states: Any, machine: str, since: datetime, most: int, statuses: Sequence[str] = ()) -> tuple[list[str], str]:
    """The ARNs of those that began since a time, the newest beginning first, and what is to be known of the list.

    Args:
        states: The client of Step Functions.
        machine: The ARN of their state machine.
        since: Those that began before are left out. They hide none: a long one, or one that was redriven, ends late.
        most: How many at most.
        statuses: Only those with one of these; empty: all.
    """
    found: dict[str, datetime] = {}
    notes: list[str] = []
    for status in statuses or ("",):
        count = 0
        for page in _pages(states, machine, status):
            if page is None:
                notes = [f"only those of the newest {count:,} executions, by their ends: --since"]
                break
            count += len(page)
            found |= {one["executionArn"]: one["startDate"] for one in page if one["startDate"] >= since}
            newest = sorted(found.values(), reverse=True)
            enough = newest[most] if len(newest) > most else since
            if page and listed_at(page[-1]) < enough:
                break
    arns = sorted(found, key=lambda arn: found[arn], reverse=True)
    notes += [more(most)] if len(arns) > most else []
    return arns[:most], " · ".join(notes)


def ended(states: Any, machine: str, most: int) -> list[dict[str, Any]]:
    """The executions that ended last, the last one first.

    Args:
        states: The client of Step Functions.
        machine: The ARN of their state machine.
        most: How many at most; fewer where others run.
    """
    newest = states.list_executions(stateMachineArn=machine, maxResults=most)
    found = [one for one in newest["executions"] if one["status"] in _ENDED]
    if found or not newest.get("nextToken"):
        return found
    # So many run that none is among the newest: those that ended are asked for alone.
    for status in _ENDED:
        asked = {"stateMachineArn": machine, "maxResults": most, "statusFilter": status}
        found += states.list_executions(**asked)["executions"]
    return sorted(found, key=listed_at, reverse=True)[:most]


def _pages(states: Any, machine: str, status: str) -> Iterator[list[dict[str, Any]] | None]:
    """The pages of a list; None where more would follow than are read."""
    asked = {"stateMachineArn": machine, "maxResults": _PAGE, **({"statusFilter": status} if status else {})}
    for _ in range(PAGES):
        answer = states.list_executions(**asked)
        yield answer["executions"]
        if not answer.get("nextToken"):
            return
        asked["nextToken"] = answer["nextToken"]
    yield None


def more(most: int) -> str:
    """That there are more than are shown."""
    return f"only the newest {most:,} are shown: --limit, --since"
