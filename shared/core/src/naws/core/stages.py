"""A service in one account and region: a stage that holds its data apart, and whose stacks share one network.

ServiceStage "Prod"
├── Data       what holds state, and the network when one is made    Prod-Data
├── Reports    the rest, by `stack("Reports")`                        Prod-Reports
├── Edge       what CloudFront needs, in us-east-1                    Prod-eu-west-1-Edge
└── EdgeOperations    alarms and logs of CloudFront, there too         Prod-eu-west-1-EdgeOperations
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aws_cdk as cdk
from constructs import Construct

from naws.core.conventions import Conventions, not_conventions, tag_stages
from naws.core.homes import Home, home_at, home_foreseen
from naws.core.issues import Issue, PatternValidationError
from naws.core.network import SHARED_VPC_ID, NewVpc
from naws.core.rules.removal import STAGE_RULES, Disposable
from naws.core.rules.types import declared_type
from naws.core.shared import made_with
from naws.core.spelling import suggesting_arguments
from naws.core.stacks import child_path, reference_of, scopes_of, stack_of
from naws.core.stage_checks import DATA_ID, StageChecks
from naws.core.type_checks import check_types

References = Literal["weak", "strong"]
_EDGE, _EDGE_OPERATIONS = "Edge", "EdgeOperations"
_EDGE_REGION = "us-east-1"
"""Of CloudFront's certificates, web ACLs and metrics."""
_STAGES: dict[str, "ServiceStage"] = {}
"""By jsii's reference, which survives when Python lets go of its half of a construct."""


@dataclass(frozen=True, kw_only=True)
class _Given:
    """The arguments of a stage, with their types."""

    env: cdk.Environment | None = None
    references: References | None = None
    disposable: bool = False
    personal_accounts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class _GivenStack:
    """The arguments of a further stack, with their types."""

    name: str
    env: cdk.Environment | None = None


class ServiceStage(cdk.Stage):
    """One service in one account and region. Everything in it is plain CDK; stacks are called `<Stage>-<Name>`.

    Its patterns and data share one network: `vpc` of the conventions, else one VPC in the data stack. A stack of
    another account or region has its own.

    Args:
        scope: the app.
        stage_id: such as "Prod".
        env: account and region of its stacks. Omitted: those of the outer stage, else what the credentials lead to.
        conventions: what everything in it shares. Omitted: those of `scope`.
        references: how one of its stacks refers to another. "strong": by an export, which AWS keeps as long as it is in
            use; "weak": by `Fn::GetStackOutput`, which hinders no change and follows none by itself. Omitted: as the
            app's setting `@aws-cdk/core:defaultCrossStackReferences` says, else as CDK does.
        disposable: whether all of it may be destroyed: what `removal_policy=DESTROY` is given for goes with its stack,
            logs are kept for a week unless a retention is given, and the data stack has no termination protection.
        personal_accounts: the accounts that may have disposable stages. Omitted: none.

    Raises:
        PatternValidationError: when an argument has the wrong type, or when a disposable stage is not in a personal
            account; nothing has been built then.
        TypeError: when an argument is unknown.
    """

    @suggesting_arguments("ServiceStage")
    def __init__(  # noqa: PLR0913  # each is an argument of its own to whoever writes a stage
        self,
        scope: Construct,
        stage_id: str,
        *,
        env: cdk.Environment | None = None,
        conventions: Conventions | None = None,
        references: References | None = None,
        disposable: bool = False,
        personal_accounts: Sequence[str] = (),
    ) -> None:
        given = _Given(env=env, references=references, disposable=disposable, personal_accounts=personal_accounts)
        self.home = _checked(scope, stage_id, given, conventions)
        super().__init__(scope, stage_id, env=env)
        _STAGES[reference_of(self)] = self
        self.disposable, self._personal_accounts = disposable, personal_accounts
        self._made: dict[str, cdk.Stack] = {}
        if references is not None:
            # Before anything is in the stage: CDK sets no context of a construct that has children.
            cdk.CrossStackReferences.of(self).consume(cdk.ReferenceStrength[references.upper()])
        if conventions is not None:
            conventions.apply(self)
        tag_stages(self)
        self.node.add_validation(StageChecks(self, personal_accounts if disposable else None))

    @property
    def data(self) -> cdk.Stack:
        """The stack of what holds state, made when it is first asked for: CloudFormation takes no empty one.

        It is protected from termination unless the stage is disposable. CDK Pipelines do not apply that.
        Source: https://github.com/aws/aws-cdk/issues/17871
        """
        return self._made.get(DATA_ID) or self._stack(DATA_ID, termination_protection=not self.disposable)

    @property
    def edge(self) -> cdk.Stack:
        """The stack in us-east-1 of what CloudFront needs there, made when it is first asked for."""
        return self._edge_stack(_EDGE)

    @property
    def edge_operations(self) -> cdk.Stack:
        """The stack in us-east-1 of alarms and logs of CloudFront, which need what uses `edge`; made like that."""
        return self._edge_stack(_EDGE_OPERATIONS)

    def stack(self, name: str, env: cdk.Environment | None = None) -> cdk.Stack:
        """A further stack.

        Args:
            name: its id: letters, digits and hyphens.
            env: its account and region. Omitted: the stage's.

        Raises:
            PatternValidationError: when an argument has the wrong type, or when the stage is disposable and that
                account is not a personal one.
            ValueError: when the name is none of a stack, or another stack's of the stage.
        """
        typed, mismatches = check_types(_GivenStack(name=name, env=env))
        issues = [each for found in mismatches for each in declared_type.issues(found)]
        if self.disposable and not issues:
            account = home_foreseen(self, typed.env).account
            issues = [*_impersonal(f'stack("{name}").env', account, self._personal_accounts)]
        if issues:
            raise PatternValidationError(child_path(self, str(name)), issues)
        self._check_name(name)
        return self._stack(name, env=env)

    def _check_name(self, name: str) -> None:
        own = {DATA_ID: "stage.data", _EDGE: "stage.edge", _EDGE_OPERATIONS: "stage.edge_operations"}
        own |= {self._at_edge(each): own[each] for each in (_EDGE, _EDGE_OPERATIONS)}
        if name in own:
            raise ValueError(f'stack("{name}") is the name of a stack that the stage has itself: {own[name]}')
        if not re.fullmatch("[A-Za-z0-9-]+", name):
            legal = re.sub("[^A-Za-z0-9]+", "-", name).strip("-") or "Reports"
            raise ValueError(f'stack("{name}"): a stack has letters, digits and hyphens: stage.stack("{legal}")')
        if self.node.try_find_child(name) is not None:
            line = f'{name.lower().replace("-", "_")} = stage.stack("{name}")'
            raise ValueError(f'stack("{name}") is made already; keep what the first call returns: {line}')

    @property
    def network(self) -> NewVpc | None:
        """How the VPC of the stage was made; None when there is none yet."""
        return made_with(self._made[DATA_ID], SHARED_VPC_ID) if DATA_ID in self._made else None

    @property
    def network_path(self) -> str:
        """The construct path of that VPC."""
        return f"{child_path(self, DATA_ID)}/{SHARED_VPC_ID}"

    def _edge_stack(self, name: str) -> cdk.Stack:
        own, env = self._at_edge(name), cdk.Environment(account=self.account, region=_EDGE_REGION)
        return self._made.get(own) or self._stack(own, env=env)

    def _at_edge(self, name: str) -> str:
        """With the stage's region before it: the same stage in another region has one of its own in us-east-1."""
        region = self.home.region
        return name if region in (None, _EDGE_REGION) else f"{region}-{name}"

    def _stack(self, name: str, **options: Any) -> cdk.Stack:
        made = self._made[name] = cdk.Stack(self, name, **options)
        return made


def stage_in(scopes: Sequence[str]) -> ServiceStage | None:
    """The nearest stage up the tree, by jsii's references to the constructs from the root down; None outside of one."""
    return next(filter(None, map(_STAGES.get, reversed(scopes))), None)


def stage_of(scope: Construct) -> ServiceStage | None:
    """The nearest `ServiceStage` up the tree; None outside of one."""
    return stage_in(scopes_of(scope))


def disposable_of(scope: Construct) -> bool | None:
    """Whether the nearest `ServiceStage` up the tree is disposable; None outside of one."""
    stage = stage_in(scopes_of(scope))
    return None if stage is None else stage.disposable


def sharing(scopes: Sequence[str], home: Home) -> ServiceStage | None:
    """The stage whose network is used in a stack with this home; None: the stack has its own."""
    stage = stage_in(scopes)
    return stage if stage is not None and stage.home == home else None


def network_stack_of(scope: Construct) -> cdk.Stack:
    """The stack that the created network of `scope` belongs to: the data stack of its stage, else its own."""
    stage = sharing(scopes_of(scope), home_at(scope))
    return stack_of(scope) if stage is None else stage.data


def _checked(scope: Construct, stage_id: str, given: _Given, conventions: object) -> Home:
    """The home of the stage that will be made.

    Raises:
        PatternValidationError: with all that is wrong with its arguments.
    """
    typed, mismatches = check_types(given)
    issues = [each for found in (*mismatches, *not_conventions(conventions)) for each in declared_type.issues(found)]
    home = home_foreseen(scope, typed.env)
    if typed.disposable and None not in typed.personal_accounts:  # which stands for one of the wrong type
        issues += _impersonal("disposable", home.account, typed.personal_accounts)
    if issues:
        raise PatternValidationError(child_path(scope, stage_id), issues)
    return home


def _impersonal(path: str, account: str | None, personal_accounts: Sequence[str]) -> Iterator[Issue]:
    """What is wrong with the account of something disposable."""
    given = Disposable(path=path, value=True, account=account, personal_accounts=personal_accounts)
    return (each for rule in STAGE_RULES for each in rule.issues(given))
