"""Which rules check what will be deployed, when CDK synthesises and nothing is added any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from naws.core.checks import task
from naws.core.rule import Check
from naws.core.rules.image_platforms import IMAGE_RULES, ImageView
from naws.core.rules.name_clashes import (
    CONVENTION_RULES,
    NAME_RULES,
    TRIGGER_NAME_RULES,
    ChangedConvention,
    GivenTriggerName,
    PatternNames,
)
from naws.core.rules.new_vpc import two_zones
from naws.core.rules.removal import BUCKET_RULES, BucketView
from naws.core.rules.role_permissions import ROLE_RULES, RoleView
from naws.core.rules.task_network import CLUSTER_RULES, TASK_NETWORK_RULES, ClusterView, NetworkView
from naws.core.rules.task_owners import PULL_RULES, TRUST_RULES, PulledImage, TrustView
from naws.core.rules.task_template import TaskView
from naws.core.rules.topic_key import TOPIC_RULES, TopicView
from naws.core.validation import bind, of


@dataclass(frozen=True, kw_only=True)
class TaskSubject:
    """An ECS task as its template has it, with the resources that its rules at synthesis check.

    Attributes:
        task: its definition.
        images: the images that the app builds.
        pulled: the images of private registries.
        trusts: whom the given roles trust.
        role: what its program may do.
        network: where it runs.
        cluster: the cluster that it runs in.
    """

    task: TaskView
    images: Sequence[ImageView]
    pulled: Sequence[PulledImage]
    trusts: Sequence[TrustView]
    role: RoleView
    network: NetworkView
    cluster: ClusterView


@dataclass(frozen=True, kw_only=True)
class PatternSubject:
    """What the rules at synthesis check in every pattern, whatever it runs, and in the patterns around it.

    Attributes:
        topics: where alarms are sent; none without alarms.
        buckets: the buckets of large payloads.
        names: its names, when it has any.
        trigger_names: the names that its triggers are given.
        conventions: those that were applied after it was made.
    """

    topics: Sequence[TopicView]
    buckets: Sequence[BucketView]
    names: Sequence[PatternNames]
    trigger_names: Sequence[GivenTriggerName]
    conventions: Sequence[ChangedConvention]


TASK_CHECKS: tuple[Check[TaskSubject], ...] = (
    *of(lambda subject: subject.task, task.SYNTH_CHECKS),
    *bind(lambda subject: subject.images, IMAGE_RULES),
    *bind(lambda subject: (subject.network,), TASK_NETWORK_RULES),
    two_zones.on(lambda subject: (subject.network.spread,)),
    *bind(lambda subject: (subject.cluster,), CLUSTER_RULES),
    *bind(lambda subject: (subject.role,), ROLE_RULES),
    *bind(lambda subject: subject.trusts, TRUST_RULES),
    *bind(lambda subject: subject.pulled, PULL_RULES),
)
PATTERN_CHECKS: tuple[Check[PatternSubject], ...] = (
    *bind(lambda subject: subject.topics, TOPIC_RULES),
    *bind(lambda subject: subject.buckets, BUCKET_RULES),
    *bind(lambda subject: subject.names, NAME_RULES),
    *bind(lambda subject: subject.trigger_names, TRIGGER_NAME_RULES),
    *bind(lambda subject: subject.conventions, CONVENTION_RULES),
)
