"""Anonymisation of a user: the row stays so that statistics hold, without personal data."""

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
from accounts.sessions import SessionStore

# The name that replaces an anonymised user's. It is stored in the database, so it is not
# translated.
ANONYMOUS_NAME = "Somebody who has left"
ANONYMOUS_DOMAIN = "erased.invalid"
# A regular expression that matches nothing.
NOTHING = "(?!)"


class PersonalDetails:
    """A user's name and e-mail address, with methods that find and redact them in text."""

    def __init__(self, user: User) -> None:
        self.email, self.name = user.email, user.name.strip()
        forms = {
            self.email,
            escape(self.email),
            self.name,
            escape(self.name),
            escape(self.name).replace("&#x27;", "'"),
        }
        # Match longer forms first, because an address may begin with the name. Leave out one-letter
        # names, because they would match in almost every text.
        self.forms = sorted((form for form in forms if len(form) > 1), key=len, reverse=True)
        # Without a form, match nothing: somebody without an address may have a one-letter name.
        alternatives = "|".join(re.escape(form) for form in self.forms) or NOTHING
        self._pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)

    def may_be_in(self, *fields: str) -> Q:
        """Return a `Q` object for rows that contain the user's name or address in these fields."""
        return Q(
            *((f"{field}__icontains", form) for field in fields for form in self.forms),
            ("pk__in", ()),
            _connector=Q.OR,
        )

    def redact(self, text: str) -> str:
        """Return the text with ANONYMOUS_NAME in place of the name and address."""
        return self._pattern.sub(ANONYMOUS_NAME, text)

    def are_in(self, text: str) -> bool:
        return bool(self._pattern.search(text))


@transaction.atomic
def anonymise_user(user: User, *, at: datetime) -> None:
    """Remove the user's name, e-mail address and every way to sign in.

    The public id changes, so private links and URLs that contain the old one stop working.
    """
    end_sessions(user)
    EmailAddress.objects.filter(user=user).delete()
    user.sign_in_links.all().delete()
    anonymise_admin_log(user)
    user.public_id = new_public_id()
    user.email, user.name = f"{user.public_id}@{ANONYMOUS_DOMAIN}", ANONYMOUS_NAME
    user.is_active = user.is_administrator = user.text_only = False
    user.erased_at = at
    user.set_unusable_password()
    user.save()


def end_sessions(user: User) -> None:
    """Delete sessions in which the user is signed in, or is about to enter a sign-in code.

    Decrypts every session of the site, because only the encrypted data says whose session it is.
    Does nothing for a user without an address, who can't sign in.
    """
    if not user.email:
        return
    sessions, store = [], SessionStore()
    for session in Session.objects.iterator():
        data = store.decode(session.session_data)
        if data.get("_auth_user_id") == str(user.pk) or user.email in repr(data):
            sessions.append(session.pk)
    Session.objects.filter(pk__in=sessions).delete()


def anonymise_admin_log(user: User) -> None:
    """Redact the user's name and address in the admin site's log entries."""
    details = PersonalDetails(user)
    is_user = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    may_name_user = details.may_be_in("object_repr", "change_message")
    for entry in LogEntry.objects.filter(is_user | may_name_user):
        entry.object_repr = (
            ANONYMOUS_NAME if entry.object_id == str(user.pk) else details.redact(entry.object_repr)
        )
        entry.change_message = details.redact(entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])
