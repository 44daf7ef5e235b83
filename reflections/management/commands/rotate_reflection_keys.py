from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reflections.key_rotation import Rotation


class Command(BaseCommand):
    """Put the new key first in REFLECTION_KEYS, restart everything, run this, then take the old key out."""

    help = "Seal all that people wrote with the newest of REFLECTION_KEYS. Can be stopped and started again."

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = Rotation(tell=self.tell)
        try:
            rotation.run()
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped: {rotation}. Start it again to go on.", returncode=130
            ) from None
        if rotation.unreadable:
            raise CommandError(
                f"{rotation}, but {rotation.unreadable} could not be opened with any key of REFLECTION_KEYS "
                f"and stay as they were: {', '.join(rotation.named)}"
                f"{', and others' if rotation.unreadable > len(rotation.named) else ''}. "
                "Add the key they were sealed with, and start it again."
            )
        self.stdout.write(f"{rotation}. Older keys can be taken out of REFLECTION_KEYS.")

    def tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
