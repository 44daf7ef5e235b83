"""What people write here, and what is known of it: each in a module of its own."""

from reflections.models.drafts import Draft
from reflections.models.entries import (
    REFLECTION_LENGTH,
    REPLY_LENGTH,
    Audience,
    Reflection,
    ReflectionQuerySet,
    Reply,
)
from reflections.models.experiments import EXPERIMENT_LENGTH, Experiment, ExperimentQuerySet
from reflections.models.extracts import EXTRACT_LENGTH, Extract
from reflections.models.remains import Remains
from reflections.models.sharings import Sharing

__all__ = [
    "EXPERIMENT_LENGTH",
    "EXTRACT_LENGTH",
    "REFLECTION_LENGTH",
    "REPLY_LENGTH",
    "Audience",
    "Draft",
    "Experiment",
    "ExperimentQuerySet",
    "Extract",
    "Reflection",
    "ReflectionQuerySet",
    "Remains",
    "Reply",
    "Sharing",
]
