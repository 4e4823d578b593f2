"""The list of executions: as ListExecutions sorts it, which is not by the beginnings of runs."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from naws.cli.operate import alarms, executions, seen, states
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.times import clock
from naws.core.runs import Runs

MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Import"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def one(name, began, ended=None, redriven=None, status="SUCCEEDED"):
    """An execution, by how many hours ago it began, ended and was redriven."""
    times = {"startDate": began, "stopDate": ended, "redriveDate": redriven}
    found = {key: NOW - timedelta(hours=hours) for key, hours in times.items() if hours is not None}
    return {"name": name, "executionArn": name, "status": status if "stopDate" in found else "RUNNING", **found}


LONG = one("long", 72, 0)
"""It waited for an approval, or was redriven: it ended last, and began first."""


class Listing:
    """AWS's list.

    Args:
        held: What there is.
        size: How many a page has at most, whatever is asked for.
    """

    def __init__(self, held, size=1000):
        self.held, self.size, self.asked = sorted(held, key=executions.listed_at, reverse=True), size, []

    def list_executions(self, *, stateMachineArn, statusFilter="", maxResults=100, nextToken="0"):  # noqa: N803  # AWS's names
        assert stateMachineArn == MACHINE
        self.asked.append(statusFilter)
        found = [each for each in self.held if statusFilter in ("", each["status"])]
        size, first = min(self.size, maxResults), int(nextToken)
        more = {"nextToken": str(first + size)} if len(found) > first + size else {}
        return {"executions": found[first : first + size], **more}

    def describe_execution(self, **_):
        return {"input": '{"trigger": "manual"}'}


def since(hours):
    return NOW - timedelta(hours=hours)


class TestBegan:
    @pytest.mark.parametrize("size", [1, 2, 1000])
    def test_one_that_began_before_hides_nothing(self, size):
        listing = Listing([LONG, one("first", 3, 2.9), one("second", 2, 1.9), one("old", 60, 59)], size)
        assert executions.began(listing, MACHINE, since(48), 20) == (["second", "first"], "")

    def test_none_is_asked_for_after_which_none_may_belong(self):
        listing = Listing([LONG, one("new", 2, 1.9), *(one(f"old-{at}", 50 + at, 49 + at) for at in range(100))], 10)
        assert executions.began(listing, MACHINE, since(48), 20)[0] == ["new"]
        assert len(listing.asked) == 1

    def test_one_that_is_redriven_now_hides_nothing(self):
        listing = Listing([one("again", 72, redriven=0), one("new", 2, 1.9)], 1)
        assert executions.began(listing, MACHINE, since(48), 20)[0] == ["new"]

    def test_the_newest_are_those_that_began_last(self):
        held = [one("slow", 40, 0), one("slower", 44, 0.5), one("quick", 3, 2.9), one("new", 2, 1.9)]
        held += [one(f"old-{at}", 46, 45) for at in range(9)]
        listing = Listing(held, 2)
        assert executions.began(listing, MACHINE, since(48), 2) == (["new", "quick"], executions.more(2))
        assert len(listing.asked) == 3

    def test_what_nobody_waits_for_is_not_looked_for(self):
        listing = Listing([one(f"slow-{at}", 72, at / 100) for at in range(100)], 1)
        found, note = executions.began(listing, MACHINE, since(48), 20)
        assert (found, len(listing.asked)) == ([], executions.PAGES)
        assert "of the newest 10 executions" in note

    def test_of_some_statuses(self):
        listing = Listing([LONG, one("failed", 2, 1.9, status="FAILED"), one("cut", 1, 0.9, status="TIMED_OUT")])
        found = executions.began(listing, MACHINE, since(48), 20, ("FAILED", "TIMED_OUT"))[0]
        assert (found, listing.asked) == (["cut", "failed"], ["FAILED", "TIMED_OUT"])


class TestEnded:
    def test_those_that_run_hide_none(self):
        held = [one(f"runs-{at}", at / 100) for at in range(30)]
        held += [one("failed", 5, 4, status="FAILED"), one("cut", 4, 3, status="TIMED_OUT"), one("fine", 6, 5)]
        listing = Listing(held)
        assert [each["name"] for each in executions.ended(listing, MACHINE, 20)] == ["cut", "failed", "fine"]
        assert listing.asked == ["", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]

    @pytest.mark.parametrize("going", [0, 5, 19])
    def test_a_call_is_enough_where_one_is_among_the_newest(self, going):
        held = [*(one(f"runs-{at}", at / 100) for at in range(going)), one("old", 40, 30), one("new", 5, 4)]
        listing = Listing(held)
        assert executions.ended(listing, MACHINE, 20)[0]["name"] == "new"
        assert len(listing.asked) == 1

    def test_none_is_looked_for_where_all_are_known_to_run(self):
        listing = Listing([one("runs", 1)])
        assert (executions.ended(listing, MACHINE, 20), len(listing.asked)) == ([], 1)

    def test_status_and_alarms_have_the_last_one(self):
        listing = Listing([*(one(f"runs-{at}", at / 100) for at in range(25)), one("failed", 5, 4, status="FAILED")])
        place = SimpleNamespace(client=lambda *_, **__: listing, account="111122223333", region="eu-west-1")
        pattern = Deployed(place, "Shop", Runs(pattern="a", path="Shop/Import", kind="workflow"), MACHINE, {})
        state = states.State(pattern)
        states._workflow(state)
        assert (state.facts, state.running) == (["25 running"], 25)
        assert state.problems == [f"last 1 of 1 runs failed, the last {clock(since(5))}"]
        assert state.last["status"] == "FAILED"
        listing.held[-1]["status"] = "SUCCEEDED"
        assert alarms._of_machine(pattern, MACHINE, since(1)) == since(1)


def test_runs_has_what_one_that_began_before_hid(monkeypatch):
    listing = Listing([LONG, one("new", 2, 1.9)])
    place = SimpleNamespace(client=lambda *_, **__: listing, account="111122223333", region="eu-west-1")
    pattern = Deployed(place, "Shop", Runs(pattern="a", path="Shop/Import", kind="workflow"), MACHINE, {})
    monkeypatch.setattr(seen, "_read", lambda _, arn: arn)
    assert seen.runs_of(pattern, since(48), 20) == (["new"], "")
