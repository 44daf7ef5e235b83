"""Functions that upload a list of people, as a facilitator would."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort

LIST = Path(__file__).parent.parent / "data" / "north-east-attendees.csv"


def people_file(cohort: Cohort) -> str:
    """Upload a list of people without importing it, and return its public id."""
    client = Client()
    client.force_login(cohort.memberships.facilitating()[0].user)
    upload = SimpleUploadedFile(LIST.name, LIST.read_bytes(), "text/csv")
    answer = client.post(
        reverse("cohorts:people_file_upload", args=[cohort.public_id]), {"file": upload}
    )
    return str(answer["Location"]).strip("/").rpartition("/")[2]


def imported_list(cohort: Cohort) -> str:
    """Upload a list of people, import it, and return its public id."""
    public_id = people_file(cohort)
    client = Client()
    client.force_login(cohort.memberships.facilitating()[0].user)
    client.post(reverse("cohorts:people_file_confirm", args=[public_id]))
    return public_id
