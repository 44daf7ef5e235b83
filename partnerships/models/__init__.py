"""Work that people of two or more organisations started together, and what became of it."""

from partnerships.models.checks import Check, Contribution
from partnerships.models.parties import Party
from partnerships.models.partnerships import Kind, Partnership, Status
from partnerships.models.ripples import Ripple

__all__ = (
    "Check",
    "Contribution",
    "Kind",
    "Partnership",
    "Party",
    "Ripple",
    "Status",
)
