"""EventBridge notifications of a bucket, beside whatever else is notified of its objects."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

_NOTIFICATIONS = "Notifications"
"""The id by which CDK keeps a bucket's notifications; `add_event_notification` makes it."""


def is_made_here(bucket: s3.IBucket) -> bool:
    """Whether the app has the bucket's resource, not only its name."""
    return isinstance(bucket.node.default_child, s3.CfnBucket)


def has_notifications(bucket: s3.IBucket) -> bool:
    """Whether CDK writes the bucket's notifications by a function of its own."""
    return bucket.node.try_find_child(_NOTIFICATIONS) is not None


def notify_event_bridge(bucket: s3.IBucket) -> None:
    """Switch the notifications on when the app is synthesised, when it is known who writes them.

    S3 keeps one configuration for all of a bucket's notifications, and each writer replaces it as a whole: beside those
    that CDK's function writes, the property of the bucket would be lost, and the other way round. Without them the
    property is enough, and no function is made. A bucket that was imported without any is left to its owner.
    """
    cdk.Aspects.of(bucket).add(_Switch(bucket), priority=cdk.AspectPriority.READONLY)


@jsii.implements(cdk.IAspect)
class _Switch:
    def __init__(self, bucket: s3.IBucket) -> None:
        self._bucket = bucket

    def visit(self, node: IConstruct) -> None:
        """Act at the bucket itself."""
        if node.node.path != self._bucket.node.path:
            return
        resource = self._bucket.node.default_child
        if has_notifications(self._bucket):
            self._bucket.enable_event_bridge_notification()
        elif isinstance(resource, s3.CfnBucket):
            on = "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled"
            resource.add_property_override(on, True)  # noqa: FBT003  # CDK's signature
