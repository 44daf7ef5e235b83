from datetime import UTC, datetime

from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from workshops import register
from workshops.models import Workshop

OFFICE = "/back-office/workshops"
NOW = datetime(2027, 3, 12, 9, 30, tzinfo=UTC)


def test_back_office_repairs_what_is_not_a_move(
    administrator_client: Client, workshops: list[Workshop]
) -> None:
    page = administrator_client.get(f"{OFFICE}/workshop/{workshops[0].pk}/change/").content.decode()
    assert 'name="venue"' in page
    assert 'name="starts_at' not in page


def test_back_office_lists_the_register(
    administrator_client: Client, participant: User, workshops: list[Workshop]
) -> None:
    member = Membership.objects.get(user=participant)
    register.answer(workshop=workshops[0], membership=member, answer="coming", at=NOW)
    assert "Amina Rahman" in administrator_client.get(f"{OFFICE}/attendance/").content.decode()
