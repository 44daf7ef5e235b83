"""The sets, meetings and tables whose pages the walk opens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from cohorts.models import Cohort
from sets.making import jobs
from sets.meetings import plan_meeting
from sets.models import Set
from sets.notes import write_note
from workshops.models import Workshop
from workshops.times import Slot

Arguments = dict[str, list[dict[str, str]]]


def set_things(cohort: Cohort, member: User, coming: Workshop, now: datetime) -> Arguments:
    """Return the URL arguments of pages about sets.

    Makes a draft and tables. `member` is in one of the demo's published sets.
    """
    facilitator = cohort.memberships.facilitating()[0].user
    own = Set.objects.joined_by(member).get(grouping__cohort=cohort)
    slot = Slot(now + timedelta(days=9), now + timedelta(days=9, hours=1))
    meeting = plan_meeting(of=own, slot=slot, place="Room 2", joining_link="", by=member, at=now)
    note = write_note(of=own, author=member, body="Tea first.", at=now)
    asked: dict[str, Any] = {"number_of_sets": 4, "seed": 1, "by": facilitator, "at": now}
    draft = jobs.ask_for_sets(cohort, **asked)
    jobs.ask_for_tables(coming, **asked)
    jobs.make_pending()
    place = draft.places.select_related("membership")[0]
    return {
        "grouping": [{"public_id": draft.public_id}],
        "person in a grouping": [
            {"public_id": draft.public_id, "member_id": place.membership.public_id}
        ],
        "set": [{"public_id": own.public_id}],
        "set’s note": [{"public_id": note.public_id}],
        "set’s meeting": [{"public_id": meeting.public_id}],
    }
