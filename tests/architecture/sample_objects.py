"""Functions that create objects for tests in which their content does not matter."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from partnerships import actions
from partnerships.models import Partnership, Ripple
from programmes.feedback import ready_questions
from programmes.models import Programme, WorkshopPlan
from programmes.questions import QuestionKind
from reflections.models import Draft, Experiment, Quote, Reflection
from relationships.models import Occasion, RosterEntry, Round
from sets.models import Grouping, KeepApart, Meeting, Set, SetMembership, SetNote
from workshops.models import Announcement, AvailabilityPoll, ClosedDays, Material, Workshop

# The pages on which questions of surveys are edited, as the access table names them.
QUESTION_PAGES = [
    f"surveys:{name}@{place}"
    for name in (
        *("question_list", "question_add", "question_edit", "question_delete", "question_preview"),
        "feedback_settings",
    )
    for place in ("programmes", "plans", "cohorts", "workshops")
    if name != "feedback_settings" or place in ("programmes", "cohorts")
]


def make_round(membership: Membership) -> Round:
    """Create a round that is open, with one person on its list."""
    now = timezone.now()
    one = Round.objects.create(
        cohort=membership.cohort,
        occasion=Occasion.START,
        opened_at=now - timedelta(hours=1),
        closing_at=now + timedelta(days=1),
    )
    RosterEntry.objects.create(round=one, membership=membership)
    return one


def make_draft(cohort: Cohort, by: User) -> Announcement:
    """Create a draft of an announcement."""
    now = timezone.now()
    return Announcement.objects.create(
        cohort=cohort,
        subject="Bring a coat",
        body="The hall is cold.",
        written_at=now,
        written_by=by,
    )


def make_material(workshop: Workshop) -> Material:
    """Create a text file as a material of the workshop."""
    return Material.objects.create(
        workshop=workshop,
        title="To read",
        filename="read.txt",
        content_type="text/plain; charset=utf-8",
        size=6,
        content=b"Words.",
        added_at=timezone.now(),
    )


def make_people_file(cohort: Cohort, by: User) -> str:
    """Upload a list of people, and return the public id of the stored file."""
    client = Client()
    client.force_login(by)
    upload = SimpleUploadedFile(
        "people.csv", b"Name,Email\nDev Patel,dev@example.org\n,wrong\n", "text/csv"
    )
    answer = client.post(
        reverse("cohorts:people_file_upload", args=[cohort.public_id]), {"file": upload}
    )
    return str(answer["Location"]).strip("/").split("/")[-1]


def make_archived_cohort(like: Cohort) -> Cohort:
    """Create an archived cohort that the facilitator of the cohort `like` runs, too."""
    user = like.memberships.facilitating()[0].user
    cohort = Cohort.objects.create(programme=like.programme, name="Essex, 2020", place="Essex")
    Membership.objects.create(cohort=cohort, user=user, role=Membership.Role.FACILITATOR)
    cohort.archive(by=user, at=timezone.now())
    return cohort


def make_experiment(entry: Reflection) -> Experiment:
    """Create an experiment with the same author, cohort and audience as the reflection."""
    moment = entry.written_at
    times = {"started_at": moment, "changed_at": moment, "shared_at": entry.shared_at}
    return Experiment.objects.create(
        author=entry.author, cohort=entry.cohort, words="To ask.", audience=entry.audience, **times
    )


def make_quote(entry: Reflection) -> Quote:
    """Create a quote that the reflection's author has offered to the report."""
    return Quote.objects.create(
        author=entry.author,
        cohort=entry.cohort,
        reflection=entry,
        words="Words.",
        offered_at=entry.written_at,
    )


def make_unfinished(cohort: Cohort, author: User) -> str:
    """Save a draft of a new reflection; return the public id that the reflection will have."""
    moment = timezone.now()
    return Draft.objects.create(
        author=author, cohort=cohort, body="Half a thing", typed_at=moment
    ).entry


def make_second_draft(cohort: Cohort, author: User) -> str:
    """Create two conflicting drafts; return the public id of the entry that the second is for."""
    return Draft.objects.create(
        author=author,
        cohort=cohort,
        body="Another half of a thing",
        typed_at=timezone.now(),
        conflicts_with=make_unfinished(cohort, author),
    ).entry


@dataclass(frozen=True)
class SampleSets:
    """A cohort's published set, with a meeting and a note, a draft, tables, and a pair."""

    published: Set
    draft: Grouping
    tables: Grouping
    meeting: Meeting
    note: SetNote
    pair: KeepApart


def make_sets(cohort: Cohort, member: Membership, workshop: Workshop) -> SampleSets:
    """Create sets, a draft of sets and tables for the workshop, with one member in each."""
    now = timezone.now()
    user = User.objects.create_user("kept.apart@example.org", "Kit Apart")
    other = Membership.objects.create(cohort=cohort, user=user)
    asked = {"cohort": cohort, "number_of_sets": 1, "seed": 1, "asked_at": now, "made_at": now}
    sets = []
    for facts in ({"published_at": now}, {}, {"workshop": workshop}):
        grouping = Grouping.objects.create(**asked, **facts)
        one = Set.objects.create(grouping=grouping, number=1, changed_at=now, version=1)
        SetMembership.objects.create(grouping=grouping, set=one, membership=member, joined_at=now)
        sets.append(one)
    published = sets[0]
    return SampleSets(
        published,
        sets[1].grouping,
        sets[2].grouping,
        Meeting.objects.create(
            set=published,
            starts_at=now + timedelta(days=5),
            ends_at=now + timedelta(days=5, hours=1),
            changed_at=now,
        ),
        SetNote.objects.create(
            set=published, author=member.user, body="Tea first.", written_at=now
        ),
        KeepApart.objects.create(cohort=cohort, first=member, second=other, made_at=now),
    )


def set_arguments(
    sets: SampleSets, *, member: Membership, workshop: Workshop
) -> dict[str, dict[str, str]]:
    """Return the URL arguments of the routes about sets; those about a cohort are left out."""
    ids = {"public_id": sets.draft.public_id}
    of_set = {"public_id": sets.published.public_id}
    return {
        "sets:sets_publish": ids,
        "sets:sets_discard": ids,
        "sets:person_": {**ids, "member_id": member.public_id},
        "sets:keep_apart_delete": {"public_id": sets.pair.public_id},
        "sets:table_list": {"public_id": workshop.public_id},
        "sets:tables_": {"public_id": workshop.public_id},
        "sets:set_detail": of_set,
        "sets:set_rename": of_set,
        "sets:note_create": of_set,
        "sets:note_delete": {"public_id": sets.note.public_id},
        "sets:meeting_create": of_set,
        "sets:meeting_": {"public_id": sets.meeting.public_id},
    }


def make_poll(cohort: Cohort) -> AvailabilityPoll:
    """Create an open availability poll."""
    now = timezone.now()
    return AvailabilityPoll.objects.create(
        cohort=cohort,
        first=now.date() + timedelta(days=30),
        last=now.date() + timedelta(days=60),
        weekdays=[1, 2, 3],
        halves=["morning", "afternoon"],
        asked_at=now,
        closes_at=now + timedelta(days=7),
    )


def make_closed_days(cohort: Cohort) -> ClosedDays:
    today = timezone.now().date()
    return ClosedDays.objects.create(
        cohort=cohort, kind="school", name="Easter", first=today, last=today + timedelta(days=9)
    )


def make_partnership(by: Membership) -> Partnership:
    """Create work that the member has started, and that nobody else has agreed to yet."""
    now = timezone.now()
    facts = {"title": "Warm homes", "what": "To call.", "kind": "activity"}
    return actions.start(
        cohort=by.cohort,
        facts={**facts, "begun_on": now.date()},
        members=[],
        outside=None,
        by=by,
        may_be_named=False,
        at=now,
    )


def make_ripple(cohort: Cohort, by: User) -> Ripple:
    now = timezone.now()
    facts = {"happened_on": now.date(), "sentence": "The two teams had lunch."}
    return actions.add_ripple(cohort=cohort, facts=facts, by=by, at=now)


def question_arguments(
    *, programme: Programme, plan: WorkshopPlan, cohort: Cohort, workshop: Workshop
) -> dict[str, dict[str, str]]:
    """Return the URL arguments of each route and place where questions of surveys are edited.

    Adds a question to the plan and to the workshop.
    """
    trust = ready_questions()[5]
    for one in (plan, workshop):
        one.own_questions = (trust,)
        one.save(update_fields=["own_questions"])
    owners: dict[str, Any] = {
        "programmes": programme,
        "plans": plan,
        "cohorts": cohort,
        "workshops": workshop,
    }
    found: dict[str, dict[str, str]] = {}
    for place, owner in owners.items():
        here = {"place": place, "public_id": owner.public_id}
        questions = owner.own_questions if place in ("plans", "workshops") else owner.questions
        first = {**here, "question_id": questions[0].id}
        found |= {
            f"surveys:{name}@{place}": arguments
            for name, arguments in {
                "question_list": here,
                "question_add": {**here, "kind": "choice"},
                "question_add_ready": here,
                "question_edit": first,
                "question_move": first,
                "question_delete": first,
                "question_preview": here,
                "feedback_settings": here,
            }.items()
        }
    return found


def question_pages(
    *, programme: Programme, plan: WorkshopPlan, cohort: Cohort, workshop: Workshop
) -> dict[str, list[dict[str, str]]]:
    """Return the URL arguments of each of QUESTION_PAGES, and of a form for each kind."""
    found = question_arguments(programme=programme, plan=plan, cohort=cohort, workshop=workshop)
    pages = {name: [found[name]] for name in QUESTION_PAGES}
    add = "surveys:question_add@cohorts"
    pages[add] = [{**found[add], "kind": kind} for kind in QuestionKind.values]
    return pages


def merge_arguments(into: Organisation) -> dict[str, str]:
    """Create a duplicate of the organisation. Return the arguments of the page that merges it."""
    duplicate = Organisation.objects.create(name="A duplicate", name_key="a duplicate")
    return {"public_id": into.public_id, "duplicate_id": duplicate.public_id}


def make_merged(into: Organisation) -> Organisation:
    """Create an organisation that has been merged into another."""
    return Organisation.objects.create(
        name="Merged before",
        name_key="merged before",
        merged_into=into,
        merged_at=timezone.now(),
    )
