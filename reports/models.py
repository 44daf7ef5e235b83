from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from cohorts.models import Cohort


class FrozenReportManager(models.Manager["FrozenReport"]):
    def of(self, cohort: Cohort) -> FrozenReport | None:
        """Without its files, which are read one at a time. One query."""
        reports = self.filter(cohort=cohort).select_related("frozen_by", "cohort")
        return reports.defer("csv", "xlsx", "pdf").first()


class FrozenReport(models.Model):
    """A cohort's report as it was on the day that it was done: its files are handed out as they were then, for good.

    They and the words quoted in them stand unsealed, since they are published (docs/decisions/0007).
    """

    cohort = models.OneToOneField(Cohort, on_delete=models.CASCADE, related_name="frozen_report")
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    words = models.JSONField(default=list, help_text="What is quoted in it, in its order.")
    csv = models.BinaryField()
    xlsx = models.BinaryField()
    pdf = models.BinaryField(null=True, help_text="None where the server could make no PDF.")

    objects: ClassVar[FrozenReportManager] = FrozenReportManager()

    def __str__(self) -> str:
        return f"Report of {self.cohort}, frozen"

    def keeps_pdf(self) -> bool:
        """One query."""
        return FrozenReport.objects.filter(pk=self.pk, pdf__isnull=False).exists()
