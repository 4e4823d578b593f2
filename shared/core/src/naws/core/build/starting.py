"""What triggers start, and with which roles they do: one for each service, whatever the number of triggers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.build.queues import queue_arn
from naws.core.build.roles import allow, inline_policies, service_role
from naws.core.json_text import json_text
from naws.core.key_access import use_of_key
from naws.core.nag import acknowledge_nag_wildcards
from naws.core.plans.triggers import QueuePlan
from naws.core.queues import RECEIVING
from naws.core.text import as_list

Statement = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What a run begins with. Each field is JSON text, in which a service replaces placeholders of its own.

    Attributes:
        trigger: what starts it: `"schedule"` or `"event"`, with the quotes.
        id: the same when the start is delivered twice.
        time: when the schedule fired or the event happened.
        payload: what the run works on.
    """

    trigger: str
    id: str
    time: str
    payload: str


@dataclass(frozen=True, kw_only=True)
class QueueSource:
    """A queue that starts runs.

    Attributes:
        plan: its trigger.
        queue: where messages are sent.
        dead_letters: what could not start a run; None for a queue that was given.
        key: encrypts its messages; None: SQS's own.
    """

    plan: QueuePlan
    queue: sqs.IQueue
    dead_letters: sqs.IQueue | None
    key: kms.IKey | None

    @property
    def number(self) -> int:
        """1 for the first queue trigger, and so on."""
        return self.plan.number


class TriggerTarget(Protocol):
    """What schedules, rules and queues start: all that triggers know of it."""

    @property
    def arn(self) -> str:
        """What is named as the target."""
        ...

    @property
    def ready(self) -> Sequence[cdk.CfnResource]:
        """What has to be made, beside what is named, before a run can do its work: an earlier one would fail."""
        ...

    def start_statements(self) -> Sequence[Statement]:
        """What the role of a service has to be allowed, so that it may start this."""
        ...

    def input(self, envelope: Envelope) -> str:
        """What a schedule or a rule hands over; a queue's messages are handed over by what reads them."""
        ...

    def queue_source(self, scope: Construct, source: QueueSource, roles: "StartingRoles") -> None:
        """Have each message of a queue start this: through a pipe, or what else its service has."""
        ...


@dataclass(frozen=True, kw_only=True)
class StateMachineTarget:
    """A state machine whose executions are runs.

    Attributes:
        arn: the machine's.
        ready: the policies of its role that name the machine: they are made after it, and nothing else waits for them.
            Omitted: there are none.
    """

    arn: str
    ready: Sequence[cdk.CfnResource] = ()

    def start_statements(self) -> Sequence[Statement]:
        """Starting it, and nothing else."""
        return (allow("StartRuns", ["states:StartExecution"], [self.arn]),)

    def input(self, envelope: Envelope) -> str:
        """The envelope, as it is."""
        fields = ",".join(f'"{name}":{text}' for name, text in vars(envelope).items())
        return f"{{{fields}}}"

    def queue_source(self, scope: Construct, source: QueueSource, roles: "StartingRoles") -> None:
        """A pipe that starts one execution for each message and does not wait for its end.

        Without a template the documented event is handed over, whose body is text whatever is in it.
        """
        pattern = source.plan.trigger.filter
        arn = queue_arn(source.queue)
        taking = allow("TakeMessages", RECEIVING, [arn])
        parameters: dict[str, Any] = {"sqsQueueParameters": {"batchSize": 1}}
        if pattern is not None:
            parameters["filterCriteria"] = {"filters": [{"pattern": json_text(scope, pattern)}]}
        pipes.CfnPipe(
            scope,
            f"Queue{source.number}Pipe",
            name=source.plan.pipe_name,
            role_arn=roles.role("pipes", taking, key=source.key, key_actions=("kms:Decrypt",)),
            source=arn,
            source_parameters=parameters,
            target=self.arn,
            target_parameters={"stepFunctionStateMachineParameters": {"invocationType": "FIRE_AND_FORGET"}},
        )


class StartingRoles:
    """The starting roles of one pattern, each made when the first trigger needs it.

    Whatever refers to a role is made after all that a run needs: one that is there too early is refused while its role
    has no policy, or its runs fail while the target's own role lacks some.

    Args:
        scope: their parent.
        target: what they may start.
    """

    def __init__(self, scope: Construct, target: TriggerTarget) -> None:
        self._scope = scope
        self._target = target
        self._roles: dict[str, iam.CfnRole] = {}
        self._statements: dict[str, list[dict[str, Any]]] = {}

    def role(
        self,
        service: str,
        *statements: Statement,
        key: kms.IKey | None = None,
        key_actions: Sequence[str] = (),
    ) -> iam.CfnRole:
        """A service's role; `role_arn` has its ARN, for properties that do not take the role itself.

        Args:
            service: such as `scheduler`.
            statements: what the role may do from now on, too.
            key: what the role may use from now on, too. None: no key.
            key_actions: what it may do with it.
        """
        own = self._statements.setdefault(service, [dict(each) for each in self._target.start_statements()])
        grown = [_added(own, each) for each in statements]
        if service not in self._roles:
            role = service_role(self._scope, f"{service.title()}Role", service, "Starts runs, nothing else", own)
            for each in self._target.ready:
                role.add_resource_dependency(each)
            self._roles[service] = role
            grown = []
        role = self._roles[service]
        if key is not None:
            use = use_of_key(key, *key_actions)
            acknowledge_nag_wildcards(role, use.wildcards)
            grown.append(_added(own, use.statement))
        if any(grown):
            role.policies = inline_policies(own)
        return role


def _added(statements: list[dict[str, Any]], statement: Statement) -> bool:
    """Whether the statements say more with this one, whose resources join those of one that is else the same.

    So a role has room for many triggers.
    """
    resources = as_list(statement["Resource"])
    rest = {key: value for key, value in statement.items() if key != "Resource"}
    for each in statements:
        if {key: value for key, value in each.items() if key != "Resource"} == rest:
            before = as_list(each["Resource"])
            more = [resource for resource in resources if resource not in before]
            each["Resource"] = [*before, *more] if more else each["Resource"]
            return bool(more)
    statements.append(dict(statement))
    return True
