from __future__ import annotations

from django.conf import settings
from django.db import models

from surveys.models.surveys import Survey


class FeedbackReply(models.Model):
    """What the facilitators say and do about the results of a survey, for their cohort to read."""

    LONGEST = 1000

    survey = models.OneToOneField(
        Survey, on_delete=models.CASCADE, primary_key=True, related_name="reply"
    )
    text = models.TextField(max_length=LONGEST)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name_plural = "feedback replies"

    def __str__(self) -> str:
        return f"Reply to {self.survey}"
