from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from relationships.models.rounds import Round


class RoundFigures(models.Model):
    """What changed between a cohort's first round and a later one, as counts.

    Made once, when the later round closes. It never changes afterwards, not even when somebody is
    erased. `relationships.figures.compare` says what `counts` contains.
    """

    before = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    after = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="figures")
    counts = models.JSONField()

    class Meta:
        verbose_name_plural = "round figures"
        constraints = (
            models.CheckConstraint(
                condition=~Q(before=F("after")),
                name="round_figures_of_two_rounds",
                violation_error_message=_("Compare two different rounds."),
            ),
        )

    def __str__(self) -> str:
        return f"Figures of {self.after_id}"
