from __future__ import annotations

from typing import Any

from django.db import models


class ProgrammeNameField(models.CharField[str, str]):
    """The name that a cohort's programme has when the cohort is created.

    It is set when the row is inserted, also by bulk_create(). Renaming the programme later must not
    rewrite the reports and pages of cohorts that are over.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if add and not getattr(model_instance, self.attname):
            setattr(model_instance, self.attname, model_instance.programme.name)
        return super().pre_save(model_instance, add)
