"""Functions that create objects for tests in which their content does not matter."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.models import Draft, Experiment, Quote, Reflection
from workshops.models import Announcement, AvailabilityPoll, ClosedDays, Material, Workshop


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
