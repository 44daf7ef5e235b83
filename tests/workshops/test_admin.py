from datetime import UTC, datetime

from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from workshops.models import Workshop
from workshops.register import rsvp

OFFICE = "/back-office/workshops"
NOW = datetime(2027, 3, 12, 9, 30, tzinfo=UTC)


def test_admin_edits_fields_other_than_time(
    administrator_client: Client, workshops: list[Workshop]
) -> None:
    page = administrator_client.get(f"{OFFICE}/workshop/{workshops[0].pk}/change/").content.decode()
    assert 'name="title"' in page
    for field in ("starts_at", "venue", "joining_link", "sequence"):
        assert f'name="{field}' not in page


def test_admin_changes_are_read_only(
    administrator_client: Client, facilitator: User, workshops: list[Workshop]
) -> None:
    change = workshops[0].cancel(by=facilitator, at=NOW, reason="Snow")
    assert change
    page = administrator_client.get(f"{OFFICE}/change/").content.decode()
    assert "1. Leadership and authority" in page
    assert "Snow" in page
    address = f"{OFFICE}/change/{change.pk}"
    assert 'name="reason"' not in administrator_client.get(f"{address}/change/").content.decode()
    assert administrator_client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert administrator_client.post(f"{address}/change/", {"reason": "Rain"}).status_code == 403


def test_admin_lists_attendance(
    administrator_client: Client, participant: User, workshops: list[Workshop]
) -> None:
    member = Membership.objects.get(user=participant)
    rsvp.save_answer(workshop=workshops[0], membership=member, answer="coming", at=NOW)
    assert "Amina Rahman" in administrator_client.get(f"{OFFICE}/attendance/").content.decode()
