"""The names, places and texts of the story in every_kind.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cast:
    """The names, places and texts that appear in the e-mails of a story."""

    cohort: str = "North East, spring 2027"
    participant: str = "Amina Rahman"
    facilitators: tuple[str, ...] = ("Ruth Adeyemi", "Tom Ellis")
    title: str = ""
    """The title of the first workshop; empty for the programme's own."""
    places: tuple[tuple[str, str], ...] = (("The Old Fire Station, Sunderland", ""),)
    """Venues and joining links, given to the workshops in turn."""
    other_venue: str = "The Lamp Library, Durham"
    """Where the third workshop is moved to."""
    cancellation_reason: str = "Both of us are ill."
    note: str = "The car park is closed this week: please come by the side door in Low Street."
    """The facilitators' addition to the reminder of the first workshop."""
    peer: str = "Dev Patel"
    """Another participant, who joins later."""
    newcomer: str = "Mo Marsh"
    """A third participant, who joins later still."""
    wish: str = "People should not have to tell their story three times."
    """What each of them would like to change."""
    work: tuple[str, str] = (
        "Warm homes after hospital",
        "Housing hears of each discharge two days before.",
    )
    """The name and the text of something that people start together."""
    text_only: bool = False
