"""Messages, and what people decided about them."""

from outbox.models.addresses import BouncedAddress
from outbox.models.adjustments import Adjustment, AdjustmentQuerySet
from outbox.models.messages import Beat, Message, MessageQuerySet
from outbox.models.refusals import Refusal
from outbox.models.wording import Wording

__all__ = [
    "Adjustment",
    "AdjustmentQuerySet",
    "Beat",
    "BouncedAddress",
    "Message",
    "MessageQuerySet",
    "Refusal",
    "Wording",
]
