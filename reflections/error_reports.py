"""What an error report may hold: never what somebody typed, nor what a line of code held at that moment."""

from __future__ import annotations

from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class SilentReporterFilter(SafeExceptionReporterFilter):
    """Django's own hides what a view names as sensitive, and only with DEBUG off; but people's words also pass through
    forms, templates and the database's driver. So no report names a value, with DEBUG on or off.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {} if request is None else dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
