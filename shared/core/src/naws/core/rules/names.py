"""Rules on names."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from naws.core.naming import shortened
from naws.core.network import SHARED_CLUSTER_ID, SHARED_VPC_ID
from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field, is_text
from naws.core.shared import SHARED_PAYLOADS_ID, SHARED_TOPIC_ID

_EVENT_NAME = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_LONGEST = 64
_PREFIX = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?")
_LONGEST_PREFIX = 40
_POLICY = re.compile(r"([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,128}")


_SHARED = (SHARED_VPC_ID, SHARED_CLUSTER_ID, SHARED_TOPIC_ID, f"{SHARED_TOPIC_ID}Key", f"{SHARED_TOPIC_ID}TopicArn")
"""Ids of what a stack's patterns share."""


@dataclass(frozen=True, kw_only=True)
class TriggerName:
    """A trigger's physical name.

    Attributes:
        path: its trigger in the user's spelling.
        name: what was given, or is made from the conventions' prefix; None when CloudFormation names it.
        kind: what is named, for the reader.
        among: what holds the names that have to be different, such as a rule's bus.
    """

    path: str
    name: str | None
    kind: str
    among: Hashable = None

    @property
    def taken(self) -> Hashable:
        """The key that has to be different for each trigger: kind, what holds the names, and name."""
        return self.kind, self.among, self.name


@limit(
    code="NAWS-NAME-001",
    title="A schedule's or rule's name has 1 to 64 letters, digits and . - _",
    source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html",
    example='triggers=[ScheduleTrigger("@daily", name="every night!")]',
    fix='triggers=[ScheduleTrigger("@daily", name="every-night")]',
)
def trigger_name(named: TriggerName) -> Iterator[Finding]:
    """EventBridge refuses any other name. Without one CloudFormation names it, so that replacing it always works."""
    if is_text(named.name) and not _EVENT_NAME.fullmatch(named.name):
        yield Field(f"{named.path}.name", named.name).finding(
            f"1 to {_LONGEST} letters, digits and . - _, as a {named.kind}'s name has",
            f'name="{shortened(named.name, _LONGEST)}"' if shortened(named.name, _LONGEST) else "omit name",
        )


@limit(
    code="NAWS-NAME-002",
    title="Names that are given are different",
    source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html",
    example='triggers=[ScheduleTrigger("@daily", name="night"), ScheduleTrigger("@hourly", name="night")]',
    fix='triggers=[ScheduleTrigger("@daily", name="night"), ScheduleTrigger("@hourly", name="hour")]',
)
def different_names(names: Sequence[TriggerName]) -> Iterator[Finding]:
    """Two schedules of one group, or two rules of one bus, cannot share a name; the deployment would fail half-way."""
    seen: Counter[Hashable] = Counter()
    for named in names:
        if not is_text(named.name):
            continue
        seen[named.taken] += 1
        count = seen[named.taken]
        if count > 1:
            yield Field(f"{named.path}.name", named.name).finding(
                f"a name that no other {named.kind} has", f'name="{named.name}-{count}"'
            )


@limit(
    code="NAWS-NAME-003",
    title="A name prefix has 1 to 40 letters, digits, hyphens and underscores",
    source="https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html; "
    "40 is this library's own bound",
    example='conventions=Conventions(name_prefix="reports prod")',
    fix='conventions=Conventions(name_prefix="reports-prod")',
)
def name_prefix(prefix: str | None) -> Iterator[Finding]:
    """Every physical name begins with it, and state machines, queues and pipes have few characters in common.

    40 are this library's own bound: of the 64 that a pipe's name has, the rest is for what two names differ by.
    """
    if is_text(prefix) and not (_PREFIX.fullmatch(prefix) and len(prefix) <= _LONGEST_PREFIX):
        legal = shortened(prefix, _LONGEST_PREFIX)
        yield Field("Conventions.name_prefix", prefix).finding(
            f"1 to {_LONGEST_PREFIX} letters, digits, hyphens and underscores, not at its ends",
            f'name_prefix="{legal}"' if legal else "omit name_prefix",
        )


@limit(
    code="NAWS-NAME-004",
    title="A permissions boundary is named as IAM names policies",
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html",
    example='conventions=Conventions(permissions_boundary="arn:aws:iam::aws:policy/PowerUserAccess")',
    fix='conventions=Conventions(permissions_boundary="TeamBoundary")',
)
def boundary_name(name: str | None) -> Iterator[Finding]:
    """The convention takes the name of a managed policy in the account, not its ARN: one name fits every account."""
    if is_text(name) and not _POLICY.fullmatch(name):
        yield Field("Conventions.permissions_boundary", name).finding(
            "the name of a managed policy, up to 128 letters, digits and + = , . @ _ -, after its path if any",
            _boundary_remedies(name),
        )


@limit(
    code="NAWS-NAME-006",
    title="The ids of what a stack's patterns share are no pattern's own",
    source="docs/concepts/network.md: one VPC is created per stack and shared by its patterns",
    example='construct_id="NawsVpc"',
    fix='construct_id="Nightly"',
)
def own_id(field: Field) -> Iterator[Finding]:
    """A stack's patterns share a VPC, a cluster, an alarm topic and buckets, found by their ids directly in the stack.

    A pattern of that id would be taken for one of them.
    """
    if field.value in _SHARED or field.value.startswith(SHARED_PAYLOADS_ID):
        yield field.finding(
            f"an id other than {', '.join(_SHARED)}, and not {SHARED_PAYLOADS_ID}…",
            f'construct_id="{field.value.removeprefix("Naws")}Task"',
        )


@practice(
    code="NAWS-NAME-013",
    title="The guide is at an HTTPS address",
    source="docs/concepts/validation.md: errors and alarms link to the guide where it is published",
    example='conventions=Conventions(guide_url="ftp")',
    fix='conventions=Conventions(guide_url="https://guide.example.com")',
)
def guide_address(url: str | None) -> Iterator[Finding]:
    """Each error and each alarm would have a link that leads nowhere."""
    if is_text(url) and url and not re.fullmatch(r"https://[^\s/]+(/\S*)?", url):
        host = re.sub(r"^[a-z]+://", "", url.strip().lower())
        fits = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/\S*)?", host)
        yield Field("Conventions.guide_url", url).finding(
            "an address that begins with https://", f'guide_url="https://{host if fits else "guide.example.com"}"'
        )


def _boundary_remedies(name: str) -> str:
    lines = ["omit permissions_boundary"]
    if name.startswith("arn:"):
        made = f'iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", "{name}")'
        lines.append(f"permissions_boundary={made}  # in the pattern's props, which take any policy")
    own = name.partition(":policy/")[2] if name.startswith("arn:") else name
    legal = re.sub(r"[^A-Za-z0-9_+=,.@/-]+", "-", own).strip("/-")
    if "::aws:" not in name and _POLICY.fullmatch(legal):
        lines.insert(0, f'permissions_boundary="{legal}"')
    return "\n".join(lines)


PREFIX_RULES = (name_prefix,)
GUIDE_RULES = (guide_address,)
BOUNDARY_RULES = (boundary_name,)
CONSTRUCT_ID_RULES = (own_id,)
TRIGGER_NAME_RULES = (trigger_name,)
"""The rules for each name of a schedule or rule."""
TRIGGER_NAMES_RULES = (different_names,)
"""The rules for all their names together."""
