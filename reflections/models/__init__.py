"""What people write here, and what is known of it: each in a module of its own."""

from reflections.models.drafts import DRAFT_LENGTH, Draft, DraftQuerySet
from reflections.models.entries import (
    REFLECTION_LENGTH,
    REPLY_LENGTH,
    Audience,
    Reflection,
    ReflectionQuerySet,
    Reply,
)
from reflections.models.experiments import EXPERIMENT_LENGTH, Experiment, ExperimentQuerySet
from reflections.models.extracts import EXTRACT_LENGTH, Extract, ExtractQuerySet
from reflections.models.remains import Remains
from reflections.models.sharings import Sharing

__all__ = [
    "DRAFT_LENGTH",
    "EXPERIMENT_LENGTH",
    "EXTRACT_LENGTH",
    "REFLECTION_LENGTH",
    "REPLY_LENGTH",
    "Audience",
    "Draft",
    "DraftQuerySet",
    "Experiment",
    "ExperimentQuerySet",
    "Extract",
    "ExtractQuerySet",
    "Reflection",
    "ReflectionQuerySet",
    "Remains",
    "Reply",
    "Sharing",
]
