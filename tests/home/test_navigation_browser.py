"""The main navigation in a browser: on a phone its links stand in one line, or in columns."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from accounts.models import User
from cohorts.models import Cohort, Membership

pytestmark = pytest.mark.django_db(transaction=True)
TOPS = "[...document.querySelectorAll('.bar nav a')].map((link) => link.offsetTop)"


@pytest.mark.parametrize("facilitates", [False, True])
def test_administrators_links_fit_beside_each_other(
    narrow_page: Page,
    sign_in: Callable[[Page, User], None],
    administrator: User,
    cohort: Cohort,
    facilitates: bool,
) -> None:
    if facilitates:
        Membership.objects.create(
            cohort=cohort, user=administrator, role=Membership.Role.FACILITATOR
        )
    sign_in(narrow_page, administrator)
    narrow_page.goto("/cohorts/")
    tops = narrow_page.evaluate(TOPS)
    assert tops == [tops[0]] * (5 + facilitates)


def test_seven_links_stand_in_columns(
    narrow_page: Page,
    sign_in: Callable[[Page, User], None],
    administrator: User,
    cohort: Cohort,
) -> None:
    Membership.objects.create(cohort=cohort, user=administrator)
    sign_in(narrow_page, administrator)
    narrow_page.goto("/cohorts/")

    places = narrow_page.evaluate(
        "[...document.querySelectorAll('.bar nav a')]"
        ".map((link) => [link.offsetTop, link.offsetLeft])"
    )

    tops, lefts = zip(*places, strict=True)
    assert len(places) == 7
    assert tops == (tops[0],) * 4 + (tops[4],) * 3
    assert lefts[4:] == lefts[:3]
