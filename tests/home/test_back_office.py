"""Limits of the admin site: it gives no access to private text and deletes nobody."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "model", ["cohorts_cohort", "cohorts_membership", "workshops_workshop", "workshops_attendance"]
)
def test_admin_site_cannot_add_objects_that_other_pages_add(
    model: str, administrator_client: Client
) -> None:
    assert administrator_client.get(reverse(f"admin:{model}_add")).status_code == 403


def test_user_and_role_of_a_membership_cannot_be_changed(
    administrator_client: Client, administrator: User, participant: User, cohort: Cohort
) -> None:
    membership = Membership.objects.get(user=participant)
    facts = {
        "user": administrator.pk,
        "cohort": cohort.pk,
        "role": Membership.Role.FACILITATOR,
        "joined_at_0": (timezone.now() - timedelta(days=99)).date(),
        "joined_at_1": "09:00",
        "job_title": "Repaired",
    }

    administrator_client.post(
        reverse("admin:cohorts_membership_change", args=[membership.pk]), facts
    )

    after = Membership.objects.get(pk=membership.pk)
    assert after.job_title == "Repaired"
    assert (after.user, after.role, after.joined_at) == (
        participant,
        membership.role,
        membership.joined_at,
    )


def test_models_with_private_text_are_not_registered() -> None:
    apps = {model._meta.label for model in admin.site._registry}

    assert apps.isdisjoint(
        {
            "reflections.Reflection",
            "reflections.Reply",
            "surveys.Receipt",
            "surveys.Response",
            "surveys.BallotBox",
        }
    )


@pytest.mark.parametrize("model", ["accounts_user", "cohorts_membership", "cohorts_cohort"])
def test_users_memberships_and_cohorts_cannot_be_deleted(
    model: str, administrator_client: Client, participant: User
) -> None:
    number = (
        Membership.objects.get(user=participant).pk
        if model == "cohorts_membership"
        else participant.pk
    )
    if model == "cohorts_cohort":
        number = Cohort.objects.get().pk

    assert (
        administrator_client.get(reverse(f"admin:{model}_delete", args=[number])).status_code == 403
    )
