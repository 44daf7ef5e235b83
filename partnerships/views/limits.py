"""The daily limit on how many people outside a cohort one user can name."""

from __future__ import annotations

from allauth.core import ratelimit
from django.utils.translation import gettext as _

from accounts.requests import AuthenticatedRequest
from partnerships.forms.cards import PartiesForm


def is_over_limit(request: AuthenticatedRequest, form: PartiesForm) -> bool:
    """Return whether the user has named too many people outside today; add an error if so.

    We write to everybody who is named, so without a limit an account could be used to send spam.
    """
    if form.outside is None or ratelimit.consume(request, action="name_outsider"):
        return False
    form.add_error(
        "outside_email",
        _("You have entered ten people outside the cohort today. Enter this one tomorrow."),
    )
    return True
