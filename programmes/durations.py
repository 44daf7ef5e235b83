"""Durations as people read them: 25 minutes, 1 hour, 3½ hours, 3 hours 20 minutes."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def duration(minutes: int) -> str:
    """Return a number of minutes in words, for example “3½ hours” or “3 hours 20 minutes”."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _minutes(rest)
    if rest == 0:
        return _hours(hours)
    if rest == 30:
        return _("%(hours)d½ hours") % {"hours": hours}
    return _("%(hours)s %(minutes)s") % {"hours": _hours(hours), "minutes": _minutes(rest)}


def _hours(count: int) -> str:
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}


def _minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
