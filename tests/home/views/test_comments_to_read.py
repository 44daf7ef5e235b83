"""Administrators are told on their first page how many comments of surveys wait to be read."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from surveys.models import Comment, Response, Survey
from tests.people import signed_in
from tests.surveys.conftest import make_workshop
from tests.surveys.pages import page

TOLD = "3 comments to read"


def make_comments(cohort: Cohort) -> None:
    workshop = make_workshop(cohort)
    survey = Survey.objects.create(workshop=workshop, closing_at=timezone.now())
    Response.objects.bulk_create(Response(survey=survey) for _ in range(8))
    Comment.objects.bulk_create(
        Comment(survey=survey, question="change", text="More tea") for _ in range(3)
    )


def test_administrator_is_told_on_the_list_of_cohorts(
    administrator_client: Client, facilitator_client: Client, cohort: Cohort
) -> None:
    path = reverse("home:cohort_list")
    assert TOLD not in page(administrator_client, path)
    make_comments(cohort)
    shown = page(administrator_client, path)
    assert TOLD in shown
    assert reverse("surveys:comment_list") in shown
    assert TOLD not in page(facilitator_client, path)


def test_administrator_who_facilitates_is_told_on_today_about_other_cohorts_alone(
    cohort: Cohort, programme: Programme, administrator: User, facilitator_client: Client
) -> None:
    elsewhere = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    facilitating = {"user": administrator, "role": Membership.Role.FACILITATOR}
    Membership.objects.create(cohort=elsewhere, **facilitating)
    path = reverse("home:today")
    make_comments(elsewhere)
    assert TOLD not in page(signed_in(administrator), path)
    make_comments(cohort)
    assert TOLD in page(signed_in(administrator), path)
    assert TOLD not in page(facilitator_client, path)
