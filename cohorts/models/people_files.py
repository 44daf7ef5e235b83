from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_id import PublicIdField
from cohorts.importing.columns import Field, guess_columns
from cohorts.importing.serialization import deserialize, serialize
from cohorts.importing.table import Table
from cohorts.models.cohorts import Cohort, Membership


class PeopleFileManager(models.Manager["PeopleFile"]):
    def upload(
        self, *, cohort: Cohort, filename: str, table: Table, by: User, at: datetime
    ) -> PeopleFile:
        """Save an uploaded list with guessed columns."""
        return self.create(
            cohort=cohort,
            uploaded_by=by,
            filename=filename[:200],
            content=serialize(table),
            columns=guess_columns(table),
            made_at=at,
        )

    def undoable(self, cohort: Cohort, *, at: datetime) -> models.QuerySet[PeopleFile]:
        """Return the cohort's imports that added somebody and can be undone."""
        return self.filter(
            Exists(Membership.objects.filter(people_file=OuterRef("pk"))),
            cohort=cohort,
            undone_at=None,
            confirmed_at__gt=at - PeopleFile.LIFETIME,
        )

    def delete_expired(self, *, at: datetime) -> int:
        """Delete the lists older than PeopleFile.LIFETIME. Returns how many rows were deleted.

        The age of a list counts from its import, or from its upload if it was not imported. So an
        import can be undone for the whole LIFETIME.
        """
        old = self.alias(since=Coalesce("confirmed_at", "made_at"))
        return old.filter(since__lt=at - PeopleFile.LIFETIME).delete()[0]


class PeopleFile(models.Model):
    """An uploaded list of people. The hourly task deletes it after its LIFETIME."""

    LIFETIME = timedelta(days=1)

    public_id = PublicIdField()
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="people_files")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    filename = models.CharField(max_length=200)
    content = models.TextField(
        help_text=_("The table as JSON. After the import, only the rows with errors.")
    )
    columns = models.JSONField(help_text=_("What each column means."))
    sectors = models.JSONField(
        default=dict, help_text=_("Words for sectors in the list, and the sectors they mean.")
    )
    corrections = models.JSONField(
        default=dict,
        help_text=_(
            "What the user entered in place of the cells of rows, by the number of the row."
        ),
    )
    made_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(
        default=dict, help_text=_("After the import: the number of rows by result.")
    )

    undone_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the people of the import were removed again.")
    )

    objects: ClassVar[PeopleFileManager] = PeopleFileManager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(undone_at=None)
                | Q(confirmed_at__isnull=False, undone_at__gte=models.F("confirmed_at")),
                name="people_file_undone_after_import",
                violation_error_message=_("Only an import can be undone."),
            ),
        )

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("cohorts:people_file_detail", args=[self.public_id])

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    def can_be_undone(self, at: datetime) -> bool:
        """Return whether the import can be undone: only once, and within LIFETIME after it."""
        if self.confirmed_at is None or self.undone_at is not None:
            return False
        return at < self.confirmed_at + self.LIFETIME

    @property
    def table(self) -> Table:
        return deserialize(self.content)

    def texts(self) -> Iterator[str]:
        """Yield every cell of the table, and every text that was entered in place of one."""
        for row in self.table.rows:
            yield from row.cells
        for facts in self.corrections.values():
            yield from facts.values()

    @property
    def fields(self) -> list[Field]:
        """The field that each column of the list holds, in the order of the columns."""
        return [Field(value) for value in self.columns]
