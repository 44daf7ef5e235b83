"""What is left of a person who goes: an empty shell, so that rows which count them stay and say nothing of them."""

from __future__ import annotations

import re
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.html import escape

from accounts.models import User
from accounts.public_id import new_public_id

SOMEBODY = "Somebody who has left"
NOWHERE = "erased.invalid"


class Particulars:
    """A person's name and address, to be taken out of whatever text names them."""

    def __init__(self, user: User) -> None:
        self.email, self.name = user.email, user.name.strip()
        forms = {
            self.email,
            escape(self.email),
            self.name,
            escape(self.name),
            escape(self.name).replace("&#x27;", "'"),
        }
        # The longest first: one may hold another. A name of one letter would be found in every word.
        self.forms = sorted((form for form in forms if len(form) > 1), key=len, reverse=True)
        named = "|".join(re.escape(form) for form in self.forms)
        self._named = re.compile(rf"(?<!\w)(?:{named})(?!\w)", re.IGNORECASE)

    def within(self, *fields: str) -> Q:
        """True for a row of which one of these columns may name them."""
        return Q(
            *((f"{field}__icontains", form) for field in fields for form in self.forms),
            _connector=Q.OR,
        )

    def out_of(self, text: str) -> str:
        """The text, with somebody in their place."""
        return self._named.sub(SOMEBODY, text)

    def are_in(self, text: str) -> bool:
        return bool(self._named.search(text))


@transaction.atomic
def anonymise_user(user: User, *, at: datetime) -> None:
    """Name, address and every way in go; what counts them stays.

    The public id is another from now on: private links and addresses that hold the one before lead nowhere.
    """
    end_sessions(user)
    EmailAddress.objects.filter(user=user).delete()
    user.sign_in_links.all().delete()
    forget_in_back_office(user)
    user.public_id = new_public_id()
    user.email, user.name = f"{user.public_id}@{NOWHERE}", SOMEBODY
    user.is_active = user.is_administrator = user.text_only = False
    user.erased_at = at
    user.set_unusable_password()
    user.save()


def end_sessions(user: User) -> None:
    """Those in which they are signed in, and those in which somebody is to type a code that went to them."""
    theirs = []
    for session in Session.objects.iterator():
        held = session.get_decoded()
        if held.get("_auth_user_id") == str(user.pk) or user.email in repr(held):
            theirs.append(session.pk)
    Session.objects.filter(pk__in=theirs).delete()


def forget_in_back_office(user: User) -> None:
    """Its history says what was changed by whom, and calls things by their names."""
    named = Particulars(user)
    is_person = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    for entry in LogEntry.objects.filter(is_person | named.within("object_repr", "change_message")):
        entry.object_repr = (
            SOMEBODY if entry.object_id == str(user.pk) else named.out_of(entry.object_repr)
        )
        entry.change_message = named.out_of(entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])
