"""With which roles runs are started: one for each service that starts them, whatever the number of triggers."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.roles import role_for
from naws.core.key_access import let_use_key
from naws.core.queues import RECEIVING


class Starters:
    """The starting roles of one processor, each made when the first trigger needs it.

    Args:
        scope: their parent.
        machine: what they may start.
    """

    def __init__(self, scope: Construct, machine: sfn.IStateMachine) -> None:
        self.machine = machine
        self._scope = scope
        self._roles: dict[str, iam.Role] = {}
        self._sources: iam.PolicyStatement | None = None

    def role(self, service: str) -> iam.Role:
        """The role of a service, such as `scheduler`."""
        if service not in self._roles:
            self._roles[service] = role_for(self._scope, f"{service.title()}Role", service, "Starts runs, nothing else")
            self.machine.grant_start_execution(self._roles[service])
        return self._roles[service]

    def read(self, queue: sqs.IQueue) -> None:
        """Let pipes take the messages of a queue; one statement names all queues, so that a role has room for many."""
        role = self.role("pipes")
        if self._sources is None:
            self._sources = iam.PolicyStatement(sid="TakeMessages", actions=list(RECEIVING))
            role.add_to_policy(self._sources)
        self._sources.add_resources(queue.queue_arn)
        let_use_key(role, queue.encryption_master_key, "kms:Decrypt")  # pyright: ignore[reportArgumentType]  # jsii renames parameters

    def before(self, trigger: Construct, service: str) -> None:
        """Have `trigger` made when everything may be done that a run needs.

        One that is there too early is refused while its role has no policy, and its run fails while the workflow's role
        lacks the policies that name the state machine: they are attached when it is there, and nothing else waits.
        """
        trigger.node.add_dependency(self.role(service), self.machine)
