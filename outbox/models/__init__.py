"""The models of messages, overrides, opt-outs, suppressed addresses and message templates."""

from outbox.models.messages import Heartbeat, Message, MessageQuerySet, Outcome
from outbox.models.opt_outs import OptOut
from outbox.models.overrides import MessageOverride, MessageOverrideQuerySet
from outbox.models.suppressions import SuppressedAddress
from outbox.models.templates import MessageTemplate

__all__ = [
    "Heartbeat",
    "Message",
    "MessageOverride",
    "MessageOverrideQuerySet",
    "MessageQuerySet",
    "MessageTemplate",
    "OptOut",
    "Outcome",
    "SuppressedAddress",
]
