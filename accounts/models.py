from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.public_id import PublicIdField


def tidy_email(email: str) -> str:
    """The one form in which an address is kept and compared: trimmed, composed (NFC), lower case."""
    return unicodedata.normalize("NFC", email.strip()).lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, name: str = "", **facts: Any) -> User:
        """A person who can sign in by a code sent to this address; they have no password."""
        user = self.model(email=tidy_email(email), name=name, **facts)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str = "", **facts: Any) -> User:
        return self.create_user(email, name, is_administrator=True, **facts)

    def with_email(self, email: str) -> User | None:
        """The person with this address, however it is typed."""
        return self.filter(email=tidy_email(email)).first()


class User(AbstractBaseUser):
    """A person, who signs in by e-mail."""

    public_id = PublicIdField()
    email = models.EmailField("e-mail", max_length=254)
    name = models.CharField(max_length=150)
    is_administrator = models.BooleanField(
        default=False,
        help_text="Sees every cohort's people, figures and messages, but nobody's reflections.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: this person cannot sign in.")
    text_only = models.BooleanField(default=False, help_text="E-mails go to them as plain text.")
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When name, address and words went: a shell is left.",
    )

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="person_email_once",
                violation_error_message="Somebody has this address already.",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="person_email_lower_case",
                violation_error_message="Addresses are kept in lower case.",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(is_active=False, is_administrator=False),
                name="person_erased_stays_out",
                violation_error_message="Somebody who was erased cannot come back in; add them anew.",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.email = tidy_email(self.email)

    @property
    def first_name(self) -> str:
        return str(self).split()[0]

    def close_doors(self) -> None:
        """Ends every session that is open and every link that is not spent: who got in by them has to sign in again.

        A session is bound to the password's hash; nobody has a password, so another hash does no more than that.
        """
        self.set_unusable_password()
        self.save(update_fields=["password"])
        self.sign_in_links.filter(used_at=None).delete()

    # Django's admin asks these. There are no groups and no permissions by table: an administrator may, others may not.
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


class SignInLinkManager(models.Manager["SignInLink"]):
    def for_key(self, key: str, user: User) -> SignInLink:
        """The link of this reason (a message's key, say), made the first time it is asked for."""
        return self.get_or_create(key=key, defaults={"user": user})[0]

    def from_token(self, token: str) -> SignInLink | None:
        """The link that an address names; None for one that is mangled, forged or gone."""
        try:
            public_id = self.model.signer.unsign(token.replace("~", ":"))
        except BadSignature:
            return None
        return self.select_related("user").filter(public_id=public_id).first()


class SignInLink(models.Model):
    """An e-mailed link that signs one person in, once, when they say so.

    The address holds a signature that is not in the database, so neither the table nor a kept message lets anybody in.
    """

    LIFETIME = timedelta(days=30)
    signer = Signer(salt="accounts.SignInLink")

    public_id = PublicIdField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    key = models.CharField(max_length=200, unique=True, help_text="Why this link was made.")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[SignInLinkManager] = SignInLinkManager()

    def __str__(self) -> str:
        return f"Sign-in link for {self.user}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:sign_in_link", args=[self.token])

    @property
    def token(self) -> str:
        """The same each time, so that a second copy of an e-mail holds the same link.

        "~" stands for ":", at which some mail programs cut a link.
        """
        return self.signer.sign(self.public_id).replace(":", "~")

    def is_open(self, moment: datetime) -> bool:
        return (
            self.used_at is None and moment < self.made_at + self.LIFETIME and self.user.is_active
        )

    def use(self, *, at: datetime) -> bool:
        """Spend the link; False if somebody was quicker or it is past its time."""
        if not self.is_open(at):
            return False
        return bool(SignInLink.objects.filter(pk=self.pk, used_at=None).update(used_at=at))
