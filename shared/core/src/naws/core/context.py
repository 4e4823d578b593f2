"""The context of a plan: facts about the stack that a pattern is made in, before anything is built."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from naws.core.conventions import Conventions, conventions_in
from naws.core.homes import Home, home_at, home_foreseen
from naws.core.naming import physical_name
from naws.core.network import SHARED_VPC_ID, NewVpc
from naws.core.shared import made_with
from naws.core.stacks import child_path, kept, node_of, scopes_of, stack_of
from naws.core.stages import disposable_of, sharing


@dataclass(frozen=True, kw_only=True)
class PatternContext:
    """The facts that a plan may know of the stack that a pattern is made in.

    Attributes:
        path: the construct path that the pattern will have.
        construct_id: its own id.
        conventions: those in force there.
        network: how the VPC was made that the patterns of the stack, or of its `ServiceStage`, share; None when there
            is none yet.
        now: the moment of synthesis, by which a rule sees that a schedule lies in the past; None: unknown.
        network_path: the construct path that this VPC has, or will have; empty: not known.
        beside_shared: whether its parent is the stack itself, where what the stack's patterns share has its ids.
        home: the account and region that the stack is deployed to, as far as they are known.
        disposable: whether its `ServiceStage` is; None outside of one.
        above: what is asked for the app's context; None: nothing, which gives no value.
    """

    path: str
    construct_id: str
    conventions: Conventions
    network: NewVpc | None = None
    network_path: str = ""
    now: datetime | None = None
    beside_shared: bool = False
    home: Home = field(default_factory=Home)
    disposable: bool | None = None
    above: Construct | None = field(default=None, compare=False)

    def value_of(self, key: str) -> object:
        """The value that the app's context has for a key, asked of Node once a stack; None when it has none."""
        above = self.above
        return None if above is None else kept(above, f"context {key}", lambda: node_of(above).try_get_context(key))

    @property
    def has_environment(self) -> bool:
        """Whether the stack has an explicit account and region, as context look-ups need."""
        return None not in (self.home.account, self.home.region)

    def physical_name(self, purpose: str, kind: str) -> str | None:
        """The name of one of the pattern's resources; None without a prefix: CloudFormation names it."""
        return physical_name(self.conventions.name_prefix, self.construct_id, purpose, kind)

    @classmethod
    def of(cls, scope: Construct, construct_id: str) -> "PatternContext":
        """Read them at `scope`; what never changes is read once for all patterns in it, as it takes calls into Node."""
        scopes, home = scopes_of(scope), home_at(scope)
        stage = sharing(scopes, home)
        return cls(
            path=child_path(scope, construct_id),
            construct_id=construct_id,
            conventions=conventions_in(scopes),
            network=made_with(stack_of(scope), SHARED_VPC_ID) if stage is None else stage.network,
            network_path=child_path(stack_of(scope), SHARED_VPC_ID) if stage is None else stage.network_path,
            now=datetime.now(UTC),
            beside_shared=isinstance(scope, cdk.Stack),
            home=home,
            disposable=disposable_of(scope),
            above=stack_of(scope),
        )

    @classmethod
    def of_new_stack(
        cls, scope: Construct, construct_id: str, conventions: Conventions | None, env: Any
    ) -> "PatternContext":
        """Foresee them in a stack that will be made in `scope`.

        Args:
            scope: an app, a stage or a stack.
            construct_id: the stack's.
            conventions: those that will be applied to it.
            env: what it will be given: a `cdk.Environment`, a dict or nothing.
        """
        scopes, home = scopes_of(scope), home_foreseen(scope, env)
        stage = sharing(scopes, home)
        return cls(
            path=(path := child_path(scope, construct_id)),
            construct_id=construct_id,
            conventions=conventions_in(scopes, conventions),
            network=None if stage is None else stage.network,
            network_path=f"{path}/{SHARED_VPC_ID}" if stage is None else stage.network_path,
            now=datetime.now(UTC),
            home=home,
            disposable=disposable_of(scope),
            above=scope,
        )

    def of_child(self, construct_id: str, network: NewVpc | None) -> "PatternContext":
        """The context of a pattern within this one."""
        path = f"{self.path}/{construct_id}"
        return replace(self, path=path, construct_id=construct_id, network=network, beside_shared=True)
