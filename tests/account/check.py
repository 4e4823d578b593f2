"""Ask AWS itself about every scenario of the tests: state machines, policies, templates. Nothing is deployed.

    make account-check                          with the credentials of the environment, AWS_PROFILE, …
    uv run python tests/account/check.py --only ecs_task_processor/production --judge definitions

Exit codes: 0 when nothing is wrong, 1 on any error, 2 when nobody could be asked.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from change_sets import Clients, Plan, judged_templates, planned
from judges import judged_definitions, judged_permissions, judged_policies
from subjects import Place, Subject, scenarios, subject
from verdicts import Leftovers, Verdict, shown

JUDGES = ("definitions", "policies", "permissions", "templates")
COSTS = """It costs nothing: CloudFormation does not charge for AWS's own resource types, IAM and the policy validation
of Access Analyzer are free of charge, Step Functions charges for transitions only; an upload is one S3 request.
https://aws.amazon.com/cloudformation/pricing/, https://aws.amazon.com/iam/access-analyzer/pricing/,
https://aws.amazon.com/step-functions/pricing/"""


class NobodyToAskError(Exception):
    """Without credentials, region or consent; the text says which, in a sentence."""


def found_session() -> Any:
    """The credentials and region of the environment; AWS_REGION too, which boto3 leaves to the other SDKs."""
    return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)


def found_place(session: Any) -> Place:
    """The account and region of the credentials, which themselves are never shown.

    Raises:
        NobodyToAskError: there are none, or they are not valid.
    """
    if session.region_name is None:
        raise NobodyToAskError("There is no region: set AWS_REGION, or a region in the profile that AWS_PROFILE names.")
    if session.get_credentials() is None:
        raise NobodyToAskError("There are no AWS credentials: set AWS_PROFILE, or log in with `aws sso login`.")
    try:
        caller = session.client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise NobodyToAskError(f"The AWS credentials are not accepted: {error}") from error
    return Place(caller["Account"], session.region_name, caller["Arn"].split(":")[1])


def agreed(plan: Plan, console: Console, *, yes: bool) -> bool:
    """Say what will be made and taken away again, and ask, unless that is answered already."""
    console.print("This is made in the account, and taken away again, also on Ctrl-C:")
    for line in plan.told():
        console.print(f"  - {line}", soft_wrap=True, markup=False, highlight=False)
    if yes:
        return True
    try:
        return console.input("Go on? (y/N) ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def verdicts(
    subjects: Sequence[Subject], judges: Sequence[str], plan: Plan | None, session: Any, left: Leftovers
) -> Iterator[Verdict]:
    """Every judge's word on every scenario."""
    states, analyzer, iam = (session.client(name) for name in ("stepfunctions", "accessanalyzer", "iam"))
    for one in subjects:
        if "definitions" in judges:
            yield from judged_definitions(one, states)
        if "policies" in judges:
            yield from judged_policies(one, analyzer)
        if "permissions" in judges:
            yield from judged_permissions(one, iam)
    if plan is not None:
        clients = Clients(session.client("cloudformation"), session.client("s3"))
        yield from judged_templates(subjects, plan, clients, left)


def main(arguments: Sequence[str], session: Any = None, console: Console | None = None) -> int:
    """Ask, print, and return the exit code."""
    console = console or Console()
    try:
        chosen = _parser().parse_args(arguments)
        chosen.judge = chosen.judge or list(JUDGES)
        return _checked(chosen, session or found_session(), console)
    except (NobodyToAskError, BotoCoreError) as error:  # the second: a profile that does not exist, for one
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2


def _checked(chosen: argparse.Namespace, session: Any, console: Console) -> int:
    place = found_place(session)
    console.print(f"Account {place.account}, {place.region}. {COSTS}", highlight=False, soft_wrap=True)
    wanted = {name: one for name, one in scenarios().items() if not chosen.only or name in chosen.only}
    unknown = sorted(set(chosen.only) - wanted.keys())
    if unknown:
        raise NobodyToAskError(f"There is no scenario {', '.join(unknown)}.")
    subjects = [subject(name, scenario, place) for name, scenario in wanted.items()]
    plan = planned(subjects, place, session.client("s3")) if "templates" in chosen.judge else None
    if plan is not None and not agreed(plan, console, yes=chosen.yes):
        raise NobodyToAskError("Nothing was made and nobody asked; --yes agrees, --judge leaves the templates out.")
    said: list[Verdict] = []
    left = Leftovers()
    try:
        with left:
            said.extend(verdicts(subjects, chosen.judge, plan, session, left))
    finally:
        shown(said, console)
        for kept in left.kept:
            console.print(f"LEFT BEHIND: {kept}", style="red", markup=False, soft_wrap=True)
    return 1 if left.kept or any(one.level == "error" for one in said) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yes", action="store_true", help="agree beforehand to what is made and taken away again")
    parser.add_argument("--only", action="append", default=[], metavar="SCENARIO", help="this scenario; repeatable")
    parser.add_argument("--judge", action="append", choices=JUDGES, help="this judge; repeatable; omitted, all")
    return parser


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
