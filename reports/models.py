from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.encryption import decrypt, encrypt
from cohorts.models import Cohort
from workshops.models import Workshop


class FrozenReportManager(models.Manager["FrozenReport"]):
    def of(self, cohort: Cohort) -> FrozenReport | None:
        """Return the cohort's latest frozen report, or None. Makes one query."""
        return self.versions_of(cohort).first()

    def versions_of(self, cohort: Cohort) -> models.QuerySet[FrozenReport]:
        """Return the cohort's frozen reports, latest first, without their files."""
        reports = self.filter(cohort=cohort).select_related("frozen_by", "cohort")
        return reports.defer("csv", "xlsx", "pdf").order_by("-version")


class FrozenReport(models.Model):
    """A version of a cohort's final report, with its files and figures at the time of freezing.

    A correction makes a new version beside the old ones, which never change.

    The files and the quotes are not encrypted, because they are published
    (docs/decisions/0007).
    """

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="frozen_reports")
    version = models.PositiveSmallIntegerField(
        default=1, help_text="1 for the first report that was frozen, then 2."
    )
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    words = models.JSONField(default=list, help_text="The quotations, in their order.")
    values = models.JSONField(
        null=True,
        help_text="The figures by their key (reports.rows). None if they are not known.",
    )
    values_version = models.PositiveSmallIntegerField(
        default=0,
        help_text="The VALUES_VERSION of reports.freezing. 0: read from the CSV by a migration.",
    )
    csv = models.BinaryField()
    xlsx = models.BinaryField()
    pdf = models.BinaryField(
        null=True, help_text="None if the server could not make a PDF that day."
    )

    objects: ClassVar[FrozenReportManager] = FrozenReportManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("cohort", "version"),
                name="frozen_report_version_once",
                violation_error_message=gettext_lazy(
                    "There is already a report with this version."
                ),
            ),
        )

    def __str__(self) -> str:
        return _("Report of %(cohort)s, frozen") % {"cohort": self.cohort}

    def has_pdf(self) -> bool:
        """Return whether the report has a PDF. Makes one query, without loading the file."""
        return FrozenReport.objects.filter(pk=self.pk, pdf__isnull=False).exists()


class ReportPdf(models.Model):
    """A request for the PDF of a cohort's report, and the PDF once a worker has made it.

    The PDF is encrypted, because it may quote reflections.
    """

    cohort = models.OneToOneField(
        Cohort, on_delete=models.CASCADE, related_name="report_pdf", editable=False
    )
    asked_at = models.DateTimeField(editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    claimed_until = models.DateTimeField(
        null=True, editable=False, help_text="When the lease of the worker that makes it expires."
    )
    made_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    version = models.CharField(
        max_length=16, blank=True, editable=False, help_text="The version token of its text."
    )
    token = models.TextField(
        blank=True, editable=False, help_text="The file in Base64, encrypted. Not re-encrypted."
    )

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = "report PDF"
        constraints = (
            models.CheckConstraint(
                condition=Q(made_at=None, version="") | Q(made_at__isnull=False, failed_at=None),
                name="report_pdf_made_or_failed",
                violation_error_message=gettext_lazy(
                    "Choose when the PDF was made or when it failed, but not both."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"PDF of report {self.cohort_id}"

    @property
    def is_pending(self) -> bool:
        return self.made_at is None and self.failed_at is None

    def content(self) -> bytes | None:
        """Return the PDF; None if it is not made yet, or if its encryption key is missing."""
        return b64decode(decrypt(self.token)) or None

    def made(self, content: bytes, *, version: str, at: datetime) -> None:
        """Store the file, unless another worker has claimed it since."""
        ReportPdf.objects.filter(pk=self.pk, claimed_until=self.claimed_until).update(
            token=encrypt(b64encode(content).decode()),
            version=version,
            made_at=at,
            claimed_until=None,
        )


class WritersBand(models.Model):
    """The share of a workshop's attendees who wrote about the workshop, as a band.

    The band is worked out once, when the workshop's survey closes, and never changed. If it changed
    after one person's mark on the register was corrected, the old and the new band could reveal
    whether that person had written. Both bounds are None if too few people attended for a band to
    be shown.
    """

    workshop = models.OneToOneField(
        Workshop, on_delete=models.CASCADE, related_name="writers_band", editable=False
    )
    low = models.FloatField(null=True, editable=False)
    high = models.FloatField(null=True, editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(low=None, high=None)
                | Q(low__isnull=False, high__isnull=False)
                & Q(low__gte=0, low__lt=F("high"), high__lte=1),
                name="writers_band_has_bounds",
                violation_error_message=gettext_lazy("A band must have two bounds, or none."),
            ),
        )

    def __str__(self) -> str:
        return f"Band of {self.workshop_id}"
