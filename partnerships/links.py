"""The signed link by which a party agrees and answers checks, without an account.

The form of a check is on a page whose URL has no token. The link's token is exchanged by POST for a
short-lived session token in a hidden field of the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.form_sessions import FormSession
from accounts.signed_links import SignedLink
from partnerships.models import Check, Party

# The token in a party's link signs the party's public id.
PARTY_LINK = SignedLink("partnerships:party_start", salt="partnerships.parties")
# The session signs the public id of a party and the months of a check.
SESSION = FormSession(salt="partnerships.checks")


@dataclass(frozen=True)
class CheckSession:
    """A session in which one party answers one check."""

    party: Party
    check: Check

    def token(self) -> str:
        """Return the signed token of the session, for a hidden field of the form."""
        return SESSION.token(self.party.public_id, str(self.check.months))


def party_of(token: str) -> Party | None:
    """Return the party that a link's token was made for.

    Returns None if the token is damaged or forged, if the party has been removed, or if the cohort
    doesn't use the feature any more. Makes one query.
    """
    ids = PARTY_LINK.ids(token, 1)
    return find_party(ids[0]) if ids else None


def find_party(public_id: str) -> Party | None:
    parties = Party.objects.select_related(
        "partnership__cohort__programme", "membership__user", "organisation"
    )
    found: Party | None = parties.filter(
        public_id=public_id, partnership__cohort__uses_partnerships=True
    ).first()
    return found


def session_of(token: str) -> CheckSession | None:
    """Return the session of a form's token.

    Returns None if the token is forged or damaged, or if its party or check is deleted.
    Raises SessionExpiredError. Makes two queries.
    """
    ids = SESSION.ids(token, 2)
    party = find_party(ids[0]) if ids else None
    check = party.partnership.checks.filter(months=int(ids[1])).first() if party and ids else None
    return CheckSession(party, check) if party and check else None
