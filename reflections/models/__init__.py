"""The models of reflections, replies, experiments, drafts and quotes."""

from reflections.audience.rules import Audience
from reflections.models.audience_periods import AudiencePeriod
from reflections.models.drafts import DRAFT_LENGTH, Draft, DraftQuerySet
from reflections.models.entries import (
    REFLECTION_LENGTH,
    REPLY_LENGTH,
    Reflection,
    Reply,
)
from reflections.models.experiments import EXPERIMENT_LENGTH, Experiment, ExperimentQuerySet
from reflections.models.quotes import QUOTE_LENGTH, Quote, QuoteQuerySet
from reflections.models.tombstones import Tombstone

__all__ = [
    "DRAFT_LENGTH",
    "EXPERIMENT_LENGTH",
    "QUOTE_LENGTH",
    "REFLECTION_LENGTH",
    "REPLY_LENGTH",
    "Audience",
    "AudiencePeriod",
    "Draft",
    "DraftQuerySet",
    "Experiment",
    "ExperimentQuerySet",
    "Quote",
    "QuoteQuerySet",
    "Reflection",
    "Reply",
    "Tombstone",
]
