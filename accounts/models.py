from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.names import greeting_name
from accounts.public_id import PublicIdField
from accounts.search_text import SearchTextField
from accounts.signed_links import SignedLink


def normalise_email(email: str) -> str:
    """Return the address as it is stored and compared: stripped, NFC-normalised, lower case.

    A domain in its ASCII form (xn--bcher-kva.example) becomes Unicode (bücher.example).
    """
    tidied = unicodedata.normalize("NFC", email.strip()).lower()
    local, at, domain = tidied.rpartition("@")
    if not at or "xn--" not in domain:
        return tidied
    return f"{local}{at}{'.'.join(map(_label_in_unicode, domain.split('.')))}"


def _label_in_unicode(label: str) -> str:
    """Return a label of a domain in Unicode; unchanged if its ASCII form is malformed."""
    try:
        decoded = label.encode("ascii").decode("idna")
        return decoded if decoded.encode("idna").decode("ascii") == label else label
    except UnicodeError:
        return label


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, name: str = "", **facts: Any) -> User:
        """Create a user without a password, who signs in with a code sent to this address."""
        user = self.model(email=normalise_email(email), name=name, **facts)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str = "", **facts: Any) -> User:
        return self.create_user(email, name, is_administrator=True, **facts)

    def with_email(self, email: str) -> User | None:
        """Return the user with this address, ignoring case and surrounding spaces.

        Returns None if `email` is empty, although there may be users without an address.
        """
        tidied = normalise_email(email)
        return self.filter(email=tidied).first() if tidied else None

    def record_act(self, pk: int, *, at: datetime) -> None:
        """Record that a user has done something themselves, for example by a link in an e-mail.

        Only the time of the first act is stored. Never call this for an answer to a survey, because
        facilitators can tell whether a user has acted: see `accounts.claimed`.
        """
        self.filter(pk=pk, acted_at=None).update(acted_at=at)


class User(AbstractBaseUser):
    """A person, who signs in with a code or link sent by e-mail.

    If `email` is empty, no address is known: the person can't sign in and gets no e-mail.
    """

    public_id = PublicIdField()
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    name = models.CharField(_("name"), max_length=150)
    is_administrator = models.BooleanField(
        _("is administrator"),
        default=False,
        help_text=_("Sees every cohort’s people, figures and messages, but nobody’s reflections."),
    )
    is_active = models.BooleanField(
        _("is active"), default=True, help_text=_("Clear this to stop the person signing in.")
    )
    text_only = models.BooleanField(
        _("text only"), default=False, help_text=_("E-mails to this person are plain text.")
    )
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    email_added_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When an e-mail address was added for a person who had none."),
    )
    acted_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_(
            "When the person first sent an RSVP, answered a poll, entered needs or chose e-mails."
        ),
    )
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the name, e-mail address and everything written were erased."),
    )
    search_text = SearchTextField("name", "email")

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="person_email_once",
                violation_error_message=_(
                    "Enter another e-mail address. Somebody already uses this one."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="person_email_lower_case",
                violation_error_message=_("Enter the e-mail address in lower case."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name="", email=""),
                name="person_name_or_email",
                violation_error_message=_("Enter a name or an e-mail address."),
            ),
            models.CheckConstraint(
                condition=~models.Q(is_administrator=True, email=""),
                name="person_administrator_email",
                violation_error_message=_(
                    "Enter an e-mail address. Administrators need one to sign in."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(is_active=False, is_administrator=False),
                name="person_erased_stays_out",
                violation_error_message=_(
                    "This person’s data was erased. Add them again as a new person."
                ),
            ),
        )
        # Message rules use the first index to find the people who have had an address added
        # recently. The list of people is sorted by the second. A migration adds one on search_text.
        indexes = (
            models.Index(
                fields=("email_added_at",),
                name="person_email_added",
                condition=models.Q(email_added_at__isnull=False),
            ),
            models.Index(fields=("name", "id"), name="person_name"),
        )

    def __str__(self) -> str:
        return self.name or self.email or gettext("No name")

    def clean(self) -> None:
        self.email = normalise_email(self.email)

    @property
    def first_name(self) -> str:
        """The name to greet the person by; their e-mail address if they have no name."""
        return greeting_name(str(self))

    def sign_out_everywhere(self) -> None:
        """End every open session, and delete every unused sign-in link.

        Django ends sessions when the password hash changes. Nobody has a usable password, so
        changing the hash has no other effect.
        """
        self.set_unusable_password()
        self.save(update_fields=["password"])
        self.sign_in_links.filter(used_at=None).delete()

    # The admin site uses these properties and methods. Administrators have every permission, so
    # there are no groups and no permissions for single models.
    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_administrator

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_administrator


SIGNED_LINK = SignedLink("accounts:sign_in_link", salt="accounts.SignInLink")


class SignInLinkManager(models.Manager["SignInLink"]):
    def for_key(self, key: str, user: User) -> SignInLink:
        """Return the sign-in link in the message with this key; create one if there is none."""
        return self.get_or_create(key=key, defaults={"user": user})[0]

    def from_token(self, token: str) -> SignInLink | None:
        """Return the link with this token; None if it is damaged, forged or deleted."""
        ids = SIGNED_LINK.ids(token, 1)
        return self.select_related("user").filter(public_id=ids[0]).first() if ids else None


class SignInLink(models.Model):
    """An e-mailed link that signs one person in, once, when they press its button.

    The URL contains a signature that is not stored, so a copy of the database signs nobody in.
    """

    LIFETIME = timedelta(days=30)

    public_id = PublicIdField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    key = models.CharField(max_length=200, unique=True, help_text=_("Why this link was created."))
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[SignInLinkManager] = SignInLinkManager()

    def __str__(self) -> str:
        return f"Sign-in link for {self.user}"

    def get_absolute_url(self) -> str:
        return SIGNED_LINK.path(self.public_id)

    @property
    def token(self) -> str:
        return SIGNED_LINK.token(self.public_id)

    def is_open(self, moment: datetime) -> bool:
        return (
            self.used_at is None and moment < self.made_at + self.LIFETIME and self.user.is_active
        )

    def use(self, *, at: datetime) -> bool:
        """Mark the link as used. Return False if it was used already or has expired."""
        if not self.is_open(at):
            return False
        return bool(SignInLink.objects.filter(pk=self.pk, used_at=None).update(used_at=at))
