"""Undoing an import of people: who is removed, who stays and why, and what is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.import_undo import plan_undo, undo_import
from cohorts.models import Cohort, Membership, PeopleFile
from cohorts.people_import import import_people
from outbox.models import Message
from reflections import entries
from reflections.models import Audience
from surveys.invitations import SURVEY
from tests.architecture.sample_objects import make_poll
from tests.cohorts.views.test_people_files import newest, page_of, upload
from tests.queries import CapturedQueries
from workshops.calendar.news import INVITE_KIND
from workshops.calendar.recipients import cancel_rows
from workshops.models import Attendance, AvailabilityAnswer, Workshop

HOUR = timedelta(hours=1)
PEOPLE = b"Name,Email\nAda One,ada@example.org\nBob Two,bob@example.org\nCy Three,cy@example.org\n"


@pytest.fixture
def imported(cohort: Cohort, facilitator: User, facilitator_client: Client) -> PeopleFile:
    upload(facilitator_client, cohort, PEOPLE)
    return import_people(newest(), by=facilitator, at=timezone.now())


def undo(people_file: PeopleFile, by: User) -> None:
    undo_import(people_file, notify=False, by=by, at=timezone.now())


def people_in(cohort: Cohort) -> list[str]:
    members = cohort.memberships.active().participating()
    return sorted(members.values_list("user__email", flat=True))


def member(email: str) -> Membership:
    return Membership.objects.select_related("user", "cohort").get(user__email=email)


def sent(kind: str, to: Membership, subject_id: int = 0) -> Message:
    now = timezone.now()
    return Message.objects.create(
        kind=kind,
        key=f"{kind}:{to.pk}",
        recipient=to.user,
        group_id=to.cohort_id,
        subject_id=subject_id or to.cohort_id,
        membership_id=to.pk,
        made_at=now,
        due_at=now,
        try_at=now,
        expires_at=now + HOUR,
        attempts=1,
        calendar="BEGIN:VCALENDAR" if kind == INVITE_KIND else "",
        sent_at=now,
        outcome="sent",
    )


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    start = timezone.now() + timedelta(days=7)
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust",
        starts_at=start,
        ends_at=start + 3 * HOUR,
        scheduled_at=timezone.now(),
    )


def test_undo_deletes_people_and_new_accounts(
    imported: PeopleFile, cohort: Cohort, facilitator: User
) -> None:
    undo(imported, facilitator)
    assert people_in(cohort) == []
    assert not Membership.objects.participating().exists()
    assert list(User.objects.all()) == [facilitator]
    imported.refresh_from_db()
    assert imported.undone_at is not None


def test_undo_leaves_accounts_that_existed_before(
    facilitator: User, facilitator_client: Client, cohort: Cohort, outsider: User
) -> None:
    upload(facilitator_client, cohort, f"Name,Email\nOut,{outsider.email}\n".encode())
    imported = import_people(newest(), by=facilitator, at=timezone.now())
    assert people_in(cohort) == [outsider.email]
    undo(imported, facilitator)
    assert people_in(cohort) == []
    assert User.objects.filter(pk=outsider.pk).exists()


def test_undo_leaves_everybody_else_in_the_cohort(
    imported: PeopleFile, cohort: Cohort, facilitator: User, participant: User
) -> None:
    undo(imported, facilitator)
    assert people_in(cohort) == [participant.email]


def signs_in(one: Membership, workshop: Workshop) -> None:
    User.objects.filter(pk=one.user_id).update(last_login=timezone.now())


def acts_by_link(one: Membership, workshop: Workshop) -> None:
    User.objects.record_act(one.user_id, at=timezone.now())


def enters_needs(one: Membership, workshop: Workshop) -> None:
    Membership.objects.filter(pk=one.pk).update(needs_said_at=timezone.now())


def replies(one: Membership, workshop: Workshop) -> None:
    Attendance.objects.create(
        workshop=workshop,
        membership=one,
        answer=Attendance.Answer.COMING,
        answered_at=timezone.now(),
    )


def answers_poll(one: Membership, workshop: Workshop) -> None:
    AvailabilityAnswer.objects.create(
        poll=make_poll(one.cohort), membership=one, answered_at=timezone.now()
    )


def writes(one: Membership, workshop: Workshop) -> None:
    entries.write(
        author=one.user,
        cohort=one.cohort,
        workshop=None,
        body="A moment.",
        audience=Audience.ONLY_ME,
        at=timezone.now(),
    )


def gets_survey(one: Membership, workshop: Workshop) -> None:
    sent(SURVEY.kind, one, workshop.pk)


USED = "Bob Two has used Convenor since."


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (signs_in, USED),
        (acts_by_link, USED),
        (enters_needs, USED),
        (answers_poll, USED),
        (writes, USED),
        (replies, "Bob Two is on a register, or has replied about a workshop."),
        (gets_survey, "Bob Two has been sent a survey."),
    ],
)
def test_people_who_did_something_stay_with_the_reason(
    imported: PeopleFile,
    cohort: Cohort,
    facilitator: User,
    workshop: Workshop,
    act: Callable[[Membership, Workshop], None],
    reason: str,
) -> None:
    bob = member("bob@example.org")
    act(bob, workshop)
    assert plan_undo(imported).staying == [(bob, reason)]
    undo(imported, facilitator)
    assert people_in(cohort) == ["bob@example.org"]


@pytest.mark.parametrize("notify", [False, True])
def test_people_who_had_an_e_mail_get_another_only_if_the_facilitator_chooses(
    imported: PeopleFile, facilitator: User, workshop: Workshop, notify: bool
) -> None:
    bob = member("bob@example.org")
    sent(INVITE_KIND, bob, workshop.pk)
    before = timezone.now() - HOUR
    undo_import(imported, notify=notify, by=facilitator, at=timezone.now())
    bob.refresh_from_db()
    assert (bob.left_by, bob.left_silently) == (facilitator, not notify)
    owed = cancel_rows(before, timezone.now() + HOUR)
    assert list(owed) == ([workshop] if notify else [])


def test_undo_twice_changes_nothing(
    imported: PeopleFile, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    undo(imported, facilitator)
    upload(facilitator_client, cohort, PEOPLE)
    import_people(newest(), by=facilitator, at=timezone.now())
    undo(imported, facilitator)
    assert len(people_in(cohort)) == 3


def test_undo_is_possible_for_a_day(imported: PeopleFile, cohort: Cohort) -> None:
    assert imported.confirmed_at is not None
    day = imported.confirmed_at + timedelta(days=1)
    assert imported.can_be_undone(day - HOUR)
    assert not imported.can_be_undone(day)
    PeopleFile.objects.filter(pk=imported.pk).update(made_at=imported.made_at - 20 * HOUR)
    assert PeopleFile.objects.delete_expired(at=day - HOUR) == 0
    assert list(PeopleFile.objects.undoable(cohort, at=day - HOUR)) == [imported]
    PeopleFile.objects.delete_expired(at=day + HOUR)
    assert len(people_in(cohort)) == 3


def test_list_that_was_not_imported_cannot_be_undone(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    upload(facilitator_client, cohort, PEOPLE)
    assert not newest().can_be_undone(timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        PeopleFile.objects.update(undone_at=timezone.now() - HOUR, confirmed_at=timezone.now())


def test_plan_makes_a_constant_number_of_queries(
    cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    counts = []
    for number in (1, 30):
        rows = "".join(f"Pat One,p{number}-{n}@example.org\n" for n in range(number))
        upload(facilitator_client, cohort, f"Name,Email\n{rows}".encode())
        imported = import_people(newest(), by=facilitator, at=timezone.now())
        with CapturedQueries() as queries:
            assert len(plan_undo(imported).removed) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_page_shows_who_goes_and_who_stays_before_anything_happens(
    imported: PeopleFile, cohort: Cohort, facilitator_client: Client, workshop: Workshop
) -> None:
    signs_in(member("ada@example.org"), workshop)
    sent(INVITE_KIND, member("bob@example.org"), workshop.pk)
    page = text(facilitator_client.get(page_of("undo", imported)))
    assert "<strong>2 people will be removed</strong>" in page
    assert "1 of them has had an e-mail from this cohort." in page
    assert "Ada One has used Convenor since" in page
    assert len(people_in(cohort)) == 3
    response = facilitator_client.post(page_of("undo", imported))
    assert response.context["form"].errors == {"notice": ["Choose whether to send e-mail."]}
    assert len(people_in(cohort)) == 3
    response = facilitator_client.post(page_of("undo", imported), {"notice": "none"}, follow=True)
    assert "2 people removed." in text(response)
    assert people_in(cohort) == ["ada@example.org"]


def test_nobody_is_asked_about_e_mail_before_an_invitation_has_gone(
    imported: PeopleFile, cohort: Cohort, facilitator_client: Client
) -> None:
    page = text(facilitator_client.get(page_of("undo", imported)))
    assert "None of them has had an e-mail, and they won’t get one." in page
    facilitator_client.post(page_of("undo", imported))
    assert people_in(cohort) == []


def test_people_page_offers_to_undo_a_recent_import(
    imported: PeopleFile, cohort: Cohort, facilitator: User, facilitator_client: Client
) -> None:
    people = reverse("cohorts:member_list", args=[cohort.public_id])
    assert page_of("undo", imported) in text(facilitator_client.get(people))
    assert page_of("undo", imported) in text(facilitator_client.get(page_of("detail", imported)))
    undo(imported, facilitator)
    assert page_of("undo", imported) not in text(facilitator_client.get(people))
    page = text(facilitator_client.get(page_of("detail", imported)))
    assert "This import has been undone." in page
    assert page_of("undo", imported) not in page


def test_page_redirects_when_it_is_too_late(
    imported: PeopleFile, cohort: Cohort, facilitator: User
) -> None:
    later: datetime = timezone.now() + timedelta(days=1, hours=1)
    with time_machine.travel(later, tick=False):
        client = Client()
        client.force_login(facilitator)
        for method in (client.get, client.post):
            response = method(page_of("undo", imported))
            assert response.headers["Location"] == imported.get_absolute_url()
    assert len(people_in(cohort)) == 3
