"""The form for somebody who is not on the register."""

from cohorts.forms import MemberForm


class WalkInForm(MemberForm):
    """Name, e-mail address and organisation only: the form is filled in at the door."""

    job_title = needs = role = None  # type: ignore[assignment]
