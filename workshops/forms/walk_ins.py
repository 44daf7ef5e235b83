"""The form for somebody who is not on the register."""

from cohorts.forms import MemberForm


class WalkInForm(MemberForm):
    """A new member's name, e-mail address and organisation, which are asked for at the door."""

    job_title = needs = role = None  # type: ignore[assignment]
