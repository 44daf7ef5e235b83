from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from accounts.models import User
from cohorts.models import Cohort
from outbox.delivery.loop import take_turn
from outbox.models import Message
from outbox.queueing import insert
from outbox.rules import Rule
from sets.calendar import feed_entries
from sets.editing import swap
from sets.meetings import cancel_meeting, change_meeting, meeting_version, plan_meeting
from sets.messages.meetings import MEETING, MEETING_OFF
from sets.messages.published import AFTER_CHANGE, SETS
from sets.models import Grouping, Meeting, Set, SetMembership
from sets.notes import save_wish
from sets.publishing import publish, publish_version
from tests.sets.conftest import LATER, MOMENT, Fill, MakeSets, person_in
from workshops.calendar.feeds import feed_text
from workshops.models import CalendarFeed
from workshops.times import Slot

STARTS = MOMENT + timedelta(days=20)
SLOT = Slot(STARTS, STARTS + timedelta(hours=1))


def owed(rule: Rule, moment: datetime) -> list[str]:
    """Return the addresses of those who are owed a message of this kind that is not written."""
    users = rule.unwritten(rule.owed(moment)).values_list("owed_recipient", flat=True)
    return sorted(User.objects.in_bulk(users)[pk].email for pk in users)


def emails_in(found: Set) -> list[str]:
    places = found.places.active()
    return sorted(places.values_list("membership__user__email", flat=True))


def send(rule: Rule, moment: datetime) -> None:
    """Queue what the rule owes, and mark it as sent."""
    insert(rule, moment)
    Message.objects.filter(sent_at=None).update(sent_at=moment, outcome="sent")


def test_nobody_is_told_of_a_draft(cohort: Cohort, fill: Fill, make_sets: MakeSets) -> None:
    fill(8)
    make_sets(2, is_published=False)
    assert owed(SETS, LATER) == []


def test_everybody_is_told_once_when_sets_are_published(published: Grouping) -> None:
    assert len(owed(SETS, MOMENT)) == 8
    send(SETS, MOMENT)
    assert owed(SETS, LATER) == []
    assert owed(SETS, MOMENT + timedelta(days=8)) == []


def test_people_of_changed_sets_are_told_ten_minutes_after_the_last_change(
    fill: Fill, make_sets: MakeSets
) -> None:
    fill(12)
    grouping = make_sets(3)
    send(SETS, MOMENT)
    first, second, _third = grouping.sets.order_by("number")
    for at in (LATER, LATER + timedelta(minutes=5)):
        one, other = (
            SetMembership.objects.active().filter(set=found).select_related("set")[0]
            for found in (first, second)
        )
        grouping.refresh_from_db()
        swap(grouping=grouping, one=one, other=other, seen=str(grouping.version), at=at)
    last = LATER + timedelta(minutes=5)
    assert owed(SETS, last + AFTER_CHANGE - timedelta(seconds=1)) == []
    assert owed(SETS, last + AFTER_CHANGE) == sorted(emails_in(first) + emails_in(second))


def test_nothing_is_owed_where_sets_are_switched_off_replaced_or_left(
    own_set: Set, participant: User
) -> None:
    participant.memberships.get().leave(by=None, at=MOMENT)
    assert participant.email not in owed(SETS, MOMENT)
    Grouping.objects.update(replaced_at=LATER)
    assert owed(SETS, MOMENT) == []
    Grouping.objects.update(replaced_at=None)
    Cohort.objects.update(uses_sets=False)
    assert owed(SETS, MOMENT) == []


def test_email_names_the_set_and_what_each_would_like_to_change(
    published: Grouping, own_set: Set, participant: User
) -> None:
    save_wish(membership=participant.memberships.get(), text="Fewer <forms>.", at=MOMENT)
    insert(SETS, MOMENT)
    letter = Message.objects.get(recipient=person_in(own_set, besides=participant))
    content = SETS.compose(letter)
    assert content.subject == f"Your set: {own_set}"
    assert f"{participant.name}, Tynewick Council: Fewer <forms>." in content.text
    assert "Fewer &lt;forms&gt;." in content.html
    assert "Hasn’t said yet what they would like to change." in content.text
    assert SETS.link(letter).endswith(own_set.get_absolute_url())
    other = published.sets.exclude(pk=own_set.pk)[0]
    assert [one for one in emails_in(other) if one in content.text] == []


def test_meeting_goes_into_the_calendars_of_the_set_and_is_updated_and_removed(
    own_set: Set, participant: User
) -> None:
    meeting = plan_meeting(
        of=own_set, slot=SLOT, place="Room 2", joining_link="", by=participant, at=LATER
    )
    assert owed(MEETING, LATER) == emails_in(own_set)
    send(MEETING, LATER)
    event = entry_in(MEETING, participant)
    assert (event["method"], event["sequence"], event["location"]) == ("REQUEST", 0, "Room 2")
    moved = Slot(STARTS + timedelta(days=1), STARTS + timedelta(days=1, hours=1))
    change_meeting(
        meeting=meeting,
        slot=moved,
        place="Room 2",
        joining_link="",
        seen=meeting_version(meeting),
        by=participant,
        at=LATER + timedelta(hours=1),
    )
    assert owed(MEETING, LATER + timedelta(hours=1)) == emails_in(own_set)
    send(MEETING, LATER + timedelta(hours=1))
    again = entry_in(MEETING, participant)
    assert (again["uid"], again["sequence"]) == (event["uid"], 2)
    meeting.refresh_from_db()
    cancelled_at = LATER + timedelta(hours=2)
    cancel_meeting(meeting=meeting, seen=meeting_version(meeting), at=cancelled_at)
    assert owed(MEETING, cancelled_at) == []
    assert owed(MEETING_OFF, cancelled_at) == emails_in(own_set)
    send(MEETING_OFF, cancelled_at)
    off = entry_in(MEETING_OFF, participant)
    assert (off["method"], off["uid"], off["sequence"]) == ("CANCEL", event["uid"], 4)


def entry_in(rule: Rule, user: User) -> dict[str, object]:
    letter = Message.objects.filter(kind=rule.kind, recipient=user).latest("pk")
    calendar = Calendar.from_ical(rule.compose(letter).calendar)
    [event] = calendar.walk("VEVENT")
    return {
        "method": calendar["method"],
        "uid": str(event["uid"]),
        "sequence": int(str(event["sequence"])),
        "location": str(event.get("location", "")),
    }


def test_person_who_moves_loses_the_entry_and_gets_that_of_the_other_set(
    published: Grouping, own_set: Set, other_set: Set, participant: User
) -> None:
    for found in (own_set, other_set):
        plan_meeting(of=found, slot=SLOT, place="", joining_link="", by=participant, at=MOMENT)
    send(MEETING, MOMENT)
    one = SetMembership.objects.select_related("set").get(membership__user=participant)
    other = SetMembership.objects.select_related("set").filter(set=other_set)[0]
    swap(grouping=published, one=one, other=other, seen=str(published.version), at=LATER)
    pair = sorted((participant.email, other.membership.user.email))
    assert (owed(MEETING_OFF, LATER), owed(MEETING, LATER)) == (pair, pair)
    send(MEETING_OFF, LATER)
    assert entry_in(MEETING_OFF, participant)["sequence"] == 1


def test_person_who_leaves_the_cohort_loses_the_entry_unless_silently(
    own_set: Set, participant: User
) -> None:
    plan_meeting(of=own_set, slot=SLOT, place="", joining_link="", by=participant, at=MOMENT)
    send(MEETING, MOMENT)
    quiet = person_in(own_set, besides=participant)
    participant.memberships.get().leave(by=None, at=LATER)
    quiet.memberships.get().leave(by=None, at=LATER, silently=True)
    assert owed(MEETING_OFF, LATER) == [participant.email]


def test_double_click_plans_one_meeting(own_set: Set, participant: User) -> None:
    for _click in range(2):
        plan_meeting(of=own_set, slot=SLOT, place="", joining_link="", by=participant, at=MOMENT)
    assert list(Meeting.objects.values_list("sequence", flat=True)) == [0]


def test_feed_has_the_meetings_of_the_present_set_alone(
    published: Grouping, own_set: Set, other_set: Set, participant: User
) -> None:
    for found in (own_set, other_set):
        plan_meeting(of=found, slot=SLOT, place="", joining_link="", by=participant, at=MOMENT)
    feed = CalendarFeed.open_for(participant, CalendarFeed.Kind.TAKING_PART, at=MOMENT)
    [entry] = feed_entries(feed, LATER)
    assert (entry.uid.partition("@")[0], str(own_set) in entry.title) == (
        own_set.meetings.get().public_id,
        True,
    )
    assert entry.uid in feed_text(feed, LATER)
    facilitating = CalendarFeed.open_for(participant, CalendarFeed.Kind.FACILITATING, at=MOMENT)
    assert feed_entries(facilitating, LATER) == []


@pytest.mark.usefixtures("published")
def test_messages_about_sets_are_sent() -> None:
    take_turn(lambda: MOMENT)
    sent = Message.objects.filter(kind=SETS.kind)
    assert [one.outcome for one in sent] == ["sent"] * 8


def test_publishing_again_tells_only_of_the_new_sets(
    facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(8)
    make_sets(2)
    send(SETS, MOMENT)
    draft = make_sets(2, seed=2, is_published=False)
    assert owed(SETS, LATER) == []
    publish(grouping=draft, seen=publish_version(draft), by=facilitator, at=LATER)
    assert len(owed(SETS, LATER)) == 8
