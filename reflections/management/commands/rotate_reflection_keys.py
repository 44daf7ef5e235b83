from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.sessions import reencrypt_sessions
from reflections.key_rotation import Rotation


class Command(BaseCommand):
    """The command that re-encrypts all text with the primary key.

    To rotate keys, put the new key first in REFLECTION_KEYS and restart every process. Then run
    this command, and remove the old key.
    """

    help = gettext_lazy(  # type: ignore[assignment]
        "Re-encrypt everything with the first of REFLECTION_KEYS. Can be stopped and started again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = Rotation(report=self.report)
        try:
            rotation.run()
            reencrypt_sessions()
        except KeyboardInterrupt:
            raise CommandError(
                _("Stopped: %(result)s. Run the command again to continue.") % {"result": rotation},
                returncode=130,
            ) from None
        if rotation.unreadable:
            raise CommandError(unreadable_error(rotation))
        self.stdout.write(
            _("%(result)s. You can remove older keys from REFLECTION_KEYS.") % {"result": rotation}
        )

    def report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def unreadable_error(rotation: Rotation) -> str:
    named = ", ".join(rotation.named)
    if rotation.unreadable > len(rotation.named):
        named = _("%(rows)s and others") % {"rows": named}
    return ngettext(
        "%(result)s, but %(count)d could not be decrypted with any key of REFLECTION_KEYS and was "
        "left unchanged: %(rows)s. Add the key it was encrypted with, and run the command again.",
        "%(result)s, but %(count)d could not be decrypted with any key of REFLECTION_KEYS and were "
        "left unchanged: %(rows)s. Add the keys they were encrypted with, and run the command "
        "again.",
        rotation.unreadable,
    ) % {"result": rotation, "count": rotation.unreadable, "rows": named}
