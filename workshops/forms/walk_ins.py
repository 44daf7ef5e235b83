"""Somebody new in the room."""

from cohorts.forms import MemberForm


class WalkInForm(MemberForm):
    """What is asked of somebody in the doorway: who they are and where to write to; the rest can wait."""

    job_title = needs = role = None  # type: ignore[assignment]
