"""Targets that triggers start, and the roles that start them: one for each service, however many triggers."""

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
from naws.core.build.roles import allow, inline_policies, joined, service_role
from naws.core.json_text import json_text
from naws.core.key_access import use_of_key
from naws.core.nag import acknowledge_nag_wildcards
from naws.core.planned_triggers import QueuePlan
from naws.core.queues import RECEIVING
from naws.core.runs import Kind

Statement = Mapping[str, Any]


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


class TriggerTarget(Protocol):
    """The target that schedules, rules and queues start: all that triggers and their alarms know of it."""

    @property
    def arn(self) -> str:
        """The ARN that triggers name as their target."""
        ...

    @property
    def kind(self) -> Kind:
        """The kind of the target, such as a workflow."""
        ...

    @property
    def ready(self) -> Sequence[cdk.CfnResource]:
        """Resources, beside the target, that a run needs to do its work: one that starts before them would fail."""
        ...

    @property
    def start_command(self) -> str:
        """The beginning of the command that starts a run by hand; its input follows."""
        ...

    @property
    def list_command(self) -> str:
        """The command that shows the last runs."""
        ...

    @property
    def not_done(self) -> str:
        """How the alarm on a message that waits goes on: what has not happened to it."""
        ...

    @property
    def takes_events(self) -> bool:
        """Whether it takes an event as it is, in place of the envelope of a run."""
        ...

    def waiting_hint(self, queue: str) -> str:
        """The command that shows why messages of the queue with this ARN wait, and other reasons."""
        ...

    def start_statements(self) -> Sequence[Statement]:
        """Policy statements that the role of a service needs to start this target."""
        ...

    def rule_role(self, roles: "StartingRoles") -> iam.CfnRole | None:
        """The role with which a rule starts this; None when this has a policy of its own that lets rules in."""
        ...

    def let_rule_start(self, scope: Construct, number: int, rule_arn: str) -> None:
        """Let the rule with this number and ARN start this, where it has no role."""
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
        log_group: name of the log group that has its runs, where nothing else lists them: those of EXPRESS. Omitted:
            Step Functions lists them.
    """

    arn: str
    ready: Sequence[cdk.CfnResource] = ()
    log_group: str = ""
    kind: Kind = "workflow"
    not_done: str = "no run has started for it"
    takes_events: bool = False

    @property
    def start_command(self) -> str:
        """The command of AWS's command line that starts an execution; its input follows."""
        return f"aws stepfunctions start-execution --state-machine-arn {self.arn} --input"

    @property
    def list_command(self) -> str:
        """The command of AWS's command line that lists the executions, or shows their events."""
        if self.log_group:
            return f"aws logs tail {self.log_group} --since 1h"
        return f"aws stepfunctions list-executions --state-machine-arn {self.arn}"

    def waiting_hint(self, queue: str) -> str:
        """The command that shows the state of the queue's pipe, and another reason."""
        return (
            f"`aws pipes list-pipes --source-prefix {queue}` says whether its pipe runs, and why not; "
            "otherwise Step Functions throttles new executions, which passes by itself."
        )

    def start_statements(self) -> Sequence[Statement]:
        """The statement that allows its executions to be started, and nothing else."""
        return (allow("StartRuns", ["states:StartExecution"], [self.arn]),)

    def rule_role(self, roles: "StartingRoles") -> iam.CfnRole:
        """The role of all rules."""
        return roles.role("events")

    def let_rule_start(self, scope: Construct, number: int, rule_arn: str) -> None:
        """A state machine has no policy: the role is all."""

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
            f"Queue{source.plan.number}Pipe",
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
        self._statements: dict[str, list[Statement]] = {}

    def role(
        self, service: str, *statements: Statement, key: kms.IKey | None = None, key_actions: Sequence[str] = ()
    ) -> iam.CfnRole:
        """A service's role; `role_arn` has its ARN, for properties that do not take the role itself.

        Args:
            service: such as `scheduler`.
            statements: what the role may do from now on, too.
            key: what the role may use from now on, too. None: no key.
            key_actions: what it may do with it.
        """
        use = None if key is None else use_of_key(key, *key_actions)
        more = statements if use is None else (*statements, use.statement)
        before = self._statements.get(service)
        own = self._statements[service] = joined([*(before or self._target.start_statements()), *more])
        if service not in self._roles:
            role = service_role(
                self._scope, f"{service.title()}Role", service, "Starts runs, and handles what starts them", own
            )
            for each in self._target.ready:
                role.add_resource_dependency(each)
            self._roles[service] = role
        elif own != before:
            self._roles[service].policies = inline_policies(own)
        if use is not None:
            acknowledge_nag_wildcards(self._roles[service], use.wildcards)
        return self._roles[service]
