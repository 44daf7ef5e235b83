"""A cohort has its own copy of its programme's name."""

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from programmes.models import Programme
from reports.exports import as_csv
from reports.figures import figures_of
from workshops.planning.scheduling import create_cohort

pytestmark = pytest.mark.either


def rename(programme: Programme) -> None:
    programme.name = "Leading together"
    programme.full_clean()
    programme.save()


def test_cohort_retains_the_name_that_its_programme_had(
    cohort: Cohort, programme: Programme, facilitator_client: Client, facilitator: User
) -> None:
    name = programme.name
    rename(programme)
    cohort.refresh_from_db()
    cohort.save()

    assert Cohort.objects.get().programme_name == name
    page = facilitator_client.get(cohort.get_absolute_url()).content.decode()
    assert name in page
    assert "Leading together" not in page
    rows = csv.reader(io.StringIO(as_csv(figures_of(cohort, timezone.now())).decode("utf-8-sig")))
    assert [row[4] for row in rows if row[3] == "Programme"] == [name]


def test_new_cohort_has_the_new_name(programme: Programme, administrator: User) -> None:
    rename(programme)
    cohort = create_cohort(
        programme=programme,
        name="Kent",
        place="Kent",
        time_zone="Europe/London",
        capacity=20,
        facilitators=[administrator],
        by=administrator,
        at=timezone.now(),
    )
    assert Cohort.objects.get(pk=cohort.pk).programme_name == "Leading together"


def test_bulk_create_copies_the_name(programme: Programme) -> None:
    Cohort.objects.bulk_create([Cohort(programme=programme, name="Kent", place="Kent")])
    assert Cohort.objects.get().programme_name == programme.name
