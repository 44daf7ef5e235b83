from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OptOut(models.Model):
    """A kind of message that a person has opted out of."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opt_outs"
    )
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person", "kind"),
                name="opt_out_once",
                violation_error_message=_("You have opted out of these e-mails already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}: no {self.kind}"
