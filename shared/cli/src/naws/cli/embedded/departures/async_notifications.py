"""What topics tell functions: asynchronously, by the policy of the alias or version that is subscribed."""

import json
import logging
from typing import Any

from naws.cli.embedded.departures.delivery import DeliveryError, hand_over
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.senders import Sender
from naws.cli.embedded.departures.services import sns

_LOG = logging.getLogger(__name__)


@departure(
    "Amazon SNS Developer Guide, 'Fanout Amazon SNS notifications to Lambda functions'; Lambda Developer Guide, "
    "'Viewing resource-based IAM policies in Lambda' (an alias has a policy of its own)"
)
def notified_functions() -> None:
    """A topic invokes a function asynchronously, when the policy of exactly what is named allows it.

    What is refused is dropped and kept among the denials.
    """
    replace(sns, "_deliver_to_lambda", _notify)


def _notify(arn: str, envelope: str, topic_arn: str, subscription_arn: str, *_: Any) -> None:
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": json.loads(envelope),
    }
    try:
        hand_over(
            {"Arn": arn}, json.dumps({"Records": [record]}), Sender("sns.amazonaws.com", topic_arn, by_policy=True)
        )
    except DeliveryError as error:
        _LOG.warning("topic %s: %s refused: %s", topic_arn, arn, error)
