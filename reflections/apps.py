from django.apps import AppConfig
from django.conf import settings

from reflections.encryption import check_keys


class ReflectionsConfig(AppConfig):
    name = "reflections"

    def ready(self) -> None:
        check_keys(settings.REFLECTION_KEYS)
